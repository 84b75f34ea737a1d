"""Booking, moving and ending an appointment, and each step between."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MaxLen

from shared import ids
from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Segment, Source, Status, Step
from shared.model.base import AppointmentId, CustomerId, LocationId, OwnerId, ResourceId, SeriesId, ServiceId, Span
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.registry import Context, Instant, Line, Mutation, Text, arguments, register
from shared.rules import booking, status, wall_time
from shared.rules.permissions import Capability, may
from shared.store import Changes, Reads, Wanted


@arguments
class SegmentWish:
    """One service and who and what should take part; `minutes` overrides the service's own length."""

    service_id: ServiceId | None
    resources: Annotated[tuple[ResourceId, ...], MaxLen(50)]
    minutes: Annotated[int, Ge(-100_000), Le(100_000)] | None = None


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


@arguments
class Was:
    """The version that the person saw when they made the edit."""

    status: Status
    start: Instant


@arguments
class Reschedule:
    """`appointment.reschedule`: another start, other resources, another length. Null keeps what is."""

    appointment_id: AppointmentId
    was: Was
    start: Instant
    segments: Annotated[tuple[SegmentWish, ...], MaxLen(20)] | None = None
    override: Line | None = None


@arguments
class Cancel:
    """`appointment.cancel`."""

    appointment_id: AppointmentId
    was: Was
    reason: Line = ""
    by: Literal["customer", "business"] = "customer"


@arguments
class TakeStep:
    """The arguments of every plain step: `.confirm`, `.arrive`, `.start`, `.complete`, `.no_show`, `.undo_step`."""

    appointment_id: AppointmentId
    was: Was


def book(reads: Reads, ctx: Context, args: Book) -> Changes:
    """Make an appointment. An id that exists already does nothing, so that two desks can make the same one."""
    if reads.find(Appointment, args.appointment_id) is not None:
        return Changes()
    _require_override(ctx, args.override)
    made = draft(reads, ctx, args)
    return booking.place(reads, made, at=ctx.at, role=ctx.actor.role, override=args.override)


def draft(reads: Reads, ctx: Context, args: Book) -> Appointment:
    """The appointment as it was wished for, not yet checked against hours and capacity."""
    location = booking.require_location(reads, args.location_id)
    if args.customer_id is not None:
        _require_customer(reads, args.customer_id)
    segments = tuple(_snapshot(reads, wish, args.title) for wish in args.segments)
    if not segments:
        raise Refusal(Code.INVALID, what="no_resource")
    minutes = sum(segment.minutes for segment in segments)
    stands = Status(args.status)
    return Appointment(
        id=args.appointment_id,
        customer_id=args.customer_id,
        location_id=args.location_id,
        starts_at=args.start,
        ends_at=args.start + timedelta(minutes=minutes),
        zone=location.zone,
        wall_start=wall_time.wall_text(args.start, location.zone),
        segments=segments,
        status=stands,
        source=Source(args.source),
        notes=args.notes,
        price=sum(segment.price for segment in segments),
        currency=reads.business().currency,
        steps=(_step(ctx, stands),),
        series_id=args.series_id,
        original_start=args.original_start,
    )


def _require_customer(reads: Reads, customer_id: CustomerId) -> None:
    customer = reads.find(Customer, customer_id)
    if customer is None:
        raise Refusal(Code.NOT_FOUND, what="customer", subject=customer_id)
    if customer.archived:
        raise Refusal(Code.ARCHIVED, what="customer", name=customer.name, subject=customer_id)
    if customer.blocked:
        raise Refusal(Code.CUSTOMER_BLOCKED, name=customer.name, subject=customer_id)


def _require_override(ctx: Context, override: str | None) -> None:
    if override is None:
        return
    if not may(ctx.actor.role, Capability.OVERRIDE):
        raise Refusal(Code.NOT_ALLOWED, capability=Capability.OVERRIDE.value, role=ctx.actor.role.value)
    if not override.strip():
        raise Refusal(Code.INVALID, what="reason")


def _snapshot(reads: Reads, wish: SegmentWish, title: str) -> Segment:
    if wish.service_id is None:
        minutes = wish.minutes or 0
        return Segment(
            service_id=None, name=title, colour="", price=0, before=0, active=minutes, processing=0, finishing=0,
            after=0, resources=wish.resources,
        )  # fmt: skip
    service = reads.find(Service, wish.service_id)
    if service is None:
        raise Refusal(Code.NOT_FOUND, what="service", subject=wish.service_id)
    if service.archived:
        raise Refusal(Code.ARCHIVED, what="service", name=service.name, subject=wish.service_id)
    active = service.active if wish.minutes is None else wish.minutes - service.processing - service.finishing
    return Segment(
        service_id=service.id, name=service.name, colour=service.colour, price=service.price, before=service.before,
        active=active, processing=service.processing, finishing=service.finishing, after=service.after,
        resources=wish.resources,
    )  # fmt: skip


