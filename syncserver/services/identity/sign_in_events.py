"""What the audit trail is told of signing in and out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from shared import clock
from shared.errors import Refusal
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.server import Server
from syncserver.store.events import Event, Kind, Outcome, Party
from syncserver.store.misses import wait_left
from syncserver.store.sessions import Session
from syncserver.store.tenancy import Tenant
from syncserver.store.users import User, normal_email


def party_of(user: User) -> Party:
    """Somebody who may sign in, as an event names them."""
    return Party(id=user.id, email=user.email, platform=user.role.is_platform)


def tell_missed(
    server: Server, tenant: Tenant | None, user: User | None, *, email: str, tries: str, where: Mapping[str, object]
) -> None:  # fmt: skip
    """A wrong password, or nobody of this name; and where tries have to wait from now on, that.

    A try within the wait is no event: it was not looked at, and there may be any number of them.
    """
    missed = Event(
        kind=Kind.SIGN_IN,
        outcome=Outcome.DENIED,
        tenant=tenant,
        actor=party_of(user) if user else None,
        subject=None if user else server.audit.name_key(normal_email(email)),
        details={"why": ProblemCode.SIGN_IN_FAILED.value, **where},
    )
    server.audit.note(missed)
    if wait := wait_left(server.engine, tries, clock.now()):
        server.audit.note(replace(missed, kind=Kind.LOCK_OUT, details={"seconds": wait}))


@contextmanager
def telling_refusal(server: Server, kind: Kind, tenant: Tenant | None, user: User) -> Iterator[None]:
    """Whatever somebody who has shown who they are is declined within the block, or refused by the plan."""
    try:
        yield
    except (Declined, Refusal) as declined:
        why = {"why": declined.code.value}
        denied = Event(kind=kind, outcome=Outcome.DENIED, tenant=tenant, actor=party_of(user), details=why)
        server.audit.note(denied)
        raise


def tell_unproven(server: Server, tenant: Tenant, user: User, device: str) -> None:
    """Somebody with the right password on a device that is not the one it says it is."""
    kind, who = Kind.DEVICE_UNPROVEN, party_of(user)
    server.audit.note(Event(kind=kind, outcome=Outcome.DENIED, tenant=tenant, actor=who, subject=device))


def tell_admin(server: Server, user: User | None, *, email: str, why: ProblemCode | None, tries: str) -> None:
    """Somebody has signed in to the admin, or was refused as who they said they were; and where tries have to wait."""
    if why is ProblemCode.TOO_MANY_TRIES:
        return
    tried = Event(
        kind=Kind.SIGN_IN,
        outcome=Outcome.ALLOWED if why is None else Outcome.DENIED,
        actor=party_of(user) if user else None,
        subject=None if user else server.audit.name_key(normal_email(email)),
        details={"place": "admin"} if why is None else {"place": "admin", "why": why.value},
    )
    server.audit.note(tried)
    if why is not None and (wait := wait_left(server.engine, tries, clock.now())):
        server.audit.note(replace(tried, kind=Kind.LOCK_OUT, details={"seconds": wait}))


def tell_of_session(server: Server, kind: Kind, tenant: Tenant, user: User, session: Session) -> None:
    """A session that has begun, or was ended; by whoever shows a token that was used up, that is a refusal."""
    server.audit.note(
        Event(
            kind=kind,
            outcome=Outcome.DENIED if kind is Kind.TOKEN_REUSED else Outcome.ALLOWED,
            tenant=tenant,
            actor=party_of(user),
            session=server.audit.session_key(session.id),
            details={"device": session.device_id},
        )
    )
