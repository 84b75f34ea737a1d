"""What a clock on the wall means: local times, their zones, and the hours that a zone skips or repeats."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.errors import Code, Refusal
from shared.model.base import Span


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name; refused as invalid where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refusal(Code.INVALID, what="zone", value=name) from error


def resolve(wall: datetime, zone: str, *, fold: int = 0) -> datetime:
    """The instant of a naive local time, aware UTC.

    A time that the zone skips is read with the offset before the gap (RFC 5545, section 3.3.5), one that it repeats as
    the first of the two unless `fold` is 1.
    """
    return wall.replace(tzinfo=zone_of(zone), fold=fold).astimezone(UTC)


def exists(wall: datetime, zone: str) -> bool:
    """Whether a naive local time is ever shown by a clock of the zone."""
    return local(resolve(wall, zone), zone).replace(tzinfo=None, fold=0) == wall.replace(fold=0)


def is_repeated(wall: datetime, zone: str) -> bool:
    """Whether a clock of the zone shows a naive local time twice."""
    return exists(wall, zone) and resolve(wall, zone, fold=0) != resolve(wall, zone, fold=1)


def typed(wall: datetime, zone: str) -> datetime:
    """The instant of a local time that a person typed; a time that the zone skips is refused as invalid."""
    if not exists(wall, zone):
        raise Refusal(Code.INVALID, what="wall_time", value=wall.isoformat(), zone=zone)
    return resolve(wall, zone)


def local(instant: datetime, zone: str) -> datetime:
    """An instant as the zone's clock shows it, aware."""
    return instant.astimezone(zone_of(zone))


def wall_text(instant: datetime, zone: str) -> str:
    """The zone's clock at an instant, `2026-05-04T09:00:00`."""
    # Two instants of an hour that is shown twice are equal in their own zone.
    return _wall_text(instant.astimezone(UTC), zone)


# A batch of bookings asks for the same few instants of a day again and again.
@lru_cache(maxsize=8192)
def _wall_text(instant: datetime, zone: str) -> str:
    return local(instant, zone).replace(tzinfo=None).isoformat(timespec="seconds")


@lru_cache(maxsize=4096)
def minute_of(day: date, minute: int, zone: str) -> datetime:
    """The instant at a minute of a local day; minutes from 1440 on belong to the days after."""
    return resolve(datetime.combine(day, time()) + timedelta(minutes=minute), zone)


def day_span(day: date, zone: str) -> Span:
    """A local day from midnight to midnight: 23, 24 or 25 hours, where the zone changes its offset."""
    return Span(minute_of(day, 0, zone), minute_of(day, 24 * 60, zone))
