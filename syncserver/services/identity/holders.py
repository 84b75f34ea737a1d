"""Who asks for something that is about people and not about the book: checked on the server's side, each time."""

from shared import clock
from shared.model.base import SessionId, UserId, value
from shared.model.member import Role
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import may_manage
from syncserver.services.declined import Declined
from syncserver.services.identity import passwords
from syncserver.services.identity.accounts import why_ended
from syncserver.services.server import Principal, Server
from syncserver.store.devices import is_revoked
from syncserver.store.handles import Connection
from syncserver.store.misses import charge_try, forget_misses
from syncserver.store.sessions import Session, find_session, steady_session
from syncserver.store.tenancy import Tenant, TenantState
from syncserver.store.tenants import find_tenant
from syncserver.store.users import User, find_user, steady_user


@value
class Holder:
    """Somebody of a tenant who is signed in, as they are now."""

    user: User
    tenant: Tenant
    session: Session


def holder_of(server: Server, principal: Principal) -> Holder:
    """Whom an access token stands for, with a role or without a desk.

    Declined as `reauth` or `revoked` where the session has ended, as `revoked` where the person is disabled or the
    device shut out, as `tenant_suspended`.
    """
    session = find_session(server.engine, SessionId(principal.session))
    now = (principal.user, principal.tenant.id, principal.device)
    if (
        session is None
        or session.ended_at is not None
        or (session.user_id, session.tenant_id, session.device_id) != now
    ):
        raise Declined(why_ended(session))
    user, tenant = find_user(server.engine, session.user_id), find_tenant(server.engine, principal.tenant.id)
    if user is None or tenant is None:
        raise Declined(ProblemCode.REAUTH)
    if not user.is_active or is_revoked(server.engine, tenant.id, session.device_id):
        raise Declined(ProblemCode.REVOKED)
    if tenant.state is not TenantState.ACTIVE:
        raise Declined(ProblemCode.TENANT_SUSPENDED)
    return Holder(user=user, tenant=tenant, session=session)


def require_still(connection: Connection, holder: Holder) -> None:
    """Decline whoever is not as they were when they asked: what they wish has waited, and they may have lost the right.

    As `holder_of` does, and as `not_allowed` for whoever has another role. They stay so until the end of the control
    transaction, which has taken no tenant's clock yet.
    """
    user = steady_user(connection, holder.user.id)
    session = steady_session(connection, holder.session.id)
    if session is None or session.ended_at is not None:
        raise Declined(why_ended(session))
    if user is None or not user.is_active:
        raise Declined(ProblemCode.REVOKED)
    if user.role is not holder.user.role:
        raise Declined(ProblemCode.NOT_ALLOWED)


def require_managed(holder: Holder, role: Role) -> None:
    """Decline as `not_allowed` where people of a role are not the holder's to manage."""
    if not may_manage(holder.user.role, role):
        raise Declined(ProblemCode.NOT_ALLOWED)


def asked_key(server: Server, user: UserId) -> str:
    """What misses are counted by where somebody who is signed in is asked for their password."""
    return server.keys.keyed_hash("password asked", user)


def require_password_of(server: Server, user: User, password: str) -> None:
    """Decline as `wrong_password` what is not somebody's password, as `too_many_tries` after misses.

    For what a stolen access token alone is not to do.
    """
    key = asked_key(server, user.id)
    if wait := charge_try(server.engine, key, clock.now()):
        raise Declined(ProblemCode.TOO_MANY_TRIES, retry_after=wait)
    if not passwords.is_right(password, user.password_hash):
        raise Declined(ProblemCode.WRONG_PASSWORD)
    forget_misses(server.engine, key, clock.now())
