"""What happens to identities, told in one place: each event is one function, called after what it tells of."""

import structlog

from syncserver.services.server import Server
from syncserver.store.users import User

log = structlog.get_logger()


def signed_in(server: Server, user: User) -> None:
    """Somebody has shown who they are."""
    log.info("identity.signed_in", tenant=user.tenant_id, user=user.id)


def sign_in_refused(server: Server, user: User | None, *, code: str) -> None:
    """Somebody has not; `user` is whom they wanted to be, where that is anybody."""
    log.info("identity.sign_in_refused", tenant=user and user.tenant_id, user=user and user.id, code=code)


def second_factor_on(server: Server, user: User) -> None:
    """Somebody has a second factor from now on."""
    log.info("identity.second_factor_on", tenant=user.tenant_id, user=user.id)


def second_factor_off(server: Server, user: User) -> None:
    """Somebody has no second factor any more."""
    log.info("identity.second_factor_off", tenant=user.tenant_id, user=user.id)


def password_changed(server: Server, user: User, *, by_link: bool) -> None:
    """Somebody has another password; `by_link` says that a mailed link let them set it."""
    log.info("identity.password_changed", tenant=user.tenant_id, user=user.id, by_link=by_link)


def invited(server: Server, by: User, *, invite: str, role: str) -> None:
    """Somebody was invited to a team."""
    log.info("identity.invited", tenant=by.tenant_id, by=by.id, invite=invite, role=role)


def invite_revoked(server: Server, by: User, *, invite: str) -> None:
    """An invite was taken back."""
    log.info("identity.invite_revoked", tenant=by.tenant_id, by=by.id, invite=invite)


def joined(server: Server, user: User, *, invite: str) -> None:
    """Somebody has taken an invite."""
    log.info("identity.joined", tenant=user.tenant_id, user=user.id, invite=invite)


def role_changed(server: Server, by: User, user: User, *, was: str) -> None:
    """Somebody has another role."""
    log.info("identity.role_changed", tenant=by.tenant_id, by=by.id, user=user.id, was=was, now=user.role.value)


def disabled(server: Server, by: User, user: User) -> None:
    """Somebody may not sign in any more."""
    log.info("identity.disabled", tenant=by.tenant_id, by=by.id, user=user.id)


def enabled(server: Server, by: User, user: User) -> None:
    """Somebody may sign in again."""
    log.info("identity.enabled", tenant=by.tenant_id, by=by.id, user=user.id)


def session_ended(server: Server, by: User, *, session: str | None) -> None:
    """Somebody has ended one of their sessions, or with None all others."""
    log.info("identity.session_ended", tenant=by.tenant_id, user=by.id, session=session)


def device_revoked(server: Server, by: User, *, device: str) -> None:
    """A device was shut out."""
    log.info("identity.device_revoked", tenant=by.tenant_id, by=by.id, device=device)
