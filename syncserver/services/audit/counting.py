"""Refusals of one person: the first are told one by one, and the rest of a window by an event with their count."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final

import orjson

from shared.clock import instant_text
from shared.model.base import value
from shared.model.registry import canonical
from syncserver.store.events import Event, Kind, Outcome, Party
from syncserver.store.handles import Connection
from syncserver.store.refusals import Window, hold_window, keep_window
from syncserver.store.tenancy import Tenant

WINDOW: Final = timedelta(minutes=10)
MOST: Final = 20
"""Events that tell of the same refusal of one person within a window."""
MOST_OF_ALL: Final = 200
"""Events that tell of all refusals of one person within a window."""
_ALL: Final = "all"


@value
class Sifted:
    """What is recorded of some refusals, and how many seconds their person waits; 0 where each was recorded."""

    told: Sequence[Event]
    wait: int


def sift(connection: Connection, events: Sequence[Event], now: datetime) -> Sifted:
    """Count refusals, within a control transaction; what a window that has ended had more of is told with them."""
    counted: dict[int, Sifted] = {}
    # Counted always in one order, so that two who count the same cannot wait for one another; told in theirs.
    for actor, same, place in sorted(_key(event, place) for place, event in enumerate(events)):
        event = events[place]
        counted[place] = _count(connection, actor, same, event, now) if actor else Sifted(told=[event], wait=0)
    told = [event for place in range(len(events)) for event in counted[place].told]
    return Sifted(told=told, wait=max((one.wait for one in counted.values()), default=0))


def _key(event: Event, place: int) -> tuple[str, str, int]:
    return (event.actor and event.actor.id) or "", _same(event), place


def _count(connection: Connection, actor: str, same: str, event: Event, now: datetime) -> Sifted:
    whole, _ = _under_way(connection, _fresh(actor, _ALL, event, now), now)
    window, ended = _under_way(connection, _fresh(actor, same, event, now), now)
    rest = [] if ended is None else list(rest_of(ended, event.tenant))
    if window.told < MOST and whole.told < MOST_OF_ALL:
        keep_window(connection, replace(whole, told=whole.told + 1))
        keep_window(connection, replace(window, told=window.told + 1))
        return Sifted(told=[*rest, event], wait=0)
    keep_window(connection, replace(window, untold=window.untold + 1))
    until = window.ends_at if window.told >= MOST else whole.ends_at
    return Sifted(told=rest, wait=ceil((until - now).total_seconds()))


def _under_way(connection: Connection, fresh: Window, now: datetime) -> tuple[Window, Window | None]:
    """The window that goes on, and the one before it where that has ended just now."""
    held = hold_window(connection, fresh)
    return (held, None) if now < held.ends_at else (fresh, held)


def rest_of(window: Window, tenant: Tenant | None) -> Iterator[Event]:
    """The event that tells how often the same came beside what was told one by one; none where it did not."""
    if not window.untold:
        return
    said = orjson.loads(window.event)
    times = {
        "times": window.untold, "since": instant_text(window.began_at), "until": instant_text(window.ends_at)
    }  # fmt: skip
    yield Event(
        kind=Kind(said["kind"]), outcome=Outcome.DENIED, tenant=tenant if window.tenant else None,
        actor=_party(said["actor"]), as_whom=_party(said["as_whom"]), subject=said["subject"], reason=said["reason"],
        session=said["session"], details=said["details"] | times,
    )  # fmt: skip


def _party(said: dict[str, object] | None) -> Party | None:
    return None if said is None else Party(**said)  # type: ignore[arg-type]


def _fresh(actor: str, same: str, event: Event, now: datetime) -> Window:
    common = _common(event)
    return Window(
        actor=actor, same=same, event=_said(common), tenant=common.tenant.id if common.tenant else None, began_at=now,
        ends_at=now + WINDOW, told=0, untold=0,
    )  # fmt: skip


def _common(event: Event) -> Event:
    """What refusals that count as the same have in common: there are not many of it.

    Whom somebody wanted to become is not part of it, nor where: an answer that came sooner for one than for nobody
    would say that they are.
    """
    if event.kind is Kind.MASQUERADE_ACTION_DENIED:
        return event
    if event.kind is Kind.ACCESS_REFUSED:
        return replace(event, session=None)
    of_platform = bool(event.actor and event.actor.platform)
    tenant = None if of_platform and event.kind is Kind.MASQUERADE_DENIED else event.tenant
    return replace(event, tenant=tenant, as_whom=None, subject=None, reason=None, session=None, details={})


def _same(event: Event) -> str:
    common = _common(event)
    return hashlib.sha256(f"{_said(common)}\x1f{common.tenant.id if common.tenant else ''}".encode()).hexdigest()


def _said(event: Event) -> str:
    """All of an event but when, whence and in which tenant."""
    said = {
        "kind": event.kind.value, "actor": _told(event.actor), "as_whom": _told(event.as_whom),
        "subject": event.subject, "reason": event.reason, "session": event.session, "details": dict(event.details),
    }  # fmt: skip
    return canonical(said)


def _told(party: Party | None) -> dict[str, object] | None:
    return None if party is None else asdict(party)
