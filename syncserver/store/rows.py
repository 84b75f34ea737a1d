"""Writes and reads the rows of entities, as the registry's codec knows them, in a tenant's transaction."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection

from shared.model.registry import ENTITIES, E, EntityType, Kind, canonical, entity_type
from shared.model.registry import Column as EntityColumn
from syncserver.store.statements import Statement, array_text, ask_all, run_all

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

    The clock must have been taken.
    """
    run_all(connection, flush_statements(version, final))


def flush_statements(version: int, final: Mapping[Key, Row | None]) -> list[Statement]:
    """What `flush` runs: one statement a table and direction.

    What is removed goes first, then the tables in the registry's order: no state in between breaks a rule that the
    final one keeps.
    """
    if not final:
        return []
    removed: dict[str, list[str]] = {}
    put: dict[str, list[Row]] = {}
    for (table, row_id), row in final.items():
        if row is None:
            removed.setdefault(table, []).append(row_id)
        else:
            put.setdefault(table, []).append(row)
    statements: list[Statement] = [
        (f'DELETE FROM "{table}" WHERE id = ANY(%s::uuid[])', (array_text(ids),)) for table, ids in removed.items()
    ]
    for table, entity in ENTITIES.items():
        if table in put:
            records = [dict(zip(entity.names, row, strict=True)) for row in put[table]]
            statements.append((_UPSERTS[table], (canonical(records),)))
    pointers = [{"t": table, "k": key, "op": "put" if row else "remove"} for (table, key), row in final.items()]
    return [*statements, (_POINT, (version, canonical(pointers)))]


@cache
def row_json(table: str, alias: str | None = None, names: tuple[str, ...] | None = None) -> str:
    """An SQL expression for the JSON text of a row of `table` on the wire; timestamps are told in UTC.

    `names` are its columns in order, where it is not to have all.
    """
    source, columns = alias or table, {column.name: column for column in ENTITIES[table].columns}
    told = ", ".join(_wire(columns[name], source) for name in names or ENTITIES[table].names)
    return f"json_build_array({told})"


def entities(connection: Connection, cls: type[E], where: Statement) -> Sequence[E]:
    """The rows of an entity that a condition holds for."""
    kind, (condition, given) = entity_type(cls), where
    asked = f"SELECT {row_json(kind.table)}::text FROM {kind.table} WHERE {condition}"
    ((*rows,),) = ask_all(connection, [(asked, given)])
    return [kind.decode(row) for row in rows]


def _wire(column: EntityColumn, source: str) -> str:
    name = f'"{source}"."{column.name}"'
    # The transaction's own zone is UTC: the shorter expression is the faster one.
    return f"""to_char({name}, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')""" if column.kind is Kind.INSTANT else name


def _upsert(entity: EntityType[Any]) -> str:
    names = ", ".join(f'"{name}"' for name in entity.names)
    shape = ", ".join(f'"{column.name}" {_SQL_TYPES[column.kind]}' for column in entity.columns)
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in entity.names if name != "id")
    return (
        f'INSERT INTO "{entity.table}" ({names}) SELECT {names}'
        f" FROM json_to_recordset(%s::json) AS given ({shape})"
        f" ON CONFLICT (id) DO UPDATE SET {changes}"
    )


_UPSERTS: Final = {table: _upsert(entity) for table, entity in ENTITIES.items()}
_POINT: Final = """
INSERT INTO sync_row (table_name, pk, version, op)
SELECT t, k, %s, op FROM json_to_recordset(%s::json) AS given (t text, k uuid, op text)
ON CONFLICT (table_name, pk) DO UPDATE SET version = excluded.version, op = excluded.op
"""
