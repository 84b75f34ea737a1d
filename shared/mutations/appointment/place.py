"""Putting an appointment where it is wished for: booking it and moving it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Status
from shared.model.base import OwnerId, ResourceId, Span
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.appointment.arguments import Book, Reschedule, SegmentWish
from shared.mutations.appointment.steps import require_unchanged, target, wanted_by_change
from shared.mutations.appointment.wish import draft, moved_to
from shared.mutations.registry import Context
from shared.mutations.rights import require_allowed
from shared.rules import booking, status
from shared.rules.limits import require_room_in_month
from shared.rules.permissions import Capability
from shared.store import Changes, Reads, Wanted


def book(reads: Reads, ctx: Context, args: Book) -> Changes:
    """Make an appointment. An id that exists already does nothing, so that two desks can make the same one."""
    if reads.find(Appointment, args.appointment_id) is not None:
        return Changes()
    return _booked(reads, ctx, args)


def rebook(reads: Reads, ctx: Context, args: Book) -> Changes:
    """Book once more what was booked and then cancelled; no step leads back from there, as from every booking."""
    now = reads.find(Appointment, args.appointment_id)
    if now is None or now.status is not Status.CANCELLED:
        return book(reads, ctx, args)
    return _booked(reads, ctx, args)


def _booked(reads: Reads, ctx: Context, args: Book) -> Changes:
    _require_override(reads, ctx, args.override)
    made = draft(reads, ctx, args)
    require_room_in_month(reads, made.starts_at)
    return booking.place(reads, made, at=ctx.at, role=ctx.actor.role, override=args.override)


def _require_override(reads: Reads, ctx: Context, override: str | None) -> None:
    if override is None:
        return
    require_allowed(reads, ctx.actor, Capability.OVERRIDE)
    if not override.strip():
        raise Refusal(Code.INVALID, what="reason")


def reschedule(reads: Reads, ctx: Context, args: Reschedule) -> Changes:
    """Move or resize an appointment. Moving never conflicts with itself; one already there is left alone."""
    now = target(reads, args.appointment_id)
    _require_override(reads, ctx, args.override)
    moved = moved_to(reads, now, args)
    if moved == now and _stands(reads, now):
        return Changes()
    require_unchanged(now, args.was)
    if now.status not in status.OPEN:
        raise Refusal(Code.WRONG_STATUS, status=now.status.value, wanted="reschedule", subject=now.id)
    return booking.place(reads, moved, at=ctx.at, role=ctx.actor.role, override=args.override)


def _stands(reads: Reads, now: Appointment) -> bool:
    """Whether an appointment is where it was put, and not ended there or brought back without its place."""
    return now.status in status.OPEN and (not booking.holds(reads, now) or bool(reads.allocations_of(now.id)))


def wanted_by_book(args: Book) -> Wanted:
    """What a booking reads."""
    resources = _resources_of(args.segments)
    return Wanted(
        rows=(
            (Appointment, args.appointment_id),
            (Location, args.location_id),
            *(((Customer, args.customer_id),) if args.customer_id else ()),
            *((Resource, one) for one in resources),
            *((Service, wish.service_id) for wish in args.segments if wish.service_id),
        ),
        spans=((resources, _around(args.start)),),
        owners=(OwnerId(args.location_id), *(OwnerId(one) for one in resources)),
        held_by=(args.appointment_id,),
        subjects=(args.appointment_id, *((args.customer_id,) if args.customer_id else ())),
    )


def _around(start: datetime) -> Span:
    # Longer than most visits with their buffers; what reaches beyond it is read when it is asked for.
    return Span(start - timedelta(hours=2), start + timedelta(hours=6))


def wanted_by_move(args: Reschedule) -> Wanted:
    """What a move reads, as far as its arguments tell."""
    wishes = args.segments or ()
    resources = _resources_of(wishes)
    return wanted_by_change(args) + Wanted(
        rows=(
            *((Resource, one) for one in resources),
            *((Service, wish.service_id) for wish in wishes if wish.service_id),
        ),
        spans=((resources, _around(args.start)),) if resources else (),
        owners=tuple(OwnerId(one) for one in resources),
    )


def wanted_next_by_move(reads: Reads, args: Reschedule) -> Wanted:
    """What a move reads besides: the hours of the place, and the resources that it keeps."""
    now = reads.find(Appointment, args.appointment_id)
    if now is None:
        return Wanted()
    kept = now.resources if args.segments is None else ()
    return Wanted(
        rows=tuple((Resource, one) for one in kept),
        spans=((kept, _around(args.start)),) if kept else (),
        owners=(OwnerId(now.location_id), *(OwnerId(one) for one in kept)),
    )


def _resources_of(wishes: Sequence[SegmentWish]) -> tuple[ResourceId, ...]:
    return tuple(dict.fromkeys(one for wish in wishes for one in wish.resources))
