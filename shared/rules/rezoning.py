"""What moves when the clock of a location is another, or goes by other rules than when something was booked."""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime, timedelta
from typing import Final

from shared.model.appointment import Allocation, Appointment
from shared.model.base import AppointmentId, ResourceId, Span, replace, value
from shared.model.business import Location
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.rules import allocating, capacity, wall_time
from shared.rules.pieces import AT_ONCE, Ask, Pieces, parts
from shared.store import Wanted

FARTHEST: Final = timedelta(days=3660)
"""How far ahead anything can stand: as far as may be booked, at most."""
_BUSY: Final = 50
"""Visits of a resource that are reckoned with, where pieces are cut."""


@value
class Moved:
    """A visit or a block as it stood, and as it stands by another clock: its wall time is kept."""

    was: Appointment | TimeBlock
    now: Appointment | TimeBlock

    @property
    def is_elsewhere(self) -> bool:
        """Whether it begins at another instant."""
        return self.was.starts_at != self.now.starts_at


def rezoned(
    ask: Ask, location: Location, zone: str, *, since: datetime, piece: int = AT_ONCE
) -> Pieces[tuple[Moved, ...]]:
    """All of a location that ends after `since` and is otherwise by the clock of a zone, by its start.

    Ten o'clock stays ten o'clock. A time that the zone skips is read with the offset before the gap; of one that it
    repeats, the second stays the second. Visits say themselves which wall time was meant, by which clock; blocks go by
    that of the location. Only what holds a resource of the location is found. Pauses after a `piece` of visits.
    """
    resources, span = [one.id for one in ask().resources_at(location.id)], Span(since, since + FARTHEST)
    held: dict[AppointmentId, None] = {}
    moved: list[Moved] = []
    for some in parts(resources, max(1, piece // _BUSY)):
        reads = ask()
        held |= dict.fromkeys(one.appointment_id for one in reads.overlapping(some, span))
        moved += [_block(one, location.zone, zone) for one in reads.blocks(some, span)]
        yield
    for part in parts([*held], piece):
        reads = ask()
        reads.read_ahead(Wanted(rows=tuple((Appointment, row_id) for row_id in part)))
        visits = [one for one in (reads.find(Appointment, row_id) for row_id in part) if one is not None]
        moved += [_visit(one, zone) for one in visits if one.location_id == location.id]
        yield
    return tuple(sorted((one for one in moved if one.was != one.now), key=lambda one: (one.now.starts_at, one.now.id)))


def _visit(was: Appointment, zone: str) -> Moved:
    fold = wall_time.local(was.starts_at, was.zone).fold
    start = wall_time.resolve(datetime.fromisoformat(was.wall_start), zone, fold=fold)
    if (start, zone) == (was.starts_at, was.zone):
        return Moved(was=was, now=was)
    end = start + (was.ends_at - was.starts_at)
    return Moved(was=was, now=replace(was, starts_at=start, ends_at=end, zone=zone, sequence=was.sequence + 1))


def _block(was: TimeBlock, before: str, zone: str) -> Moved:
    wall = wall_time.local(was.starts_at, before)
    start = wall_time.resolve(wall.replace(tzinfo=None, fold=0), zone, fold=wall.fold)
    return Moved(was=was, now=replace(was, starts_at=start, ends_at=start + (was.ends_at - was.starts_at)))


def held_anew(ask: Ask, visits: Sequence[Appointment], *, piece: int = AT_ONCE) -> Pieces[tuple[Allocation, ...]]:
    """What moved visits hold. What two clocks have brought onto one another stays, marked as beyond the capacity."""
    begun = sorted(visits, key=lambda one: (one.starts_at, one.id))
    wanted: dict[AppointmentId, Sequence[Allocation]] = {}
    for part in parts(begun, piece):
        # What stands over a rule by a reason does so by any clock; what had no room is looked at anew.
        wanted |= {one.id: allocating.allocations_of(one, over=bool(one.override_reason)) for one in part}
        yield
    room = yield from _room_for(ask, [one for held in wanted.values() for one in held], wanted.keys(), piece)
    made: list[Allocation] = []
    for part in parts(begun, piece):
        for visit in part:
            held = wanted[visit.id]
            if not all(one.over or room.is_left_for(one) for one in held):
                held = allocating.allocations_of(visit, over=True)
            room.take(held)
            made += held
        yield
    return tuple(made)


def _room_for(ask: Ask, wanted: Sequence[Allocation], moving: Set[AppointmentId], piece: int) -> Pieces["_Room"]:
    """The places of the resources that are `wanted`, with what others hold there."""
    room, ids = _Room(), list(dict.fromkeys(one.resource_id for one in wanted))
    for some in parts(ids, max(1, piece // _BUSY)):
        reads, span = ask(), Span(min(one.starts_at for one in wanted), max(one.ends_at for one in wanted))
        reads.read_ahead(Wanted(rows=tuple((Resource, one) for one in some)))
        room.add(found for one in some if (found := reads.find(Resource, one)) is not None)
        # What another location has booked stays where it is.
        room.take(one for one in reads.overlapping(some, span) if one.appointment_id not in moving)
        yield
    return room


class _Room:
    """The places of some resources: what others hold there, and what is taken meanwhile."""

    def __init__(self) -> None:
        self._capacity: dict[ResourceId, int] = {}
        self._by_day: dict[tuple[ResourceId, int], list[Allocation]] = {}

    def add(self, resources: Iterable[Resource]) -> None:
        """Know of the places of these."""
        self._capacity |= {one.id: one.capacity for one in resources}

    def take(self, held: Iterable[Allocation]) -> None:
        """Let these hold their places, but for what is beyond the capacity."""
        for one in held:
            if not one.over:
                for day in _days(one):
                    self._by_day.setdefault((one.resource_id, day), []).append(one)

    def is_left_for(self, wanted: Allocation) -> bool:
        """Whether there is room for one more; always where the resource is gone."""
        # Who holds a place through midnight is there once.
        near = {one.id: one for day in _days(wanted) for one in self._by_day.get((wanted.resource_id, day), ())}
        most = self._capacity.get(wanted.resource_id)
        return most is None or capacity.has_room(near.values(), capacity.span_of(wanted), most, units=wanted.units)


def _days(held: Allocation) -> range:
    return range(held.starts_at.toordinal(), held.ends_at.toordinal() + 1)
