"""The time axis of one local day: instants to heights and back, by the time that really passes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

PIXELS_PER_MINUTE = 1.6
"""A quarter of an hour is 24 px, the least that can be hit with a finger or an unsteady hand (WCAG 2.2, 2.5.8)."""

_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourMark:
    """Where a whole local hour begins; `abbreviation` of the zone is set where that hour comes twice."""

    instant: datetime
    hour: int
    abbreviation: str = ""


class DayAxis:
    """One local day from midnight to midnight: 23 to 25 hours long, drawn as long as it is.

    Midnights that the zone skips or has twice become the first instant of the day.
    """

    def __init__(self, day: date, zone: str, pixels_per_minute: float = PIXELS_PER_MINUTE) -> None:
        self.zone = ZoneInfo(zone)
        self.start = _midnight(day, self.zone)
        self.end = _midnight(day + timedelta(days=1), self.zone)
        self.scale = pixels_per_minute / 60
        self.height = round((self.end - self.start).total_seconds() * self.scale)

    def y(self, instant: datetime) -> int:
        """The height of an instant below the top, clamped to the day."""
        return round(self.depth(instant) * self.scale)

    def at(self, y: float) -> datetime:
        """The instant at a height, whole seconds, clamped to the day."""
        return self.at_depth(round(y / self.scale))

    def depth(self, instant: datetime) -> float:
        """How many seconds an instant lies below the top, clamped to the day."""
        return (self.clamped(instant) - self.start).total_seconds()

    def at_depth(self, seconds: float) -> datetime:
        """The instant so many seconds below the top, clamped to the day."""
        return self.clamped(self.start + timedelta(seconds=seconds))

    def voids(self) -> list[tuple[int, int]]:
        """From which height to which no time of the day lies."""
        return []

    def clamped(self, instant: datetime) -> datetime:
        return min(self.end, max(self.start, instant))

    def floored(self, instant: datetime, step: int) -> datetime:
        """The last boundary of `step` minutes that is not after the instant."""
        return instant - (instant - self.start) % timedelta(minutes=step)

    def rounded(self, instant: datetime, step: int) -> datetime:
        """The nearest boundary of `step` minutes."""
        return self.floored(instant + timedelta(minutes=step) / 2, step)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    @cached_property
    def hours(self) -> tuple[HourMark, ...]:
        """Each whole local hour of the day in the order in which it passes; a doubled hour comes twice, marked."""
        found = []
        instant = self.start
        while instant < self.end:
            local = self.local(instant)
            if local.minute == 0:
                twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
                name = (local.tzname() or "") if twice else ""
                found.append(HourMark(instant=instant, hour=local.hour, abbreviation=name))
            instant += _QUARTER
        return tuple(found)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
