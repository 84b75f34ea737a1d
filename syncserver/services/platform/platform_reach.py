"""How far the people of the platform reach: which tenants are theirs to see, and what they may not is recorded once."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.ids import is_id
from shared.protocol.problems import ProblemCode
from shared.rules.masquerade import SHOWN
from shared.rules.permissions import Capability, Scope, may, scope
from syncserver.services.declined import Declined
from syncserver.services.identity import refusals
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.identity.refusals import Refused
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.server import Server
from syncserver.store.events import Event, Kind, Outcome
from syncserver.store.tenancy import Tenant, TenantId
from syncserver.store.tenants import find_tenant


def holds(admin: Admin, capability: Capability) -> bool:
    """Whether somebody may use a capability at all, and now: whoever masquerades looks and does nothing."""
    return may(admin.user.role, capability) and (admin.under is None or capability in SHOWN)


def require(server: Server, admin: Admin, capability: Capability) -> None:
    """Decline as `not_allowed` whoever does not hold a capability; the refusal is recorded."""
    with noting(server, admin, capability):
        if not holds(admin, capability):
            raise Declined(ProblemCode.NOT_ALLOWED)


def demo_only(admin: Admin, capability: Capability) -> bool:
    """Whether somebody who holds a capability holds it for demo tenants alone."""
    return scope(admin.user.role, capability) is Scope.DEMO


def tenant_within(server: Server, admin: Admin, tenant_id: str, capability: Capability) -> Tenant:
    """The tenant of this id. Declined as `not_found`, also where it is not within reach, which is recorded."""
    tenant = find_tenant(server.engine, TenantId(tenant_id)) if is_id(tenant_id) else None
    if tenant is None:
        raise Declined(ProblemCode.NOT_FOUND)
    if demo_only(admin, capability) and not tenant.is_demo:
        note(server, admin, capability, tenant)
        raise Declined(ProblemCode.NOT_FOUND)
    return tenant


@contextmanager
def noting(server: Server, admin: Admin, capability: Capability, tenant: Tenant | None = None) -> Iterator[None]:
    """Record where somebody is declined as `not_allowed` within the block; around no transaction.

    Declined as `too_many_tries` instead, where they were refused that again and again.
    """
    try:
        yield
    except Declined as declined:
        if declined.code is ProblemCode.NOT_ALLOWED:
            refusals.require_patience(note(server, admin, capability, tenant))
        raise


def note(server: Server, admin: Admin, what: str, tenant: Tenant | None) -> int:
    """Record that somebody was refused a right, on the platform and in the tenant that it was about.

    `what` is a capability, or the name of an edit.
    Of somebody who acts as another both are named, whosever right it is. How many seconds they have to wait, 0 for
    none: whoever says `not_found` of what is there says it all the same, for of nobody it is said always.
    """
    if admin.under:
        whom, code = admin.under.target.id, ProblemCode.NOT_ALLOWED
        return refusals.note(server, tenant, Refused(user=whom, what=str(what), code=code, masquerade=admin.under.id))
    return server.audit.refuse(
        Event(
            kind=Kind.ACCESS_REFUSED,
            outcome=Outcome.DENIED,
            tenant=tenant,
            actor=party_of(admin.user),
            subject=str(what),
            session=server.audit.session_key(admin.session),
            details={"why": ProblemCode.NOT_ALLOWED.value},
        )
    )