def _step(ctx: Context, to: Status) -> Step:
    return Step(status=to, at=ctx.at, by=ctx.actor.user_id, as_whom=ctx.actor.as_whom)


def _target(reads: Reads, appointment_id: AppointmentId) -> Appointment:
    found = reads.find(Appointment, appointment_id)
    if found is None:
        raise Refusal(Code.NOT_FOUND, what="appointment", subject=appointment_id)
    return found


def _require_unchanged(now: Appointment, was: Was) -> None:
    if now.status is not was.status or now.starts_at != was.start:
        raise Refusal(
            Code.CHANGED_MEANWHILE,
            subject=now.id,
            was={"status": was.status.value, "start": instant_text(was.start)},
            now={"status": now.status.value, "start": instant_text(now.starts_at)},
        )


def reschedule(reads: Reads, ctx: Context, args: Reschedule) -> Changes:
    """Move or resize an appointment. Moving never conflicts with itself; one already there is left alone."""
    now = _target(reads, args.appointment_id)
    _require_override(ctx, args.override)
    moved = moved_to(reads, now, args)
    if moved == now:
        return Changes()
    _require_unchanged(now, args.was)
    if now.status not in status.OPEN:
        raise Refusal(Code.WRONG_STATUS, status=now.status.value, wanted="reschedule", subject=now.id)
    return booking.place(reads, moved, at=ctx.at, role=ctx.actor.role, override=args.override)


def moved_to(reads: Reads, now: Appointment, args: Reschedule) -> Appointment:
    """The appointment as it was wished to be, not yet checked against hours and capacity."""
    segments = now.segments if args.segments is None else _replanned(now, args.segments, reads)
    return replace(
        now,
        starts_at=args.start,
        ends_at=args.start + timedelta(minutes=sum(segment.minutes for segment in segments)),
        wall_start=wall_time.wall_text(args.start, now.zone),
        segments=segments,
        price=sum(segment.price for segment in segments),
    )


def _replanned(now: Appointment, wishes: tuple[SegmentWish, ...], reads: Reads) -> tuple[Segment, ...]:
    """The new segments; one of the same service keeps the snapshot that was booked, whatever the service is today."""
    if not wishes:
        raise Refusal(Code.INVALID, what="no_resource")
    booked = {segment.service_id: segment for segment in now.segments}
    title = now.segments[0].name if now.segments else ""
    return tuple(
        _resized(booked[wish.service_id], wish) if wish.service_id in booked else _snapshot(reads, wish, title)
        for wish in wishes
    )


def _resized(segment: Segment, wish: SegmentWish) -> Segment:
    if wish.minutes is None:
        return replace(segment, resources=wish.resources)
    active = wish.minutes - segment.processing - segment.finishing
    return replace(segment, resources=wish.resources, active=active)


def cancel(reads: Reads, ctx: Context, args: Cancel) -> Changes:
    """Cancel an appointment and free what it held; late inside the tenant's window."""
    now = _target(reads, args.appointment_id)
    if now.status is Status.CANCELLED:
        return Changes()
    _require_unchanged(now, args.was)
    status.require_step(now, Status.CANCELLED)
    window = timedelta(minutes=reads.business().cancel_window)
    ended = replace(
        now,
        status=Status.CANCELLED,
        steps=(*now.steps, _step(ctx, Status.CANCELLED)),
        cancel_reason=args.reason,
        cancelled_by=args.by,
        cancelled_late=ctx.at > now.starts_at - window,
    )
    return booking.with_allocations(reads, ended, ())


def _advance(reads: Reads, ctx: Context, args: TakeStep, to: Status) -> Changes:
    now = _target(reads, args.appointment_id)
    if now.status is to:
        return Changes()
    _require_unchanged(now, args.was)
    status.require_step(now, to)
    if to is Status.NO_SHOW and ctx.at < now.starts_at:
        raise Refusal(Code.NOT_STARTED, subject=now.id, start=instant_text(now.starts_at))
    after = replace(now, status=to, steps=(*now.steps, _step(ctx, to)))
    return _settle(reads, ctx, now, after)


def _settle(reads: Reads, ctx: Context, before: Appointment, after: Appointment) -> Changes:
    """Write a new status; one that begins to hold again is checked like a booking, one that ends frees its slot.

    What it holds now is what counts, not what its status would hold today: the tenant's policy may be another since.
    """
    if not booking.holds(reads, after):
        return booking.with_allocations(reads, after, ())
    if reads.allocations_of(before.id):
        return Changes(put=(after,))
    return booking.place(reads, after, at=ctx.at, role=ctx.actor.role)


