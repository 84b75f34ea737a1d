"""Booking, moving and ending appointments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from desktop.operations.operation import Operation
from shared import ids
from shared.model.appointment import Appointment
from shared.model.base import AppointmentId, CustomerId, LocationId, ResourceId, ServiceId
from shared.mutations.appointment.arguments import (
    Book,
    Cancel,
    Decline,
    Reschedule,
    SegmentWish,
    Swap,
    Unlock,
    Was,
)
from shared.mutations.appointment.meeting import was_booked
from shared.mutations.registry import MUTATIONS

STEPS = {
    "confirm": "confirmation",
    "arrive": "arrival",
    "start": "start",
    "complete": "completion",
    "no_show": "no-show",
    "undo_step": "step back",
}
"""The plain steps and what they are called."""


def wish(
    service_id: str | None, resources: Sequence[str], minutes: int | None = None, *, fill: bool = False
) -> SegmentWish:
    """One service with who and what takes part; `fill` finds what it needs besides."""
    return SegmentWish(
        service_id=None if service_id is None else ServiceId(service_id),
        resources=tuple(ResourceId(one) for one in resources),
        minutes=minutes,
        fill=fill,
    )


def book(
    *,
    location_id: str,
    start: datetime,
    segments: Sequence[SegmentWish],
    customer_id: str | None = None,
    notes: str = "",
    override: str | None = None,
    appointment_id: str | None = None,
    party: int = 1,
    source: Literal["desk", "phone", "walk_in"] = "desk",
) -> Operation:
    """Book a visit; its id is new unless one is given."""
    args = Book(
        appointment_id=AppointmentId(appointment_id or ids.new_id()),
        customer_id=None if customer_id is None else CustomerId(customer_id),
        location_id=LocationId(location_id),
        start=start,
        segments=tuple(segments),
        notes=notes,
        override=override,
        party=party,
        source=source,
    )
    return Operation(name="appointment.book", args=args, label="booking")


def reschedule(
    seen: Appointment,
    *,
    start: datetime,
    segments: Sequence[SegmentWish] | None = None,
    party: int | None = None,
    override: str | None = None,
    label: str = "move",
) -> Operation:
    """Move or resize a visit as it was seen, or change what is done in it and how many come."""
    args = Reschedule(
        appointment_id=seen.id,
        was=was_booked(seen, segments=segments, party=party),
        # What stays as it is is left to whoever changes it meanwhile.
        start=None if start == seen.starts_at else start,
        segments=None if segments is None else tuple(segments),
        override=override,
        party=party,
    )
    return Operation(name="appointment.reschedule", args=args, label=label)


def moved_segments(
    seen: Appointment, part: Sequence[int], *, from_resource: str, to_resource: str, longer: int = 0
) -> tuple[SegmentWish, ...]:
    """The segments of a visit with one resource changed for another in a part of them, by number.

    The last of the part takes so many minutes `longer`.
    """
    return tuple(
        wish(
            segment.service_id,
            [to_resource if one == from_resource and place in part else one for one in segment.resources],
            segment.minutes + (longer if place == part[-1] else 0),
        )
        for place, segment in enumerate(seen.segments)
    )


def swap(seen: Appointment, other: Appointment, *, override: str | None = None) -> Operation:
    """Let two visits, as they were seen, change places."""
    args = Swap(
        appointment_id=seen.id,
        was=_was(seen),
        resources=seen.resources,
        other_id=other.id,
        other_was=_was(other),
        other_resources=other.resources,
        override=override,
    )
    return Operation(name="appointment.swap", args=args, label="exchange of two visits")


def cancel(seen: Appointment, *, reason: str = "", by_business: bool = False) -> Operation:
    """Cancel a visit."""
    args = Cancel(appointment_id=seen.id, was=_was(seen), reason=reason, by="business" if by_business else "customer")
    return Operation(name="appointment.cancel", args=args, label="cancellation")


def step(seen: Appointment, name: str) -> Operation:
    """Take one of the plain STEPS."""
    full = f"appointment.{name}"
    args = MUTATIONS[full].arguments(appointment_id=seen.id, was=_was(seen))
    return Operation(name=full, args=args, label=STEPS[name])


def decline(seen: Appointment, *, reason: str = "") -> Operation:
    """Decline a request."""
    args = Decline(appointment_id=seen.id, was=_was(seen), reason=reason)
    return Operation(name="appointment.decline", args=args, label="refusal of a request")


def unlock(seen: Appointment, *, reason: str) -> Operation:
    """Open a visit again that is paid and closed."""
    return Operation(
        name="appointment.unlock", args=Unlock(appointment_id=seen.id, reason=reason), label="unlocking of a visit"
    )


def _was(seen: Appointment) -> Was:
    return Was(status=seen.status, start=seen.starts_at)
