"""The one place where it is recorded that somebody who is signed in was refused what they may not do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from shared.errors import Code
from shared.model.base import UserId, value
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability
from syncserver.services.declined import Declined
from syncserver.services.identity.holders import Holder
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.server import Server
from syncserver.store.events import Event, Kind, Outcome, Party
from syncserver.store.masquerades import find_masquerade
from syncserver.store.tenancy import Tenant
from syncserver.store.users import find_user

NOTED: Final = frozenset({Code.NOT_ALLOWED, Code.FEATURE_NOT_IN_PLAN})
"""Refusals of a right; what a limit or another rule refuses is no matter of access."""


@value
class Refused:
    """What somebody may not do: a capability, the name of a mutation, or a route's method and path."""

    user: UserId
    what: str
    code: Code | ProblemCode
    masquerade: str | None = None
    """The masquerade in which somebody wanted it as the user."""


def note(server: Server, tenant: Tenant | None, *refused: Refused) -> int:
    """Record refusals, once they are certain, as events of a tenant or the platform. Raises StorageFault.

    How many seconds somebody who is refused the same again and again has to wait, 0 for none.
    """
    actors = {user: _party(server, user) for user in {one.user for one in refused}}
    told = [_under(server, _event(tenant, actors[one.user], one), one) for one in refused]
    return server.audit.refuse(*told) if told else 0


def refuse(server: Server, tenant: Tenant | None, refused: Refused) -> None:
    """Record a refusal; declined as `too_many_tries` where its person was refused the same again and again."""
    require_patience(note(server, tenant, refused))


def require_patience(wait: int) -> None:
    """Decline as `too_many_tries` whoever has to wait so many seconds; the trail has it."""
    if wait:
        raise Declined(ProblemCode.TOO_MANY_TRIES, retry_after=wait, told=True)


@contextmanager
def noting(server: Server, holder: Holder, capability: Capability) -> Iterator[None]:
    """Record where somebody who holds a capability is declined what lies beyond it; within no transaction."""
    try:
        yield
    except Declined as declined:
        if declined.code is ProblemCode.NOT_ALLOWED:
            refuse(server, holder.tenant, Refused(user=holder.user.id, what=capability.value, code=declined.code))
            declined.told = True
        raise


def _event(tenant: Tenant | None, actor: Party, refused: Refused) -> Event:
    kind, why = Kind.ACCESS_REFUSED, {"why": refused.code.value}
    return Event(kind=kind, outcome=Outcome.DENIED, tenant=tenant, actor=actor, subject=refused.what, details=why)


def _under(server: Server, event: Event, refused: Refused) -> Event:
    """The event with who really wanted it, where that was somebody who masquerades."""
    kept = find_masquerade(server.engine, refused.masquerade) if refused.masquerade else None
    if kept is None:
        return event
    return replace(
        event,
        kind=Kind.MASQUERADE_ACTION_DENIED,
        actor=_party(server, kept.actor_id),
        as_whom=event.actor,
        reason=kept.reason,
        session=server.audit.session_key(kept.id),
    )


def _party(server: Server, user: UserId) -> Party:
    found = find_user(server.engine, user)
    return Party(id=user, email=None) if found is None else party_of(found)
