"""What an appointment holds: each resource in the phases in which it takes part, with its buffers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from shared import ids
from shared.model.appointment import Allocation, Appointment, Part, Segment
from shared.model.base import AllocationId, ResourceId, Span
from shared.model.service import During
from shared.rules.hours import join


def allocations_of(appointment: Appointment, *, over: bool = False) -> tuple[Allocation, ...]:
    """What the appointment holds, buffers included: one row for each unbroken span of each resource.

    The segments follow one another from the start of the visit; where two of them that meet take the same resource,
    their spans are one. Where they take different numbers of its places, the larger counts while both do. The ids are
    derived, so that every desk and the server make the same rows.
    """
    return tuple(
        Allocation(
            id=AllocationId(ids.derived_id("allocation", appointment.id, resource, str(index))),
            appointment_id=appointment.id,
            resource_id=resource,
            starts_at=span.start,
            ends_at=span.end,
            over=over,
            units=units,
        )
        for resource, taken in places_held(appointment).items()
        for index, (span, units) in enumerate(taken)
    )


def places_held(appointment: Appointment) -> Mapping[ResourceId, Sequence[tuple[Span, int]]]:
    """When each resource is held, in order and without overlap, and how many of its places."""
    spans: dict[ResourceId, list[tuple[Span, int]]] = {}
    begins = appointment.starts_at
    for segment in appointment.segments:
        throughout = [(span, 1) for span in held(segment, begins, None)]
        parts = {part.resource_id: part for part in segment.parts}
        for resource in segment.resources:
            part = parts.get(resource)
            taken = throughout if part is None else [(span, part.units) for span in held(segment, begins, part)]
            spans.setdefault(resource, []).extend(taken)
        begins += timedelta(minutes=segment.minutes)
    return {resource: _joined(taken) for resource, taken in spans.items() if taken}


def held(segment: Segment, begins: datetime, part: Part | None) -> Iterator[Span]:
    """When a resource is held for a segment. A buffer belongs to whoever is there when the visit begins or ends."""
    before, after = timedelta(minutes=segment.before), timedelta(minutes=segment.after)
    ends = begins + timedelta(minutes=segment.minutes)
    for span in attended(segment, begins, part):
        start = span.start - before if span.start == begins else span.start
        yield Span(start, span.end + after if span.end == ends else span.end)


def attended(segment: Segment, begins: datetime, part: Part | None) -> Iterator[Span]:
    """When a resource takes part in a segment, without buffers: in one span, or in two around what takes effect.

    In none where its phases have no length: then it is not held for the buffers either.
    """
    ends = begins + timedelta(minutes=segment.minutes)
    if part is None or part.during is During.ALL:
        yield Span(begins, ends)
        return
    pause = begins + timedelta(minutes=segment.active)
    resumes = pause + timedelta(minutes=segment.processing)
    if pause == ends or (part.during is During.HANDS_ON and pause == resumes):
        yield Span(begins, ends)
        return
    if begins < pause:
        yield Span(begins, pause)
    if part.during is During.HANDS_ON and resumes < ends:
        yield Span(resumes, ends)


def taking_part(appointment: Appointment) -> Mapping[ResourceId, Sequence[Span]]:
    """When each resource takes part in a visit, without buffers, in order."""
    spans: dict[ResourceId, list[Span]] = {}
    begins = appointment.starts_at
    for segment in appointment.segments:
        throughout = tuple(attended(segment, begins, None))
        parts = {part.resource_id: part for part in segment.parts}
        for resource in segment.resources:
            part = parts.get(resource)
            spans.setdefault(resource, []).extend(throughout if part is None else attended(segment, begins, part))
        begins += timedelta(minutes=segment.minutes)
    return spans


def _joined(taken: list[tuple[Span, int]]) -> Sequence[tuple[Span, int]]:
    """The same stretches in order, none overlapping, those that meet made one where they take as many places."""
    if len(taken) == 1:
        return taken
    if len({units for _, units in taken}) == 1:
        units = taken[0][1]
        return [(span, units) for span in join(span for span, _ in taken)]
    edges = sorted({edge for span, _ in taken for edge in (span.start, span.end)})
    joined: list[tuple[Span, int]] = []
    for start, end in pairwise(edges):
        units = max((one for span, one in taken if span.start <= start and end <= span.end), default=0)
        if units and joined and joined[-1][0].end == start and joined[-1][1] == units:
            joined[-1] = (Span(joined[-1][0].start, end), units)
        elif units:
            joined.append((Span(start, end), units))
    return joined
