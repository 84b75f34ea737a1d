"""The devices of a tenant, and the keys by which they are known."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from orjson import loads
from sqlalchemy import Connection, Engine, literal, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from shared import clock
from shared.model.base import SessionId, UserId, value
from syncserver.store.tables.control import devices, sessions
from syncserver.store.tenancy import Tenant, TenantId, control_transaction


@value
class Device:
    """A device as it shows itself at a sign-in; `public_key` as it travels."""

    id: str
    name: str
    public_key: str


class Enrolled(StrEnum):
    """What a device turned out to be."""

    NEW = "new"
    KNOWN = "known"
    """Known by this key."""
    KEYED = "keyed"
    """Known from before devices had keys; now it has this one."""
    UNPROVEN = "unproven"
    """Known by another key: nothing was changed."""
    REVOKED = "revoked"
    """Shut out: nothing was changed."""


def enrol(connection: Connection, tenant: Tenant, device: Device) -> Enrolled:
    """Make a device known by its key, for good, or note that it was here; within the transaction of a sign-in."""
    now = clock.now()
    one = (devices.c.tenant_id == tenant.id) & (devices.c.id == device.id)
    before = connection.execute(
        select(devices.c.public_key, devices.c.revoked_at).where(one).with_for_update()
    ).one_or_none()
    if before is not None and before.revoked_at is not None:
        return Enrolled.REVOKED
    enrolment = upsert(devices).values(
        id=device.id, tenant_id=tenant.id, name=device.name, created_at=now, last_seen_at=now,
        public_key=device.public_key,
    )  # fmt: skip
    kept = connection.execute(
        enrolment.on_conflict_do_update(
            index_elements=["tenant_id", "id"],
            set_={"name": device.name, "last_seen_at": now, "public_key": device.public_key},
            where=or_(devices.c.public_key.is_(None), devices.c.public_key == device.public_key),
        ).returning(devices.c.id)
    ).one_or_none()
    if kept is None:
        return Enrolled.UNPROVEN
    if before is None:
        return Enrolled.NEW
    return Enrolled.KEYED if before.public_key is None else Enrolled.KNOWN


@value
class ListedDevice:
    """A device as its people see it, and who is signed in on it: ids and names."""

    id: str
    name: str
    created_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None
    handed_in_at: datetime | None
    """When a device that was shut out had handed in all that it had."""
    people: tuple[tuple[UserId, str], ...]


_LISTED: Final = """
SELECT id, name, created_at, last_seen_at, revoked_at, handed_in_at, coalesce((
    SELECT json_agg(DISTINCT jsonb_build_array(users.id, users.name)) FROM sessions JOIN users ON users.id = user_id
    WHERE sessions.tenant_id = devices.tenant_id AND device_id = devices.id
        AND sessions.ended_at IS NULL AND expires_at > :now
), '[]')::text AS people
FROM devices WHERE tenant_id = :tenant AND (CAST(:id AS uuid) IS NULL OR id = CAST(:id AS uuid))
"""
_OF_PERSON: Final = """
AND EXISTS (SELECT FROM sessions WHERE tenant_id = :tenant AND device_id = devices.id AND user_id = :user)
"""


def listed_devices(
    connection: Connection, tenant: TenantId, *, of: UserId | None = None, device_id: str | None = None
) -> Sequence[ListedDevice]:  # fmt: skip
    """A tenant's devices, the latest first; `of` those on which somebody has ever signed in, `device_id` that one."""
    given = {"tenant": tenant, "now": clock.now(), "user": of, "id": device_id}
    wanted = f"{_LISTED} {_OF_PERSON if of else ''} ORDER BY last_seen_at DESC, id"
    rows = connection.execute(text(wanted), given).mappings()
    return [
        ListedDevice(
            **{**row, "id": str(row["id"]), "people": tuple((UserId(key), name) for key, name in loads(row["people"]))}
        )
        for row in rows
    ]


