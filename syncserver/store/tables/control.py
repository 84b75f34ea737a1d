"""The control schema: what the server knows of tenants, people, devices and sessions."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, MetaData, Table, Text, Uuid, true

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
    _instant("handed_in_at", null=True),
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
erased_sessions: Final = Table(
    "erased_sessions", CONTROL, _id("id", key=True), _text("token_hash"), _text("parent_hash", null=True),
    _text("public_key"), _instant("erased_at"),
)  # fmt: skip
signing_keys: Final = Table(
    "signing_keys", CONTROL, _text("kid", key=True), _text("private_key"), _instant("created_at"),
    _instant("retired_at", null=True),
)  # fmt: skip
second_factors: Final = Table(
    "second_factors", CONTROL, _id("user_id", key=True), _text("secret"), _instant("begun_at"),
    _instant("confirmed_at", null=True),
)  # fmt: skip
used_steps: Final = Table(
    "used_steps", CONTROL, _id("user_id", key=True), Column("step", BigInteger, primary_key=True, nullable=False)
)
recovery_codes: Final = Table(
    "recovery_codes", CONTROL, _id("user_id", key=True), _text("code_hash", key=True), _instant("used_at", null=True)
)  # fmt: skip
admin_sessions: Final = Table(
    "admin_sessions",
    CONTROL,
    _id("id", key=True),
    _text("token_hash"),
    _id("user_id"),
    Column("enrolled", Boolean, nullable=False),
    _instant("created_at"),
    _instant("last_used_at"),
    _instant("ended_at", null=True),
    _text("end_reason", null=True),
    _text("user_agent"),
    _text("ip", null=True),
)
audit_checks: Final = Table(
    "audit_checks", CONTROL, _text("chain", key=True), _instant("checked_at"),
    Column("events", BigInteger, nullable=False), Column("broken_at", BigInteger, nullable=True),
    _text("what", null=True),
)  # fmt: skip
mails: Final = Table(
    "mails",
    CONTROL,
    _id("id", key=True),
    _text("kind"),
    _text("recipient"),
    _text("fields"),
    _instant("created_at"),
    _instant("next_try_at"),
    Column("tries", Integer, nullable=False),
    _text("trouble", null=True),
    _instant("given_up_at", null=True),
)
reset_wishes: Final = Table(
    "reset_wishes", CONTROL, _id("id", key=True), _text("tenant", null=True), _text("email"), _instant("made_at")
)  # fmt: skip
reset_links: Final = Table(
    "reset_links", CONTROL, _text("token_hash", key=True), _id("user_id"), _instant("expires_at"),
    _instant("used_at", null=True),
)  # fmt: skip
invites: Final = Table(
    "invites",
    CONTROL,
    _id("id", key=True),
    _id("tenant_id"),
    _text("email"),
    _text("role"),
    _text("token_hash"),
    _id("invited_by", null=True),
    _instant("created_at"),
    _instant("expires_at"),
    _instant("used_at", null=True),
    _instant("revoked_at", null=True),
)
calendar_feeds: Final = Table(
    "calendar_feeds",
    CONTROL,
    _id("id", key=True),
    _id("tenant_id"),
    _id("user_id"),
    _text("secret_hash"),
    _id("made_by"),
    _instant("created_at"),
    _instant("revoked_at", null=True),
)
masquerades: Final = Table(
    "masquerades",
    CONTROL,
    _id("id", key=True),
    _id("actor_id"),
    _id("target_id"),
    _id("tenant_id", null=True),
    _text("reason"),
    _instant("started_at"),
    _instant("expires_at"),
    _instant("ended_at", null=True),
    _text("end_reason", null=True),
)
masquerade_codes: Final = Table(
    "masquerade_codes", CONTROL, _text("code_hash", key=True), _id("masquerade_id"), _text("digits_hash"),
    _instant("expires_at"), _instant("used_at", null=True),
)  # fmt: skip
grants: Final = Table(
    "grants",
    CONTROL,
    _id("id", key=True),
    _id("grantor_id"),
    _id("grantee_id"),
    _id("tenant_id"),
    _text("action"),
    _text("reason"),
    _instant("created_at"),
    _instant("expires_at"),
    _instant("revoked_at", null=True),
    _id("revoked_by", null=True),
)
refusal_counts: Final = Table(
    "refusal_counts", CONTROL, _id("actor_id", key=True), _text("same", key=True), _text("event"),
    _id("tenant_id", null=True), _instant("began_at"), _instant("ends_at"), Column("told", BigInteger, nullable=False),
    Column("untold", BigInteger, nullable=False),
)  # fmt: skip
