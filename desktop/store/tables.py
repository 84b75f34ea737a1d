"""Makes the replica's tables: one for each entity, and what syncing keeps beside them."""

from collections.abc import Mapping
from typing import Any, Final

import sqlite_utils

from desktop.store.database import Database
from desktop.store.faults import as_storage_fault
from desktop.store.rows import SEARCH
from shared.model.registry import ENTITIES, EntityType, Kind

_TYPES: Final[Mapping[Kind, type]] = {
    Kind.ID: str,
    Kind.TEXT: str,
    Kind.INT: int,
    Kind.BOOL: int,
    Kind.INSTANT: str,
    Kind.DATE: str,
    Kind.JSON: str,
}


def create(database: Database) -> None:
    """Make the tables, without their indexes, in an empty file."""
    with as_storage_fault():
        made = sqlite_utils.Database(database.connection)
        for entity in ENTITIES.values():
            create_entity(made, entity)
        made.table("meta").create({"name": str, "value": str}, pk="name")
        made.table("outbox").create(
            {
                "seq": int, "id": str, "name": str, "v": int, "args": str, "author": str, "user_id": str,
                "lease": str, "elapsed": int, "at": str, "label": str, "subject": str, "refused": str, "details": str,
                "was_version": int, "was_outcome": str, "was_code": str, "undoes": str,
            },
            pk="seq",
        )  # fmt: skip
        made.table("base").create({"table_name": str, "row_id": str, "row": str}, pk=("table_name", "row_id"))
        made.table("sent").create(
            {
                "id": str, "seq": int, "name": str, "v": int, "args": str, "author": str, "user_id": str, "lease": str,
                "elapsed": int, "made_at": str, "label": str, "subject": str, "outcome": str, "version": int, "at": str,
                "undoes": str, "already": int, "code": str,
            },
            pk="id",
        )  # fmt: skip
        made.table("draft").create({"name": str, "value": str}, pk="name")
        _undo_table(made)
        _people_tables(made)
    database.run(f"CREATE VIRTUAL TABLE {SEARCH} USING fts5 (name, digits, mail, tokenize = 'trigram')")


def upgrade(database: Database) -> None:
    """Add what an older version of the app did not make; a table that is there already is left alone."""
    with as_storage_fault():
        made = sqlite_utils.Database(database.connection)
        _undo_table(made)
        _people_tables(made)


def _undo_table(made: Any) -> None:
    made.table("undo").create(
        {
            "user_id": str, "step": int, "place": int, "macro": str, "label": str, "subject": str, "undone": int,
            "made": str, "edits": str, "leaves": str,
        },
        pk=("user_id", "step", "place"),
        if_not_exists=True,
    )  # fmt: skip


def _people_tables(made: Any) -> None:
    made.table("person").create(
        {"user_id": str, "login": str, "name": str, "role": str, "session": str}, pk="user_id", if_not_exists=True
    )
    made.table("leaving").create({"session": str, "token": str, "ending": int}, pk="session", if_not_exists=True)


def create_entity(made: Any, entity: EntityType[Any]) -> None:
    """Make the table of one entity, without its indexes; `made` is the file as sqlite-utils has it."""
    columns = {column.name: _TYPES[column.kind] for column in entity.columns}
    required = {column.name for column in entity.columns if not column.nullable}
    made.table(entity.table).create(columns, pk="id", not_null=required)
