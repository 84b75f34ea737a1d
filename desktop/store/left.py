"""What an edit left in rows that carry no version of their own: who undoes it must find that there still."""

from collections.abc import Mapping
from typing import Any, Final

from desktop.store.database import Database
from desktop.store.rows import STORED, Key, Row, rows_of_keys
from shared.errors import Code, Refusal

Left = Mapping[str, Mapping[str, Any] | None]
"""The values of the fields that changed, by `table/row id`; None for a row that was removed."""

# Every edit of an item, of hours and of blocked time says itself what it was made against, and goes together with what
# others have done beside it; one of an appointment does, but not by whose step.
_NAMED: Final = frozenset({"business", "location", "resource", "service", "customer"})
_GUARDED: Final = _NAMED | {"appointment"}
# Added and removed one by one: two people never take each other's.
_MERGED: Final = frozenset({"tags"})
_SETS: Final = frozenset({"needs", "terms"})
"""Sets of values that may be changed in their place: what an edit put there must be there, whatever else is."""
_STEPS: Final = STORED["appointment"].entity.names.index("steps")
_REASON: Final = STORED["appointment"].entity.names.index("cancel_reason")


def left_by(before: Mapping[Key, Row | None], final: Mapping[Key, Row | None]) -> Left:
    """What an edit is about to leave, over what the tables hold before it is written."""
    return {
        f"{table}/{row_id}": _changed(table, before[table, row_id], row)
        for (table, row_id), row in final.items()
        if table in _GUARDED
    }


def require_as_left(database: Database, left: Left) -> None:
    """Refuse to turn an edit of whose fields another person has changed one since."""
    keys = {key: (table, row_id) for key in left for table, _, row_id in [key.partition("/")]}
    rows = rows_of_keys(database, keys.values())
    for key, fields in left.items():
        (table, row_id), row = keys[key], rows[keys[key]]
        now = None if row is None else _by_name(table, row)
        if (now is None) != (fields is None):
            raise Refusal(Code.CHANGED_MEANWHILE, subject=row_id)
        for field, was in (fields or {}).items():
            if now is not None and not _is_as_left(field, was, now[field]):
                said = {"field": field, "was": was, "now": now[field]} if table in _NAMED else {}
                raise Refusal(Code.CHANGED_MEANWHILE, subject=row_id, **said)


def _is_as_left(field: str, left: Any, now: Any) -> bool:
    return all(one in now for one in left) if field in _SETS else bool(now == left)


def _changed(table: str, before: Row | None, row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    told = {field: value for field, value in _by_name(table, row).items() if field not in _MERGED}
    if before is None:
        return told
    was = _by_name(table, before)
    return {
        field: [one for one in value if one not in was[field]] if field in _SETS else value
        for field, value in told.items()
        if was[field] != value
    }


def _by_name(table: str, row: Row) -> dict[str, Any]:
    """The fields of a row that are looked at. Of a visit whose step is the last; when it was the server counts anew."""
    if table == "appointment":
        last = row[_STEPS][-1]
        # Of one that was brought back and cancelled once more the words tell.
        return {"step": [last["status"], last["by"]], "reason": row[_REASON]}
    return dict(zip(STORED[table].entity.names, row, strict=True))
