"""What can be booked: people, rooms and equipment."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from annotated_types import Ge, Le, MinLen

from shared import ids
from shared.errors import Code, Refusal
from shared.model.appointment import Allocation, Appointment
from shared.model.base import LocationId, ResourceId, Span, UserId, replace
from shared.model.member import Member
from shared.model.resource import Resource, ResourceKind
from shared.mutations.fields import edited, require_seen, values_of
from shared.mutations.registry import Context, Line, arguments
from shared.mutations.setup import Edits, changed, live, setup
from shared.rules import booking, limits
from shared.rules.capacity import beyond
from shared.store import Changes, Reads, Wanted

_RESOURCE_FIELDS = frozenset({"name", "capacity", "colour", "position", "archived", "pool"})
_ALWAYS = Span(datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
"""All the time in which there can be an appointment."""


@arguments
class ResourceCreate:
    """`resource.create`."""

    resource_id: ResourceId
    location_id: LocationId
    kind: Literal["STAFF", "ROOM", "EQUIPMENT"]
    name: Annotated[Line, MinLen(1)]
    capacity: Annotated[int, Ge(1), Le(10_000)] = 1
    colour: Line = ""
    position: Annotated[int, Ge(0), Le(100_000)] = 0
    member_id: UserId | None = None
    pool: Line = ""
    """What it is one of, such as `Treatment room`."""


@arguments
class ResourceUpdate:
    """`resource.update`."""

    resource_id: ResourceId
    edits: Edits


def create_resource(reads: Reads, ctx: Context, args: ResourceCreate) -> Changes:
    """Add a person, a room or a piece of equipment."""
    if reads.find(Resource, args.resource_id) is not None:
        return Changes()
    booking.require_location(reads, args.location_id)
    if args.member_id is not None and reads.find(Member, args.member_id) is None:
        raise Refusal(Code.NOT_FOUND, what="member", subject=args.member_id)
    limits.require_room_for_one(reads, Resource)
    made = Resource(
        id=args.resource_id,
        location_id=args.location_id,
        kind=ResourceKind(args.kind),
        name=args.name,
        capacity=args.capacity,
        colour=args.colour,
        position=args.position,
        member_id=args.member_id,
        pool=args.pool,
    )
    return Changes(put=(made,))


def _with_member(reads: Reads, now: Resource, wanted: Any) -> Resource:
    if wanted is None:
        return replace(now, member_id=None)
    if not (isinstance(wanted, str) and ids.is_id(wanted)):
        raise Refusal(Code.INVALID, what="value", field="member_id")
    if reads.find(Member, wanted) is None:
        raise Refusal(Code.NOT_FOUND, what="member", subject=wanted)
    return replace(now, member_id=UserId(wanted))


def _of_kind(reads: Reads, now: Resource, wanted: Any) -> Resource:
    if wanted not in set(ResourceKind):
        raise Refusal(Code.INVALID, what="value", field="kind")
    _require_never_booked(reads, now)
    return replace(now, kind=ResourceKind(wanted))


def _at_location(reads: Reads, now: Resource, wanted: Any) -> Resource:
    if not (isinstance(wanted, str) and ids.is_id(wanted)):
        raise Refusal(Code.INVALID, what="value", field="location_id")
    location = booking.require_location(reads, LocationId(wanted))
    _require_never_booked(reads, now)
    return replace(now, location_id=location.id)


def _require_never_booked(reads: Reads, now: Resource) -> None:
    # Visits that are over are shown in its column, too, at the location where they were.
    if reads.overlapping((now.id,), _ALWAYS):
        raise Refusal(Code.IN_USE, what="resource", name=now.name, subject=now.id)


_CHECKED: Final[Mapping[str, Callable[[Reads, Resource, Any], Resource]]] = {
    "member_id": _with_member,
    "kind": _of_kind,
    "location_id": _at_location,
}
"""Fields that are more than a value of their own."""


def update_resource(reads: Reads, ctx: Context, args: ResourceUpdate) -> Changes:
    """Change a resource. Another capacity keeps what exists, and marks as `over` what has no room, and that alone.

    What it is and where it stands can be changed until it is booked for the first time.
    """
    now = live(reads.find(Resource, args.resource_id), "resource", args.resource_id, args.edits)
    plain = [edit for edit in args.edits if edit.field not in _CHECKED]
    after = edited(now, plain, editable=_RESOURCE_FIELDS, contested=(), takes_back=ctx.takes_back)
    seen = values_of(now)
    for edit in args.edits:
        if edit.field in _CHECKED and edit.value != seen[edit.field]:
            if ctx.takes_back:
                require_seen(now.id, edit, seen[edit.field])
            after = _CHECKED[edit.field](reads, after, edit.value)
    if not 1 <= after.capacity <= 10_000:
        raise Refusal(Code.INVALID, what="value", field="capacity")
    if now.archived and not after.archived:
        limits.require_room_for_one(reads, Resource)
    if after.capacity == now.capacity:
        return changed(now, after)
    return Changes(put=(after, *_marked_anew(reads, after)))


def _marked_anew(reads: Reads, resource: Resource) -> Iterator[Allocation]:
    """What a resource holds that has no room any more, or has it again.

    What stands over a rule by a reason stays so, and takes no room from the others.
    """
    held = reads.overlapping((resource.id,), _ALWAYS)
    over = tuple(one.appointment_id for one in held if one.over)
    reads.read_ahead(Wanted(rows=tuple((Appointment, row_id) for row_id in over)))
    visits = (reads.find(Appointment, row_id) for row_id in over)
    by_reason = {one.id for one in visits if one is not None and one.override_reason}
    by_rule = [one for one in held if one.appointment_id not in by_reason]
    without_room = {one.id for one in beyond(by_rule, resource.capacity)}
    for one in by_rule:
        if one.over != (one.id in without_room):
            yield replace(one, over=not one.over)


setup("resource.create", ResourceCreate, create_resource, "resource_id", Resource, version=2)
setup("resource.update", ResourceUpdate, update_resource, "resource_id", Resource, version=2)
