"""The server's rows as this replica knows them, whatever waits, added up over ranges of keys.

`shared.protocol.checksums` says how. SQLite writes the JSON of the rows: that is faster than making objects of them.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

import orjson

from desktop.store.database import Database
from shared.model.base import value
from shared.model.registry import ENTITIES, Column, EntityType, Kind
from shared.protocol.checksums import row_text, sum_of, sum_text

_NO_KEY: Final = ""


@value
class Summed:
    """The rows of a table with ids from `start` up to `before`, which is not in it, and their sum as it travels."""

    table: str
    start: str | None
    before: str | None
    rows: int
    sum: str


def next_sum(database: Database, table: str, start: str | None, rows: int) -> Summed:
    """The range that begins at an id and has so many rows of the table, or all that are left."""
    cut = database.row(f"SELECT id FROM {table} WHERE id >= ? ORDER BY id LIMIT 1 OFFSET ?", (start or _NO_KEY, rows))
    return range_sum(database, table, start, None if cut is None else cut[0])


def range_sum(
    database: Database, table: str, start: str | None, before: str | None, *, without: Collection[str] = ()
) -> Summed:  # fmt: skip
    """What the server has in a range as far as this replica knows, with some ids left out."""
    left_out = orjson.dumps([*without]).decode()
    count, total = sum_of(_texts(database, table, (start or _NO_KEY, before, before, left_out)))
    return Summed(table=table, start=start, before=before, rows=count, sum=sum_text(total))


_Range = tuple[str, str | None, str | None, str]


def _texts(database: Database, table: str, within: _Range) -> Iterator[str]:
    for (text,) in database.rows(_TEXTS[table], (*within, table)):
        yield text
    # Of what waiting edits have changed the server's version is kept beside the table.
    for (text,) in database.rows(
        f"SELECT row FROM base WHERE {_within('row_id')} AND table_name = ?", (*within, table)
    ):
        if text is not None:
            yield row_text(orjson.loads(text))


def _within(key: str) -> str:
    return f"{key} >= ? AND (? IS NULL OR {key} < ?) AND {key} NOT IN (SELECT value FROM json_each(?))"


def _wire(column: Column) -> str:
    """The JSON of a column as it stands on the wire."""
    name = f'"{column.name}"'
    if column.kind is Kind.BOOL:
        return f"CASE {name} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE {name} END"
    if column.kind in (Kind.INT, Kind.JSON):
        return f"coalesce({name}, 'null')"
    return f"json_quote({name})"


def _select(entity: EntityType[Any]) -> str:
    text = " || ', ' || ".join(map(_wire, entity.columns))
    return (
        f"SELECT '[' || {text} || ']' FROM {entity.table} WHERE {_within('id')}"
        " AND id NOT IN (SELECT row_id FROM base WHERE table_name = ?)"
    )


_TEXTS: Final = {table: _select(entity) for table, entity in ENTITIES.items()}


def most_rows(database: Database) -> int:
    """A number that the rows of all tables together do not exceed; told without counting them."""
    lasts = [database.row(f"SELECT max(rowid) FROM {table}") for table in ENTITIES]
    return sum(last[0] or 0 for last in lasts if last is not None)


def ids_between(database: Database, table: str, start: str | None, before: str | None) -> list[str]:
    """The ids that the table holds in a range."""
    given = (start or _NO_KEY, before, before)
    return [row[0] for row in database.rows(f"SELECT id FROM {table} WHERE id >= ? AND (? IS NULL OR id < ?)", given)]
