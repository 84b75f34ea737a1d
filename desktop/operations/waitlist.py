"""Letting people wait, offering them what has become free, and booking them from there."""

from datetime import datetime

from desktop.operations.operation import Operation
from shared import ids
from shared.model.base import AppointmentId, CustomerId, LocationId, ResourceId, WaitlistEntryId
from shared.model.waitlist import WaitlistEntry
from shared.mutations.appointment.arguments import SegmentWish
from shared.mutations.waitlist import Accept, Add, Change, OfferSlot, Wish, Withdraw, wish_of


def add(customer_id: str, location_id: str, wish: Wish) -> Operation:
    """Let a customer wait for what they wish."""
    args = Add(
        entry_id=WaitlistEntryId(ids.new_id()),
        customer_id=CustomerId(customer_id),
        location_id=LocationId(location_id),
        wish=wish,
    )
    return Operation(name="waitlist.add", args=args, label="waiting")


def change(seen: WaitlistEntry, wish: Wish) -> Operation:
    """Correct a wish as it was seen."""
    args = Change(entry_id=seen.id, was=wish_of(seen), wish=wish)
    return Operation(name="waitlist.change", args=args, label="change")


def withdraw(entry_id: str) -> Operation:
    """Let somebody wait no more."""
    args = Withdraw(entry_id=WaitlistEntryId(entry_id))
    return Operation(name="waitlist.withdraw", args=args, label="taking from the waitlist")


def offer(entry_id: str, *, start: datetime, resources: tuple[ResourceId, ...], until: datetime) -> Operation:
    """Offer somebody a slot until a time."""
    args = OfferSlot(entry_id=WaitlistEntryId(entry_id), start=start, resources=resources, until=until)
    return Operation(name="waitlist.offer", args=args, label="offer")


def accept(entry_id: str, *, start: datetime, segments: tuple[SegmentWish, ...]) -> Operation:
    """Book somebody who waits."""
    args = Accept(
        entry_id=WaitlistEntryId(entry_id), appointment_id=AppointmentId(ids.new_id()), start=start, segments=segments
    )
    return Operation(name="waitlist.accept", args=args, label="booking")
