"""What an owner sets up: the business, its sites, resources, services and opening hours."""

from collections.abc import Callable
from datetime import date
from operator import attrgetter
from typing import Annotated, Any, Literal, TypeVar

from annotated_types import Ge, Le, MaxLen, MinLen

from shared import ids
from shared.errors import Code, Refusal
from shared.model.base import (
    BusinessId,
    HoursExceptionId,
    HoursRuleId,
    LocationId,
    OwnerId,
    ResourceId,
    ServiceId,
    UserId,
)
from shared.model.business import Business, Location
from shared.model.hours import HoursException, HoursRule
from shared.model.member import Member
from shared.model.registry import Entity
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Need, Service
from shared.mutations.fields import FieldEdit, edited
from shared.mutations.registry import Context, Line, Mutation, Text, arguments, register
from shared.rules import booking, wall_time
from shared.rules.permissions import Capability, may
from shared.store import Changes, Reads, Wanted

Minutes = Annotated[int, Ge(0), Le(booking.LONGEST)]
DEAREST = 10**12
"""Minor units: a visit's sum of such prices is still a number that every JSON reader keeps exact."""
Money = Annotated[int, Ge(0), Le(DEAREST)]
_Edits = Annotated[tuple[FieldEdit, ...], MinLen(1), MaxLen(30)]

_LONGEST_WINDOW = 366 * 24 * 60
"""Minutes: far beyond any notice, far short of what a calendar cannot count."""
_BUSINESS_FIELDS = frozenset(
    {"name", "locale", "first_day_of_week", "slot_step", "min_notice", "max_advance", "cancel_window"}
    | {"requests_hold", "series_clash"}
)
_LOCATION_FIELDS = frozenset({"name", "address", "archived"})
_RESOURCE_FIELDS = frozenset({"name", "capacity", "colour", "position", "archived"})
_SERVICE_FIELDS = frozenset(
    {"name", "category", "colour", "price", "before", "active", "processing", "finishing", "after", "archived"}
)


@arguments
class BusinessUpdate:
    """`business.update`."""

    business_id: BusinessId
    edits: _Edits


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
    edits: _Edits


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


@arguments
class ResourceUpdate:
    """`resource.update`."""

    resource_id: ResourceId
    edits: _Edits


@arguments
class NeedWish:
    """One thing that a service needs: any of these, or any of the kind."""

    kind: Literal["STAFF", "ROOM", "EQUIPMENT"]
    any_of: Annotated[tuple[ResourceId, ...], MaxLen(500)] = ()


@arguments
class ServiceCreate:
    """`service.create`; phases in minutes, price in minor units."""

    service_id: ServiceId
    name: Annotated[Line, MinLen(1)]
    category: Line = ""
    colour: Line = ""
    price: Money = 0
    before: Annotated[int, Ge(0), Le(booking.LONGEST_BUFFER)] = 0
    active: Annotated[int, Ge(1), Le(booking.LONGEST)]
    processing: Minutes = 0
    finishing: Minutes = 0
    after: Annotated[int, Ge(0), Le(booking.LONGEST_BUFFER)] = 0
    needs: Annotated[tuple[NeedWish, ...], MaxLen(20)] = ()


@arguments
class ServiceUpdate:
    """`service.update`."""

    service_id: ServiceId
    edits: _Edits


@arguments
class Opening:
    """One opening of `hours.set`; minutes of the local day, beyond 1440 on the next."""

    opens: Annotated[int, Ge(0), Le(1440)]
    closes: Annotated[int, Ge(1), Le(2880)]


@arguments
class HoursSet:
    """`hours.set`: one day of an owner's week, whole; no opening means closed."""

    owner_id: OwnerId
    weekday: Annotated[int, Ge(0), Le(6)]
    openings: Annotated[tuple[Opening, ...], MaxLen(10)]


@arguments
class HoursExcept:
    """`hours.except`: an owner's hours on one date; null opens means closed all day."""

    owner_id: OwnerId
    day: date
    opens: Annotated[int, Ge(0), Le(1440)] | None = None
    closes: Annotated[int, Ge(1), Le(2880)] | None = None
    reason: Line = ""