def devices_used_by(engine: Engine, tenant: TenantId, user: UserId) -> Sequence[str]:
    """The devices of a tenant on which somebody has ever signed in."""
    used = select(sessions.c.device_id).where(sessions.c.tenant_id == tenant, sessions.c.user_id == user).distinct()
    with control_transaction(engine, read_only=True) as connection:
        return list(connection.execute(used).scalars())


def revoke_device(connection: Connection, tenant: TenantId, device_id: str) -> bool:
    """Shut a device out; False for one that is, which stays as it was."""
    one = (devices.c.tenant_id == tenant) & (devices.c.id == device_id) & devices.c.revoked_at.is_(None)
    return connection.execute(devices.update().where(one).values(revoked_at=clock.now())).rowcount == 1


def note_handed_in(connection: Connection, tenant: TenantId, device_id: str) -> None:
    """Note that a device has handed in all that it had; the first time counts."""
    one = (devices.c.tenant_id == tenant) & (devices.c.id == device_id) & devices.c.handed_in_at.is_(None)
    connection.execute(devices.update().where(one).values(handed_in_at=clock.now()))


def is_revoked(engine: Engine, tenant_id: TenantId, device_id: str) -> bool:
    """Whether a tenant has shut this device out."""
    revoked = select(literal(True)).where(
        devices.c.tenant_id == tenant_id, devices.c.id == device_id, devices.c.revoked_at.is_not(None)
    )
    with control_transaction(engine, read_only=True) as connection:
        return connection.execute(revoked).scalar_one_or_none() is not None


def shut_out_of(connection: Connection, tenant_id: TenantId, device_ids: Collection[str]) -> frozenset[str]:
    """Which of these devices a tenant has shut out; as the server's own role."""
    revoked = select(devices.c.id).where(
        devices.c.tenant_id == tenant_id, devices.c.id.in_(device_ids), devices.c.revoked_at.is_not(None)
    )
    return frozenset(connection.execute(revoked).scalars())


def is_of_another_key(engine: Engine, tenant_id: TenantId, device_id: str, public_key: str) -> bool:
    """Whether a tenant knows a device of this id by another key."""
    other = select(literal(True)).where(
        devices.c.tenant_id == tenant_id, devices.c.id == device_id, devices.c.public_key != public_key
    )
    with control_transaction(engine, read_only=True) as connection:
        return connection.execute(other).scalar_one_or_none() is not None


def is_known_by(engine: Engine, tenant_id: TenantId, device_id: str, public_key: str) -> bool:
    """Whether a tenant knows a device of this id by this key."""
    known = select(literal(True)).where(
        devices.c.tenant_id == tenant_id, devices.c.id == device_id, devices.c.public_key == public_key
    )
    with control_transaction(engine, read_only=True) as connection:
        return connection.execute(known).scalar_one_or_none() is not None


def key_behind(engine: Engine, token_hash: str) -> str | None:
    """The key of the device on which a refresh token was given, spent ones too.

    None where the token is none of ours, or the device has no key.
    """
    with control_transaction(engine, read_only=True) as connection:
        found: str | None = connection.execute(_BEHIND, {"shown": token_hash}).scalar_one_or_none()
    return found


def key_of_session(engine: Engine, session_id: SessionId) -> str | None:
    """The key of the device that a session is on."""
    with control_transaction(engine, read_only=True) as connection:
        found: str | None = connection.execute(_OF_SESSION, {"session": session_id}).scalar_one_or_none()
    return found


_OF_SESSION: Final = text(
    """
    SELECT devices.public_key FROM sessions JOIN devices USING (tenant_id)
    WHERE devices.id = sessions.device_id AND sessions.id = :session
    """
)
_BEHIND: Final = text(
    """
    SELECT devices.public_key FROM sessions JOIN devices USING (tenant_id)
    WHERE devices.id = sessions.device_id AND sessions.id IN (
        SELECT id FROM sessions WHERE token_hash = :shown
        UNION SELECT id FROM sessions WHERE parent_hash = :shown
        UNION SELECT session_id FROM spent_tokens WHERE token_hash = :shown
    )
    """
)
