"""Another password, set by whoever knows the one before; every other session of the person ends with it."""

from shared import clock
from shared.model.base import SessionId
from shared.protocol.account_messages import PasswordChange
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.identity import identity_events, passwords
from syncserver.services.identity.accounts import PASSWORD_CHANGED
from syncserver.services.identity.holders import Holder, require_password_of
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.server import Server
from syncserver.store.admin_sessions import end_admin_sessions_of
from syncserver.store.handles import Connection
from syncserver.store.resets import drop_links
from syncserver.store.sessions import end_sessions_of
from syncserver.store.tenancy import Tenant, control_transaction
from syncserver.store.users import User, set_password


def require_password(password: str, *, email: str) -> str:
    """What a new password is kept as. Declined as `weak_password` for one that nobody should have."""
    try:
        passwords.require_good(password, email=email)
    except passwords.BadPassword as bad:
        raise Declined(ProblemCode.WEAK_PASSWORD, str(bad)) from None
    return passwords.hash_password(password)


def change(server: Server, holder: Holder, wish: PasswordChange) -> None:
    """Change the password of a tenant's user. Declined as `wrong_password`, `too_many_tries` or `weak_password`."""
    user = holder.user
    require_password_of(server, user, wish.old)
    new_hash = require_password(wish.new, email=user.email)
    with control_transaction(server.engine) as connection:
        version = keep_password(
            connection, holder.tenant, user, new_hash, was=user.password_hash, stays=holder.session.id
        )  # fmt: skip
    _tell(server, user, holder.tenant, version)


def change_as_admin(server: Server, admin: Admin, wish: PasswordChange) -> None:
    """Change the password of somebody of the platform. Declined as `change` is."""
    user = admin.user
    require_password_of(server, user, wish.old)
    new_hash = require_password(wish.new, email=user.email)
    with control_transaction(server.engine) as connection:
        version = keep_password(
            connection, None, user, new_hash, was=user.password_hash, stays_as_admin=admin.session
        )  # fmt: skip
    _tell(server, user, None, version)


def keep_password(
    connection: Connection, tenant: Tenant | None, user: User, password_hash: str, *, was: str | None = None,
    stays: SessionId | None = None, stays_as_admin: str | None = None,
) -> int | None:  # fmt: skip
    """Keep another password, and end every session but those that stay, and every link that would set another.

    What is given back is the tenant's version of it, 0 for none.

    None, and nothing is changed, where the user is disabled or the password was not `was` any more.
    """
    if not set_password(connection, user.id, password_hash, was=was):
        return None
    drop_links(connection, user.id)
    end_admin_sessions_of(connection, user.id, reason=PASSWORD_CHANGED, now=clock.now(), but=stays_as_admin)
    return end_sessions_of(connection, tenant, user.id, reason=PASSWORD_CHANGED, but=stays)


def _tell(server: Server, user: User, tenant: Tenant | None, version: int | None) -> None:
    if version is None:
        # Somebody was faster: the old password is right no more.
        raise Declined(ProblemCode.WRONG_PASSWORD)
    if tenant is not None and version:
        server.tell(tenant.id, version)
    identity_events.password_changed(server, tenant, user, by_link=False)
