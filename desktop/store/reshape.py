"""Brings the tables of entities in an older file to the columns of this version of the app."""

from dataclasses import MISSING, fields
from typing import Any

import sqlite_utils

from desktop.store.database import Database
from desktop.store.rows import index_customers
from desktop.store.tables import create_entity
from shared.model.registry import ENTITIES, EntityType, Kind, canonical


def reshape(database: Database) -> None:
    """Make the tables that are missing, and make anew those with other columns; within a transaction, without indexes.

    What stands in them stays, so that the book can be worked with until the server has sent it once more: a row of
    before may lack what only the new columns say.
    """
    for entity in ENTITIES.values():
        before = {row[1] for row in database.rows(f"PRAGMA table_info({entity.table})")}
        if not before:
            _make(database, entity)
        elif before != set(entity.names) or _required(database, entity) != _required_now(entity):
            _make_anew(database, entity, before)


def _make(database: Database, entity: EntityType[Any]) -> None:
    create_entity(sqlite_utils.Database(database.connection), entity)


def _make_anew(database: Database, entity: EntityType[Any], before: set[str]) -> None:
    table, missing = entity.table, [name for name in entity.names if name not in before]
    database.run(f"ALTER TABLE {table} RENAME TO former_{table}")
    _make(database, entity)
    kept = [name for name in entity.names if name in before]
    marks = ", ".join([*kept, *"?" * len(missing)])
    database.run(
        f"INSERT INTO {table} ({', '.join([*kept, *missing])}) SELECT {marks} FROM former_{table}",
        [_default(entity, name) for name in missing],
    )
    database.run(f"DROP TABLE former_{table}")
    # What was kept there of the server's rows has the columns of before; all of it is about to be sent.
    database.run("DELETE FROM base WHERE table_name = ?", (table,))
    if table == "customer":
        database.run("DELETE FROM customer_search")
        index_customers(database)


def _required(database: Database, entity: EntityType[Any]) -> set[str]:
    return {row[1] for row in database.rows(f"PRAGMA table_info({entity.table})") if row[3]}


def _required_now(entity: EntityType[Any]) -> set[str]:
    return {column.name for column in entity.columns if not column.nullable}


def _default(entity: EntityType[Any], name: str) -> Any:
    """What a new column holds in a row of before, as the file keeps it."""
    (field,) = (one for one in fields(entity.cls) if one.name == name)
    if field.default is MISSING:
        raise ValueError(f"{entity.table}.{name} is new and says not what it is in a row of before")
    (column,) = (one for one in entity.columns if one.name == name)
    return canonical(field.default) if column.kind is Kind.JSON else field.default
