"""What can be booked: people, rooms and equipment."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Literal

from annotated_types import Ge, Le, MinLen

from shared.errors import Code, Refusal
from shared.model.base import (
    LocationId,
    ResourceId,
    Span,
    UserId,
)
from shared.model.member import Member
from shared.model.resource import Resource, ResourceKind
from shared.mutations.fields import edited
from shared.mutations.registry import Context, Line, arguments
from shared.mutations.setup import Edits, changed, live, setup
from shared.rules import booking, limits
from shared.rules.capacity import beyond
from shared.store import Changes, Reads

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


def update_resource(reads: Reads, ctx: Context, args: ResourceUpdate) -> Changes:
    """Change a resource. A lowered capacity keeps what exists, and marks what has no room any more as `over`."""
    now = live(reads.find(Resource, args.resource_id), "resource", args.resource_id, args.edits)
    after = edited(now, args.edits, editable=_RESOURCE_FIELDS, contested=())
    if not 1 <= after.capacity <= 10_000:
        raise Refusal(Code.INVALID, what="value", field="capacity")
    if now.archived and not after.archived:
        limits.require_room_for_one(reads, Resource)
    if after.capacity >= now.capacity:
        return changed(now, after)
    held = [one for one in reads.overlapping((now.id,), _ALWAYS) if not one.over]
    return Changes(put=(after, *(replace(one, over=True) for one in beyond(held, after.capacity))))


setup("resource.create", ResourceCreate, create_resource, "resource_id", Resource, version=2)
setup("resource.update", ResourceUpdate, update_resource, "resource_id", Resource, version=2)
