"""What moves when the clock of a location is another, or goes by other rules than when something was booked."""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from shared.model.appointment import Allocation, Appointment
from shared.model.base import AppointmentId, ResourceId, Span, value
from shared.model.business import Location
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.rules import allocating, capacity, wall_time
from shared.store import Reads

FARTHEST: Final = timedelta(days=3660)
"""How far ahead anything can stand: as far as may be booked, at most."""
_NEAR: Final = 200
"""Allocations of a resource, the latest to begin, among which those are that still last: of all its places, many."""


@value
class Moved:
    """A visit or a block as it stood, and as it stands by another clock: its wall time is kept."""

    was: Appointment | TimeBlock
    now: Appointment | TimeBlock

    @property
    def is_elsewhere(self) -> bool:
        """Whether it begins at another instant."""
        return self.was.starts_at != self.now.starts_at


def rezoned(reads: Reads, location: Location, zone: str, *, since: datetime) -> tuple[Moved, ...]:
    """All of a location that ends after `since` and is otherwise by the clock of a zone, by its start.

    Ten o'clock stays ten o'clock. A time that the zone skips is read with the offset before the gap; of one that it
    repeats, the second stays the second. Visits say themselves which wall time was meant, by which clock; blocks go by
    that of the location. Only what holds a resource of the location is found.
    """
    resources = [one.id for one in reads.resources_at(location.id)]
    span = Span(since, since + FARTHEST)
    held = dict.fromkeys(one.appointment_id for one in reads.overlapping(resources, span))
    visits = [one for one in (reads.find(Appointment, row_id) for row_id in held) if one is not None]
    moved = [_visit(one, zone) for one in visits if one.location_id == location.id]
    moved += [_block(one, location.zone, zone) for one in reads.blocks(resources, span)]
    return tuple(sorted((one for one in moved if one.was != one.now), key=lambda one: (one.now.starts_at, one.now.id)))


def _visit(was: Appointment, zone: str) -> Moved:
    fold = wall_time.local(was.starts_at, was.zone).fold
    start = wall_time.resolve(datetime.fromisoformat(was.wall_start), zone, fold=fold)
    return Moved(was=was, now=replace(was, starts_at=start, ends_at=start + (was.ends_at - was.starts_at), zone=zone))


def _block(was: TimeBlock, before: str, zone: str) -> Moved:
    wall = wall_time.local(was.starts_at, before)
    start = wall_time.resolve(wall.replace(tzinfo=None, fold=0), zone, fold=wall.fold)
    return Moved(was=was, now=replace(was, starts_at=start, ends_at=start + (was.ends_at - was.starts_at)))


def held_anew(reads: Reads, visits: Sequence[Appointment]) -> tuple[Allocation, ...]:
    """What moved visits hold. What two clocks have brought onto one another stays, marked as beyond the capacity."""
    taken: dict[ResourceId, list[Allocation]] = {}
    made: list[Allocation] = []
    moving = {one.id for one in visits}
    for visit in sorted(visits, key=lambda one: (one.starts_at, one.id)):
        over = any(one.over for one in reads.allocations_of(visit.id))
        wanted = allocating.allocations_of(visit, over=over)
        if not over and not all(_has_room(reads, taken.get(one.resource_id, []), one, moving) for one in wanted):
            wanted = allocating.allocations_of(visit, over=True)
        for one in wanted:
            if not one.over:
                taken.setdefault(one.resource_id, []).append(one)
        made += wanted
    return tuple(made)


def _has_room(reads: Reads, taken: Sequence[Allocation], wanted: Allocation, moving: Set[AppointmentId]) -> bool:
    span = capacity.span_of(wanted)
    near = [one for one in taken[-_NEAR:] if one.starts_at < span.end and span.start < one.ends_at]
    # What another location has booked stays where it is.
    others = reads.overlapping([wanted.resource_id], span)
    near += [one for one in others if one.appointment_id not in moving and not one.over]
    resource = reads.find(Resource, wanted.resource_id)
    return resource is None or capacity.has_room(near, span, resource.capacity, units=wanted.units)
