"""Whether an appointment can stand where it is put, and what it holds there."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, timedelta

from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.appointment import Allocation, Appointment, Part, Segment
from shared.model.base import AppointmentId, LocationId, OwnerId, ResourceId, Span, replace
from shared.model.business import Location
from shared.model.hours import HoursException, HoursRule
from shared.model.member import Role
from shared.model.registry import Entity
from shared.model.resource import Resource
from shared.model.service import During
from shared.rules import allocating, capacity, hours, status
from shared.rules.permissions import Capability, Scope, scope
from shared.store import Changes, Reads

LONGEST = 24 * 60
"""Minutes that a visit may last, buffers not counted."""

LONGEST_BUFFER = 12 * 60
"""Minutes that one buffer may last: it bounds how far back a store looks for what overlaps."""

MOST_BESIDE = 1000
"""Visits beside which one that comes back over a rule may stand."""


def visit_of(appointment: Appointment) -> Span:
    """The visit without its buffers."""
    return Span(appointment.starts_at, appointment.ends_at)


def require_sound(segments: Sequence[Segment]) -> None:
    """Refuse a visit that is no visit: no length, more than a day, no resource, or one resource twice."""
    lengths = [segment.minutes for segment in segments]
    if not lengths or min(lengths) <= 0 or sum(lengths) > LONGEST:
        raise Refusal(Code.INVALID, what="length", minutes=sum(lengths))
    for segment in segments:
        if min(segment.active, segment.processing, segment.finishing) < 0:
            raise Refusal(Code.INVALID, what="length", minutes=segment.minutes)
        if not (0 <= segment.before <= LONGEST_BUFFER and 0 <= segment.after <= LONGEST_BUFFER):
            raise Refusal(Code.INVALID, what="buffer", minutes=max(segment.before, segment.after))
        if not segment.resources:
            raise Refusal(Code.INVALID, what="no_resource")
        if len(set(segment.resources)) != len(segment.resources):
            raise Refusal(Code.INVALID, what="resource_twice")
        if not all(part.resource_id in segment.resources and part.units >= 1 for part in segment.parts):
            raise Refusal(Code.INVALID, what="part")


def require_resources(reads: Reads, wanted: Sequence[ResourceId]) -> tuple[Resource, ...]:
    """The resources of these ids; one that is unknown or archived is refused."""
    found: list[Resource] = []
    for one in wanted:
        resource = reads.find(Resource, one)
        if resource is None:
            raise Refusal(Code.NOT_FOUND, what="resource", subject=one)
        if resource.archived:
            raise Refusal(Code.ARCHIVED, what="resource", name=resource.name, subject=one)
        found.append(resource)
    return tuple(found)


def require_room(
    reads: Reads, appointment: Appointment, *, but: Collection[AppointmentId] = ()
) -> tuple[Allocation, ...]:
    """What the appointment would hold; refused where a resource is full at any instant of it.

    What the appointment itself holds already does not count against it; all that others hold does, over a rule or not,
    but what these hold over a rule.
    """
    wanted = allocating.allocations_of(appointment)
    for one in wanted:
        resource = reads.find(Resource, one.resource_id)
        span, visit = capacity.span_of(one), appointment.id
        near = reads.overlapping([one.resource_id], span)
        held = [other for other in near if not (other.over and other.appointment_id in but)] if but else near
        if resource is None or not capacity.has_room(held, span, resource.capacity, units=one.units, visit=visit):
            raise Refusal(Code.SLOT_TAKEN, **_in_the_way(resource, capacity.in_the_way(held, visit, span), span))
    return wanted


def _in_the_way(resource: Resource | None, held: Sequence[Allocation], span: Span) -> dict[str, object]:
    nearest = next(iter(held), None)
    return {
        "resource": resource.id if resource else None,
        "resource_name": resource.name if resource else "",
        "start": instant_text(span.start),
        "end": instant_text(span.end),
        "appointment": nearest.appointment_id if nearest else None,
        "taken_from": instant_text(nearest.starts_at) if nearest else None,
        "taken_until": instant_text(nearest.ends_at) if nearest else None,
    }


def free_places(reads: Reads, visit: Appointment, segment: Segment, resource: Resource, during: During) -> int:
    """How many places of a resource are free for a segment that goes on with a visit; 0 where it is closed or blocked.

    What the visit itself holds does not count.
    """
    begins = visit.ends_at
    part = Part(resource_id=resource.id, during=during)
    attended = tuple(allocating.attended(segment, begins, part))
    if not attended:
        return resource.capacity
    around = Span(attended[0].start, attended[-1].end)
    if any(
        block.starts_at < one.end and one.start < block.ends_at
        for block in reads.blocks([resource.id], around)
        for one in attended
    ):
        return 0
    first, last = hours.days_of(around, visit.zone)
    owner = OwnerId(resource.id)
    rules, dated = reads.hours([owner]), reads.exceptions([owner], first - timedelta(days=1), last)
    open_at = open_spans_of(owner, rules, dated, visit.zone, (first, last))
    if open_at is not None and not all(any(span.contains(one) for span in open_at) for one in attended):
        return 0
    return min(
        resource.capacity - _peak(reads, visit, resource, span) for span in allocating.held(segment, begins, part)
    )


def _peak(reads: Reads, visit: Appointment, resource: Resource, span: Span) -> int:
    held = reads.overlapping([resource.id], span)
    return capacity.peak(held, span, visit=visit.id, capacity=resource.capacity)


def require_open(reads: Reads, appointment: Appointment, resources: Sequence[Resource]) -> None:
    """Refuse a visit outside the hours of its location, or where a resource that takes part has none or is blocked.

    An owner without any rule or exception keeps the location's hours, a location without any is always open. A resource
    answers for the phases in which it takes part.
    """
    for refusal in closed_by(reads, appointment, resources):
        raise refusal


def closed_by(reads: Reads, appointment: Appointment, resources: Sequence[Resource]) -> Iterator[Refusal]:
    """Each block and each one's hours that a visit does not keep to."""
    visit = visit_of(appointment)
    part_of = allocating.taking_part(appointment)
    yield from _blocks_in_the_way(reads, visit, part_of, resources)
    first, last = hours.days_of(visit, appointment.zone)
    owners = [OwnerId(appointment.location_id), *(OwnerId(one.id) for one in resources)]
    rules, dated = reads.hours(owners), reads.exceptions(owners, first - timedelta(days=1), last)
    names = {OwnerId(one.id): one.name for one in resources}
    for owner in owners:
        open_at = open_spans_of(owner, rules, dated, appointment.zone, (first, last))
        wanted = part_of.get(ResourceId(owner), (visit,))
        if open_at is not None and not all(any(span.contains(one) for span in open_at) for one in wanted):
            yield Refusal(
                Code.OUTSIDE_HOURS,
                resource=owner,
                resource_name=names.get(owner, ""),
                start=instant_text(visit.start),
                end=instant_text(visit.end),
                zone=appointment.zone,
            )


