"""Whether the holder of an access token may still use what it was given for."""

from shared.model.base import SessionId
from shared.protocol.problems import ProblemCode
from syncserver.services.accounts import why_ended
from syncserver.services.declined import Declined
from syncserver.services.server import Principal, Server
from syncserver.services.views import View, view_of
from syncserver.store.pushes import Person
from syncserver.store.sessions import find_session
from syncserver.store.tenancy import TenantState
from syncserver.store.terms import Terms


def require_desk(server: Server, principal: Principal, person: Person | None, terms: Terms) -> View:
    """What somebody who may hold a replica now may hold in it, as the tenant's own schema says it."""
    if person is None or not person.live or person.device_id != principal.device:
        raise Declined(why_ended(find_session(server.engine, SessionId(principal.session))))
    if not person.active:
        raise Declined(ProblemCode.REVOKED)
    if terms.state is not TenantState.ACTIVE:
        raise Declined(ProblemCode.TENANT_SUSPENDED)
    view = view_of(person.role, terms.tier)
    if not view.tables:
        raise Declined(ProblemCode.NO_REPLICA)
    return view
