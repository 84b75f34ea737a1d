"""A tenant's schema: one table for each entity of the registry, and what the server keeps beside them."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, MetaData, Table, Text, Uuid, true
from sqlalchemy.types import TypeEngine, UserDefinedType

from shared.model.registry import ENTITIES, Kind
from shared.model.registry import Column as EntityColumn

TENANT: Final = MetaData()


class JsonText(UserDefinedType[str]):
    """A `json` column as its own text, which PostgreSQL keeps as it was written."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "JSON"


class Xid8(UserDefinedType[str]):
    """The number of a transaction."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "XID8"


_TYPES: Final[Mapping[Kind, TypeEngine[Any]]] = {
    Kind.ID: Uuid(as_uuid=False),
    Kind.TEXT: Text(),
    Kind.INT: BigInteger(),
    Kind.BOOL: Boolean(),
    Kind.INSTANT: DateTime(timezone=True),
    Kind.DATE: Date(),
    Kind.JSON: JsonText(),
}


def _column(column: EntityColumn) -> Column[Any]:
    return Column(column.name, _TYPES[column.kind], primary_key=column.name == "id", nullable=column.nullable)


def _id(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, Uuid(as_uuid=False), primary_key=key, nullable=null)


def _number(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=key, nullable=null)


def _text(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=null)


def _instant(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=null)


def _single() -> Column[bool]:
    return Column("single", Boolean, primary_key=True, server_default=true())


entity_tables: Final[Mapping[str, Table]] = {
    name: Table(name, TENANT, *(_column(column) for column in entity.columns)) for name, entity in ENTITIES.items()
}
sync_row: Final = Table(
    "sync_row", TENANT, _text("table_name", key=True), _id("pk", key=True), _number("version"), _text("op")
)  # fmt: skip
replica: Final = Table(
    "replica",
    TENANT,
    _id("id", key=True),
    _id("device_id"),
    _id("user_id"),
    _number("schema"),
    _number("last_seq"),
    _instant("last_at", null=True),
    _number("stored_seq"),
    _number("cursor_version"),
    _instant("created_at"),
    _instant("seen_at", null=True),
    _instant("retired_at", null=True),
)
mutation_log: Final = Table(
    "mutation_log",
    TENANT,
    _number("version", key=True),
    _number("ordinal", key=True),
    _id("replica_id", null=True),
    _number("seq", null=True),
    _id("id"),
    _text("name"),
    _number("v"),
    Column("args", JsonText, nullable=True),
    _text("args_hash"),
    _id("session_id", null=True),
    _id("user_id", null=True),
    _text("role", null=True),
    _id("as_whom", null=True),
    _instant("at"),
    _text("outcome"),
    Column("details", JsonText, nullable=False),
    _instant("recorded_at"),
    Column("undoes", JsonText, nullable=True),
)
outcome: Final = Table(
    "outcome",
    TENANT,
    _id("replica_id", key=True),
    _number("seq", key=True),
    _id("id"),
    _text("args_hash"),
    _text("outcome"),
    Column("details", JsonText, nullable=False),
    _number("version"),
)
mutation_failure: Final = Table(
    "mutation_failure", TENANT, _id("replica_id", key=True), _number("seq", key=True), _number("failures"),
    _text("incident"),
)  # fmt: skip
session: Final = Table(
    "session", TENANT, _id("id", key=True), _id("user_id"), _id("device_id"), _instant("ended_at", null=True),
    _id("actor_id", null=True),
)  # fmt: skip
tenant_state: Final = Table(
    "tenant_state", TENANT, _single(), _text("state"), Column("is_demo", Boolean, nullable=False),
    Column("founded", JsonText, nullable=False), Column("founded_plan", JsonText, nullable=True),
    _number("sync_floor"), _number("history_floor"),
    _instant("recovering_until", null=True), _number("offline_lease", null=True),
)  # fmt: skip
erasure: Final = Table(
    "erasure", TENANT, _id("customer_id", key=True), _instant("at"), Column("made_in", Xid8(), nullable=False)
)  # fmt: skip
hand_in: Final = Table(
    "hand_in", TENANT, _id("device_id", key=True), _id("user_id", key=True), _id("replica_id", key=True),
    _number("kept"), _instant("begun_at"), _instant("done_at", null=True),
)  # fmt: skip
offered: Final = Table(
    "offered",
    TENANT,
    _id("id", key=True),
    _number("was_version"),
    _number("seq"),
    _id("user_id"),
    _text("name"),
    Column("args", JsonText, nullable=False),
    _text("args_hash"),
    _instant("at"),
    _id("device_id", null=True),
    _text("was_outcome", null=True),
    _text("was_code", null=True),
    _id("made_by", null=True),
    Column("undoes", JsonText, nullable=False),
)
