"""The sites of a business."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from annotated_types import MinLen

from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.appointment import Allocation, Appointment
from shared.model.base import LocationId, SeriesId, replace
from shared.model.business import Location
from shared.model.hours import TimeBlock
from shared.model.series import Series
from shared.mutations.fields import edited
from shared.mutations.registry import UNTOLD, Context, Line, Text, arguments
from shared.mutations.setup import Edits, changed, live, setup
from shared.rules import booking, limits, rezoning, wall_time
from shared.rules.permissions import Capability
from shared.rules.pieces import whole
from shared.store import Changes, Reads, Wanted

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
    after = edited(now, args.edits, editable=_LOCATION_FIELDS, contested=(), takes_back=ctx.takes_back)
    if now.archived and not after.archived:
        limits.require_room_for_one(reads, Location)
    return changed(now, after)


@arguments
class LocationRezone:
    """`location.rezone`: the clock of a site is another; with the same zone, its rules are others than they were."""

    location_id: LocationId
    was: Line
    zone: Line


def require_rezonable(reads: Reads, args: LocationRezone) -> Location:
    """The site that is to go by another clock; refused where it is not as it was seen, or there is no such clock."""
    now = booking.require_location(reads, args.location_id)
    wall_time.zone_of(args.zone)
    if now.zone != args.was:
        details = {"field": "zone", "was": args.was, "now": now.zone, "wanted": args.zone}
        raise Refusal(Code.CHANGED_MEANWHILE, subject=now.id, **details)
    return now


def rezone(reads: Reads, ctx: Context, args: LocationRezone) -> Changes:
    """Let a site go by another clock. Wall times stay, and what begins at another instant is told."""
    now = require_rezonable(reads, args)
    moved = whole(rezoning.rezoned(lambda: reads, now, args.zone, since=ctx.at))
    if not moved and now.zone == args.zone:
        return Changes()
    visits = [one.now for one in moved if isinstance(one.now, Appointment)]
    blocks = [one.now for one in moved if isinstance(one.now, TimeBlock)]
    anew = whole(rezoning.held_anew(lambda: reads, visits))
    kept = {one.id for one in anew}
    reads.read_ahead(Wanted(held_by=tuple(one.id for one in visits)))
    stale = (held.id for one in visits for held in reads.allocations_of(one.id) if held.id not in kept)
    elsewhere = [_told(one) for one in moved if one.is_elsewhere]
    return Changes(
        put=(replace(now, zone=args.zone), *visits, *anew, *blocks, *_series(reads, [*visits, *blocks], args.zone)),
        removed=tuple((Allocation, one) for one in stale),
        adjusted={"moved": elsewhere[:_TOLD], "count": len(elsewhere)} if elsewhere else {},
    )


def _told(one: rezoning.Moved) -> dict[str, str]:
    was, now = one.was, one.now
    kind = "visit" if isinstance(now, Appointment) else "block"
    return {"kind": kind, "id": now.id, "was": instant_text(was.starts_at), "now": instant_text(now.starts_at)}


def _series(reads: Reads, moved: Sequence[Appointment | TimeBlock], zone: str) -> Iterator[Series]:
    """The rules by which visits and blocks came: what is made by them later goes by the same clock."""
    origins = {one.origin if isinstance(one, TimeBlock) else one.series_id for one in moved}
    found = sorted(filter(None, origins))
    reads.read_ahead(Wanted(rows=tuple((Series, one) for one in found)))
    for row_id in found:
        # What came of an imported calendar has its UID for an origin, and no rule here.
        if (series := reads.find(Series, SeriesId(row_id))) is not None:
            yield replace(series, zone=zone)


_TOLD: Final = 1000
"""Visits and blocks that the answer lists at most; it counts them all."""

setup("location.create", LocationCreate, create_location, "location_id", Location)
setup("location.update", LocationUpdate, update_location, "location_id", Location)
setup(
    "location.rezone", LocationRezone, rezone, "location_id", Location, capability=Capability.MANAGE_BUSINESS,
    makes=lambda args: UNTOLD,
)  # fmt: skip