def _blocks_in_the_way(
    reads: Reads, visit: Span, part_of: Mapping[ResourceId, Sequence[Span]], resources: Sequence[Resource]
) -> Iterator[Refusal]:
    blocks = reads.blocks([one.id for one in resources], visit)
    names = {one.id: one.name for one in resources} if blocks else {}
    # In the same order in every store: what is told of a refusal is part of the history.
    for block in sorted(blocks, key=lambda one: (one.starts_at, one.id)):
        if any(span.start < block.ends_at and block.starts_at < span.end for span in part_of[block.resource_id]):
            yield Refusal(
                Code.BLOCKED,
                resource=block.resource_id,
                resource_name=names[block.resource_id],
                reason=block.reason,
                start=instant_text(block.starts_at),
                end=instant_text(block.ends_at),
            )


def open_spans_of(
    owner: OwnerId,
    rules: Sequence[HoursRule],
    exceptions: Sequence[HoursException],
    zone: str,
    days: tuple[date, date],
) -> tuple[Span, ...] | None:
    """When one owner is open on local days; None for one that has no hours of its own."""
    own_rules = [rule for rule in rules if rule.owner_id == owner]
    own_exceptions = [one for one in exceptions if one.owner_id == owner]
    if not own_rules and not own_exceptions:
        return None
    return hours.open_spans(own_rules, own_exceptions, zone, *days)


