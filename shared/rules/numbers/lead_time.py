"""How long before their visit people book."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from shared.model.appointment import Source
from shared.model.base import value
from shared.rules.numbers.material import Visit

BOUNDS: Final = (60, 24 * 60, 3 * 24 * 60, 7 * 24 * 60, 14 * 24 * 60, 30 * 24 * 60)
"""Minutes between the groups of `LeadTime.spread`."""
_NOT_AHEAD: Final = frozenset({Source.WALK_IN, Source.IMPORT})


@value
class LeadTime:
    """Whole minutes from when a visit was entered to its start, 0 where it was entered afterwards.

    The quartiles are by nearest rank, so each is that of a visit; None where there is no visit.
    """

    visits: int
    lower: int | None
    median: int | None
    upper: int | None
    spread: tuple[int, ...]
    """How many visits less than the first of BOUNDS ahead, from there to the second, and so on."""


def lead_time(visits: Iterable[Visit]) -> LeadTime:
    """Of every visit that was booked, whatever became of it.

    Who walks in has not booked ahead, when something was imported says nothing, and a series is booked once: these are
    left out.
    """
    ahead = sorted(
        max(0, (one.starts_at - one.entered_at) // timedelta(minutes=1))
        for one in visits
        if one.was_booked and one.entered_at is not None and one.source not in _NOT_AHEAD and not one.in_series
    )
    spread = [0] * (len(BOUNDS) + 1)
    for minutes in ahead:
        spread[bisect_right(BOUNDS, minutes)] += 1
    lower, median, upper = (_quartile(ahead, part) for part in (1, 2, 3))
    return LeadTime(visits=len(ahead), lower=lower, median=median, upper=upper, spread=tuple(spread))


def _quartile(ordered: Sequence[int], part: int) -> int | None:
    return ordered[(len(ordered) * part + 3) // 4 - 1] if ordered else None
