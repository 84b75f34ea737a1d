"""Rows of entities in and out of the replica, by the registry's codec."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, cast

import orjson

from desktop.store.database import Database
from shared.model.registry import ENTITIES, E, EntityType, Kind, canonical

Row = list[Any]
"""A row as on the wire: JSON values in column order."""
Line = Mapping[str, Any]
"""A line of a pull."""
Key = tuple[str, str]
"""A table's name and a row's id."""


SEARCH: Final = "customer_search"
"""The index of customers' names, numbers and addresses; tables of its own begin with the same name."""


class Stored:
    """How the rows of one entity stand in the file: nested JSON as canonical text, truth as 0 and 1."""

    def __init__(self, entity: EntityType[Any]) -> None:
        self.entity = entity
        columns, marks = ", ".join(entity.names), ", ".join("?" * len(entity.names))
        updates = ", ".join(f"{name} = excluded.{name}" for name in entity.names[1:])
        self.columns = columns
        self.insert = f"INSERT INTO {entity.table} ({columns}) VALUES ({marks})"
        self.upsert = f"{self.insert} ON CONFLICT (id) DO UPDATE SET {updates}"
        self.select = f"SELECT {columns} FROM {entity.table}"
        self.by_id = f"{self.select} WHERE id = ?"
        self.by_ids = f"{self.select} WHERE id IN (SELECT value FROM json_each(?))"
        self._json = [place for place, column in enumerate(entity.columns) if column.kind is Kind.JSON]
        self._bool = [place for place, column in enumerate(entity.columns) if column.kind is Kind.BOOL]
        self._required = [place for place, column in enumerate(entity.columns) if not column.nullable]

    def to_file(self, rows: Iterable[Row]) -> list[Row]:
        """Rows of the wire as they are stored."""
        made = [list(row) for row in rows]
        for place in self._json:
            for row in made:
                row[place] = canonical(row[place])
        return made

    def from_file(self, row: Sequence[Any]) -> Row:
        """A stored row as on the wire."""
        made = list(row)
        for place in self._json:
            made[place] = orjson.loads(made[place])
        for place in self._bool:
            made[place] = bool(made[place])
        return made

    def require_storable(self, row: Row) -> None:
        """Raise ValueError or TypeError where no file could hold a row.

        It has half a character, an integer beyond 2^53, or a null where there must be something.
        """
        orjson.dumps(row, option=orjson.OPT_STRICT_INTEGER)
        if None in row and any(row[place] is None for place in self._required):
            raise ValueError(f"a row of {self.entity.table} without what it must have")

    def entity_of(self, row: Sequence[Any]) -> Any:
        """The entity of a stored row."""
        return self.entity.decode(self.from_file(row))


STORED: Final = {table: Stored(entity) for table, entity in ENTITIES.items()}


def stored(cls: type[E]) -> Stored:
    """How the rows of an entity class are stored."""
    return _BY_CLASS[cls]


_BY_CLASS: Final[dict[type[Any], Stored]] = {one.entity.cls: one for one in STORED.values()}


def rows_of(line: Line) -> Sequence[Row]:
    """The rows of a line; a newer server may send columns that this desk does not know, and it ignores them."""
    names, rows = STORED[line["table"]].entity.names, line["rows"]
    if tuple(line["columns"]) == names:
        return cast("Sequence[Row]", rows)
    places = [line["columns"].index(name) for name in names]
    return [[row[place] for place in places] for row in rows]


def count_rows(database: Database, table: str) -> int:
    """How many rows a table has."""
    ((count,),) = database.rows(f"SELECT count(*) FROM {table}")
    return int(count)


def put_rows(database: Database, table: str, rows: Sequence[Row], *, fresh: bool = False) -> None:
    """Write rows whole; `fresh` says that none of them is there yet and that searching is filled later."""
    how = STORED[table]
    database.run_many(how.insert if fresh else how.upsert, how.to_file(rows))
    if table == "customer" and not fresh:
        index_customers(database, [row[0] for row in rows])


def remove_rows(database: Database, table: str, ids: Collection[str]) -> None:
    """Remove rows; those that are not there are no matter."""
    if table == "customer":
        _forget_customers(database, ids)
    database.run_many(f"DELETE FROM {table} WHERE id = ?", [(one,) for one in ids])


def write_rows(database: Database, table: str, rows: Mapping[str, Row | None]) -> None:
    """Write rows whole by their ids, and remove those that are None."""
    if removed := [one for one, row in rows.items() if row is None]:
        remove_rows(database, table, removed)
    if put := [row for row in rows.values() if row is not None]:
        put_rows(database, table, put)


def stored_rows(database: Database, table: str, ids: Collection[str]) -> dict[str, tuple[Any, ...]]:
    """The rows of these ids as they are stored; those that are not there are left out."""
    asked = orjson.dumps([*ids]).decode()
    return {row[0]: row for row in database.rows(STORED[table].by_ids, (asked,))}


def rows_of_keys(database: Database, keys: Collection[Key]) -> dict[Key, Row | None]:
    """The rows of these keys as on the wire, None for one that is not there; one question for each table."""
    found: dict[Key, Row | None] = dict.fromkeys(keys)
    for table in dict.fromkeys(table for table, _ in found):
        how = STORED[table]
        for row_id, row in stored_rows(database, table, [one for name, one in found if name == table]).items():
            found[table, row_id] = how.from_file(row)
    return found


_INDEX = (
    f"INSERT INTO {SEARCH} (rowid, name, digits, mail) "
    "SELECT rowid, words_of(name), digits_of(phones), folded(emails) FROM customer "
    "WHERE NOT archived AND merged_into IS NULL"
)


def index_customers(database: Database, ids: Collection[str] | None = None) -> None:
    """Make customers searchable who are neither archived nor merged; all of them where no ids are given."""
    if ids is None:
        database.run(_INDEX)
        return
    _forget_customers(database, ids)
    database.run_many(f"{_INDEX} AND id = ?", [(one,) for one in ids])


def _forget_customers(database: Database, ids: Collection[str]) -> None:
    forget = f"DELETE FROM {SEARCH} WHERE rowid = (SELECT rowid FROM customer WHERE id = ?)"
    database.run_many(forget, [(one,) for one in ids])
