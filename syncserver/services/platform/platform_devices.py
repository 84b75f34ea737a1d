"""The devices of all tenants that somebody of the platform may see, and how one is shut out."""

from shared.ids import is_id
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability
from syncserver.services.declined import Declined
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.platform.platform_reach import demo_only, tenant_within
from syncserver.services.platform.platform_tenants import require_reason
from syncserver.services.server import Server
from syncserver.services.team.device_list import shut_out_device
from syncserver.store.devices import listed_devices
from syncserver.store.directory import DeviceLine, Found, Search
from syncserver.store.directory import find_devices as find_lines
from syncserver.store.events import Event, Kind
from syncserver.store.tenancy import control_transaction


def find_devices(server: Server, admin: Admin, text: str, page: int) -> Found[DeviceLine]:
    """A page of the devices of the tenants that somebody may see."""
    wanted = Search(text=text, page=page, demo_only=demo_only(admin, Capability.FIND_TENANTS))
    with control_transaction(server.engine, read_only=True) as connection:
        return find_lines(connection, wanted)


def revoke(server: Server, admin: Admin, tenant_id: str, device_id: str, reason: str) -> None:
    """Shut a device out and end every session on it, for good.

    Declined as `not_found`, as `invalid` without a reason.
    """
    tenant = tenant_within(server, admin, tenant_id, Capability.REVOKE_DEVICES)
    reason = require_reason(reason)
    with server.audit.transaction(tenant) as (connection, record):
        found = listed_devices(connection, tenant.id, device_id=device_id) if is_id(device_id) else []
        if not found:
            raise Declined(ProblemCode.NOT_FOUND)
        if found[0].revoked_at is not None:
            return
        version = shut_out_device(connection, tenant, device_id)
        named = {"device": device_id}
        who = party_of(admin.user)
        record(
            Event(
                kind=Kind.DEVICE_REVOKED, tenant=tenant, actor=who, subject=found[0].name, reason=reason, details=named
            )
        )
    if version:
        server.tell(tenant.id, version)
