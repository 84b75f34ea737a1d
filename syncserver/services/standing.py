"""Whether the holder of an access token may still use what it was given for."""

from typing import Final

from shared.model.base import SessionId
from shared.model.member import Role
from shared.protocol.problems import ProblemCode
from shared.rules.views import tables_of
from syncserver.services.accounts import SIGNED_OUT, TOKEN_REUSED
from syncserver.services.declined import Declined
from syncserver.services.server import Principal, Server
from syncserver.store.pushes import Person
from syncserver.store.sessions import find_session
from syncserver.store.tenancy import TenantState

_SIGN_IN_AGAIN: Final = frozenset({SIGNED_OUT, TOKEN_REUSED})


def require_desk(server: Server, principal: Principal, person: Person | None, tenant_state: str) -> Role:
    """The role of somebody who may hold a replica now, as the tenant's own schema says it."""
    if person is None or not person.live or person.device_id != principal.device:
        raise Declined(_why_ended(server, principal))
    if not person.active:
        raise Declined(ProblemCode.REVOKED)
    if tenant_state != TenantState.ACTIVE.value:
        raise Declined(ProblemCode.TENANT_SUSPENDED)
    if not tables_of(person.role):
        raise Declined(ProblemCode.NO_REPLICA)
    return person.role


def _why_ended(server: Server, principal: Principal) -> ProblemCode:
    session = find_session(server.engine, SessionId(principal.session))
    by_person = session is None or session.end_reason is None or session.end_reason in _SIGN_IN_AGAIN
    return ProblemCode.REAUTH if by_person else ProblemCode.REVOKED
