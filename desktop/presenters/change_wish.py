"""What is booked in a visit as the dialog of its change shows it, and the edit that makes the visit what that says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time

from desktop.models.book_deeds import ChangeForm, ChangeLine
from desktop.operations import appointments
from desktop.operations.operation import Operation
from shared.model.appointment import Appointment, Segment
from shared.model.resource import Resource, ResourceKind
from shared.mutations.appointment.arguments import SegmentWish
from shared.rules import wall_time


def form_of(visit: Appointment, resources: Sequence[Resource]) -> ChangeForm:
    """A visit as it is booked."""
    lines = tuple(
        ChangeLine(
            service_id=segment.service_id or "",
            title=segment.name or "Visit",
            staff_id=_first(segment, ResourceKind.STAFF, resources),
            room_id=_first(segment, ResourceKind.ROOM, resources),
            place=place,
        )
        for place, segment in enumerate(visit.segments)
    )
    empty = ChangeForm(lines=lines, day=visit.starts_at.date(), start=time(), party=visit.party)
    return at(empty, visit.starts_at, visit.zone)


def at(form: ChangeForm, start: datetime, zone: str) -> ChangeForm:
    """The same at another start."""
    local = wall_time.local(start, zone)
    return replace(form, day=local.date(), start=time(local.hour, local.minute, fold=local.fold))


def start_of(form: ChangeForm, zone: str) -> datetime:
    """The instant that a form asks for."""
    return wall_time.resolve(datetime.combine(form.day, form.start), zone, fold=form.start.fold)


def change_of(visit: Appointment, form: ChangeForm, resources: Sequence[Resource]) -> Operation | None:
    """The edit that makes a visit what a form says; None where it is that already.

    A service that is booked keeps its length and price, and whoever else takes part in it.
    """
    start, was = start_of(form, visit.zone), form_of(visit, resources)
    if (start, form.lines, form.party) == (visit.starts_at, was.lines, visit.party):
        return None
    segments = [_wish(line, was, visit) for line in form.lines]
    return appointments.reschedule(
        visit,
        start=start,
        segments=None if form.lines == was.lines else segments,
        party=None if form.party == visit.party else form.party,
        override=None if form.override is None else form.override.strip(),
        label="change of what is booked",
    )


def _wish(line: ChangeLine, was: ChangeForm, visit: Appointment) -> SegmentWish:
    if line.place is None:
        chosen = [one for one in (line.staff_id, line.room_id) if one]
        return appointments.wish(line.service_id or None, chosen, line.minutes, fill=bool(line.service_id))
    segment, before = visit.segments[line.place], was.lines[line.place]
    if line == before:
        return appointments.wish(segment.service_id, segment.resources, segment.minutes)
    taking: list[str] = list(segment.resources)
    for old, new in ((before.staff_id, line.staff_id), (before.room_id, line.room_id)):
        if old != new:
            taking = [new if one == old else one for one in taking] if old else [*taking, new]
    unlike = list(dict.fromkeys(one for one in taking if one))
    return appointments.wish(segment.service_id, unlike, segment.minutes, fill=segment.service_id is not None)


def _first(segment: Segment, kind: ResourceKind, resources: Sequence[Resource]) -> str:
    kinds = {one.id: one.kind for one in resources}
    return next((one for one in segment.resources if kinds.get(one) is kind), "")
