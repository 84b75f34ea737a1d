"""Everything that the book shows of one day at one location, or of the days of one resource."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from desktop.queries.shown_columns import EVERYTHING, Shown, shown_of
from desktop.queries.wishes import wished_by
from desktop.store import finding
from desktop.store.replica import Replica
from shared.dates import Dates
from shared.model.appointment import Appointment, Status
from shared.model.base import LocationId, OwnerId, ResourceId, Span, value
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.rules import hours, status, wall_time
from shared.rules.allocating import taking_part
from shared.store import Reads
from shared.texts import sentence


@value
class Piece:
    """One unbroken stretch of an appointment on one resource; the buffers before and after it in minutes."""

    resource_id: ResourceId
    span: Span
    before: int = 0
    after: int = 0
    gaps: tuple[Span, ...] = ()
    """When the resource is free inside: while something takes effect."""
    segments: tuple[int, ...] = (0,)
    """Which of the appointment's segments it joins, by number."""


@value
class Booking:
    """An appointment as the book draws it, once for every resource that it takes."""

    id: str
    customer_name: str
    service: str
    """The names of its services, joined by ` + `."""
    status: Status
    span: Span
    pieces: tuple[Piece, ...]
    colour: str
    customer_id: str | None = None
    notes: str = ""
    alert: str = ""
    """What the desk should know of the customer."""
    movable: bool = True
    repeats: bool = False
    """Whether it is one of a series."""
    pending: bool = False
    """Saved on this computer and not accepted by the server yet."""
    refused: str = ""
    """The rule that refuses it, as a sentence; it is drawn from what was entered and holds nothing."""
    item_id: str = ""
    """The attention item of one that the server has refused already."""


@value
class DayBook:
    """One local day of one location, from midnight to midnight in its zone, or some days of one of its resources."""

    days: tuple[date, ...]
    """One; or those that follow one another and are shown of the one resource."""
    location: Location
    span: Span
    slot_step: int
    """Minutes."""
    locale: str
    resources: tuple[Resource, ...]
    names: Mapping[str, str]
    """Of every resource of the location, by id."""
    bookings: tuple[Booking, ...]
    blocks: tuple[TimeBlock, ...]
    open_spans: Mapping[str, tuple[Span, ...]]
    """By resource, cut to what location and resource both keep open; one that keeps no hours is open all day."""
    now: datetime

    @property
    def day(self) -> date:
        """The first day."""
        return self.days[0]


def day_book(replica: Replica, day: date, location: Location, shown: Shown = EVERYTHING) -> DayBook:
    """The book of a day. What is cancelled, declined or expired is left out."""
    here = _here(replica, location)
    return _book(replica, (day,), location, here, shown_of(here, shown))


def week_book(replica: Replica, days: tuple[date, ...], location: Location, resource: ResourceId) -> DayBook:
    """The book of one resource on days that follow one another; without any column where it is archived."""
    here = _here(replica, location)
    return _book(replica, days, location, here, [one for one in here if one.id == resource], only=resource)


def _here(replica: Replica, location: Location) -> Sequence[Resource]:
    return [one for one in finding.resources(replica.database) if one.location_id == location.id]


def _book(
    replica: Replica,
    days: tuple[date, ...],
    location: Location,
    here: Sequence[Resource],
    columns: Sequence[Resource],
    *,
    only: ResourceId | None = None,
) -> DayBook:
    reads = replica.tx()
    business = reads.business()
    span = days_span(days, location.zone)
    ids = [one.id for one in columns]
    return DayBook(
        days=days,
        location=location,
        span=span,
        slot_step=business.slot_step,
        locale=business.locale,
        resources=tuple(columns),
        names={str(one.id): one.name for one in here},
        bookings=tuple(bookings_between(replica, location.id, span, only)),
        blocks=tuple(reads.blocks(ids, span)) if ids else (),
        open_spans=open_spans(reads, location, ids, days[0], days[-1]),
        now=replica.now(),
    )


_NOT_DRAWN = frozenset({Status.CANCELLED, Status.DECLINED, Status.EXPIRED})


def days_span(days: Sequence[date], zone: str) -> Span:
    """From the first midnight to the last of local days that follow one another."""
    return Span(wall_time.day_span(days[0], zone).start, wall_time.day_span(days[-1], zone).end)


