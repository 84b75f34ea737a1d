"""What the mutations of an appointment say, as it goes over the wire."""

from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen

from shared.model.appointment import Status
from shared.model.base import AppointmentId, CustomerId, LocationId, ResourceId, SeriesId, ServiceId
from shared.mutations.registry import Instant, Line, Text, arguments
from shared.rules import booking

Beside = Annotated[tuple[AppointmentId, ...], MaxLen(booking.MOST_BESIDE)]
"""Visits beside which one stood over a rule."""


@arguments
class SegmentWish:
    """One service and who and what should take part; `minutes` overrides the service's own length."""

    service_id: ServiceId | None
    resources: Annotated[tuple[ResourceId, ...], MaxLen(50)]
    minutes: Annotated[int, Ge(-100_000), Le(100_000)] | None = None
    fill: bool = False
    """Whether what the service needs beside `resources` is chosen from what is free."""
    exchangeable: Annotated[tuple[ResourceId, ...], MaxLen(50)] = ()
    """Of `resources` those that may be another that meets the same need."""


@arguments
class Book:
    """`appointment.book`. The end follows from the segments."""

    appointment_id: AppointmentId
    customer_id: CustomerId | None
    location_id: LocationId
    start: Instant
    segments: Annotated[tuple[SegmentWish, ...], MaxLen(20)]
    status: Literal["requested", "booked"] = "booked"
    source: Literal["desk", "phone", "walk_in", "online", "import"] = "desk"
    title: Line = ""
    """Names the visit where no service does."""
    notes: Text = ""
    override: Line | None = None
    """The reason to book over hours, blocks or capacity; null asks for no override."""
    series_id: SeriesId | None = None
    original_start: Line = ""
    party: Annotated[int, Ge(1), Le(10_000)] = 1
    """How many people come."""


@arguments
class Was:
    """The version that the person saw when they made the edit."""

    status: Status
    start: Instant


@arguments
class SegmentSeen:
    """One service of a visit as somebody saw it."""

    service_id: ServiceId | None
    resources: Annotated[tuple[ResourceId, ...], MaxLen(100)]
    minutes: Annotated[int, Ge(0), Le(100_000)]


@arguments
class WasBooked(Was):
    """The same with what is changed of what is booked. Null is not known: whatever stands there is changed."""

    segments: Annotated[tuple[SegmentSeen, ...], MaxLen(100)] | None = None
    party: Annotated[int, Ge(1), Le(10_000)] | None = None


_Phase = Annotated[int, Ge(-100_000), Le(100_000)]


@arguments
class BookedAs:
    """What a service was booked as: its price in minor units, its phases and buffers in minutes."""

    service_id: ServiceId
    price: Annotated[int, Ge(0), Le(10**12)]
    before: _Phase
    active: _Phase
    processing: _Phase
    finishing: _Phase
    after: _Phase


@arguments
class Reschedule:
    """`appointment.reschedule`: another start, other services and resources, another party. Null keeps what is.

    Since version 4 a way back says what the services were booked as that it puts back: they may be others today.
    """

    appointment_id: AppointmentId
    was: WasBooked
    start: Instant | None = None
    segments: Annotated[tuple[SegmentWish, ...], MaxLen(20)] | None = None
    override: Line | None = None
    party: Annotated[int, Ge(1), Le(10_000)] | None = None
    as_before: Annotated[tuple[BookedAs, ...], MaxLen(100)] | None = None
    """Of services that the visit does not have now; null books them as they are today."""
    over: Beside | None = None
    """Whose places alone the override passes over, for one that comes back there; null for whoever stands there.

    Without an override: who was let in over it, where it stood.
    """


@arguments
class Swap:
    """`appointment.swap`: two visits change places. With each its resources as they were seen."""

    appointment_id: AppointmentId
    was: Was
    resources: Annotated[tuple[ResourceId, ...], MaxLen(50)]
    other_id: AppointmentId
    other_was: Was
    other_resources: Annotated[tuple[ResourceId, ...], MaxLen(50)]
    override: Line | None = None
    other_override: Line | None = None
    """Why the other one comes back over a rule; `override` is then of the first alone."""
    over: Beside | None = None
    """Whose places alone the two pass over that come back; null for whoever stands there, with `override` for both."""


@arguments
class Cancel:
    """`appointment.cancel`."""

    appointment_id: AppointmentId
    was: Was
    reason: Line = ""
    by: Literal["customer", "business"] = "customer"


@arguments
class TakeStep:
    """The arguments of every plain step: `.confirm`, `.arrive`, `.start`, `.complete`, `.no_show`."""

    appointment_id: AppointmentId
    was: Was


@arguments
class UndoStep(TakeStep):
    """`appointment.undo_step`."""

    over: Beside = ()
    """Whose places alone it may pass over again, where it stood over a rule; else who was let in over it."""


@arguments
class Decline:
    """`appointment.decline`: a request that the team does not take."""

    appointment_id: AppointmentId
    was: Was
    reason: Line = ""


@arguments
class Expire:
    """`appointment.expire`: a request that nobody has answered in time. The server alone makes it."""

    appointment_id: AppointmentId


@arguments
class Lock:
    """`appointment.lock`."""

    appointment_id: AppointmentId


@arguments
class Unlock:
    """`appointment.unlock`."""

    appointment_id: AppointmentId
    reason: Line
