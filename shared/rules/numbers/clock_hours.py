"""Which hour the clock on a location's wall shows, second by second."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.model.base import Span
from shared.rules.numbers.stretches import second_of
from shared.rules.wall_time import local

ClockHour = tuple[int, int, int]
"""From and until when, in seconds since 1970, the clock shows this hour, 0 to 23."""


def clock_hours(span: Span, zone: str) -> Sequence[ClockHour]:
    """The hours of a span in order, without gaps: one that comes twice is there twice, one that is skipped is not."""
    found, at = [], span.start
    while at < span.end:
        ends = min(_next_hour(at, zone), span.end)
        found.append((second_of(at), second_of(ends), local(at, zone).hour))
        at = ends
    return found


def _next_hour(at: datetime, zone: str) -> datetime:
    """When the clock next begins an hour, or is put forward or back."""
    shown = local(at, zone)
    ends = at + timedelta(hours=1) - timedelta(minutes=shown.minute, seconds=shown.second)
    if local(ends, zone).utcoffset() == shown.utcoffset():
        return ends
    # Somewhere on the way it is put otherwise: at Lord Howe by half an hour.
    before, after = 0, int((ends - at).total_seconds())
    while after - before > 1:
        middle = (before + after) // 2
        if local(at + timedelta(seconds=middle), zone).utcoffset() == shown.utcoffset():
            before = middle
        else:
            after = middle
    return at + timedelta(seconds=after)
