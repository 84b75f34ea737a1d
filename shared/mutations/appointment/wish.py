"""The appointment that an edit wishes for, before it is checked against hours and capacity."""

from dataclasses import replace
from datetime import timedelta

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Segment, Source, Status, Step
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.service import Service
from shared.mutations.appointment.arguments import Book, Reschedule, SegmentWish
from shared.mutations.registry import Context
from shared.rules import booking, wall_time
from shared.rules.erased import require_kept
from shared.store import Reads


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
        steps=(step(ctx, stands),),
        series_id=args.series_id,
        original_start=args.original_start,
    )


def _require_customer(reads: Reads, customer_id: CustomerId) -> None:
    customer = reads.find(Customer, customer_id)
    if customer is None:
        raise Refusal(Code.NOT_FOUND, what="customer", subject=customer_id)
    require_kept(customer)
    if customer.archived:
        raise Refusal(Code.ARCHIVED, what="customer", name=customer.name, subject=customer_id)
    if customer.blocked:
        raise Refusal(Code.CUSTOMER_BLOCKED, name=customer.name, subject=customer_id)


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


def step(ctx: Context, to: Status) -> Step:
    """A change of status, as the appointment's history keeps it."""
    return Step(status=to, at=ctx.at, by=ctx.actor.user_id, as_whom=ctx.actor.as_whom)


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
