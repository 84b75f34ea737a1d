"""What is done for customers, how long its phases take, what it costs and what it needs."""

from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen, MinLen

from shared.errors import Code, Refusal
from shared.model.base import (
    ResourceId,
    ServiceId,
)
from shared.model.resource import ResourceKind
from shared.model.service import Need, Service
from shared.mutations.fields import edited
from shared.mutations.registry import Context, Line, arguments
from shared.mutations.rights import require_allowed
from shared.mutations.setup import Edits, changed, live, setup
from shared.rules import booking
from shared.rules.permissions import Capability
from shared.store import Changes, Reads

Minutes = Annotated[int, Ge(0), Le(booking.LONGEST)]
DEAREST = 10**12
"""Minor units: a visit's sum of such prices is still a number that every JSON reader keeps exact."""
Money = Annotated[int, Ge(0), Le(DEAREST)]
_SERVICE_FIELDS = frozenset(
    {"name", "category", "colour", "price", "before", "active", "processing", "finishing", "after", "archived"}
)


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
    edits: Edits


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
    now = live(reads.find(Service, args.service_id), "service", args.service_id, args.edits)
    if any(edit.field == "price" for edit in args.edits):
        require_allowed(reads, ctx.actor, Capability.SET_PRICES)
    return changed(now, _sound(edited(now, args.edits, editable=_SERVICE_FIELDS, contested=())))


def _sound(service: Service) -> Service:
    phases = (service.before, service.active, service.processing, service.finishing, service.after)
    if not 0 <= service.price <= DEAREST:
        raise Refusal(Code.INVALID, what="value", field="price")
    if min(phases) < 0 or not 0 < service.minutes <= booking.LONGEST:
        raise Refusal(Code.INVALID, what="length", minutes=service.minutes)
    if max(service.before, service.after) > booking.LONGEST_BUFFER:
        raise Refusal(Code.INVALID, what="buffer", minutes=max(service.before, service.after))
    return service


setup("service.create", ServiceCreate, create_service, "service_id", Service)
setup("service.update", ServiceUpdate, update_service, "service_id", Service)
