"""The replica's tables: one for each entity, and what syncing keeps beside them."""

from collections.abc import Mapping
from typing import Any, Final

import sqlite_utils

from desktop.store.database import Database
from desktop.store.faults import as_storage_fault
from shared.errors import ProtocolMismatch
from shared.model.registry import ENTITIES, SCHEMA_VERSION, EntityType, Kind

REPLICA_VERSION: Final = 1
"""Counts up with every change of the tables that syncing keeps; those of the entities follow SCHEMA_VERSION."""

_TYPES: Final[Mapping[Kind, type]] = {
    Kind.ID: str,
    Kind.TEXT: str,
    Kind.INT: int,
    Kind.BOOL: int,
    Kind.INSTANT: str,
    Kind.DATE: str,
    Kind.JSON: str,
}
INDEXES: Final = (
    "CREATE INDEX allocation_by_resource ON allocation (resource_id, starts_at)",
    "CREATE INDEX allocation_by_appointment ON allocation (appointment_id)",
    "CREATE INDEX appointment_by_start ON appointment (starts_at)",
    "CREATE INDEX appointment_by_customer ON appointment (customer_id, starts_at)",
    "CREATE INDEX time_block_by_resource ON time_block (resource_id, starts_at)",
    "CREATE INDEX hours_rule_by_owner ON hours_rule (owner_id)",
    "CREATE INDEX hours_exception_by_owner ON hours_exception (owner_id, day)",
    "CREATE INDEX attention_item_by_subject ON attention_item (subject_id)",
)
"""Secondary indexes; a first sync makes them last."""


def prepare(database: Database) -> None:
    """Make the tables of a new file, or check those of an old one.

    Raises ProtocolMismatch for a file that a newer version of the app has written.
    """
    row = database.row("SELECT name FROM sqlite_master WHERE name = 'meta'")
    if row is None:
        with database.transaction():
            _create(database)
        return
    version = int((database.row("SELECT value FROM meta WHERE name = 'replica_version'") or ("0",))[0])
    if version > REPLICA_VERSION or entity_schema(database) > SCHEMA_VERSION:
        raise ProtocolMismatch("The book on this computer was written by a newer version of SmoothSchedule.")


def entity_schema(database: Database) -> int:
    """The version of the entities' columns in the file."""
    return int((database.row("SELECT value FROM meta WHERE name = 'schema'") or ("0",))[0])


def _create(database: Database) -> None:
    with as_storage_fault():
        made = sqlite_utils.Database(database.connection)
        for entity in ENTITIES.values():
            _entity_table(made, entity)
        made.table("meta").create({"name": str, "value": str}, pk="name")
        made.table("outbox").create(
            {
                "seq": int, "id": str, "name": str, "v": int, "args": str, "author": str, "user_id": str,
                "lease": str, "elapsed": int, "at": str, "label": str, "subject": str, "refused": str, "details": str,
            },
            pk="seq",
        )  # fmt: skip
        made.table("base").create({"table_name": str, "row_id": str, "row": str}, pk=("table_name", "row_id"))
        made.table("sent").create(
            {"seq": int, "id": str, "name": str, "v": int, "args": str, "outcome": str, "version": int, "at": str},
            pk="seq",
        )
        made.table("draft").create({"name": str, "value": str}, pk="name")
    database.run("CREATE VIRTUAL TABLE customer_search USING fts5 (name, digits, mail, tokenize = 'trigram')")
    create_indexes(database)
    database.run_many(
        "INSERT INTO meta VALUES (?, ?)",
        [("replica_version", str(REPLICA_VERSION)), ("schema", str(SCHEMA_VERSION)), ("next_seq", "1")],
    )


def _entity_table(made: Any, entity: EntityType[Any]) -> None:
    columns = {column.name: _TYPES[column.kind] for column in entity.columns}
    required = {column.name for column in entity.columns if not column.nullable}
    made.table(entity.table).create(columns, pk="id", not_null=required)


def create_indexes(database: Database) -> None:
    """Make every secondary index."""
    for statement in INDEXES:
        database.run(statement)


def drop_indexes(database: Database) -> None:
    """Drop every secondary index, so that many rows come in fast."""
    for statement in INDEXES:
        database.run(f"DROP INDEX {statement.split()[2]}")
