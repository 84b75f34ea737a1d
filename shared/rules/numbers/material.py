"""What the figures are made of: the rows of some days of a location, as far as they are looked at."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from shared.clock import parse_instant
from shared.model.appointment import Source, Status
from shared.model.base import AppointmentId, CustomerId, LocationId, ResourceId, ServiceId, Span, value
from shared.model.business import Location
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.payment import PaymentKind
from shared.model.resource import Resource
from shared.rules import wall_time
from shared.rules.numbers.stretches import second_of

Row = Sequence[Any]
"""Some columns of a row as on the wire, in their order."""

VISIT_COLUMNS: Final = (
    "id", "customer_id", "starts_at", "status", "source", "price", "currency", "segments", "steps", "series_id",
    "cancelled_by", "cancelled_late",
)  # fmt: skip
HELD_COLUMNS: Final = ("resource_id", "starts_at", "ends_at", "units")

_NEVER_BOOKED: Final = frozenset({Status.REQUESTED, Status.DECLINED, Status.EXPIRED, Status.CANCELLED})


@value
class Asked:
    """Which location, and which local days of it, `first` and `last` included."""

    location_id: LocationId
    first: date
    last: date

    def span(self, zone: str) -> Span:
        """The days in the location's zone, from midnight to midnight."""
        return Span(wall_time.day_span(self.first, zone).start, wall_time.day_span(self.last, zone).end)


@value
class Sold:
    """One service of a visit, and which resources were taken for it."""

    service_id: ServiceId | None
    name: str
    price: int
    resources: tuple[ResourceId, ...]


@value
class Visit:
    """An appointment that starts within the days, whatever became of it."""

    id: AppointmentId
    customer_id: CustomerId | None
    starts_at: datetime
    status: Status
    source: Source
    price: int
    currency: str
    sold: tuple[Sold, ...]
    entered_at: datetime | None
    """When it was first written down, as a booking or as a request."""
    was_booked: bool
    """Whether it was ever more than a request."""
    in_series: bool
    cancelled_by: str
    cancelled_late: bool


@value
class Held:
    """What a visit holds of a resource, buffers included; from and until when in seconds since 1970."""

    resource_id: ResourceId
    starts: int
    ends: int
    units: int


@value
class Paid:
    """What was paid for one thing in one currency; of refunds what was given back."""

    kind: PaymentKind
    currency: str
    amount: int


@value
class Material:
    """All of it. Visits, sums and what is held come in no order."""

    asked: Asked
    location: Location
    resources: Sequence[Resource]
    """Of the location, archived ones too."""
    rules: Sequence[HoursRule]
    """Of the location and of its resources, as the next two."""
    exceptions: Sequence[HoursException]
    blocks: Sequence[TimeBlock]
    visits: Sequence[Visit]
    held: Sequence[Held]
    paid: Sequence[Paid]
    merged: Mapping[CustomerId, CustomerId]
    """Into whom each merged customer was merged."""
    known_before: frozenset[CustomerId]
    """Of the customers who came, and of those who were merged into them: who had been to the business before."""


def visit_of(row: Row) -> Visit:
    """The visit of a row of VISIT_COLUMNS."""
    row_id, customer, starts, status, source, price, currency, segments, steps, series, by, late = row
    had = {step["status"] for step in steps}
    return Visit(
        id=row_id,
        customer_id=customer,
        starts_at=parse_instant(starts),
        status=Status(status),
        source=Source(source),
        price=price,
        currency=currency,
        sold=tuple(
            Sold(service_id=one["service_id"], name=one["name"], price=one["price"], resources=tuple(one["resources"]))
            for one in segments
        ),
        entered_at=parse_instant(steps[0]["at"]) if steps else None,
        was_booked=not had | {status} <= _NEVER_BOOKED,
        in_series=series is not None,
        cancelled_by=by,
        cancelled_late=bool(late),
    )


def held_of(row: Row) -> Held:
    """What is held by a row of HELD_COLUMNS."""
    resource, starts, ends, units = row
    return Held(
        resource_id=resource, starts=second_of(parse_instant(starts)), ends=second_of(parse_instant(ends)), units=units
    )


def paid_of(row: Row) -> Paid:
    """The sum of a row of kind, currency and amount."""
    kind, currency, amount = row
    return Paid(kind=PaymentKind(kind), currency=currency, amount=amount)
