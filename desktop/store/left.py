"""What an edit left in rows that carry no version of their own: who undoes it must find that there still."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from desktop.store.database import Database
from desktop.store.rows import STORED, Key, Row, stored_rows
from shared.errors import Code, Refusal

Left = Mapping[str, Mapping[str, Any] | None]
"""The values of the fields that changed, by `table/row id`; None for a row that was removed."""

# Every edit of an item says itself what it was made against; one of an appointment does, but not by whose step.
_NAMED: Final = frozenset({"business", "location", "resource", "service", "customer"})
_GUARDED: Final = _NAMED | {"hours_rule", "hours_exception", "time_block", "appointment"}
# Added and removed one by one: two people never take each other's.
_MERGED: Final = frozenset({"tags"})
_SETS: Final = frozenset({"needs", "terms"})
"""Sets of values that may be changed in their place: what an edit put there must be there, whatever else is."""


def left_by(database: Database, final: Mapping[Key, Row | None]) -> Left:
    """What an edit is about to leave, over what the tables hold before it is written."""
    guarded = {key: row for key, row in final.items() if key[0] in _GUARDED}
    before = _rows(database, guarded)
    return {f"{key[0]}/{key[1]}": _changed(key[0], before[key], row) for key, row in guarded.items()}


def require_as_left(database: Database, left: Left) -> None:
    """Refuse to turn an edit of whose fields another person has changed one since."""
    keys = {key: (table, row_id) for key in left for table, _, row_id in [key.partition("/")]}
    rows = _rows(database, keys.values())
    for key, fields in left.items():
        (table, row_id), now = keys[key], rows[keys[key]]
        if (now is None) != (fields is None):
            raise Refusal(Code.CHANGED_MEANWHILE, subject=row_id)
        for field, was in (fields or {}).items():
            if now is not None and not _is_as_left(field, was, now[field]):
                said = {"field": field, "was": was, "now": now[field]} if table in _NAMED else {}
                raise Refusal(Code.CHANGED_MEANWHILE, subject=row_id, **said)


def _is_as_left(field: str, left: Any, now: Any) -> bool:
    return all(one in now for one in left) if field in _SETS else bool(now == left)


def _changed(table: str, before: Mapping[str, Any] | None, row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    told = {field: value for field, value in _by_name(table, row).items() if field not in _MERGED}
    if before is None:
        return told
    return {
        field: [one for one in value if one not in before[field]] if field in _SETS else value
        for field, value in told.items()
        if before[field] != value
    }


def _rows(database: Database, keys: Iterable[Key]) -> dict[Key, dict[str, Any] | None]:
    """The rows of these keys by the names of their fields, None for one that is not there; a question for a table."""
    found: dict[Key, dict[str, Any] | None] = dict.fromkeys(keys)
    for table in {table for table, _ in found}:
        how = STORED[table]
        for row_id, row in stored_rows(database, table, [one for name, one in found if name == table]).items():
            found[table, row_id] = _by_name(table, how.from_file(row))
    return found


def _by_name(table: str, row: Row) -> dict[str, Any]:
    """The fields of a row that are looked at. Of a visit whose step is the last; when it was the server counts anew."""
    fields = dict(zip(STORED[table].entity.names, row, strict=True))
    if table == "appointment":
        last = fields["steps"][-1]
        return {"step": [last["status"], last["by"]]}
    return fields
