"""Whether the holder of an access token may still use what it was given for."""

from typing import Final

from shared.errors import Code
from shared.model.base import SessionId
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability, may
from shared.rules.plans import includes
from syncserver.services.accounts import SIGNED_OUT, TOKEN_REUSED
from syncserver.services.declined import Declined
from syncserver.services.refusals import note
from syncserver.services.server import Principal, Server
from syncserver.services.views import View, view_of
from syncserver.store.pushes import Person
from syncserver.store.replicas import standing
from syncserver.store.sessions import DEVICE_KEYED, find_session
from syncserver.store.tenancy import TenantState, tenant_transaction
from syncserver.store.terms import Terms

_SIGN_IN_AGAIN: Final = frozenset({SIGNED_OUT, TOKEN_REUSED, DEVICE_KEYED})


def require_desk(server: Server, principal: Principal, person: Person | None, terms: Terms) -> View:
    """What somebody who may hold a replica now may hold in it, as the tenant's own schema says it."""
    person = _require_welcome(server, principal, person, terms)
    view = view_of(person.role, terms.features)
    if not view.tables:
        raise Declined(ProblemCode.NO_REPLICA)
    return view


def require_capability(server: Server, principal: Principal, capability: Capability) -> None:
    """Decline whoever may not do something now, or not under the tenant's plan; the refusal is noted."""
    with tenant_transaction(server.engine, principal.tenant, read_only=True) as connection:
        person, terms, _ = standing(connection, principal.session)
    role = _require_welcome(server, principal, person, terms).role
    if not may(role, capability):
        note(principal.tenant, principal.user, capability.value, Code.NOT_ALLOWED)
        raise Declined(ProblemCode.NOT_ALLOWED)
    if not includes(terms.features, capability):
        note(principal.tenant, principal.user, capability.value, Code.FEATURE_NOT_IN_PLAN)
        raise Declined(ProblemCode.FEATURE_NOT_IN_PLAN)


def _require_welcome(server: Server, principal: Principal, person: Person | None, terms: Terms) -> Person:
    if person is None or not person.live or person.device_id != principal.device:
        raise Declined(_why_ended(server, principal))
    if not person.active:
        raise Declined(ProblemCode.REVOKED)
    if terms.state is not TenantState.ACTIVE:
        raise Declined(ProblemCode.TENANT_SUSPENDED)
    return person


def _why_ended(server: Server, principal: Principal) -> ProblemCode:
    session = find_session(server.engine, SessionId(principal.session))
    by_person = session is None or session.end_reason is None or session.end_reason in _SIGN_IN_AGAIN
    return ProblemCode.REAUTH if by_person else ProblemCode.REVOKED