def confirm(reads: Reads, ctx: Context, args: TakeStep) -> Changes:
    """Accept a request, or confirm what is booked."""
    to = Status.BOOKED if args.was.status is Status.REQUESTED else Status.CONFIRMED
    return _advance(reads, ctx, args, to)


def arrive(reads: Reads, ctx: Context, args: TakeStep) -> Changes:
    """The customer is here."""
    return _advance(reads, ctx, args, Status.ARRIVED)


def start(reads: Reads, ctx: Context, args: TakeStep) -> Changes:
    """The service begins."""
    return _advance(reads, ctx, args, Status.IN_SERVICE)


def complete(reads: Reads, ctx: Context, args: TakeStep) -> Changes:
    """The service is done."""
    return _advance(reads, ctx, args, Status.COMPLETED)


def no_show(reads: Reads, ctx: Context, args: TakeStep) -> Changes:
    """The customer did not come: only after the start; it frees what was held."""
    return _advance(reads, ctx, args, Status.NO_SHOW)


def undo_step(reads: Reads, ctx: Context, args: TakeStep) -> Changes:
    """Take the last step back; one that holds its slot again is checked again."""
    now = _target(reads, args.appointment_id)
    _require_unchanged(now, args.was)
    if len(now.steps) < 2:
        raise Refusal(Code.WRONG_STATUS, status=now.status.value, wanted="undo", subject=now.id)
    steps = now.steps[:-1]
    after = replace(now, status=steps[-1].status, steps=steps, cancel_reason="", cancelled_by="", cancelled_late=False)
    return _settle(reads, ctx, now, after)


def _wanted_by_book(args: Book) -> Wanted:
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


def _wanted_by_change(args: Reschedule | Cancel | TakeStep) -> Wanted:
    return Wanted(
        rows=((Appointment, args.appointment_id),),
        held_by=(args.appointment_id,),
        subjects=(args.appointment_id,),
    )


def _wanted_by_move(args: Reschedule) -> Wanted:
    wishes = args.segments or ()
    resources = _resources_of(wishes)
    return _wanted_by_change(args) + Wanted(
        rows=(
            *((Resource, one) for one in resources),
            *((Service, wish.service_id) for wish in wishes if wish.service_id),
        ),
        spans=((resources, _around(args.start)),) if resources else (),
        owners=tuple(OwnerId(one) for one in resources),
    )


def _wanted_next_by_move(reads: Reads, args: Reschedule) -> Wanted:
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


def _against_now(reads: Reads, args: Any) -> Any:
    now = reads.find(Appointment, args.appointment_id)
    return args if now is None else replace(args, was=Was(status=now.status, start=now.starts_at))


def _about(args: Book | Reschedule | Cancel | TakeStep) -> str:
    return args.appointment_id


BOOK = register(
    Mutation(
        name="appointment.book",
        version=1,
        capability=Capability.BOOK,
        arguments=Book,
        run=book,
        wants=_wanted_by_book,
        subject=_about,
        depends_on=lambda args: (args.customer_id,) if args.customer_id else (),
    )
)
RESCHEDULE = register(
    Mutation(
        name="appointment.reschedule",
        version=1,
        capability=Capability.BOOK,
        arguments=Reschedule,
        run=reschedule,
        wants=_wanted_by_move,
        wants_next=_wanted_next_by_move,
        subject=_about,
        depends_on=lambda args: (args.appointment_id,),
        refreshed=_against_now,
    )
)
CANCEL = register(
    Mutation(
        name="appointment.cancel",
        version=1,
        capability=Capability.BOOK,
        arguments=Cancel,
        run=cancel,
        wants=_wanted_by_change,
        subject=_about,
        depends_on=lambda args: (args.appointment_id,),
        refreshed=_against_now,
    )
)
for _name, _run in (
    ("confirm", confirm),
    ("arrive", arrive),
    ("start", start),
    ("complete", complete),
    ("no_show", no_show),
    ("undo_step", undo_step),
):
    register(
        Mutation(
            name=f"appointment.{_name}",
            version=1,
            capability=Capability.PROGRESS,
            arguments=TakeStep,
            run=_run,
            wants=_wanted_by_change,
            subject=_about,
            depends_on=lambda args: (args.appointment_id,),
            refreshed=_against_now,
        )
    )


def series_occurrence_id(series: SeriesId, original_start: str) -> AppointmentId:
    """The id that every desk makes for one occurrence of a series, from its original local start with its fold."""
    return AppointmentId(ids.derived_id("occurrence", series, original_start))
