"""The devices of a tenant, and the keys by which they are known."""

from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Engine, literal, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from shared import clock
from shared.model.base import value
from syncserver.store.tables.control import devices
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


def enrol(connection: Connection, tenant: Tenant, device: Device) -> Enrolled:
    """Make a device known by its key, for good, or note that it was here; within the transaction of a sign-in."""
    now = clock.now()
    one = (devices.c.tenant_id == tenant.id) & (devices.c.id == device.id)
    before = connection.execute(select(devices.c.public_key).where(one).with_for_update()).one_or_none()
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


def is_revoked(engine: Engine, tenant_id: TenantId, device_id: str) -> bool:
    """Whether a tenant has shut this device out."""
    revoked = select(literal(True)).where(
        devices.c.tenant_id == tenant_id, devices.c.id == device_id, devices.c.revoked_at.is_not(None)
    )
    with control_transaction(engine, read_only=True) as connection:
        return connection.execute(revoked).scalar_one_or_none() is not None


def key_behind(engine: Engine, token_hash: str) -> str | None:
    """The key of the device on which a refresh token was given, spent ones too.

    None where the token is none of ours, or the device has no key.
    """
    with control_transaction(engine, read_only=True) as connection:
        found: str | None = connection.execute(_BEHIND, {"shown": token_hash}).scalar_one_or_none()
    return found


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
