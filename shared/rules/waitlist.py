"""Who waits for something that has become free: where a wish stands, and whom a freed slot fits."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Source, Status
from shared.model.base import AppointmentId, LocationId, OwnerId, ResourceId, Span, replace, value
from shared.model.business import Location
from shared.model.resource import Resource
from shared.model.service import Service
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.rules import booking, choosing, wall_time
from shared.rules.choosing import Named
from shared.store import Reads

ANY_TIME: Final = 24 * 60
"""Minutes: the `latest` of whom any hour of the day suits."""


@value
class Freed:
    """What a visit that was cancelled or moved away has left: its span and what it had taken."""

    span: Span
    location_id: LocationId
    resources: tuple[ResourceId, ...]


@value
class Fit:
    """Whom a freed slot fits, from when on, and with what: the wish could be booked so."""

    entry: WaitlistEntry
    start: datetime
    resources: tuple[ResourceId, ...]


def state_at(entry: WaitlistEntry, at: datetime, zone: str) -> WaitlistState:
    """Where a wish stands at an instant: an offer past its time is no offer, a wish past its last day is none."""
    state = entry.state
    if state is WaitlistState.OFFERED and (entry.offer is None or entry.offer.until <= at):
        state = WaitlistState.WAITING
    is_over = entry.to_day is not None and entry.to_day < wall_time.local(at, zone).date()
    return WaitlistState.EXPIRED if state is WaitlistState.WAITING and is_over else state


def by_turn(entries: Iterable[WaitlistEntry]) -> list[WaitlistEntry]:
    """Entries in the order of their turn: the higher priority first, of equals who asked first."""
    return sorted(entries, key=lambda one: (-one.priority, one.asked_at, one.id))


def suits(entry: WaitlistEntry, start: datetime, end: datetime, zone: str) -> bool:
    """Whether a visit is on a day and at an hour that somebody wished for, by the clock of the location."""
    first, last = wall_time.local(start, zone), wall_time.local(end, zone)
    day = first.date()
    if entry.weekdays and day.weekday() not in entry.weekdays:
        return False
    if (entry.from_day and day < entry.from_day) or (entry.to_day and entry.to_day < day):
        return False
    ends = last.hour * 60 + last.minute + (last.date() - day).days * ANY_TIME
    return entry.earliest <= first.hour * 60 + first.minute and (entry.latest >= ANY_TIME or ends <= entry.latest)


def whom_it_fits(reads: Reads, entries: Iterable[WaitlistEntry], freed: Freed, *, at: datetime) -> tuple[Fit, ...]:
    """Whom a freed slot fits, best first, each with the first start at which the wish could be booked inside of it.

    With one of the freed resources at least; what else the service needs is chosen from what is free then. Nobody is
    listed who waits no more at `at`, or for a start that has passed.
    """
    location = reads.find(Location, freed.location_id)
    if location is None:
        return ()
    waiting = [
        entry
        for entry in entries
        if entry.location_id == location.id and state_at(entry, at, location.zone) is WaitlistState.WAITING
    ]
    trials = _Trials(reads, location)
    fits = (_fit(reads, trials, entry, freed, at=at) for entry in by_turn(waiting))
    return tuple(fit for fit in fits if fit is not None)


def _fit(reads: Reads, trials: "_Trials", entry: WaitlistEntry, freed: Freed, *, at: datetime) -> Fit | None:
    service = reads.find(Service, entry.service_id)
    if service is None or service.archived or entry.party > service.capacity:
        return None
    found = (reads.find(Resource, one) for one in freed.resources)
    free = [one for one in found if one is not None and not one.archived]
    named = _named(entry, service, free)
    if named is None:
        return None
    zone = trials.location.zone
    for start in _starts(freed.span, zone, reads.business().slot_step, at=at):
        visit = trials.visit(entry, service, named, start)
        if isinstance(visit, Code):
            if visit in _PASSING:
                continue
            return None
        inside = visit.ends_at <= freed.span.end and suits(entry, start, visit.ends_at, zone)
        if inside and not set(freed.resources).isdisjoint(visit.resources):
            return Fit(entry=entry, start=start, resources=visit.resources)
    return None


_PASSING: Final = frozenset({Code.SLOT_TAKEN, Code.BLOCKED, Code.OUTSIDE_HOURS})
"""Why one start will not do and a later one may."""


class _Trials:
    """What would be booked at a start: for wishes that differ in nothing but whose they are it is tried once."""

    def __init__(self, reads: Reads, location: Location) -> None:
        self._reads, self.location = reads, location
        self._tried: dict[tuple[str, Named, int, datetime], Appointment | Code] = {}

    def visit(self, entry: WaitlistEntry, service: Service, named: Named, start: datetime) -> Appointment | Code:
        """The visit of the first who wished for it, or why it could not be booked."""
        key = (service.id, named, entry.party, start)
        if key not in self._tried:
            self._tried[key] = self._try(_visit(entry, self.location, start), service, named)
        return self._tried[key]

    def _try(self, visit: Appointment, service: Service, named: Named) -> Appointment | Code:
        # Most of a day a location is closed: then there is no need to look for who is free.
        if not self._is_open(visit.starts_at):
            return Code.OUTSIDE_HOURS
        try:
            return self._booked(visit, service, named)
        except Refusal as refusal:
            return refusal.code

    def _is_open(self, start: datetime) -> bool:
        owner, zone = OwnerId(self.location.id), self.location.zone
        day = wall_time.local(start, zone).date()
        rules = self._reads.hours([owner])
        dated = self._reads.exceptions([owner], day - timedelta(days=1), day)
        spans = booking.open_spans_of(owner, rules, dated, zone, (day, day))
        return spans is None or any(span.start <= start < span.end for span in spans)

    def _booked(self, visit: Appointment, service: Service, named: Named) -> Appointment:
        reads = self._reads
        placed = _placed(reads, visit, service, named, at=self.location.id)
        booking.require_sound(placed.segments)
        booking.require_open(reads, placed, booking.require_resources(reads, placed.resources))
        booking.require_room(reads, placed)
        return placed


def _named(entry: WaitlistEntry, service: Service, free: Sequence[Resource]) -> Named | None:
    """What of the freed slot the wish would take; None where it is of no use to it."""
    useful = [one for one in free if not service.needs or any(choosing.serves(one, need) for need in service.needs)]
    wished = tuple(one.id for one in useful if one.id in entry.people)
    if entry.people and not wished:
        return None
    if entry.people:
        # Somebody was asked for by name: the others of the slot are no substitute.
        return Named(resources=wished[:1])
    resources = tuple(one.id for one in useful)
    return Named(resources=resources, exchangeable=resources if service.needs else ()) if useful else None


def _starts(span: Span, zone: str, step: int, *, at: datetime) -> Iterator[datetime]:
    """The start of the span, and after it the times that are whole steps of the local day."""
    if span.start >= at:
        yield span.start
    local = wall_time.local(span.start, zone)
    start = span.start + timedelta(minutes=step - (local.hour * 60 + local.minute) % step)
    while start < span.end:
        if start >= at:
            yield start
        start += timedelta(minutes=step)


def _visit(entry: WaitlistEntry, location: Location, start: datetime) -> Appointment:
    return Appointment(
        id=AppointmentId(entry.id),
        customer_id=entry.customer_id,
        location_id=location.id,
        starts_at=start,
        ends_at=start,
        zone=location.zone,
        wall_start=wall_time.wall_text(start, location.zone),
        segments=(),
        status=Status.BOOKED,
        source=Source.DESK,
        notes="",
        price=0,
        currency="",
        steps=(),
        party=entry.party,
    )


def _placed(reads: Reads, visit: Appointment, service: Service, named: Named, *, at: LocationId) -> Appointment:
    """The visit with a segment for the service and what it takes; raises Refusal where nothing meets a need."""
    bare = choosing.snapshot(service)
    if service.needs:
        places = partial(booking.free_places, reads, visit)
        segment = choosing.filled(
            bare, service, named, reads.resources_at(at), minutes=None, party=visit.party, places=places
        )
    else:
        found = [one for one in (reads.find(Resource, one) for one in named.resources) if one is not None]
        parts = choosing.parts_of((), found, visit.party)
        segment = replace(bare, resources=named.resources, parts=parts)
    return replace(visit, segments=(segment,), ends_at=visit.starts_at + timedelta(minutes=segment.minutes))
