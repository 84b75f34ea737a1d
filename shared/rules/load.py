"""How much of a day's open time is booked."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from shared.model.base import Span, value
from shared.rules.hours import intersect, join

_MINUTE = timedelta(minutes=1)


@value
class Load:
    """The visits that begin in a span, and the minutes of its places that are booked and that are open."""

    visits: int = 0
    booked: int = 0
    open: int = 0

    @property
    def share(self) -> float:
        """Booked over open, more than 1 where work goes on after hours; 0 where nothing is open."""
        return self.booked / self.open if self.open else 0.0

    @property
    def is_closed(self) -> bool:
        """Whether nothing is open."""
        return self.open == 0


def open_minutes(opening: Sequence[Span], blocked: Iterable[Span], within: Span, *, places: int = 1) -> int:
    """The minutes of a span in which a resource is open and not blocked, each counted for every place.

    `opening` is in order and free of overlaps.
    """
    here = intersect(opening, (within,))
    return (_minutes(here) - _minutes(intersect(here, join(blocked)))) * places


def booked_minutes(held: Iterable[tuple[Span, int]], within: Span) -> int:
    """The minutes of a span that are held, each counted for every place that is taken."""
    cut = ((max(span.start, within.start), min(span.end, within.end), places) for span, places in held)
    return sum((end - start) // _MINUTE * places for start, end, places in cut if start < end)


def _minutes(spans: Iterable[Span]) -> int:
    return sum((span.end - span.start) // _MINUTE for span in spans)
