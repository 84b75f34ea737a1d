"""What an edit left in rows that carry no version of their own: who undoes it must find that there still."""

from collections.abc import Mapping
from typing import Any, Final

from desktop.store.database import Database
from desktop.store.rows import STORED, Key, Row, stored_rows
from shared.errors import Code, Refusal

Left = Mapping[str, Mapping[str, Any] | None]
"""The values of the fields that changed, by `table/row id`; None for a row that was removed."""

# Every edit of an appointment or of an item says itself what it was made against.
_NAMED: Final = frozenset({"business", "location", "resource", "service", "customer"})
_GUARDED: Final = _NAMED | {"hours_rule", "hours_exception", "time_block"}
# Added and removed one by one: two people never take each other's.
_MERGED: Final = frozenset({"tags"})


def left_by(database: Database, final: Mapping[Key, Row | None]) -> Left:
    """What an edit is about to leave, over what the tables hold before it is written."""
    return {
        f"{table}/{row_id}": None if row is None else _changed(database, table, row)
        for (table, row_id), row in final.items()
        if table in _GUARDED
    }


def require_as_left(database: Database, left: Left) -> None:
    """Refuse to turn an edit of whose fields another person has changed one since."""
    for key, fields in left.items():
        table, _, row_id = key.partition("/")
        now = _row(database, table, row_id)
        if (now is None) != (fields is None):
            raise Refusal(Code.CHANGED_MEANWHILE, subject=row_id)
        for field, was in (fields or {}).items():
            if now is not None and now[field] != was:
                said = {"field": field, "was": was, "now": now[field]} if table in _NAMED else {}
                raise Refusal(Code.CHANGED_MEANWHILE, subject=row_id, **said)


def _changed(database: Database, table: str, row: Row) -> dict[str, Any]:
    before = _row(database, table, row[0])
    after = dict(zip(STORED[table].entity.names, row, strict=True))
    return {
        field: told
        for field, told in after.items()
        if field not in _MERGED and (before is None or before[field] != told)
    }


def _row(database: Database, table: str, row_id: str) -> dict[str, Any] | None:
    found = stored_rows(database, table, [row_id]).get(row_id)
    how = STORED[table]
    return None if found is None else dict(zip(how.entity.names, how.from_file(found), strict=True))
