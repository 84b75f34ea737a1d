"""Who would like to come, should something become free."""

from datetime import date, datetime
from enum import StrEnum

from shared.model.base import AppointmentId, CustomerId, LocationId, ResourceId, ServiceId, WaitlistEntryId, value


class WaitlistState(StrEnum):
    """Where a wish stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@value
class Offer:
    """A slot that was offered to somebody who waits, good until it expires."""

    start: datetime
    resources: tuple[ResourceId, ...]
    until: datetime


@value
class WaitlistEntry:
    """A customer's wish for a service. Days and times are local to the location; empty is any."""

    id: WaitlistEntryId
    customer_id: CustomerId
    service_id: ServiceId
    location_id: LocationId
    people: tuple[ResourceId, ...]
    """By whom; empty is anybody."""
    weekdays: tuple[int, ...]
    """0 is Monday (ISO 8601), 6 is Sunday."""
    earliest: int
    latest: int
    """Minutes of the local day between which the visit should begin and end; 0 and 1440 are any."""
    from_day: date | None
    to_day: date | None
    """The last day that would do, itself included."""
    priority: int
    """The higher, the sooner; of equals who asked first."""
    party: int
    notes: str
    state: WaitlistState
    asked_at: datetime
    offer: Offer | None = None
    appointment_id: AppointmentId | None = None
    """What came of it."""
