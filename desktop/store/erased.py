"""What this computer kept of people who were erased: what was sent about them, and the ways back."""

import re
from collections.abc import Collection
from typing import Final

from desktop.store.base import Touched
from desktop.store.database import Database
from desktop.store.rows import Key, rows_of_keys

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ERASED: Final = "SELECT id FROM customer WHERE archived AND name = ''"
_VISITS: Final = f"SELECT id FROM appointment WHERE customer_id IN ({_ERASED})"
# What was paid stays, and says nothing in words: a server that is put back has it from nobody else.
_KEPT: Final = (
    ("sent", "CASE WHEN name IN ('payment.take', 'payment.refund') THEN '' ELSE subject || args END"),
    ("undo", "subject || made || edits || leaves"),
)
"""Tables, and where in them an id can stand."""


def forget_erased(database: Database, touched: Touched) -> None:
    """Forget what names somebody who was erased; within the transaction that has taken the server's word of it.

    What still waits is sent: the server keeps that somebody wanted it, and none of the words.
    """
    erased = {row[0] for row in database.rows(_ERASED)}
    if not erased:
        return
    named = erased | {row[0] for row in database.rows(_VISITS)}
    if not erased.isdisjoint(touched.get("customer", ())):
        # Notes and items that went with them, whatever they were entered about.
        with_them = [(table, one) for table in ("note", "attention_item") for one in touched.get(table, ())]
        named |= _gone(database, with_them)
    for table, text in _KEPT:
        _forget(database, table, text, named)


def _forget(database: Database, table: str, text: str, named: Collection[str]) -> None:
    rows = database.rows(f"SELECT rowid, {text} FROM {table}")
    gone = [(number,) for number, said in rows if not set(_ID.findall(said)).isdisjoint(named)]
    database.run_many(f"DELETE FROM {table} WHERE rowid = ?", gone)


def _gone(database: Database, keys: Collection[Key]) -> set[str]:
    """The ids of those rows that are there no more."""
    return {row_id for (_, row_id), row in rows_of_keys(database, keys).items() if row is None}
