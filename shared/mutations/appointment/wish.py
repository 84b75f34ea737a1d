"""The appointment that an edit wishes for, before it is checked against hours and capacity."""

from collections.abc import Iterator
from datetime import timedelta

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Segment, Source, Status, Step
from shared.model.base import CustomerId, replace
from shared.model.service import Service
from shared.mutations.appointment.arguments import Book, Reschedule
from shared.mutations.registry import Context
from shared.rules import booking, choosing, requests, wall_time
from shared.rules.merged import require_bookable
from shared.rules.planning import planned, with_parts
from shared.rules.slots import Ask
from shared.store import Reads


def draft(reads: Reads, ctx: Context, args: Book, *, sequence: int = 0) -> Appointment:
    """The appointment as it was wished for, not yet checked against hours and capacity."""
    customer = None if args.customer_id is None else require_bookable(reads, args.customer_id)
    if not args.segments:
        raise Refusal(Code.INVALID, what="no_resource")
    stands = requests.stands_as(Status(args.status), reads.business(), ctx.actor.role)
    empty = _empty(
        reads,
        args,
        customer_id=None if customer is None else customer.id,
        stands=stands,
        steps=(step(ctx, stands),),
        sequence=sequence,
    )
    return planned(reads, empty, args.segments, title=args.title, over=args.override is not None)


def _empty(
    reads: Reads,
    args: Book,
    *,
    customer_id: CustomerId | None,
    stands: Status,
    steps: tuple[Step, ...] = (),
    sequence: int = 0,
) -> Appointment:
    """A visit in which nothing is done yet."""
    location = booking.require_location(reads, args.location_id)
    return Appointment(
        id=args.appointment_id,
        customer_id=customer_id,
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
        steps=steps,
        series_id=args.series_id,
        original_start=args.original_start,
        party=args.party,
        sequence=sequence,
    )


def asked_by(reads: Reads, args: Book | Reschedule) -> Ask:
    """What a booking or a move looks a place for; refused where what it stands on is unknown or archived."""
    if isinstance(args, Book):
        empty = _empty(reads, args, customer_id=args.customer_id, stands=Status(args.status))
        return Ask(visit=empty, services=args.segments, title=args.title)
    now = reads.find(Appointment, args.appointment_id)
    if now is None:
        raise Refusal(Code.NOT_FOUND, what="appointment", subject=args.appointment_id)
    if args.segments is None:
        return Ask(visit=moved_to(reads, now, args))
    party = now.party if args.party is None else args.party
    return Ask(visit=replace(now, party=party), services=args.segments, title=_title_of(now))


def step(ctx: Context, to: Status) -> Step:
    """A change of status, as the appointment's history keeps it."""
    return Step(status=to, at=ctx.at, by=ctx.actor.user_id, as_whom=ctx.actor.as_whom)


def moved_to(reads: Reads, now: Appointment, args: Reschedule) -> Appointment:
    """The appointment as it was wished to be, not yet checked against hours and capacity."""
    party = now.party if args.party is None else args.party
    start = now.starts_at if args.start is None else args.start
    wall_start = wall_time.wall_text(start, now.zone)
    moved = replace(now, starts_at=start, ends_at=start, wall_start=wall_start, segments=(), price=0, party=party)
    if args.segments is None:
        kept = now.segments if party == now.party else tuple(with_parts(reads, one, party) for one in now.segments)
        minutes, price = sum(one.minutes for one in kept), sum(one.price for one in kept)
        return replace(moved, segments=kept, ends_at=start + timedelta(minutes=minutes), price=price)
    if not args.segments:
        raise Refusal(Code.INVALID, what="no_resource")
    over = args.override is not None
    # What stands there comes first: others may have booked it anew.
    booked = (*now.segments, *_as_before(reads, args))
    return planned(reads, moved, args.segments, booked=booked, title=_title_of(now), over=over)


def _as_before(reads: Reads, args: Reschedule) -> Iterator[Segment]:
    """Services as they were booked before somebody took them out; those that are not there any more are refused."""
    for one in args.as_before or ():
        service = reads.find(Service, one.service_id)
        if service is not None and not service.archived:
            was = {
                name: getattr(one, name) for name in ("price", "before", "active", "processing", "finishing", "after")
            }
            yield replace(choosing.snapshot(service), **was)


def _title_of(now: Appointment) -> str:
    return now.segments[0].name if now.segments else ""