def update_business(reads: Reads, ctx: Context, args: BusinessUpdate) -> Changes:
    """Change the business's own row; zone and currency stay what they are."""
    now = reads.business()
    if now.id != args.business_id:
        raise Refusal(Code.NOT_FOUND, what="business", subject=args.business_id)
    after = edited(now, args.edits, editable=_BUSINESS_FIELDS, contested=())
    fits = {
        "first_day_of_week": 0 <= after.first_day_of_week <= 6,
        "slot_step": after.slot_step in (5, 10, 15, 20, 30, 60),
        "min_notice": 0 <= after.min_notice <= _LONGEST_WINDOW,
        "cancel_window": 0 <= after.cancel_window <= _LONGEST_WINDOW,
        "max_advance": 1 <= after.max_advance <= 3660,
        "series_clash": after.series_clash in ("part", "refuse"),
    }
    for field, fit in fits.items():
        if not fit:
            raise Refusal(Code.INVALID, what="value", field=field)
    return _changed(now, after)


def create_location(reads: Reads, ctx: Context, args: LocationCreate) -> Changes:
    """Add a site."""
    if reads.find(Location, args.location_id) is not None:
        return Changes()
    wall_time.zone_of(args.zone)
    return Changes(put=(Location(id=args.location_id, name=args.name, zone=args.zone, address=args.address),))


def update_location(reads: Reads, ctx: Context, args: LocationUpdate) -> Changes:
    """Change a site; its zone stays what it is."""
    now = _existing(reads.find(Location, args.location_id), "location", args.location_id)
    return _changed(now, edited(now, args.edits, editable=_LOCATION_FIELDS, contested=()))


def create_resource(reads: Reads, ctx: Context, args: ResourceCreate) -> Changes:
    """Add a person, a room or a piece of equipment."""
    if reads.find(Resource, args.resource_id) is not None:
        return Changes()
    booking.require_location(reads, args.location_id)
    if args.member_id is not None and reads.find(Member, args.member_id) is None:
        raise Refusal(Code.NOT_FOUND, what="member", subject=args.member_id)
    made = Resource(
        id=args.resource_id,
        location_id=args.location_id,
        kind=ResourceKind(args.kind),
        name=args.name,
        capacity=args.capacity,
        colour=args.colour,
        position=args.position,
        member_id=args.member_id,
    )
    return Changes(put=(made,))


def update_resource(reads: Reads, ctx: Context, args: ResourceUpdate) -> Changes:
    """Change a resource. A lowered capacity refuses nothing that exists."""
    now = _existing(reads.find(Resource, args.resource_id), "resource", args.resource_id)
    after = edited(now, args.edits, editable=_RESOURCE_FIELDS, contested=())
    if not 1 <= after.capacity <= 10_000:
        raise Refusal(Code.INVALID, what="value", field="capacity")
    return _changed(now, after)


def create_service(reads: Reads, ctx: Context, args: ServiceCreate) -> Changes:
    """Add a service."""
    if reads.find(Service, args.service_id) is not None:
        return Changes()
    made = Service(
        id=args.service_id,
        name=args.name,
        category=args.category,
        colour=args.colour,
        price=args.price,
        before=args.before,
        active=args.active,
        processing=args.processing,
        finishing=args.finishing,
        after=args.after,
        needs=tuple(Need(kind=ResourceKind(need.kind), any_of=need.any_of) for need in args.needs),
    )
    return Changes(put=(_sound(made),))


def update_service(reads: Reads, ctx: Context, args: ServiceUpdate) -> Changes:
    """Change a service; what is booked keeps the snapshot it was booked with."""
    now = _existing(reads.find(Service, args.service_id), "service", args.service_id)
    if any(edit.field == "price" for edit in args.edits) and not may(ctx.actor.role, Capability.SET_PRICES):
        raise Refusal(Code.NOT_ALLOWED, capability=Capability.SET_PRICES.value, role=ctx.actor.role.value)
    return _changed(now, _sound(edited(now, args.edits, editable=_SERVICE_FIELDS, contested=())))


def _sound(service: Service) -> Service:
    phases = (service.before, service.active, service.processing, service.finishing, service.after)
    if not 0 <= service.price <= DEAREST:
        raise Refusal(Code.INVALID, what="value", field="price")
    if min(phases) < 0 or not 0 < service.minutes <= booking.LONGEST:
        raise Refusal(Code.INVALID, what="length", minutes=service.minutes)
    if max(service.before, service.after) > booking.LONGEST_BUFFER:
        raise Refusal(Code.INVALID, what="buffer", minutes=max(service.before, service.after))
    return service


