"""How many may hold a resource at one instant."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from shared.model.appointment import Allocation
from shared.model.base import AppointmentId, Span


def span_of(allocation: Allocation) -> Span:
    """The span that an allocation holds, buffers included."""
    return Span(allocation.starts_at, allocation.ends_at)


def taken(
    held: Iterable[Allocation], *, visit: AppointmentId | None = None, capacity: int = 0
) -> Iterator[tuple[datetime, int]]:
    """How many places count as taken from each instant on, in order; for a `visit` those that are not its own.

    What stands over a rule takes its place like all else: whoever put it there chose beside whom, and nobody chose the
    next. But where the visit itself stands by the rules, what was put over it does not push it out.
    """
    steps: dict[datetime, tuple[int, int, int]] = {}
    for one in held:
        is_own = one.appointment_id == visit
        if is_own and one.over:
            continue
        for instant, units in ((one.starts_at, one.units), (one.ends_at, -one.units)):
            every, within, own = steps.get(instant, (0, 0, 0))
            if is_own:
                steps[instant] = every, within, own + units
            else:
                steps[instant] = every + units, within if one.over else within + units, own
    every = within = own = 0
    for instant, (more, more_within, more_own) in sorted(steps.items()):
        every, within, own = every + more, within + more_within, own + more_own
        yield instant, max(within, min(every, capacity - own)) if own else every


def peak(held: Iterable[Allocation], span: Span, *, visit: AppointmentId | None = None, capacity: int = 0) -> int:
    """The most places that are `taken` side by side at any instant of a span."""
    highest = 0
    for since, count in taken(held, visit=visit, capacity=capacity):
        if span.end <= since:
            break
        highest = max(highest, count) if span.start < since else count
    return highest


def has_room(
    held: Iterable[Allocation], wanted: Span, capacity: int, *, units: int = 1, visit: AppointmentId | None = None
) -> bool:
    """Whether so many more places are free for a visit beside what is held, at every instant of the span."""
    return peak(held, wanted, visit=visit, capacity=capacity) + units <= capacity


def in_the_way(held: Iterable[Allocation], visit: AppointmentId, span: Span) -> list[Allocation]:
    """What others hold of a span, in order, but for what was put over a place that the visit holds itself."""
    near = sorted(held, key=lambda one: (one.starts_at, one.id))
    own = [span_of(one) for one in near if one.appointment_id == visit and not one.over]

    def is_met_there(one: Allocation) -> bool:
        met = Span(max(one.starts_at, span.start), min(one.ends_at, span.end))
        return one.over and any(each.contains(met) for each in own)

    return [one for one in near if one.appointment_id != visit and not is_met_there(one)]


def beyond(held: Iterable[Allocation], capacity: int) -> list[Allocation]:
    """Those that have no room: whoever begins first keeps the place, of several at one instant the lowest id."""
    staying: list[Allocation] = []
    without: list[Allocation] = []
    for one in sorted(held, key=lambda one: (one.starts_at, one.id)):
        staying = [other for other in staying if other.ends_at > one.starts_at]
        taken = sum(other.units for other in staying)
        (staying if taken + one.units <= capacity else without).append(one)
    return without
