"""Why a visit cannot stand at a start: every rule in the way, where a booking is told only the first."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.appointment import Allocation, Appointment, Segment
from shared.model.base import ResourceId, Span, replace
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.resource import Resource
from shared.model.service import Service
from shared.rules import allocating, booking, capacity, choosing, limits, merged, planning
from shared.rules.permissions import Capability, Scope, scope
from shared.rules.slots import Ask
from shared.store import Reads


def why_not(reads: Reads, ask: Ask, start: datetime, *, at: datetime, role: Role) -> tuple[Refusal, ...]:
    """Every rule against a visit at a start, as the refusals that each alone would give; empty where it would be taken.

    First what concerns the customer and the day, then the location, then each person and room. Where nobody in
    particular was asked for and nobody is free, what keeps each of those who could do it. Names of other customers are
    for those who may see the whole book.
    """
    found = [*_of_the_visit(reads, ask, start, at=at, role=role)]
    lacking: Refusal | None = None
    try:
        made = ask.at(reads, start)
    except Refusal as refusal:
        lacking = refusal
        try:
            made = ask.at(reads, start, over=True)
        except Refusal as never:
            # Even with everything free it could not be done here.
            return tuple(_once([*found, lacking, never]))
    found += _refusals(lambda: booking.require_sound(made.segments), lambda: planning.require_party(reads, made))
    if not booking.holds(reads, made):
        return tuple(found)
    seen = _Seen(reads, sees_all=scope(role, Capability.SEE_BOOK) is Scope.ALL)
    found += seen.against(made)
    if lacking is not None:
        found = [lacking, *found] + [one for other in _others(reads, ask, made, lacking) for one in seen.against(other)]
    return tuple(_once(found))


def _of_the_visit(reads: Reads, ask: Ask, start: datetime, *, at: datetime, role: Role) -> Sequence[Refusal]:
    visit, customer = replace(ask.visit, starts_at=start), ask.visit.customer_id
    is_new = reads.find(Appointment, visit.id) is None
    return _refusals(
        lambda: merged.require_bookable(reads, customer) if is_new and customer else None,
        lambda: booking.require_reach(reads, visit, at=at, role=role),
        lambda: limits.require_room_in_month(reads, start) if is_new else None,
    )


def _refusals(*checks: Callable[[], object]) -> Sequence[Refusal]:
    found = []
    for check in checks:
        try:
            check()
        except Refusal as refusal:
            found.append(refusal)
    return found


class _Seen:
    """Looks at the book as somebody may see it."""

    def __init__(self, reads: Reads, *, sees_all: bool) -> None:
        self._reads, self._sees_all = reads, sees_all

    def against(self, visit: Appointment) -> Iterator[Refusal]:
        """What is against a visit where it is: blocks, hours, and what others hold."""
        try:
            resources = booking.require_resources(self._reads, visit.resources)
        except Refusal as refusal:
            yield refusal
            return
        yield from booking.closed_by(self._reads, visit, resources)
        part_of, held = allocating.taking_part(visit), allocating.places_held(visit)
        for resource in resources:
            for span, units in held.get(resource.id, ()):
                yield from self._held(visit, resource, part_of[resource.id], span, units)

    def _held(
        self, visit: Appointment, resource: Resource, attended: Sequence[Span], span: Span, units: int
    ) -> Iterator[Refusal]:
        held = self._reads.overlapping([resource.id], span)
        taken = capacity.peak(held, span, visit=visit.id, capacity=resource.capacity)
        if taken + units <= resource.capacity:
            return
        if resource.capacity > 1 or units > 1:
            yield Refusal(
                Code.SLOT_TAKEN,
                resource=resource.id,
                resource_name=resource.name,
                capacity=resource.capacity,
                taken=taken,
                wanted=units,
            )
            return
        for other in capacity.in_the_way(held, visit.id, span):
            yield self._taken(resource, other, span, [one for one in attended if span.contains(one)])

    def _taken(self, resource: Resource, other: Allocation, held: Span, attended: Sequence[Span]) -> Refusal:
        theirs = self._reads.find(Appointment, other.appointment_id)
        whole = capacity.span_of(other)
        there = () if theirs is None else allocating.taking_part(theirs).get(resource.id, ())
        visits = [one for one in there if whole.contains(one)] or [whole]
        meets_visit = any(one.overlaps(part) for one in visits for part in attended)
        meets_buffer = any(whole.overlaps(part) for part in attended)
        reaches_visit = any(one.overlaps(held) for one in visits)
        buffer = "" if meets_visit else "theirs" if meets_buffer else "ours" if reaches_visit else "both"
        shown = whole if buffer == "theirs" else Span(visits[0].start, visits[-1].end)
        return Refusal(
            Code.SLOT_TAKEN,
            resource=resource.id,
            resource_name=resource.name,
            appointment=other.appointment_id,
            taken_from=instant_text(shown.start),
            taken_until=instant_text(shown.end),
            whose=self._whose(theirs),
            buffer=buffer,
        )

    def _whose(self, theirs: Appointment | None) -> str:
        if theirs is None or not self._sees_all:
            return ""
        customer = None if theirs.customer_id is None else self._reads.find(Customer, theirs.customer_id)
        return customer.name if customer is not None else theirs.segments[0].name if theirs.segments else ""


def _others(reads: Reads, ask: Ask, made: Appointment, lacking: Refusal) -> Iterator[Appointment]:
    """The visit with each other who could have done what nobody is free for."""
    kind, pool = lacking.details.get("kind"), lacking.details.get("pool")
    here = sorted(reads.resources_at(made.location_id), key=lambda one: (one.position, one.id))
    for number, (asked, segment) in enumerate(zip(ask.services, made.segments, strict=True)):
        service = None if segment.service_id is None else reads.find(Service, segment.service_id)
        if service is None or not asked.fill:
            continue
        fixed = planning.named_by(asked).fixed
        for need in choosing.needs_of(service, fixed):
            if need.kind.value != kind or need.pool != pool:
                continue
            able = [one.id for one in here if choosing.serves(one, need)]
            taken = [one for one in segment.resources if one in able and one not in fixed]
            for other in (one for one in able if one not in segment.resources):
                for gone in taken[:1]:
                    changed = _exchanged(segment, gone, other)
                    yield replace(made, segments=(*made.segments[:number], changed, *made.segments[number + 1 :]))


def _exchanged(segment: Segment, gone: ResourceId, other: ResourceId) -> Segment:
    resources = tuple(other if one == gone else one for one in segment.resources)
    parts = tuple(replace(one, resource_id=other) if one.resource_id == gone else one for one in segment.parts)
    return replace(segment, resources=resources, parts=parts)


def _once(refusals: Sequence[Refusal]) -> Iterator[Refusal]:
    """Each once, as it came first."""
    told: list[tuple[Code, dict[str, object]]] = []
    for one in refusals:
        if (one.code, one.details) not in told:
            told.append((one.code, one.details))
            yield one
