"""Making the occurrences of a series: booking it, and going on with it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Segment
from shared.model.base import AppointmentId, OwnerId, ResourceId, Span, replace
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.resource import Resource
from shared.model.series import Series
from shared.model.service import Service
from shared.mutations.appointment.arguments import Book, SegmentWish
from shared.mutations.appointment.steps import target
from shared.mutations.appointment.wish import draft
from shared.mutations.registry import Context
from shared.mutations.series import placing
from shared.mutations.series.arguments import BookSeries, ExtendSeries
from shared.mutations.series.placing import Clash, Placing
from shared.rules import booking, recurrence, wall_time
from shared.rules import series as rules
from shared.rules.merged import require_bookable
from shared.rules.planning import require_party
from shared.rules.recurrence import Occurrence
from shared.store import Changes, Reads, Wanted


def book(reads: Reads, ctx: Context, args: BookSeries) -> Changes:
    """Make a series and its occurrences, each decided by itself. An id that exists already does nothing."""
    if reads.find(Series, args.series_id) is not None:
        return Changes()
    asked = _asked(reads, args)
    wall_time.typed(rules.wall_of(args.first), asked.zone)
    dates = rules.dates(asked, before=horizon(reads, ctx, args.before), limit=rules.MOST_AT_ONCE)
    if not dates:
        start = wall_time.resolve(rules.wall_of(args.first), asked.zone)
        raise Refusal(Code.TOO_FAR_AHEAD, days=reads.business().max_advance, start=instant_text(start))
    first = _first(reads, ctx, asked, args, dates)
    series = replace(asked, segments=first.segments)
    if args.visit_id is None:
        return _made(reads, ctx, series, first, dates)
    adopted = Changes(put=(_adopted(reads, series, args.visit_id),))
    return adopted + _made(
        reads, ctx, series, first, [one for one in dates if one.local != rules.wall_of(series.start)]
    )


def _adopted(reads: Reads, series: Series, visit_id: AppointmentId) -> Appointment:
    """The visit that becomes the first of its series."""
    now = target(reads, visit_id)
    original = rules.original_of(rules.wall_of(series.start))
    if now.status not in rules.CHANGEABLE or now.series_id is not None or now.wall_start != series.start:
        raise Refusal(Code.CHANGED_MEANWHILE, subject=now.id)
    return replace(now, series_id=series.id, original_start=original)


def extend(reads: Reads, ctx: Context, args: ExtendSeries) -> Changes:
    """Make further occurrences of a series that goes on."""
    series = live(reads, args.series_id)
    if series.archived:
        raise Refusal(Code.ARCHIVED, what="series", subject=series.id)
    # Its location may go by another clock since the last of it was made.
    series = replace(series, zone=booking.require_location(reads, series.location_id).zone)
    dates = _missing(reads, series, horizon(reads, ctx, args.before))
    if not dates:
        return Changes()
    return _made(reads, ctx, series, pattern(reads, ctx, series, dates[0]), dates)


def live(reads: Reads, series_id: str) -> Series:
    """The series that an edit is about; refused where there is none."""
    found = reads.find(Series, series_id)
    if found is None or rules.is_of_blocks(found):
        raise Refusal(Code.NOT_FOUND, what="series", subject=series_id)
    return found


def horizon(reads: Reads, ctx: Context, before: datetime) -> datetime:
    """Until when occurrences are made: no farther than may be booked ahead."""
    return min(before, ctx.at + timedelta(days=reads.business().max_advance))


def pattern(reads: Reads, ctx: Context, series: Series, at: Occurrence) -> Appointment:
    """The visit that every occurrence is, at one of its dates; refused where it could not be booked any more."""
    first = draft(reads, ctx, booking_of(series, series.segments, at))
    price, minutes = sum(one.price for one in series.segments), sum(one.minutes for one in series.segments)
    return replace(first, segments=series.segments, price=price, ends_at=at.start + timedelta(minutes=minutes))


def at_date(visit: Appointment, date: Occurrence) -> Appointment:
    """A visit at another date of its series."""
    return replace(
        visit,
        starts_at=date.start,
        ends_at=date.start + (visit.ends_at - visit.starts_at),
        wall_start=date.local.isoformat(),
        original_start=date.original,
    )


def made_at(pattern: Appointment, series: Series, date: Occurrence) -> Appointment:
    """The occurrence that a series makes of its pattern at a date."""
    return replace(at_date(pattern, date), id=occurrence_of(series, date), series_id=series.id)


def occurrence_of(series: Series, date: Occurrence) -> AppointmentId:
    """The id that every desk makes for a date of a series."""
    return AppointmentId(recurrence.occurrence_id(series.id, date))


def booking_of(series: Series, segments: Sequence[Segment], date: Occurrence) -> Book:
    """The booking of one date by itself."""
    title = next((one.name for one in segments if one.service_id is None), "")
    return Book(
        appointment_id=occurrence_of(series, date),
        customer_id=series.customer_id,
        location_id=series.location_id,
        start=date.start,
        segments=tuple(
            SegmentWish(service_id=one.service_id, resources=one.resources, minutes=one.minutes) for one in segments
        ),
        title=title,
        notes=series.notes,
        series_id=series.id,
        original_start=date.original,
        party=series.party,
    )


def without(series: Series, clashes: Sequence[Clash]) -> Series:
    """A series that does not try again by itself what could not be had."""
    return replace(series, exdates=tuple(sorted({*series.exdates, *(one.original for one in clashes)})))


def _asked(reads: Reads, args: BookSeries) -> Series:
    location = booking.require_location(reads, args.location_id)
    customer = None if args.customer_id is None else require_bookable(reads, args.customer_id)
    return Series(
        id=args.series_id,
        customer_id=None if customer is None else customer.id,
        location_id=args.location_id,
        zone=location.zone,
        start=rules.wall_of(args.first).isoformat(),
        rrule=args.rrule,
        exdates=tuple(sorted({rules.original_of(rules.wall_of(one, "exdates")) for one in args.exdates})),
        segments=(),
        notes=args.notes,
        party=args.party,
    )


def _first(reads: Reads, ctx: Context, asked: Series, args: BookSeries, dates: Sequence[Occurrence]) -> Appointment:
    """The visit at the first date at which what its services need is free; it is what the others are made from."""
    if args.visit_id is not None:
        like = target(reads, args.visit_id)
        series = replace(asked, segments=like.segments, party=like.party)
        return pattern(reads, ctx, series, dates[0])
    for place, date in enumerate(dates):
        wish = replace(booking_of(asked, (), date), segments=args.wishes, title=args.title)
        try:
            first = draft(reads, ctx, wish)
        except Refusal as refusal:
            if refusal.code is not Code.SLOT_TAKEN or place == len(dates) - 1:
                raise
        else:
            require_party(reads, first)
            booking.require_sound(first.segments)
            return first
    raise AssertionError("a series has at least one date")


def _missing(reads: Reads, series: Series, before: datetime) -> list[Occurrence]:
    known = {one.original_start for one in reads.occurrences_of(series.id)}
    found = rules.dates(series, before=before, limit=rules.MOST_AT_ONCE + len(known))
    missing = (one for one in found if one.original not in known)
    return [one for one in missing if reads.find(Appointment, occurrence_of(series, one)) is None][: rules.MOST_AT_ONCE]


def _made(reads: Reads, ctx: Context, series: Series, pattern: Appointment, dates: Sequence[Occurrence]) -> Changes:
    state, clashes, taken = Placing(reads, ctx), [], 0
    for date in dates:
        wish = made_at(pattern, series, date)
        if reads.find(Appointment, wish.id) is not None:
            continue
        refusal = state.place(wish, is_new=True)
        taken += refusal is None
        if refusal is not None:
            clashes.append(Clash(series_id=series.id, wish=wish, refusal=refusal, original=date.original))
    placing.require_agreed(reads, clashes, taken=taken)
    by_date = {date.original: date for date in dates}
    items = (
        placing.kept(reads, ctx, one, "appointment.book", booking_of(series, pattern.segments, by_date[one.original]))
        for one in clashes
    )
    row = Changes(put=(without(series, clashes),))
    return sum(items, row + state.changes()) + placing.adjusted(clashes)


def wanted_by_book(args: BookSeries) -> Wanted:
    """What the booking of a series reads, as far as its arguments tell."""
    resources = tuple(dict.fromkeys(one for wish in args.wishes for one in wish.resources))
    return Wanted(
        rows=(
            (Series, args.series_id),
            (Location, args.location_id),
            *(((Appointment, args.visit_id),) if args.visit_id else ()),
            *(((Customer, args.customer_id),) if args.customer_id else ()),
            *((Resource, one) for one in resources),
            *((Service, wish.service_id) for wish in args.wishes if wish.service_id),
        ),
        owners=(OwnerId(args.location_id), *(OwnerId(one) for one in resources)),
        subjects=(args.series_id, *((args.customer_id,) if args.customer_id else ())),
        places=(args.location_id,) if any(wish.fill for wish in args.wishes) else (),
    )


def wanted_next_by_book(reads: Reads, args: BookSeries) -> Wanted:
    """What it reads besides: its dates, as its location's clock has them."""
    resources = tuple(dict.fromkeys(one for wish in args.wishes for one in wish.resources))
    try:
        asked = _asked(reads, args)
        dates = rules.dates(asked, before=args.before, limit=rules.MOST_AT_ONCE)
    except Refusal:
        # It is refused when it is run.
        return Wanted()
    return wanted_at(asked, resources, dates)


