"""Writes and reads the rows of entities, as the registry's codec knows them, in a tenant's transaction."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Connection, text

from shared.model.registry import ENTITIES, EntityType, Kind
from shared.model.registry import Column as EntityColumn

Row = list[Any]
"""A row on the wire: JSON values in column order."""
Key = tuple[str, str]
"""A row's table and id."""

_SQL_TYPES: Final[Mapping[Kind, str]] = {
    Kind.ID: "uuid",
    Kind.TEXT: "text",
    Kind.INT: "bigint",
    Kind.BOOL: "boolean",
    Kind.INSTANT: "timestamptz",
    Kind.DATE: "date",
    Kind.JSON: "json",
}


def flush(connection: Connection, version: int, final: Mapping[Key, Row | None]) -> None:
    """Make each row what `final` says, None for a row that is gone, and note `version` as the one that wrote it.

    One statement a table and direction. What is removed goes first, then the tables in the registry's order: no state
    in between breaks a rule that the final one keeps. The clock must have been taken.
    """
    removed: dict[str, list[str]] = {}
    put: dict[str, list[Row]] = {}
    for (table, row_id), row in final.items():
        if row is None:
            removed.setdefault(table, []).append(row_id)
        else:
            put.setdefault(table, []).append(row)
    for table, ids in removed.items():
        connection.execute(text(f'DELETE FROM "{table}" WHERE id = ANY(CAST(:ids AS uuid[]))'), {"ids": ids})
    for table, entity in ENTITIES.items():
        if table in put:
            rows = orjson.dumps([dict(zip(entity.names, row, strict=True)) for row in put[table]], option=_CANONICAL)
            connection.execute(_UPSERTS[table], {"rows": rows.decode()})
    _point(connection, version, "remove", removed)
    _point(connection, version, "put", {table: [row[0] for row in rows] for table, rows in put.items()})


def find_rows(connection: Connection, table: str, ids: Collection[str]) -> dict[str, Row]:
    """The rows of these ids by id; ids that are not there are left out."""
    found = connection.execute(_FINDS[table], {"ids": list(ids)}).scalars()
    rows = (orjson.loads(one) for one in found)
    return {row[0]: row for row in rows}


def row_json(table: str) -> str:
    """An SQL expression for the JSON text of a row of `table` on the wire."""
    columns = ", ".join(_wire(column) for column in ENTITIES[table].columns)
    return f"json_build_array({columns})"


def _wire(column: EntityColumn) -> str:
    if column.kind is Kind.INSTANT:
        return f"""to_char("{column.name}" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
    return f'"{column.name}"'


def _point(connection: Connection, version: int, op: str, ids: Mapping[str, Iterable[str]]) -> None:
    pairs = [(table, one) for table, some in ids.items() for one in some]
    if pairs:
        tables, keys = zip(*pairs, strict=True)
        connection.execute(_POINT, {"tables": list(tables), "keys": list(keys), "version": version, "op": op})


def _upsert(entity: EntityType[Any]) -> str:
    names = ", ".join(f'"{name}"' for name in entity.names)
    shape = ", ".join(f'"{column.name}" {_SQL_TYPES[column.kind]}' for column in entity.columns)
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in entity.names if name != "id")
    return (
        f'INSERT INTO "{entity.table}" ({names}) SELECT {names}'
        f" FROM json_to_recordset(CAST(:rows AS json)) AS given ({shape})"
        f" ON CONFLICT (id) DO UPDATE SET {changes}"
    )


_CANONICAL: Final = orjson.OPT_SORT_KEYS
_UPSERTS: Final = {table: text(_upsert(entity)) for table, entity in ENTITIES.items()}
_FINDS: Final = {
    table: text(f'SELECT {row_json(table)}::text FROM "{table}" WHERE id = ANY(CAST(:ids AS uuid[]))')
    for table in ENTITIES
}
_POINT: Final = text(
    "INSERT INTO sync_row (table_name, pk, version, op)"
    " SELECT t, k, :version, :op FROM unnest(CAST(:tables AS text[]), CAST(:keys AS uuid[])) AS given (t, k)"
    " ON CONFLICT (table_name, pk) DO UPDATE SET version = excluded.version, op = excluded.op"
)
