"""The appointment that an edit wishes for, before it is checked against hours and capacity."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Part, Segment, Source, Status, Step
from shared.model.base import ResourceId, ServiceId
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.mutations.appointment.arguments import Book, Reschedule, SegmentWish
from shared.mutations.registry import Context
from shared.rules import booking, choosing, requests, wall_time
from shared.rules.choosing import Named
from shared.rules.merged import require_bookable
from shared.store import Reads


def draft(reads: Reads, ctx: Context, args: Book, *, sequence: int = 0) -> Appointment:
    """The appointment as it was wished for, not yet checked against hours and capacity."""
    location = booking.require_location(reads, args.location_id)
    customer = None if args.customer_id is None else require_bookable(reads, args.customer_id)
    if not args.segments:
        raise Refusal(Code.INVALID, what="no_resource")
    stands = requests.stands_as(Status(args.status), reads.business(), ctx.actor.role)
    empty = Appointment(
        id=args.appointment_id,
        customer_id=None if customer is None else customer.id,
        location_id=args.location_id,
        starts_at=args.start,
        ends_at=args.start,
        zone=location.zone,
        wall_start=wall_time.wall_text(args.start, location.zone),
        segments=(),
        status=stands,
        source=Source(args.source),
        notes=args.notes,
        price=0,
        currency=reads.business().currency,
        steps=(step(ctx, stands),),
        series_id=args.series_id,
        original_start=args.original_start,
        party=args.party,
        sequence=sequence,
    )
    return _planned(reads, empty, args.segments, (), title=args.title, over=args.override is not None)


def step(ctx: Context, to: Status) -> Step:
    """A change of status, as the appointment's history keeps it."""
    return Step(status=to, at=ctx.at, by=ctx.actor.user_id, as_whom=ctx.actor.as_whom)


def moved_to(reads: Reads, now: Appointment, args: Reschedule) -> Appointment:
    """The appointment as it was wished to be, not yet checked against hours and capacity."""
    party = now.party if args.party is None else args.party
    wall_start = wall_time.wall_text(args.start, now.zone)
    moved = replace(
        now, starts_at=args.start, ends_at=args.start, wall_start=wall_start, segments=(), price=0, party=party
    )
    if args.segments is None:
        kept = now.segments if party == now.party else tuple(_with_parts(reads, one, party) for one in now.segments)
        minutes, price = sum(one.minutes for one in kept), sum(one.price for one in kept)
        return replace(moved, segments=kept, ends_at=args.start + timedelta(minutes=minutes), price=price)
    if not args.segments:
        raise Refusal(Code.INVALID, what="no_resource")
    title = now.segments[0].name if now.segments else ""
    return _planned(reads, moved, args.segments, now.segments, title=title, over=args.override is not None)


def _planned(
    reads: Reads,
    visit: Appointment,
    wishes: Sequence[SegmentWish],
    booked: Sequence[Segment],
    *,
    title: str,
    over: bool,
) -> Appointment:
    """The visit with a segment for each wish, one after the other.

    One of a service that is `booked` keeps the snapshot of then, whatever the service is today.
    """
    by_service = {segment.service_id: segment for segment in booked}
    for wish in wishes:
        segment = _segment(reads, visit, wish, by_service.get(wish.service_id), title=title, over=over)
        visit = replace(
            visit,
            segments=(*visit.segments, segment),
            ends_at=visit.ends_at + timedelta(minutes=segment.minutes),
            price=visit.price + segment.price,
        )
    return visit


def _segment(
    reads: Reads, visit: Appointment, wish: SegmentWish, booked: Segment | None, *, title: str, over: bool
) -> Segment:
    service = None if wish.service_id is None else reads.find(Service, wish.service_id)
    if booked is None:
        bare = _plain(title, wish) if wish.service_id is None else _snapshot(service, wish.service_id, wish.resources)
    else:
        bare = replace(booked, parts=())
        service = service and replace(service, terms=())
    if service is not None and wish.fill:
        return _filled(reads, visit, wish, bare, service, over=over)
    if service is not None and service.terms:
        bare = choosing.by_terms(bare, service, _lead(reads, wish.resources))
    segment = choosing.lasting(bare if booked is None else replace(bare, resources=wish.resources), wish.minutes)
    return _with_parts(reads, segment, visit.party, kept=() if booked is None else booked.parts)


def _plain(title: str, wish: SegmentWish) -> Segment:
    return Segment(
        service_id=None, name=title, colour="", price=0, before=0, active=wish.minutes or 0, processing=0, finishing=0,
        after=0, resources=wish.resources,
    )  # fmt: skip


def _snapshot(service: Service | None, wanted: ServiceId, resources: tuple[ResourceId, ...]) -> Segment:
    if service is None:
        raise Refusal(Code.NOT_FOUND, what="service", subject=wanted)
    if service.archived:
        raise Refusal(Code.ARCHIVED, what="service", name=service.name, subject=wanted)
    return choosing.snapshot(service, resources)


def _filled(
    reads: Reads, visit: Appointment, wish: SegmentWish, bare: Segment, service: Service, *, over: bool
) -> Segment:
    """The segment with what its service needs. Whoever passes over rules gets what is taken, where nothing is free."""
    free = partial(booking.free_places, reads, visit)
    fill = partial(
        choosing.filled,
        bare,
        service,
        Named(resources=wish.resources, exchangeable=wish.exchangeable),
        reads.resources_at(visit.location_id),
        minutes=wish.minutes,
        party=visit.party,
        before=visit.resources,
    )
    try:
        return fill(places=free)
    except Refusal as refusal:
        if not over or refusal.code is not Code.SLOT_TAKEN:
            raise
        return fill(places=lambda segment, resource, during: resource.capacity)


def _lead(reads: Reads, resources: Sequence[ResourceId]) -> ResourceId | None:
    """By whose terms it goes: the first person who was named."""
    found = (reads.find(Resource, one) for one in resources)
    return next((one.id for one in found if one is not None and one.kind is ResourceKind.STAFF), None)


def _with_parts(reads: Reads, segment: Segment, party: int, *, kept: Sequence[Part] = ()) -> Segment:
    """How its resources take part by what its service needs today, or as they did where that is gone."""
    service = None if segment.service_id is None else reads.find(Service, segment.service_id)
    if segment.service_id is not None and service is None:
        return replace(segment, parts=tuple(one for one in kept if one.resource_id in segment.resources))
    needs = () if service is None else service.needs
    if not choosing.is_partly(needs, party):
        return replace(segment, parts=()) if segment.parts else segment
    found = [one for one in (reads.find(Resource, one) for one in segment.resources) if one is not None]
    return replace(segment, parts=choosing.parts_of(needs, found, party))


def require_party(reads: Reads, visit: Appointment) -> None:
    """Refuse a party that is larger than a service of the visit takes."""
    if visit.party == 1:
        return
    for segment in visit.segments:
        service = None if segment.service_id is None else reads.find(Service, segment.service_id)
        if service is not None and visit.party > service.capacity:
            raise Refusal(Code.INVALID, what="party", most=service.capacity, name=service.name)
