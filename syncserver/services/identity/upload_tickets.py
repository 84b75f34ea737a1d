"""Who was shut out, and the ticket with which they may still hand in what they have.

So is whoever has a role without a desk by now, and everybody whose business was erased. The answer `revoked` to whoever
proves to be the device brings it. It is good for the quarantine alone, and for each replica of the device once.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from shared import clock
from shared.clock import instant_text, parse_instant
from shared.model.base import UserId, value
from shared.protocol.messages import RefreshToken
from shared.protocol.problems import ProblemCode
from shared.protocol.proofs import refresh_text
from syncserver.services.declined import Declined
from syncserver.services.identity.devices import is_proven
from syncserver.services.keys.signing import token_hash
from syncserver.services.server import Server
from syncserver.services.views import view_of
from syncserver.store.devices import is_revoked
from syncserver.store.erased_sessions import key_of_erased
from syncserver.store.plans import features_of
from syncserver.store.replicas import is_held_at
from syncserver.store.tenancy import Tenant, TenantId, tenant_transaction
from syncserver.store.tenants import find_tenant
from syncserver.store.users import User, find_user

_PURPOSE: Final = "hand-in"
_OF_ERASED: Final = "hand-in of what was erased"
_LIFE: Final = timedelta(hours=1)
_ERASED: Final = "This business was erased: the server has nothing of it any more."


def shut_out(server: Server, tenant: Tenant, user: User, device: str) -> Declined | None:
    """The answer to somebody who has proven to be at this device: with a ticket, where it or they are shut out.

    None where neither is. `whole_device` tells the desk whether the others there are shut out, too.
    """
    whole = is_revoked(server.engine, tenant.id, device)
    return None if not whole and user.is_active else _with_ticket(server, tenant, user, device, whole_device=whole)


def shut_out_of_the_book(server: Server, tenant: Tenant, user: User, device: str) -> Declined | None:
    """The same, for whoever goes on with a session, or has shown that it is over; a role without a desk shuts out too.

    Where no book has ever been there is nothing to hand in: a customer's session goes on like any.
    """
    declined = shut_out(server, tenant, user, device)
    if declined is None and not _has_desk(server, tenant, user) and _is_held_at(server, tenant, device):
        return _with_ticket(server, tenant, user, device, whole_device=False)
    return declined


def _with_ticket(server: Server, tenant: Tenant, user: User, device: str, *, whole_device: bool) -> Declined:
    told = {"tenant": tenant.id, "device": device, "user": user.id, "until": _until()}
    return Declined(ProblemCode.REVOKED, ticket=server.keys.seal(_PURPOSE, told), whole_device=whole_device)


def shut_out_by_erasure(server: Server, shown: RefreshToken) -> Declined | None:
    """The answer to a desk whose business was erased, for the token of a session of it and the proof of its device.

    Its ticket is good to say that nothing waits there; what does is taken by nobody, and the desk keeps it for a week.
    """
    token = shown.refresh_token
    key = key_of_erased(server.engine, token_hash(token), server.keys.session_of(token))
    if not is_proven(key, refresh_text(token), shown.proof):
        return None
    ticket = server.keys.seal(_OF_ERASED, {"until": _until()})
    return Declined(ProblemCode.REVOKED, _ERASED, ticket=ticket, whole_device=True)


def is_of_erased(server: Server, ticket: str) -> bool:
    """Whether it is a ticket of a business that was erased, and not too old."""
    return _is_good(server.keys.unseal(_OF_ERASED, ticket))


def _until() -> str:
    return instant_text(clock.now() + _LIFE)


def _is_good(told: Mapping[str, str] | None) -> bool:
    return told is not None and clock.now() <= parse_instant(told["until"])


def _has_desk(server: Server, tenant: Tenant, user: User) -> bool:
    return bool(view_of(user.role, features_of(server.engine, tenant)).tables)


def _is_held_at(server: Server, tenant: Tenant, device: str) -> bool:
    with tenant_transaction(server.engine, tenant, read_only=True) as connection:
        return is_held_at(connection, device)


@value
class Bearer:
    """Whom a ticket was given to, and what they may hand in: with `whole_device` what anybody there has made."""

    tenant: Tenant
    user: User
    device: str
    whole_device: bool

    def may_bring(self, author: UserId | None) -> bool:
        """Whether an edit is theirs to hand in: what others made is sent by those who may work on."""
        return self.whole_device or author == self.user.id


@value
class Claim:
    """What a ticket says: the business, the person and the device that it was given to."""

    tenant: TenantId
    user: UserId
    device: str


def claim_of(server: Server, ticket: str) -> Claim:
    """What a ticket says, whatever became of them.

    Declined as `ticket_spent` where it is not ours, too old, or of a business that was erased.
    """
    if is_of_erased(server, ticket):
        raise Declined(ProblemCode.TICKET_SPENT, _ERASED)
    told = server.keys.unseal(_PURPOSE, ticket)
    if told is None or not _is_good(told):
        raise Declined(ProblemCode.TICKET_SPENT)
    return Claim(tenant=TenantId(told["tenant"]), user=UserId(told["user"]), device=told["device"])


def bearer_of(server: Server, ticket: str) -> Bearer:
    """Whose ticket it is. Declined as `ticket_spent` where it is not ours, too old, or they are let in again."""
    told = claim_of(server, ticket)
    tenant, user = find_tenant(server.engine, told.tenant), find_user(server.engine, told.user)
    if tenant is None or user is None:
        raise Declined(ProblemCode.TICKET_SPENT)
    whole = is_revoked(server.engine, tenant.id, told.device)
    if not whole and user.is_active and _has_desk(server, tenant, user):
        # Let in again meanwhile: what waits is pushed like everybody's.
        raise Declined(ProblemCode.TICKET_SPENT)
    return Bearer(tenant=tenant, user=user, device=told.device, whole_device=whole)
