"""How many may hold a resource at one instant."""

from collections.abc import Iterable
from datetime import datetime

from shared.model.appointment import Allocation
from shared.model.base import Span


def span_of(allocation: Allocation) -> Span:
    """The span that an allocation holds, buffers included."""
    return Span(allocation.starts_at, allocation.ends_at)


def peak(held: Iterable[Allocation], within: Span) -> int:
    """The most places that are taken side by side at any instant of a span."""
    edges: list[tuple[datetime, int]] = []
    for one in held:
        if one.starts_at < within.end and within.start < one.ends_at:
            edges.append((max(one.starts_at, within.start), one.units))
            edges.append((one.ends_at, -one.units))
    # Spans are half-open: at the same instant an end comes before a start.
    highest = now = 0
    for _, step in sorted(edges):
        now += step
        highest = max(highest, now)
    return highest


def has_room(held: Iterable[Allocation], wanted: Span, capacity: int, *, units: int = 1) -> bool:
    """Whether so many more places are free beside what is held, at every instant of the span."""
    return peak(held, wanted) + units <= capacity


def beyond(held: Iterable[Allocation], capacity: int) -> list[Allocation]:
    """Those that have no room: whoever begins first keeps the place, of several at one instant the lowest id."""
    staying: list[Allocation] = []
    without: list[Allocation] = []
    for one in sorted(held, key=lambda one: (one.starts_at, one.id)):
        staying = [other for other in staying if other.ends_at > one.starts_at]
        taken = sum(other.units for other in staying)
        (staying if taken + one.units <= capacity else without).append(one)
    return without