def require_location(reads: Reads, location_id: LocationId) -> Location:
    """The location of this id; unknown or archived is refused."""
    location = reads.find(Location, location_id)
    if location is None:
        raise Refusal(Code.NOT_FOUND, what="location", subject=location_id)
    if location.archived:
        raise Refusal(Code.ARCHIVED, what="location", name=location.name, subject=location_id)
    return location


def holds(reads: Reads, appointment: Appointment) -> bool:
    """Whether the appointment's status holds its allocations under the tenant's policy."""
    return status.holds(appointment.status, requests_hold=reads.business().requests_hold)


def place(
    reads: Reads,
    wish: Appointment,
    *,
    at: datetime,
    role: Role,
    override: str | None = None,
    over: Collection[AppointmentId] | None = None,
    comes_back: bool = False,
) -> Changes:
    """Put an appointment where it was wished for, with the allocations that its status holds.

    `at` is when the wish was made. An `override` is the reason of somebody who may pass over hours, blocks and
    capacity; what it holds is marked, and takes its place like all else from whoever comes after it.
    Of one that comes back, `over` are those whose places it passed over before: it does so again, and over nobody
    else's. Where it stood by the rules itself, they are those who were let in over it and stand there still: passed
    over by nobody but who takes back (`comes_back`) what they have done themselves.
    """
    require_sound(wish.segments)
    resources = require_resources(reads, wish.resources)
    require_reach(reads, wish, at=at, role=role)
    if not holds(reads, wish):
        return with_allocations(reads, wish, ())
    if override is not None:
        if over is not None and not {*beside(reads, allocating.allocations_of(wish), wish.id)} <= {*over}:
            require_room(reads, wish)
        overridden = replace(wish, override_reason=override)
        return with_allocations(reads, overridden, allocating.allocations_of(wish, over=True))
    require_open(reads, wish, resources)
    # Where it stands by the rules, no reason of an earlier place counts any more.
    by_rule = replace(wish, override_reason="") if wish.override_reason else wish
    return with_allocations(reads, by_rule, require_room(reads, wish, but=over if comes_back and over else ()))


def stood_over(reads: Reads, visit: Appointment) -> tuple[AppointmentId, ...]:
    """Beside whom a visit may come back: who stands there, or, where it stands by the rules, who stands over one.

    At most `MOST_BESIDE`.
    """
    held = reads.allocations_of(visit.id)
    found = beside(reads, held, visit.id, over_a_rule=not visit.override_reason)
    return tuple(sorted(found))[:MOST_BESIDE]


def beside(
    reads: Reads, held: Sequence[Allocation], visit: AppointmentId, *, over_a_rule: bool = False
) -> Set[AppointmentId]:
    """Who else holds any of the same places at any of the same time: all of them, or those over a rule alone."""
    near = (other for one in held for other in reads.overlapping([one.resource_id], capacity.span_of(one)))
    return {one.appointment_id for one in near if one.over or not over_a_rule} - {visit}


def require_reach(reads: Reads, wish: Appointment, *, at: datetime, role: Role) -> None:
    """Refuse a start that is further ahead than the business books, or nearer than a customer may."""
    business = reads.business()
    if wish.starts_at > at + timedelta(days=business.max_advance):
        raise Refusal(Code.TOO_FAR_AHEAD, days=business.max_advance, start=instant_text(wish.starts_at))
    own_only = scope(role, Capability.BOOK) is Scope.OWN
    if own_only and wish.starts_at < at + timedelta(minutes=business.min_notice):
        raise Refusal(Code.TOO_SOON, minutes=business.min_notice, start=instant_text(wish.starts_at))


def with_allocations(reads: Reads, appointment: Appointment, wanted: Sequence[Allocation]) -> Changes:
    """The appointment and what it is to hold, as changes to what it holds now."""
    kept = {one.id for one in wanted}
    before = {one.id: one for one in reads.allocations_of(appointment.id)}
    changed: tuple[Entity, ...] = tuple(one for one in wanted if before.get(one.id) != one)
    stale: tuple[tuple[type[Entity], str], ...] = tuple((Allocation, gone) for gone in before if gone not in kept)
    return Changes(put=(appointment, *changed), removed=stale)
