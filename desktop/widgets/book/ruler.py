"""The axes of days side by side: what a clock on the wall shows alike lies at the same height in each.

An hour that one of the days has twice is two on the ruler; days that have it once leave the second place empty, and a
day that skips an hour leaves its place empty.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from desktop.widgets.book.axis import DayAxis

_STEP: Final = timedelta(minutes=15)
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = 24 * 3600


class Stretch(NamedTuple):
    """A part of a day without a change of the clock: `wall` is what the clock shows at its start, in seconds."""

    start: datetime
    wall: float
    seconds: float


class Doubled(NamedTuple):
    """What a clock shows twice on a day: `seconds` before `until`, in seconds of the wall."""

    day: date
    until: float
    seconds: float


class WallAxis(DayAxis):
    """One of the days of a ruler."""

    def __init__(self, day: date, zone: str, pixels_per_minute: float, doubled: Sequence[Doubled]) -> None:
        super().__init__(day, zone, pixels_per_minute)
        self._parts = _on_ruler(day, stretches(day, zone), doubled)
        self._starts = [part.start for part in self._parts]
        self._tops = [part.wall for part in self._parts]
        self.height = round((_DAY + sum(one.seconds for one in doubled)) * self.scale)

    def depth(self, instant: datetime) -> float:
        instant = self.clamped(instant)
        part = self._parts[max(0, bisect_right(self._starts, instant) - 1)]
        return part.wall + (instant - part.start).total_seconds()

    def at_depth(self, seconds: float) -> datetime:
        number = bisect_right(self._tops, seconds) - 1
        if number < 0:
            return self.start
        part = self._parts[number]
        # In an empty place stands what comes after it.
        return self.clamped(part.start + timedelta(seconds=min(seconds - part.wall, part.seconds)))

    def voids(self) -> list[tuple[int, int]]:
        found, reach = [], 0.0
        for part in self._parts:
            if part.wall > reach:
                found.append((round(reach * self.scale), round(part.wall * self.scale)))
            reach = part.wall + part.seconds
        end = self.height
        return [*found, (round(reach * self.scale), end)] if round(reach * self.scale) < end else found


@lru_cache(maxsize=32)
def wall_axes(days: tuple[date, ...], zone: str, pixels_per_minute: float) -> Mapping[date, DayAxis]:
    """The axis of each day on the one ruler of all of them."""
    doubled = tuple(one for day in days for one in _doubled(day, stretches(day, zone)))
    return {day: WallAxis(day, zone, pixels_per_minute, doubled) for day in days}


@lru_cache(maxsize=256)
def stretches(day: date, zone: str) -> tuple[Stretch, ...]:
    """The day from midnight to midnight, cut where the clock is changed."""
    whole = DayAxis(day, zone)
    top = datetime.combine(day, time())
    begins = [whole.start, *_changes(whole.start, whole.end, whole.zone)]
    ends = [*begins[1:], whole.end]
    return tuple(
        Stretch(start, (whole.local(start).replace(tzinfo=None) - top).total_seconds(), (end - start).total_seconds())
        for start, end in zip(begins, ends, strict=True)
    )


def _changes(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    found = []
    instant = start
    while instant < end:
        following = min(end - _SECOND, instant + _STEP)
        if _offset(instant, zone) != _offset(following, zone):
            found.append(_change(instant, following, zone))
        instant += _STEP
    return found


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the new offset, between one of the old and one of the new."""
    while after - before > _SECOND:
        middle = before + _SECOND * ((after - before) // _SECOND // 2)
        if _offset(middle, zone) == _offset(before, zone):
            before = middle
        else:
            after = middle
    return after


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()


def _doubled(day: date, parts: Sequence[Stretch]) -> list[Doubled]:
    ends = [part.wall + part.seconds for part in parts]
    return [Doubled(day, end, end - part.wall) for end, part in zip(ends, parts[1:], strict=False) if part.wall < end]


def _on_ruler(day: date, parts: Sequence[Stretch], doubled: Sequence[Doubled]) -> list[Stretch]:
    """The parts of a day by their depth instead of their wall time, cut where the ruler has more than the day."""
    cut: list[Stretch] = []
    for number, part in enumerate(parts):
        shift = sum(one.seconds for one in doubled if _is_above(one, day, part, came_after=number))
        for one in sorted((one for one in doubled if one.day != day), key=lambda one: one.until):
            inside = one.until - part.wall
            if 0 < inside < part.seconds:
                cut.append(Stretch(part.start, part.wall + shift, inside))
                part = Stretch(part.start + timedelta(seconds=inside), one.until, part.seconds - inside)
                shift += one.seconds
        cut.append(Stretch(part.start, part.wall + shift, part.seconds))
    return cut


def _is_above(one: Doubled, day: date, part: Stretch, *, came_after: int) -> bool:
    """Whether all of a doubled time lies above a part; one of the day itself does from its change on."""
    if one.day != day:
        return one.until <= part.wall
    return came_after > 0 and one.until - one.seconds <= part.wall
