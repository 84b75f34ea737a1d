"""An appointment, its ordered segments, and the allocations derived from them."""

from datetime import datetime
from enum import StrEnum

from shared.model.base import (
    AllocationId,
    AppointmentId,
    CustomerId,
    LocationId,
    ResourceId,
    SeriesId,
    ServiceId,
    UserId,
    value,
)
from shared.model.service import During


class Status(StrEnum):
    """Where an appointment stands."""

    REQUESTED = "requested"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    IN_SERVICE = "in_service"
    COMPLETED = "completed"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class Source(StrEnum):
    """Which way an appointment came in."""

    DESK = "desk"
    PHONE = "phone"
    WALK_IN = "walk_in"
    ONLINE = "online"
    IMPORT = "import"


@value
class Part:
    """How a resource takes part where that is not the whole of a segment with one of its places."""

    resource_id: ResourceId
    during: During = During.ALL
    units: int = 1
    """How many of its places are taken."""


@value
class Segment:
    """A snapshot of one service as it was booked: its phases in minutes and the resources it takes."""

    service_id: ServiceId | None
    name: str
    colour: str
    price: int
    before: int
    active: int
    processing: int
    finishing: int
    after: int
    resources: tuple[ResourceId, ...]
    parts: tuple[Part, ...] = ()
    """Of those of `resources` that are not held throughout, or with more than one place."""

    @property
    def minutes(self) -> int:
        """Length of the visit without its buffers."""
        return self.active + self.processing + self.finishing


@value
class Step:
    """One change of status: when, by whom, and as whom where the two differ."""

    status: Status
    at: datetime
    by: UserId
    as_whom: UserId | None = None

    @property
    def shown_by(self) -> UserId:
        """Whose step it shows as: the one whom somebody acted as."""
        return self.as_whom or self.by


@value
class Appointment:
    """A visit: `[starts_at, ends_at)` without buffers, with the zone and the wall time that was meant."""

    id: AppointmentId
    customer_id: CustomerId | None
    location_id: LocationId
    starts_at: datetime
    ends_at: datetime
    zone: str
    wall_start: str
    """The intended local start, `2026-05-04T09:00:00`."""
    segments: tuple[Segment, ...]
    status: Status
    source: Source
    notes: str
    price: int
    """Minor units of `currency`."""
    currency: str
    steps: tuple[Step, ...]
    """Every status it has had, oldest first, the last one being `status`."""
    cancel_reason: str = ""
    cancelled_by: str = ""
    """`customer` or `business`."""
    cancelled_late: bool = False
    override_reason: str = ""
    """Why it was booked over a rule; empty where none was."""
    series_id: SeriesId | None = None
    original_start: str = ""
    """Local start and fold of its place in the series: what it is known by, wherever it is moved."""
    party: int = 1
    """How many people come."""
    sequence: int = 0
    """Counts up whenever a calendar is to see another time, length or status of it (RFC 5546, section 2.1.4)."""
    locked: bool = False
    """Paid and closed: nobody changes it until a manager has unlocked it."""
    fee: int = 0
    """Minor units that are due for cancelling late."""

    @property
    def resources(self) -> tuple[ResourceId, ...]:
        """Every resource it takes, each once, in order."""
        return tuple(dict.fromkeys(one for segment in self.segments for one in segment.resources))

    @property
    def service_names(self) -> str:
        """`Cut + Colour`; empty where none of its segments is of a service."""
        return " + ".join(segment.name for segment in self.segments if segment.name)


@value
class Allocation:
    """One resource held for one span, buffers included: the only thing that the conflict check reads."""

    id: AllocationId
    appointment_id: AppointmentId
    resource_id: ResourceId
    starts_at: datetime
    ends_at: datetime
    over: bool = False
    """Allowed beyond the capacity, by an override or a capacity lowered later; it takes its place all the same."""
    units: int = 1
    """How many of the resource's places it takes."""
