"""What the audit trail is told of identities: each event is one function.

Those that take a right away or change it return the event, for the transaction that does it; the others note what has
happened.
"""

from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.server import Server
from syncserver.store.events import Event, Kind
from syncserver.store.tenancy import Tenant
from syncserver.store.users import User


def role_changed(tenant: Tenant, by: User, user: User, *, was: str) -> Event:
    """Somebody has another role."""
    return _about_user(Kind.ROLE_CHANGED, tenant, by, user, was=was, now=user.role.value)


def disabled(tenant: Tenant, by: User, user: User) -> Event:
    """Somebody may not sign in any more."""
    return _about_user(Kind.USER_DISABLED, tenant, by, user)


def enabled(tenant: Tenant, by: User, user: User) -> Event:
    """Somebody may sign in again."""
    return _about_user(Kind.USER_ENABLED, tenant, by, user)


def device_revoked(tenant: Tenant, by: User, *, device: str, name: str) -> Event:
    """A device was shut out."""
    details = {"name": name}
    return Event(kind=Kind.DEVICE_REVOKED, tenant=tenant, actor=party_of(by), subject=device, details=details)


def session_ended(server: Server, tenant: Tenant, by: User, *, session: str | None) -> None:
    """Somebody has ended one of their sessions, or with None all others."""
    key = None if session is None else server.audit.session_key(session)
    which = {"which": "others" if session is None else "one"}
    server.audit.note(
        Event(kind=Kind.SESSION_ENDED, tenant=tenant, actor=party_of(by), session=key, details=which)
    )  # fmt: skip


def second_factor_on(server: Server, tenant: Tenant | None, user: User) -> None:
    """Somebody has a second factor from now on."""
    server.audit.note(Event(kind=Kind.FACTOR_ON, tenant=tenant, actor=party_of(user)))


def second_factor_off(server: Server, tenant: Tenant, user: User) -> None:
    """Somebody has no second factor any more."""
    server.audit.note(Event(kind=Kind.FACTOR_OFF, tenant=tenant, actor=party_of(user)))


def password_changed(server: Server, tenant: Tenant | None, user: User, *, by_link: bool) -> None:
    """Somebody has another password; `by_link` says that a mailed link let them set it."""
    details = {"by_link": by_link}
    server.audit.note(Event(kind=Kind.PASSWORD_CHANGED, tenant=tenant, actor=party_of(user), details=details))


def invited(server: Server, tenant: Tenant, by: User, *, invite: str, email: str, role: str) -> None:
    """Somebody was invited to a team."""
    details = {"invite": invite, "role": role}
    server.audit.note(
        Event(kind=Kind.INVITED, tenant=tenant, actor=party_of(by), subject=email, details=details)
    )  # fmt: skip


def invite_revoked(server: Server, tenant: Tenant, by: User, *, invite: str, email: str) -> None:
    """An invite was taken back."""
    details = {"invite": invite}
    server.audit.note(
        Event(kind=Kind.INVITE_REVOKED, tenant=tenant, actor=party_of(by), subject=email, details=details)
    )  # fmt: skip


def joined(server: Server, tenant: Tenant, user: User, *, invite: str) -> None:
    """Somebody has taken an invite."""
    details = {"invite": invite, "role": user.role.value}
    server.audit.note(Event(kind=Kind.JOINED, tenant=tenant, actor=party_of(user), details=details))


def feed_made(tenant: Tenant, by: User, user: User, *, feed: str) -> Event:
    """There is another address at which somebody's visits can be read."""
    return _about_user(Kind.FEED_MADE, tenant, by, user, feed=feed)


def feed_revoked(tenant: Tenant, by: User, user: User, *, feed: str) -> Event:
    """One of them leads nowhere any more."""
    return _about_user(Kind.FEED_REVOKED, tenant, by, user, feed=feed)


def closed(tenant: Tenant, by: User) -> Event:
    """Somebody has closed their business."""
    return Event(kind=Kind.TENANT_CLOSED, tenant=tenant, actor=party_of(by), subject=tenant.slug)


def factor_reset(tenant: Tenant, by: User, user: User) -> Event:
    """Somebody's second factor was taken away by somebody else."""
    return _about_user(Kind.FACTOR_RESET, tenant, by, user)


def _about_user(kind: Kind, tenant: Tenant, by: User, user: User, **details: str) -> Event:
    told = {"user": user.id, **details}
    return Event(kind=kind, tenant=tenant, actor=party_of(by), subject=user.email, details=told)
