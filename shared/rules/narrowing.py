"""Which starts of a day are worth a closer look: for every need somebody is free who could meet it.

Where it says no, nothing can be booked; where it says yes, the needs of a visit may still be in each other's way.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from shared.model.appointment import Appointment, Part, Segment
from shared.model.base import value
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Need
from shared.rules import choosing
from shared.rules.calendars import Calendars, Presence, presence

Free = Callable[[Segment, int, Part], int]
"""At which starts, as bits, a resource is free for a segment so many minutes after the start."""

_MOST_SHAPES = 8
"""A visit whose lengths vary more, by whoever does it, is looked at start by start."""


@value
class Planned:
    """One service of a visit: what it may come to by whoever does it, what must take part, and what else it needs."""

    shapes: tuple[Segment, ...]
    """One at least; those that are alike in everything but the price are one."""
    pinned: tuple[Resource, ...] = ()
    parts: tuple[Part, ...] | None = None
    """How what is pinned takes part; None where its needs are to say."""
    needs: tuple[Need, ...] = ()
    fill: bool = False
    """Whether its needs are met by others, where nothing pinned meets them."""


def worth_trying(
    calendars: Calendars, visit: Appointment, planned: Sequence[Planned], able: Sequence[Resource], *,
    starts: Sequence[datetime],
) -> Sequence[datetime]:  # fmt: skip
    """Those of some starts of which it cannot be said at once that they are not free; in order."""
    there: dict[tuple[int, int, During], Presence] = {}

    def free(segment: Segment, after: int, part: Part) -> int:
        key = (id(segment), after, part.during)
        if key not in there:
            there[key] = presence(segment, after, part)
        return calendars.starts_free(starts, part.resource_id, there[key], part.units)

    lengths = [{shape.minutes for shape in one.shapes} for one in planned]
    left = calendars.starts_open(starts, sum(min(one) for one in lengths))
    before = {0}
    for one, minutes in zip(planned, lengths, strict=True):
        if len(before) * len(one.shapes) <= _MOST_SHAPES:
            for mask in _masks(free, visit.party, one, before, able):
                left &= mask
                if not left:
                    return ()
        # Sums, not choices: of twenty services that vary there are more choices than anybody can go through.
        before = {since + length for since in before for length in minutes}
    return [start for number, start in enumerate(starts) if left >> number & 1]


def _masks(free: Free, party: int, one: Planned, before: set[int], able: Sequence[Resource]) -> Iterator[int]:
    """For each thing that must be the starts at which it could be."""

    def could(part: Part) -> int:
        return reduce(or_, (free(shape, after, part) for shape in one.shapes for after in before))

    for resource in one.pinned:
        yield reduce(or_, (could(part) for part in _parts_of(resource, one, party)))
    fixed = {resource.id for resource in one.pinned}
    for need in one.needs if one.fill else ():
        if not any(choosing.serves(resource, need) for resource in one.pinned):
            serving = [resource for resource in able if resource.id not in fixed and choosing.serves(resource, need)]
            yield reduce(or_, (could(_part(resource, need.during, party)) for resource in serving), 0)


def _parts_of(resource: Resource, one: Planned, party: int) -> Sequence[Part]:
    """How what is pinned could take part: throughout, where no need says otherwise."""
    if one.parts is not None:
        return [part for part in one.parts if part.resource_id == resource.id] or [Part(resource_id=resource.id)]
    durings = {need.during for need in one.needs if choosing.serves(resource, need)} | {During.ALL}
    return [_part(resource, during, party) for during in durings]


def _part(resource: Resource, during: During, party: int) -> Part:
    several = resource.kind is not ResourceKind.EQUIPMENT
    return Part(resource_id=resource.id, during=during, units=choosing.places_taken(resource, party) if several else 1)