def set_hours(reads: Reads, ctx: Context, args: HoursSet) -> Changes:
    """Replace one weekday of an owner's hours. Appointments outside the new hours stay where they are."""
    for opening in args.openings:
        if opening.closes <= opening.opens:
            raise Refusal(Code.INVALID, what="hours", opens=opening.opens, closes=opening.closes)
    _require_owner(reads, args.owner_id)
    before = [rule for rule in reads.hours([args.owner_id]) if rule.weekday == args.weekday]
    wanted = tuple(
        HoursRule(
            id=HoursRuleId(ids.derived_id("hours", args.owner_id, str(args.weekday), str(index))),
            owner_id=args.owner_id,
            weekday=args.weekday,
            opens=opening.opens,
            closes=opening.closes,
        )
        for index, opening in enumerate(args.openings)
    )
    kept = {rule.id for rule in wanted}
    return Changes(
        put=tuple(rule for rule in wanted if rule not in before),
        removed=tuple((HoursRule, rule.id) for rule in before if rule.id not in kept),
    )


def except_hours(reads: Reads, ctx: Context, args: HoursExcept) -> Changes:
    """Set an owner's hours on one date."""
    if (args.opens is None) != (args.closes is None):
        raise Refusal(Code.INVALID, what="hours", opens=args.opens, closes=args.closes)
    if args.opens is not None and args.closes is not None and args.closes <= args.opens:
        raise Refusal(Code.INVALID, what="hours", opens=args.opens, closes=args.closes)
    _require_owner(reads, args.owner_id)
    made = HoursException(
        id=HoursExceptionId(ids.derived_id("exception", args.owner_id, args.day.isoformat())),
        owner_id=args.owner_id,
        day=args.day,
        opens=args.opens,
        closes=args.closes,
        reason=args.reason,
    )
    return Changes(put=(made,))


_Row = TypeVar("_Row", bound=Entity)


def _require_owner(reads: Reads, owner: OwnerId) -> None:
    if reads.find(Location, owner) is None and reads.find(Resource, owner) is None:
        raise Refusal(Code.NOT_FOUND, what="resource", subject=owner)


def _existing(row: _Row | None, what: str, row_id: str) -> _Row:
    if row is None:
        raise Refusal(Code.NOT_FOUND, what=what, subject=row_id)
    return row


def _changed(now: _Row, after: _Row) -> Changes:
    if not str(getattr(after, "name", "-")).strip():
        raise Refusal(Code.INVALID, what="name")
    return Changes() if after == now else Changes(put=(after,))


def _setup(
    name: str,
    arguments_type: type[Any],
    run: Callable[[Reads, Context, Any], Changes],
    subject: str,
    row: type[Entity] | None = None,
    *,
    capability: Capability = Capability.MANAGE_SETUP,
) -> None:
    about = attrgetter(subject)

    def wants(args: Any) -> Wanted:
        if row is None:
            owner = about(args)
            return Wanted(rows=((Location, owner), (Resource, owner)), owners=(owner,))
        return Wanted(rows=((row, about(args)),), subjects=(about(args),))

    register(
        Mutation(
            name=name, version=1, capability=capability, arguments=arguments_type, run=run, wants=wants, subject=about
        )
    )


_setup(
    "business.update", BusinessUpdate, update_business, "business_id", Business,
    capability=Capability.MANAGE_BUSINESS,
)  # fmt: skip
_setup("location.create", LocationCreate, create_location, "location_id", Location)
_setup("location.update", LocationUpdate, update_location, "location_id", Location)
_setup("resource.create", ResourceCreate, create_resource, "resource_id", Resource)
_setup("resource.update", ResourceUpdate, update_resource, "resource_id", Resource)
_setup("service.create", ServiceCreate, create_service, "service_id", Service)
_setup("service.update", ServiceUpdate, update_service, "service_id", Service)
_setup("hours.set", HoursSet, set_hours, "owner_id")
_setup("hours.except", HoursExcept, except_hours, "owner_id")
