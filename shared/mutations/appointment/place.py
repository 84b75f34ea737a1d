"""Putting an appointment where it is wished for: booking it and moving it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Status
from shared.model.base import AppointmentId, LocationId, OwnerId, ResourceId, Span, replace
from shared.model.business import Location
from shared.model.counted import UNCOUNTED
from shared.model.customer import Customer
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.appointment.arguments import Book, Reschedule, SegmentWish, Was
from shared.mutations.appointment.meeting import met
from shared.mutations.appointment.steps import changed, require_same_status, target, wanted_by_change
from shared.mutations.appointment.wish import draft, moved_to
from shared.mutations.registry import Context
from shared.mutations.rights import require_allowed
from shared.rules import booking, choosing, status
from shared.rules.limits import require_room_in_month
from shared.rules.permissions import Capability, Scope, scope
from shared.rules.planning import named_by, require_party
from shared.store import Changes, Reads, Wanted


def book(reads: Reads, ctx: Context, args: Book) -> Changes:
    """Make an appointment. An id that exists already does nothing, so that two desks can make the same one."""
    if reads.find(Appointment, args.appointment_id) is not None:
        return Changes()
    return _booked(reads, ctx, args)


def rebook(reads: Reads, ctx: Context, args: Book) -> Changes:
    """Book once more what was booked and then cancelled; no step leads back from there, as from every booking.

    Refused where it stands, but otherwise than it is wished for: it is moved by whoever sees where it is.
    """
    now = reads.find(Appointment, args.appointment_id)
    if now is None:
        return book(reads, ctx, args)
    if now.status is Status.CANCELLED:
        return _booked(reads, ctx, args, sequence=now.sequence + 1)
    if not _is_as_wished(now, args):
        raise changed(now, Was(status=Status(args.status), start=args.start))
    return Changes()


def _is_as_wished(now: Appointment, args: Book) -> bool:
    named = {one for wish in args.segments for one in wish.resources if one not in wish.exchangeable}
    is_there = now.status not in status.HOLDS_NOTHING and now.starts_at == args.start
    return is_there and named <= set(now.resources)


def is_booked(reads: Reads, appointment_id: AppointmentId) -> bool:
    """Whether an appointment is there, and was not taken back or turned away."""
    now = reads.find(Appointment, appointment_id)
    return now is not None and now.status not in UNCOUNTED


def _booked(reads: Reads, ctx: Context, args: Book, *, sequence: int = 0) -> Changes:
    require_override(reads, ctx, args.override)
    made = draft(reads, ctx, args, sequence=sequence)
    require_party(reads, made)
    require_room_in_month(reads, made.starts_at)
    placed = booking.place(reads, made, at=ctx.at, role=ctx.actor.role, override=args.override)
    return placed + _told(made, args.segments)


def _told(made: Appointment, wishes: Sequence[SegmentWish]) -> Changes:
    """Tell what was exchanged: in place of what was named, what is taken."""
    asked = {one for wish in wishes for one in wish.exchangeable if one in wish.resources}
    gone = sorted(asked - set(made.resources))
    if not gone:
        return Changes()
    named = {one for wish in wishes for one in wish.resources}
    taken = [one for one in made.resources if one not in named]
    return Changes(adjusted={"exchanged": gone, "taken": taken})


def require_override(reads: Reads, ctx: Context, override: str | None) -> None:
    """Refuse a reason to pass over rules that is none, or from somebody who may not."""
    if override is None:
        return
    require_allowed(reads, ctx.actor, Capability.OVERRIDE)
    if not override.strip():
        raise Refusal(Code.INVALID, what="reason")


def reschedule(reads: Reads, ctx: Context, args: Reschedule) -> Changes:
    """Move an appointment, or change what is done in it. Moving never conflicts with itself.

    What others have changed meanwhile stays where this leaves it as it was; one already there is left alone.
    """
    now = target(reads, args.appointment_id)
    require_override(reads, ctx, args.override)
    _require_prices(reads, ctx, now, args)
    args = met(reads, now, args)
    moved = moved_to(reads, now, args)
    require_party(reads, moved)
    if moved == now and _stands(reads, now):
        return Changes()
    require_same_status(now, args.was)
    if now.status not in status.OPEN:
        raise Refusal(Code.WRONG_STATUS, status=now.status.value, wanted="reschedule", subject=now.id)
    again = replace(moved, sequence=now.sequence + 1)
    placed = booking.place(
        reads, again, at=ctx.at, role=ctx.actor.role, override=args.override, over=args.over, comes_back=ctx.takes_back
    )  # fmt: skip
    return placed + _told(again, args.segments or ())


def _require_prices(reads: Reads, ctx: Context, now: Appointment, args: Reschedule) -> None:
    """Refuse prices from whoever may not set them, but those of today and of what the visit has.

    A way back is what anybody can write.
    """
    if args.as_before and scope(ctx.actor.role, Capability.BOOK) is Scope.OWN:
        raise Refusal(Code.NOT_ALLOWED, capability=Capability.BOOK.value, role=ctx.actor.role.value)
    booked = {(one.service_id, one.price) for one in now.segments}
    for one in args.as_before or ():
        service = None if (one.service_id, one.price) in booked else reads.find(Service, one.service_id)
        if service and one.price not in (service.price, *(terms.price for terms in service.terms)):
            try:
                require_allowed(reads, ctx.actor, Capability.SET_PRICES)
            except Refusal as refusal:
                raise Refusal(refusal.code, **refusal.details, was_booked=service.name) from refusal


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
        spans=((resources, around(args.start)),),
        owners=(OwnerId(args.location_id), *(OwnerId(one) for one in resources)),
        held_by=(args.appointment_id,),
        subjects=(args.appointment_id, *((args.customer_id,) if args.customer_id else ())),
        places=(args.location_id,) if any(wish.fill for wish in args.segments) else (),
    )


def wanted_next_by_book(reads: Reads, args: Book) -> Wanted:
    """What a booking reads besides: whatever could meet what its services need."""
    return _could_meet(reads, args.location_id, args.start, args.segments)


def _could_meet(reads: Reads, location: LocationId, start: datetime, wishes: Sequence[SegmentWish]) -> Wanted:
    filled = [(reads.find(Service, wish.service_id), wish) for wish in wishes if wish.fill and wish.service_id]
    needs = [need for one, wish in filled if one is not None for need in choosing.needs_of(one, named_by(wish).fixed)]
    if not needs:
        return Wanted()
    able = tuple(one.id for one in reads.resources_at(location) if any(choosing.serves(one, need) for need in needs))
    return Wanted(spans=((able, around(start)),), owners=tuple(OwnerId(one) for one in able))


def around(start: datetime) -> Span:
    """Where most visits that start then are, with their buffers."""
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
        spans=((resources, around(args.start or args.was.start)),) if resources else (),
        owners=tuple(OwnerId(one) for one in resources),
    )


def wanted_next_by_move(reads: Reads, args: Reschedule) -> Wanted:
    """What a move reads besides: the hours of the place, and the resources that it keeps."""
    now = reads.find(Appointment, args.appointment_id)
    if now is None:
        return Wanted()
    kept = now.resources if args.segments is None else ()
    start = args.start or now.starts_at
    return Wanted(
        rows=(
            *((Resource, one) for one in kept),
            *((Service, one.service_id) for one in now.segments if one.service_id and args.party is not None),
        ),
        spans=((kept, around(start)),) if kept else (),
        owners=(OwnerId(now.location_id), *(OwnerId(one) for one in kept)),
    ) + _could_meet(reads, now.location_id, start, args.segments or ())


def _resources_of(wishes: Sequence[SegmentWish]) -> tuple[ResourceId, ...]:
    return tuple(dict.fromkeys(one for wish in wishes for one in wish.resources))
