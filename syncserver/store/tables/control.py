"""The control schema: what the server knows of tenants, people, devices and sessions."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, DateTime, MetaData, Table, Text, Uuid, true

from syncserver.store.tables.tenant import JsonText

CONTROL: Final = MetaData()


def _id(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, Uuid(as_uuid=False), primary_key=key, nullable=null)


def _text(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=null)


def _instant(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=null)


server_meta: Final = Table(
    "server_meta", CONTROL, Column("single", Boolean, primary_key=True, server_default=true()), _id("epoch"),
    _id("lineage"),
)  # fmt: skip
tenants: Final = Table(
    "tenants",
    CONTROL,
    _id("id", key=True),
    _text("slug"),
    _text("name"),
    Column("is_demo", Boolean, nullable=False),
    _text("state"),
    _text("tier"),
    _text("schema_name"),
    _text("role_name"),
    _instant("created_at"),
    _instant("pruned_at", null=True),
    _instant("recovering_until", null=True),
    _text("revision", null=True),
    Column("override", JsonText, nullable=True),
)
plans: Final = Table(
    "plans", CONTROL, _text("tier", key=True), Column("features", JsonText, nullable=False),
    Column("limits", JsonText, nullable=False),
)  # fmt: skip
tenant_clock: Final = Table(
    "tenant_clock", CONTROL, _id("tenant_id", key=True), Column("version", BigInteger, nullable=False)
)  # fmt: skip
users: Final = Table(
    "users",
    CONTROL,
    _id("id", key=True),
    _id("tenant_id", null=True),
    _text("email"),
    _text("name"),
    _text("role"),
    _text("password_hash"),
    Column("is_active", Boolean, nullable=False),
    Column("is_temporary", Boolean, nullable=False),
    _text("totp_secret", null=True),
    _instant("created_at"),
)
devices: Final = Table(
    "devices",
    CONTROL,
    _id("id", key=True),
    _id("tenant_id", key=True),
    _text("name"),
    _instant("created_at"),
    _instant("last_seen_at"),
    _instant("revoked_at", null=True),
    _text("public_key", null=True),
)
sessions: Final = Table(
    "sessions",
    CONTROL,
    _id("id", key=True),
    _id("user_id"),
    _id("tenant_id", null=True),
    _id("device_id"),
    _text("token_hash"),
    _text("parent_hash", null=True),
    _instant("created_at"),
    _instant("last_used_at"),
    _instant("expires_at"),
    _instant("ended_at", null=True),
    _text("end_reason", null=True),
)
spent_tokens: Final = Table(
    "spent_tokens", CONTROL, _text("token_hash", key=True), _id("session_id"), _instant("spent_at")
)  # fmt: skip
signing_keys: Final = Table(
    "signing_keys", CONTROL, _text("kid", key=True), _text("private_key"), _instant("created_at"),
    _instant("retired_at", null=True),
)  # fmt: skip
