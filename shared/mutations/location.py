"""The sites of a business."""

from typing import Annotated

from annotated_types import MinLen

from shared.model.base import (
    LocationId,
)
from shared.model.business import Location
from shared.mutations.fields import edited
from shared.mutations.registry import Context, Line, Text, arguments
from shared.mutations.setup import Edits, changed, live, setup
from shared.rules import limits, wall_time
from shared.store import Changes, Reads

_LOCATION_FIELDS = frozenset({"name", "address", "archived"})


@arguments
class LocationCreate:
    """`location.create`."""

    location_id: LocationId
    name: Annotated[Line, MinLen(1)]
    zone: Line
    address: Text = ""


@arguments
class LocationUpdate:
    """`location.update`."""

    location_id: LocationId
    edits: Edits


def create_location(reads: Reads, ctx: Context, args: LocationCreate) -> Changes:
    """Add a site."""
    if reads.find(Location, args.location_id) is not None:
        return Changes()
    wall_time.zone_of(args.zone)
    limits.require_room_for_one(reads, Location)
    return Changes(put=(Location(id=args.location_id, name=args.name, zone=args.zone, address=args.address),))


def update_location(reads: Reads, ctx: Context, args: LocationUpdate) -> Changes:
    """Change a site; its zone stays what it is."""
    now = live(reads.find(Location, args.location_id), "location", args.location_id, args.edits)
    after = edited(now, args.edits, editable=_LOCATION_FIELDS, contested=())
    if now.archived and not after.archived:
        limits.require_room_for_one(reads, Location)
    return changed(now, after)


setup("location.create", LocationCreate, create_location, "location_id", Location)
setup("location.update", LocationUpdate, update_location, "location_id", Location)
