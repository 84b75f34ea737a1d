"""How much of the time in which something could be booked was booked.

Time is counted in seconds of places: an hour of a room for six is six hours. A place that is taken beyond those that
there are, and time that is taken while nothing is open, are counted beside it: more than all of it is never booked.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from shared.model.base import OwnerId, ResourceId, Span, value
from shared.model.resource import Resource
from shared.rules import booking
from shared.rules.numbers.clock_hours import ClockHour, clock_hours
from shared.rules.numbers.material import Held, Material
from shared.rules.numbers.stretches import Stretch, common, joined, stretch_of, without


@value
class HourUse:
    """An hour that the clock shows, 0 to 23, on all the days together; `open` is more than 0."""

    hour: int
    open: int
    booked: int


@value
class ResourceUse:
    """One resource, in seconds of its places."""

    resource_id: ResourceId
    name: str
    open: int
    """Its hours within those of the location, without what is blocked."""
    booked: int
    """What visits held of that, buffers included; at most `open`."""
    outside: int
    """What visits held while it was closed or blocked, by an override or because the hours were changed later."""
    over: int
    """What visits held while it was open, in more places than it has."""
    hours: tuple[HourUse, ...]


def utilisation(material: Material) -> tuple[ResourceUse, ...]:
    """Every resource in the order of the book; of those that are archived only what something was booked for."""
    span = material.asked.span(material.location.zone)
    clock = clock_hours(span, material.location.zone)
    held: dict[ResourceId, list[Held]] = {}
    for one in material.held:
        held.setdefault(one.resource_id, []).append(one)
    location = _own_hours(material, OwnerId(material.location.id), span)
    found = []
    for resource in sorted(material.resources, key=lambda one: (one.position, one.name, one.id)):
        taken = _taken(held.get(resource.id, ()), stretch_of(span))
        if taken or not resource.archived:
            found.append(_use(resource, _open_at(material, resource, location, span), taken, clock))
    return tuple(found)


def _own_hours(material: Material, owner: OwnerId, span: Span) -> list[Stretch]:
    """When the hours of one owner let it be booked; all of the span where it has none."""
    asked, zone = material.asked, material.location.zone
    own = booking.open_spans_of(owner, material.rules, material.exceptions, zone, (asked.first, asked.last))
    whole = [stretch_of(span)]
    return whole if own is None else common(joined(map(stretch_of, own)), whole)


def _open_at(material: Material, resource: Resource, location: Sequence[Stretch], span: Span) -> list[Stretch]:
    open_at = common(_own_hours(material, OwnerId(resource.id), span), location)
    blocked = [Span(one.starts_at, one.ends_at) for one in material.blocks if one.resource_id == resource.id]
    return without(open_at, common(joined(map(stretch_of, blocked)), [stretch_of(span)]))


def _taken(held: Sequence[Held], whole: Stretch) -> Sequence[tuple[int, int, int]]:
    """From when until when how many places are taken, in order, where any is."""
    steps: dict[int, int] = {}
    for one in held:
        start, end = max(one.starts, whole[0]), min(one.ends, whole[1])
        steps[start] = steps.get(start, 0) + one.units
        steps[end] = steps.get(end, 0) - one.units
    found, now = [], 0
    for start, end in pairwise(sorted(steps)):
        now += steps[start]
        if now:
            found.append((start, end, now))
    return found


def _use(
    resource: Resource, open_at: Sequence[Stretch], taken: Sequence[tuple[int, int, int]], clock: Sequence[ClockHour]
) -> ResourceUse:
    pieces = _by_hour(open_at, clock)
    starts = [start for start, _, _ in pieces]
    opened, booked, outside, over = [0] * 24, [0] * 24, 0, 0
    for start, end, hour in pieces:
        opened[hour] += (end - start) * resource.capacity
    for start, end, units in taken:
        places, inside = min(units, resource.capacity), 0
        place = max(0, bisect_right(starts, start) - 1)
        while place < len(pieces) and starts[place] < end:
            opens, closes, hour = pieces[place]
            seconds = max(0, min(end, closes) - max(start, opens))
            booked[hour] += seconds * places
            inside += seconds
            place += 1
        over += inside * (units - places)
        outside += (end - start - inside) * units
    return ResourceUse(
        resource_id=resource.id,
        name=resource.name,
        open=sum(opened),
        booked=sum(booked),
        outside=outside,
        over=over,
        hours=tuple(HourUse(hour=hour, open=opened[hour], booked=booked[hour]) for hour in range(24) if opened[hour]),
    )


def _by_hour(open_at: Sequence[Stretch], clock: Sequence[ClockHour]) -> Sequence[ClockHour]:
    """The open stretches, cut where the clock shows another hour."""
    found: list[ClockHour] = []
    place = 0
    for opens, closes in open_at:
        while place < len(clock) and clock[place][1] <= opens:
            place += 1
        at = place
        while at < len(clock) and clock[at][0] < closes:
            start, end, hour = clock[at]
            found.append((max(start, opens), min(end, closes), hour))
            at += 1
    return found
