"""Whether the holder of an access token may still use what it was given for."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.dates import Dates
from shared.errors import Code
from shared.model.base import SessionId
from shared.model.member import Role
from shared.protocol.problems import ProblemCode
from shared.rules.masquerade import USABLE
from shared.rules.permissions import Capability, may
from shared.rules.plans import NEEDS, cheapest_with, includes
from shared.texts import sentence
from syncserver.services.declined import Declined
from syncserver.services.identity.accounts import why_ended
from syncserver.services.identity.refusals import Refused, refuse
from syncserver.services.server import Principal, Server
from syncserver.services.views import View, view_of
from syncserver.store.pushes import Person
from syncserver.store.replicas import standing
from syncserver.store.sessions import find_session
from syncserver.store.tenancy import TenantState, tenant_transaction
from syncserver.store.terms import Terms


class SessionOver(Declined):
    """The session has ended; why, the control side knows, and `telling_why` asks it."""

    def __init__(self) -> None:
        super().__init__(ProblemCode.REAUTH)


@contextmanager
def telling_why(server: Server, principal: Principal) -> Iterator[None]:
    """Say why a session is over that was found to be, around the transaction that finds it.

    The answer takes a connection: whoever waited for one with another in hand would stop everybody once all of the pool
    do, and a push holds its tenant's clock as well.
    """
    try:
        yield
    except SessionOver:
        raise why_over(server, principal) from None


def why_over(server: Server, principal: Principal) -> Declined:
    """What the holder of a session that is over is answered; to be asked outside of any transaction."""
    return Declined(why_ended(find_session(server.engine, SessionId(principal.session))))


def require_desk(principal: Principal, person: Person | None, terms: Terms) -> View:
    """What somebody who may hold a replica now may hold in it, as the tenant's own schema says it.

    Raises Declined, SessionOver among it.
    """
    person = _require_welcome(principal, person, terms)
    view = view_of(person.role, terms.features)
    if not view.tables:
        raise Declined(ProblemCode.NO_REPLICA)
    return view


def require_capability(server: Server, principal: Principal, capability: Capability) -> None:
    """Decline whoever may not do something now, or not under the tenant's plan; the refusal is noted."""
    with tenant_transaction(server.engine, principal.tenant, read_only=True) as connection:
        person, terms, _ = standing(connection, principal.session)
    with telling_why(server, principal):
        role = _require_welcome(principal, person, terms).role
    code = _why_not(role, terms, capability)
    if principal.actor is not None and capability not in USABLE:
        code = ProblemCode.NOT_ALLOWED
    if code is not None:
        under = None if principal.actor is None else principal.session
        refused = Refused(user=principal.user, what=capability.value, code=code, masquerade=under)
        refuse(server, principal.tenant, refused)
        raise _declined(code, capability)


def _declined(code: ProblemCode, capability: Capability) -> Declined:
    """The refusal as it is answered; of what the plan has not, with the feature and the least tier that has it."""
    if code is not ProblemCode.FEATURE_NOT_IN_PLAN:
        return Declined(code, told=True)
    feature = NEEDS[capability]
    tier = cheapest_with(feature)
    said = sentence(Code.FEATURE_NOT_IN_PLAN, {"feature": feature.value, "tier": tier.value}, Dates())
    return Declined(code, said, told=True, feature=feature.value, tier=tier.value)


def _why_not(role: Role, terms: Terms, capability: Capability) -> ProblemCode | None:
    if not may(role, capability):
        return ProblemCode.NOT_ALLOWED
    return None if includes(terms.features, capability) else ProblemCode.FEATURE_NOT_IN_PLAN


def _require_welcome(principal: Principal, person: Person | None, terms: Terms) -> Person:
    if principal.actor is not None:
        return _require_masquerade(principal, person, terms)
    named = None if person is None else (person.user_id, person.device_id, person.actor)
    if person is None or not person.live or named != (principal.user, principal.device, None):
        raise SessionOver
    if not person.active:
        raise Declined(ProblemCode.REVOKED)
    if terms.state is not TenantState.ACTIVE:
        raise Declined(ProblemCode.TENANT_SUSPENDED)
    return person


def _require_masquerade(principal: Principal, person: Person | None, terms: Terms) -> Person:
    """The one whom somebody acts as; whatever has become of them or their business, it is over."""
    if (
        person is None
        or not (person.live and person.active)
        or (person.actor, person.user_id, person.device_id) != (principal.actor, principal.user, principal.device)
        or terms.state is not TenantState.ACTIVE
    ):
        raise Declined(ProblemCode.MASQUERADE_ENDED)
    return person
