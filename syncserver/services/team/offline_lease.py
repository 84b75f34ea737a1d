"""How long the desks of a business work without the server, as its owner chooses it."""

from datetime import timedelta

from shared.protocol import account_messages as messages
from shared.protocol.problems import ProblemCode
from shared.rules.offline_lease import BOUNDS, MINUTE, is_within
from syncserver.services.declined import Declined
from syncserver.services.identity.holders import Holder
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.server import Server
from syncserver.store.events import Event, Kind
from syncserver.store.tenancy import take_clock, tenant_part, tenant_transaction
from syncserver.store.terms import offline_lease_of, write_offline_lease


def shown(server: Server, holder: Holder) -> messages.OfflineLease:
    """What holds, and what was chosen."""
    with tenant_transaction(server.engine, holder.tenant, read_only=True) as connection:
        chosen = offline_lease_of(connection)
    return messages.OfflineLease(
        minutes=(chosen or server.settings.offline_lease) // MINUTE, chosen=_minutes(chosen)
    )  # fmt: skip


def choose(server: Server, holder: Holder, wish: messages.LeaseWish) -> None:
    """Let the desks work so long from their next answer on; those that are online ask for it at once.

    Declined as `invalid` beyond the bounds. Raises StorageFault where it cannot be recorded.
    """
    tenant, length = holder.tenant, _length(wish.minutes)
    with server.audit.transaction(tenant) as (connection, record):
        with tenant_part(connection, tenant):
            # First, so that of two at once each knows what it changes.
            version = take_clock(connection, tenant)
            was = offline_lease_of(connection)
            if was == length:
                return
            write_offline_lease(connection, length)
        details = {"was": _minutes(was), "now": wish.minutes}
        record(Event(kind=Kind.LEASE_SET, tenant=tenant, actor=party_of(holder.user), details=details))
    server.tell(tenant.id, version)


def _length(minutes: int | None) -> timedelta | None:
    if minutes is None:
        return None
    if not is_within(minutes):
        raise Declined(ProblemCode.INVALID, BOUNDS)
    return minutes * MINUTE


def _minutes(length: timedelta | None) -> int | None:
    return None if length is None else length // MINUTE
