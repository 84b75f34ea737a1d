"""What several resources have free over a stretch of time: read once, then asked as often as one likes."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from shared.model.appointment import Appointment, Part, Segment
from shared.model.base import AppointmentId, LocationId, OwnerId, ResourceId, Span
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.model.service import During
from shared.rules import allocating, booking, capacity, hours
from shared.store import Reads

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")
_ANY_START = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """One owner: when it can be booked at all, and how many of its places are taken from each instant on.

    `opens` and `closes` are the ends of the spans in order; None for what is always open. `taken[n]` counts from
    `changes[n]` to the next, before the first nothing is taken.
    """

    opens: Sequence[datetime] | None
    closes: Sequence[datetime]
    changes: Sequence[datetime] = ()
    taken: Sequence[int] = ()

    def is_open(self, span: Span) -> bool:
        if self.opens is None:
            return True
        # Of spans that meet at a block only the one that begins last can hold what begins there.
        place = bisect_right(self.opens, span.start) - 1
        return place >= 0 and span.end <= self.closes[place]

    def peak(self, span: Span) -> int:
        place = bisect_right(self.changes, span.start) - 1
        most = self.taken[place] if place >= 0 else 0
        for number in range(place + 1, len(self.changes)):
            if self.changes[number] >= span.end:
                break
            most = max(most, self.taken[number])
        return most

    def starts_open(self, starts: Sequence[datetime], first: timedelta, last: timedelta) -> int:
        """At which starts, as bits, it is open from so long after the start to so long after."""
        if self.opens is None:
            return (1 << len(starts)) - 1
        spans = zip(self.opens, self.closes, strict=True)
        return _any(_bits(starts, bisect_left(starts, opens - first), closes - last) for opens, closes in spans)

    def starts_full(self, starts: Sequence[datetime], first: timedelta, last: timedelta, room: int) -> int:
        """At which starts, as bits, more places than `room` are taken somewhere between the two."""
        if room < 0:
            return (1 << len(starts)) - 1
        full, number = 0, 0
        while number < len(self.changes):
            if self.taken[number] <= room:
                number += 1
                continue
            since = self.changes[number]
            while self.taken[number] > room:
                number += 1
            begins = bisect_right(starts, since - last)
            full |= (1 << max(bisect_left(starts, self.changes[number] - first), begins)) - (1 << begins)
        return full


@dataclass(frozen=True, slots=True)
class Presence:
    """When something takes part in a visit, and when it is held for it, each from and until how long after the start.

    The first is without buffers, the second with them.
    """

    attended: Sequence[tuple[timedelta, timedelta]]
    held: Sequence[tuple[timedelta, timedelta]]


def presence(segment: Segment, after: int, part: Part) -> Presence:
    """The presence of what takes part so in a segment that begins so many minutes after the start."""
    begins = _ANY_START + timedelta(minutes=after)
    return Presence(
        [(one.start - _ANY_START, one.end - _ANY_START) for one in allocating.attended(segment, begins, part)],
        [(one.start - _ANY_START, one.end - _ANY_START) for one in allocating.held(segment, begins, part)],
    )


class Calendars:
    """Answers for a location and these of its resources as `booking` does, within the stretch that was read.

    What one visit holds itself does not count (`but`).
    """

    def __init__(
        self, reads: Reads, location: LocationId, zone: str, resources: Sequence[Resource], *, within: Span,
        but: AppointmentId,
    ) -> None:  # fmt: skip
        ids = [one.id for one in resources]
        owners = [OwnerId(location), *(OwnerId(one) for one in ids)]
        first, last = hours.days_of(within, zone)
        rules = _by(reads.hours(owners), lambda one: one.owner_id)
        dated = _by(reads.exceptions(owners, first - timedelta(days=1), last), lambda one: one.owner_id)
        blocks = _by(reads.blocks(ids, within), lambda one: one.resource_id)
        held = _by(reads.overlapping(ids, within), lambda one: one.resource_id)
        self._capacity = {one.id: one.capacity for one in resources}
        self._calendars: dict[str, _Calendar] = {}
        for owner in owners:
            open_at = booking.open_spans_of(owner, rules.get(owner, ()), dated.get(owner, ()), zone, (first, last))
            one = ResourceId(owner)
            taken = capacity.taken(held.get(one, ()), visit=but, capacity=self._capacity.get(one, 0))
            self._calendars[owner] = _calendar(open_at, blocks.get(one, ()), list(taken), within)
        self._location = self._calendars[location]

    def __contains__(self, resource: ResourceId) -> bool:
        """Whether this resource is one of those that were read."""
        return resource in self._capacity

    def free_places(self, visit: Appointment, segment: Segment, resource: Resource, during: During) -> int:
        """`booking.free_places` of one of the resources."""
        part = Part(resource_id=resource.id, during=during)
        calendar = self._calendars[resource.id]
        begins = visit.ends_at
        if not all(calendar.is_open(span) for span in allocating.attended(segment, begins, part)):
            return 0
        spans = allocating.held(segment, begins, part)
        return resource.capacity - max((calendar.peak(span) for span in spans), default=0)

    def starts_free(self, starts: Sequence[datetime], resource: ResourceId, presence: Presence, units: int) -> int:
        """At which of some starts, as bits, so many places of a resource are free for as long as it is to be there."""
        calendar, room = self._calendars[resource], self._capacity[resource] - units
        free = (1 << len(starts)) - 1
        for first, last in presence.attended:
            free &= calendar.starts_open(starts, first, last)
        for first, last in presence.held:
            free &= ~calendar.starts_full(starts, first, last, room)
        return free

    def starts_open(self, starts: Sequence[datetime], minutes: int) -> int:
        """At which of some starts, as bits, the location is open for so many minutes."""
        return self._location.starts_open(starts, timedelta(), timedelta(minutes=minutes))

    def is_open(self, visit: Span) -> bool:
        """Whether the location is open for the whole of a visit."""
        return self._location.is_open(visit)

    def take(self, visit: Appointment) -> bool:
        """Whether a visit can stand where it is, all that it takes being among the resources."""
        return (
            self.is_open(booking.visit_of(visit))
            and all(
                self._calendars[resource].is_open(span)
                for resource, spans in allocating.taking_part(visit).items()
                for span in spans
            )
            and all(
                self._calendars[resource].peak(span) + units <= self._capacity[resource]
                for resource, taken in allocating.places_held(visit).items()
                for span, units in taken
            )
        )


def _bits(starts: Sequence[datetime], first: int, last: datetime) -> int:
    """The bits of starts from the one with this number to those at this instant."""
    return (1 << max(bisect_right(starts, last), first)) - (1 << first)


def _any(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _calendar(
    open_at: Sequence[Span] | None,
    blocks: Sequence[TimeBlock],
    steps: Sequence[tuple[datetime, int]],
    within: Span,
) -> _Calendar:
    changes, taken = [instant for instant, _ in steps], [count for _, count in steps]
    if blocks:
        open_at = _without(blocks, (within,) if open_at is None else open_at)
    if open_at is None:
        return _Calendar(None, (), changes, taken)
    return _Calendar([one.start for one in open_at], [one.end for one in open_at], changes, taken)


def _without(blocks: Iterable[TimeBlock], open_at: Sequence[Span]) -> Sequence[Span]:
    """Open spans without what is blocked of them."""
    left: Sequence[Span] = open_at
    for block in blocks:
        left = [piece for span in left for piece in _outside(block, span)]
    return left


def _outside(block: TimeBlock, span: Span) -> Iterable[Span]:
    if block.ends_at <= span.start or span.end <= block.starts_at:
        yield span
        return
    if span.start < block.starts_at:
        yield Span(span.start, block.starts_at)
    if block.ends_at < span.end:
        yield Span(block.ends_at, span.end)


def _by(rows: Iterable[_V], key: Callable[[_V], _K]) -> Mapping[_K, Sequence[_V]]:
    found: dict[_K, list[_V]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