def wanted_at(series: Series, resources: tuple[ResourceId, ...], dates: Sequence[Occurrence]) -> Wanted:
    """The visits of dates, and what stands around them."""
    made = tuple(occurrence_of(series, one) for one in dates)
    return Wanted(
        rows=tuple((Appointment, one) for one in made),
        spans=tuple((resources, around(one.start)) for one in dates),
        held_by=made,
    )


def around(start: datetime) -> Span:
    """Longer than most visits with their buffers; what reaches beyond it is read when it is asked for."""
    return Span(start - timedelta(hours=2), start + timedelta(hours=6))


def wanted_by_extend(args: ExtendSeries) -> Wanted:
    """What going on with a series reads, as far as its arguments tell."""
    return Wanted(rows=((Series, args.series_id),), series=(args.series_id,), subjects=(args.series_id,))


def wanted_next_by_extend(reads: Reads, args: ExtendSeries) -> Wanted:
    """What it reads besides: what its visits are made of, and the dates that are missing."""
    series = reads.find(Series, args.series_id)
    if series is None:
        return Wanted()
    return made_of(series) + _wanted_dates(reads, series, args.before)


def _wanted_dates(reads: Reads, series: Series, before: datetime) -> Wanted:
    resources = tuple(dict.fromkeys(one for segment in series.segments for one in segment.resources))
    try:
        return wanted_at(series, resources, _missing(reads, series, before))
    except Refusal:
        # It is refused when it is run.
        return Wanted()


def made_of(series: Series) -> Wanted:
    """What the visits of a series name."""
    resources = tuple(dict.fromkeys(one for segment in series.segments for one in segment.resources))
    return Wanted(
        rows=(
            (Location, series.location_id),
            *(((Customer, series.customer_id),) if series.customer_id else ()),
            *((Resource, one) for one in resources),
            *((Service, one.service_id) for one in series.segments if one.service_id),
        ),
        owners=(OwnerId(series.location_id), *(OwnerId(one) for one in resources)),
    )
