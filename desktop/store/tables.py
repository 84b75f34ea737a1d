"""Makes the replica's tables: one for each entity, and what syncing keeps beside them."""

from collections.abc import Mapping
from typing import Any, Final

import sqlite_utils

from desktop.store.database import Database
from desktop.store.faults import as_storage_fault
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


def _entity_table(made: Any, entity: EntityType[Any]) -> None:
    columns = {column.name: _TYPES[column.kind] for column in entity.columns}
    required = {column.name for column in entity.columns if not column.nullable}
    made.table(entity.table).create(columns, pk="id", not_null=required)
