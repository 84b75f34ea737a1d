"""The devices of a business, listed and shut out."""

from datetime import datetime
from typing import Final

from shared.clock import instant_text
from shared.ids import is_id
from shared.protocol import account_messages as messages
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability, Scope, scope
from syncserver.services.declined import Declined
from syncserver.services.identity import identity_events
from syncserver.services.identity.accounts import DEVICE_REVOKED
from syncserver.services.identity.holders import Holder
from syncserver.services.identity.refusals import noting
from syncserver.services.server import Server
from syncserver.store import hand_ins
from syncserver.store.devices import ListedDevice, listed_devices, revoke_device
from syncserver.store.handles import Connection
from syncserver.store.sessions import end_sessions_on
from syncserver.store.tenancy import Tenant, control_transaction, tenant_part

SHARED: Final = "Others are signed in on this device: the owner can shut it out."


def devices_of(server: Server, holder: Holder) -> messages.Devices:
    """All devices of the business for its owner; for others those on which they have signed in."""
    reach = scope(holder.user.role, Capability.MANAGE_DEVICES)
    with control_transaction(server.engine, read_only=True) as connection:
        found = listed_devices(connection, holder.tenant.id, of=None if reach is Scope.ALL else holder.user.id)
    return messages.Devices(devices=tuple(_shown(one, holder) for one in found))


def _shown(device: ListedDevice, holder: Holder) -> messages.DeviceShown:
    return messages.DeviceShown(
        id=device.id,
        name=device.name,
        created_at=instant_text(device.created_at),
        last_seen_at=instant_text(device.last_seen_at),
        revoked_at=_told(device.revoked_at),
        handed_in_at=_told(device.handed_in_at),
        people=tuple(messages.DevicePerson(id=key, name=name) for key, name in device.people),
        current=device.id == holder.session.device_id,
    )


def _told(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def revoke(server: Server, holder: Holder, device_id: str) -> None:
    """Shut a device out and end every session on it, for good: its next contact is answered with `revoked`.

    The owner any of the business, others one that they alone use: a desk that others work at is not theirs to take
    away. Declined as `not_found` or `not_allowed`. Raises StorageFault where it cannot be recorded.
    """
    reach = scope(holder.user.role, Capability.MANAGE_DEVICES)
    of = None if reach is Scope.ALL else holder.user.id
    tenant = holder.tenant
    with (
        noting(server, holder, Capability.MANAGE_DEVICES),
        server.audit.transaction(tenant) as (connection, record),
    ):
        found = listed_devices(connection, tenant.id, of=of, device_id=device_id) if is_id(device_id) else []
        if not found:
            raise Declined(ProblemCode.NOT_FOUND)
        if reach is not Scope.ALL and any(key != holder.user.id for key, _ in found[0].people):
            raise Declined(ProblemCode.NOT_ALLOWED, SHARED)
        version = shut_out_device(connection, tenant, device_id)
        record(identity_events.device_revoked(tenant, holder.user, device=device_id, name=found[0].name))
    if version:
        server.tell(tenant.id, version)


def shut_out_device(connection: Connection, tenant: Tenant, device_id: str) -> int:
    """The same within a control transaction, whoever asks for it; the tenant's version of it, else 0."""
    if not revoke_device(connection, tenant.id, device_id):
        return 0
    version = end_sessions_on(connection, tenant, device_id, reason=DEVICE_REVOKED)
    # After the clock, as whoever hands in takes them.
    with tenant_part(connection, tenant):
        hand_ins.begin_anew(connection, device_id)
    return version
