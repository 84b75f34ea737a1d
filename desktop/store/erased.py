"""What this computer kept of people who were erased: what was sent about them, and the ways back."""

import re
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from typing import Final

from desktop.store.base import Touched
from desktop.store.database import Database
from desktop.store.faults import DamagedFile
from desktop.store.outbox import Outbox
from desktop.store.rows import Key, rows_of_keys
from shared import ids
from shared.model.registry import ENTITIES, canonical

_ID: Final = re.compile(ids.CANONICAL)
_MIDDLE: Final = re.compile("-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-")
"""What lies between the ends of an id: looked for from a dash on, it is found many times as fast as a whole one."""
_ERASED: Final = "SELECT id FROM customer WHERE archived = 1 AND name = ''"
_THEIRS: Final = " UNION ALL ".join(
    f"SELECT id FROM {table} WHERE customer_id IN ({_ERASED})" for table in ("appointment", "series", "waitlist_entry")
)
"""The ids of their rows that an erasure leaves without words."""
# What was paid stays, and says nothing in words: a server that is put back has it from nobody else.
_SENT: Final = (
    "SELECT rowid, subject, CASE WHEN name IN ('payment.take', 'payment.refund') THEN '' ELSE subject || args END "
    "FROM sent"
)
_UNDO: Final = "SELECT rowid, subject, subject || made || edits || leaves FROM undo"
_NOTES: Final = "SELECT id FROM note WHERE subject_id IN (SELECT value FROM json_each(?))"
_ITEMS: Final = "SELECT rowid, id, subject_id || args || gathered || also_about FROM attention_item"

_Row = tuple[int, str, str]
"""A row's number, the id that it is about, and all that it says."""


def forget_erased(database: Database, touched: Touched) -> None:
    """Forget what names somebody who was erased; within the transaction that has taken the server's word of it.

    What still waits is sent: the server keeps that somebody wanted it, and none of the words.
    """
    erased = _ids(database, _ERASED)
    if not erased:
        return
    named = erased | _ids(database, _THEIRS)
    if not erased.isdisjoint(touched.get("customer", ())):
        # Notes and items that went with them, whatever they were entered about.
        with_them = [(table, one) for table in ("note", "attention_item") for one in touched.get(table, ())]
        named |= _gone(database, with_them)
    sent: Sequence[_Row] = database.rows(_SENT)
    found = _naming(sent, named)
    if wished := _never_made(database, {about for _, about, _ in _naming(found, erased)} - named):
        named |= wished
        # What is still to be sent about such a row is known to be about them by this alone.
        needed = Outbox(database).about(wished)
        found = [row for row in _naming(sent, named) if row[1] not in needed]
    _forget(database, "sent", found)
    _forget(database, "undo", _naming(database.rows(_UNDO), named))


def went_with_erased(old: Database, fresh: Database) -> Touched:
    """Who was erased, with the notes and items about them in a book of before: a load tells of no row that is gone."""
    erased = _ids(fresh, _ERASED)
    if not erased:
        return {}
    named, went = erased | _ids(fresh, _THEIRS), {"customer": erased}
    # Where it is damaged, that may be why there is a load.
    with suppress(DamagedFile):
        went["note"] = {row[0] for row in old.rows(_NOTES, (canonical([*named]),))}
        went["attention_item"] = {item for _, item, _ in _naming(old.rows(_ITEMS), named)}
    return {table: rows for table, rows in went.items() if rows}


def _ids(database: Database, sql: str) -> set[str]:
    return {row[0] for row in database.rows(sql)}


def _naming(rows: Iterable[_Row], named: Collection[str]) -> list[_Row]:
    """Those rows that name any of these ids."""
    middles, whole = {one[8:24] for one in named}, frozenset(named)
    near = (row for row in rows if not middles.isdisjoint(_MIDDLE.findall(row[2])))
    return [row for row in near if not whole.isdisjoint(_ID.findall(row[2]))]


def _never_made(database: Database, about: Collection[str]) -> set[str]:
    """Those ids of which there is no row of any kind; of any other, who has the row says whose it is."""
    found = rows_of_keys(database, [(table, one) for table in ENTITIES for one in about])
    return {*about}.difference(row_id for (_, row_id), row in found.items() if row is not None)


def _forget(database: Database, table: str, rows: Iterable[_Row]) -> None:
    gone = canonical([number for number, _, _ in rows])
    database.run(f"DELETE FROM {table} WHERE rowid IN (SELECT value FROM json_each(?))", (gone,))


def _gone(database: Database, keys: Collection[Key]) -> set[str]:
    """The ids of those rows that are there no more."""
    return {row_id for (_, row_id), row in rows_of_keys(database, keys).items() if row is None}
