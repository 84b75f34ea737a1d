"""The next free starts for a visit that could not stand where it was put."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.rules import booking, wall_time
from shared.store import Reads

_IN_THE_WAY = frozenset({Code.SLOT_TAKEN, Code.BLOCKED, Code.OUTSIDE_HOURS})


def next_free(
    reads: Reads, wish: Appointment, *, after: datetime, step: int, count: int, days: int = 14
) -> tuple[datetime, ...]:
    """The next `count` starts from `after` on at which the visit would fit, with the resources it names.

    Starts are multiples of `step` minutes of the local day, so that they read well; at most `days` local days are
    looked at. A wish that no start can mend (an unknown resource, no length) is refused.
    """
    booking.require_sound(wish.segments)
    resources = booking.require_resources(reads, wish.resources)
    length = wish.ends_at - wish.starts_at
    found: list[datetime] = []
    for start in _starts(after, wish.zone, step, days):
        tried = replace(wish, starts_at=start, ends_at=start + length)
        try:
            booking.require_open(reads, tried, resources)
            booking.require_room(reads, tried)
        except Refusal as refusal:
            if refusal.code not in _IN_THE_WAY:
                raise
            continue
        found.append(start)
        if len(found) == count:
            break
    return tuple(found)


def _starts(after: datetime, zone: str, step: int, days: int) -> Iterator[datetime]:
    today = wall_time.local(after, zone).date()
    for offset in range(days):
        midnight = datetime.combine(today + timedelta(days=offset), time())
        for minute in range(0, 24 * 60, step):
            wall = midnight + timedelta(minutes=minute)
            start = wall_time.resolve(wall, zone)
            if start >= after and wall_time.exists(wall, zone):
                yield start