def bookings_between(
    replica: Replica, location: LocationId, span: Span, only: ResourceId | None = None
) -> Iterable[Booking]:
    """What touches a span at a location and was not called off; of one resource, where one is named."""
    reads = replica.tx()
    found = (
        finding.appointments_between(replica.database, location, span)
        if only is None
        else finding.appointments_with(replica.database, only, span)
    )
    standing = [one for one in found if one.status not in _NOT_DRAWN]
    wishes = [one for one in _refused(replica, reads, span) if _touches(one[0], location, span, only)]
    people = finding.by_ids(
        replica.database,
        Customer,
        [one.customer_id for one in (*standing, *(wish for wish, _, _ in wishes)) if one.customer_id],
    )
    pending = replica.unsent_rows("appointment", [one.id for one in standing])
    for one in standing:
        yield _booking(one, people, pending=one.id in pending)
    for wish, why, item in wishes:
        yield _booking(wish, people, pending=not item, refused=why, item_id=item)


def _touches(wish: Appointment, location: LocationId, span: Span, only: ResourceId | None) -> bool:
    is_here = wish.location_id == location and wish.starts_at < span.end and span.start < wish.ends_at
    return is_here and (only is None or only in wish.resources)


def _refused(replica: Replica, reads: Reads, span: Span) -> Iterable[tuple[Appointment, str, str]]:
    """What queued edits wished for that would be refused, and what open items wished for: wish, sentence, item.

    All that touch the span, and perhaps others.
    """
    ctx, locale = replica.context(), reads.business().locale
    for edit in replica.outbox.refused_wishes(span):
        if (wish := wished_by(reads, ctx, edit.name, edit.args, version=edit.v)) is not None:
            dates = Dates(zone=wish.zone, locale=locale)
            yield wish, sentence(edit.refused or "", edit.details or {}, dates), ""
    for item in finding.open_wishes(replica.database, span):
        if (wish := wished_by(reads, ctx, item.name, item.args)) is not None:
            yield wish, sentence(item.code, item.details, Dates(zone=wish.zone, locale=locale)), item.id


def _booking(
    one: Appointment,
    people: Mapping[str, Customer],
    *,
    pending: bool,
    refused: str = "",
    item_id: str = "",
) -> Booking:
    customer = people.get(one.customer_id or "")
    return Booking(
        id=one.id,
        customer_id=one.customer_id,
        customer_name=customer.name if customer else "",
        service=one.service_names,
        status=one.status,
        span=Span(one.starts_at, one.ends_at),
        pieces=pieces_of(one),
        colour=next((segment.colour for segment in one.segments if segment.colour), ""),
        notes=one.notes,
        alert=customer.alert if customer else "",
        movable=one.status in status.OPEN and not refused,
        repeats=one.series_id is not None,
        pending=pending,
        refused=refused,
        item_id=item_id,
    )


def pieces_of(one: Appointment) -> tuple[Piece, ...]:
    """Where an appointment stands on each of its resources, segments that meet joined."""
    made: list[Piece] = []
    begins, taking = one.starts_at, taking_part(one)
    for number, segment in enumerate(one.segments):
        ends = begins + timedelta(minutes=segment.minutes)
        for resource in segment.resources:
            last = next((piece for piece in made if piece.resource_id == resource and piece.span.end == begins), None)
            if last is not None:
                made.remove(last)
            start = begins if last is None else last.span.start
            before = segment.before if last is None else last.before
            joined = (number,) if last is None else (*last.segments, number)
            made.append(
                Piece(resource_id=resource, span=Span(start, ends), before=before, after=segment.after, segments=joined)
            )
        begins = ends
    return tuple(replace(piece, gaps=_gaps(piece.span, taking[piece.resource_id])) for piece in made)


def _gaps(span: Span, taken: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of a stretch where a resource takes part in it in several spans."""
    inside = [one for one in hours.join(taken) if one.overlaps(span)]
    reach = [*inside, Span(span.end, span.end)]
    return tuple(Span(one.end, other.start) for one, other in pairwise(reach) if one.end < other.start)


def open_spans(
    reads: Reads, location: Location, resources: Sequence[ResourceId], first: date, last: date
) -> Mapping[str, tuple[Span, ...]]:
    """When each resource can be booked on the local days `first` to `last`: when it and the location are open."""
    owners = [OwnerId(location.id), *(OwnerId(one) for one in resources)]
    rules, dated = reads.hours(owners), reads.exceptions(owners, first - timedelta(days=1), last)
    whole = (days_span((first, last), location.zone),)

    def spans(owner: OwnerId, otherwise: tuple[Span, ...]) -> tuple[Span, ...]:
        own = [one for one in rules if one.owner_id == owner]
        own_dated = [one for one in dated if one.owner_id == owner]
        if not own and not own_dated:
            return otherwise
        return hours.intersect(otherwise, hours.open_spans(own, own_dated, location.zone, first, last))

    of_location = spans(owners[0], whole)
    return {str(one): spans(OwnerId(one), of_location) for one in resources}
