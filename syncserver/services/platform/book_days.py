"""A day of a business, for a browser: as one of its people may see it, or whole for whoever edits its schedule."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from shared import clock
from shared.clock import instant_text
from shared.dates import Dates, date_text, weekday_text
from shared.model.appointment import Appointment, Segment, Status
from shared.model.base import LocationId, Span, value
from shared.model.business import Business, Location
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability, Scope, scope
from shared.rules.plans import includes
from shared.rules.status import FOLLOWS
from shared.rules.wall_time import day_span, local, wall_text
from syncserver.services.declined import Declined
from syncserver.services.identity.masquerades import Masquerade
from syncserver.services.server import Server
from syncserver.store.days import BookSpan, book_within, business_of, customers_with, places_of, visits_within
from syncserver.store.handles import Connection
from syncserver.store.plans import features_of
from syncserver.store.tenancy import Tenant, tenant_transaction

_ONE: Final = timedelta(days=1)
_APART: Final = timedelta(hours=26)
"""How far the clocks of two places can be apart: from 12 hours behind UTC to 14 before it."""
_REACH: Final = timedelta(days=3660)
"""How far from today a day may lie."""


@value
class Entry:
    """An appointment as it is read, its times by the clock of its column; without `status` a span that is blocked."""

    held: Span
    when: str
    who: str
    """Whom it is for, or of a customer's own visits with whom; why it is blocked."""
    what: str = ""
    status: Status | None = None
    visit: "Handle | None" = None
    """What a form says of a visit that can still be moved and cancelled."""


@value
class Handle:
    """A visit as an edit names it, with its start by the clock of where it is, as a field of a form holds it."""

    id: str
    status: str
    start: str
    wall: str


@value
class Column:
    """One resource with what it has that day, or all that is a customer's own."""

    title: str
    place: str
    entries: Sequence[Entry]
    zone: str = ""
    """By which clock its times are, where that is not the one of the business."""


@value
class Day:
    """One day. `is_own` says that these are one customer's visits; `is_known` that it is sure whose they would be."""

    day: date
    title: str
    before: date
    after: date
    today: date
    zone: str
    home: str
    """By which clock it is today, as `home_zone` says."""
    locale: str
    columns: Sequence[Column]
    is_own: bool = False
    is_known: bool = True


def day_as(server: Server, masquerade: Masquerade, day: date | None) -> Day:
    """A day as the target of a masquerade sees it, today where none is asked for.

    Declined as `not_found` where the target has no business, as `not_allowed` where their role sees no book.
    """
    tenant, target = masquerade.tenant, masquerade.target
    if tenant is None:
        raise Declined(ProblemCode.NOT_FOUND)
    sees = includes(features_of(server.engine, tenant), Capability.SEE_BOOK)
    reach = scope(target.role, Capability.SEE_BOOK) if sees else Scope.NONE
    with tenant_transaction(server.engine, tenant, read_only=True) as connection:
        business = business_of(connection)
        shown, span = _empty(business, day, home_zone(business, places_of(connection)))
        if reach is Scope.ALL:
            return _whole(connection, business, shown, span)
        if reach is Scope.OWN:
            return _own(connection, business, replace(shown, is_own=True), span, target.email)
    raise Declined(ProblemCode.NOT_ALLOWED)


def day_of(server: Server, tenant: Tenant, day: date | None) -> Day:
    """A day with all that is in it, today where none is asked for."""
    with tenant_transaction(server.engine, tenant, read_only=True) as connection:
        business = business_of(connection)
        shown, span = _empty(business, day, home_zone(business, places_of(connection)))
        return _whole(connection, business, shown, span)


def _whole(connection: Connection, business: Business, shown: Day, span: Span) -> Day:
    # Where one place has the day already, or still: each column takes what is of its own.
    book = book_within(connection, Span(span.start - _APART, span.end + _APART))
    return replace(shown, columns=list(_columns(business, shown.day, book)))


def home_zone(business: Business, places: Sequence[Location]) -> str:
    """By which clock it is today: that of all places where they have one, else that of the business.

    A business begins with UTC, and has its first place before anybody comes to change that.
    """
    zones = {one.zone for one in places}
    return zones.pop() if len(zones) == 1 else business.zone


def _empty(business: Business, asked: date | None, zone: str) -> tuple[Day, Span]:
    """A day without anything in it, and its span; where none is asked for, today in `zone`."""
    today = local(clock.now(), zone).date()
    day = asked if asked and abs(asked - today) <= _REACH else today
    title = f"{weekday_text(day)} {date_text(day, business.locale)}"
    shown = Day(
        day=day, title=title, before=day - _ONE, after=day + _ONE, today=today, zone=business.zone,
        home=zone, locale=business.locale, columns=(),
    )  # fmt: skip
    return shown, day_span(day, business.zone)


def _own(connection: Connection, business: Business, shown: Day, span: Span, email: str) -> Day:
    # An e-mail may be a family's: where several have it, nobody says whose visits these are, and none is shown.
    found = customers_with(connection, email)
    if len(found) != 1:
        return replace(shown, is_known=False)
    (customer,) = found
    book = visits_within(connection, span, customer.id)
    clockface = _Clockface(dates=Dates(zone=business.zone, locale=business.locale), day=span)
    names = {one.id: one.name for one in book.resources}
    visits = [
        clockface.visit(
            one, who=", ".join(names[held] for held in one.resources if held in names), segments=one.segments
        )
        for one in book.appointments
    ]
    return replace(shown, columns=[Column(title=customer.name, place="", entries=visits)])


def _columns(business: Business, day: date, book: BookSpan) -> Iterator[Column]:
    """A column for each resource that is in use or has something that day, and one for what has no resource.

    A day is that of the place, as it is at a desk there.
    """
    people = {one.id: one.name for one in book.customers}
    places = {one.id: one.name for one in book.locations}
    zones = {one.id: one.zone for one in book.locations}
    several = sum(not one.archived for one in book.locations) > 1

    def clockface_of(location: LocationId) -> _Clockface:
        return _clockface(business, day, zones.get(location, business.zone))

    def who(one: Appointment) -> str:
        return people.get(one.customer_id, "") if one.customer_id else ""

    for resource in sorted(book.resources, key=lambda one: (places.get(one.location_id, ""), one.position, one.id)):
        place = places.get(resource.location_id, "") if several else ""
        clockface = clockface_of(resource.location_id)
        entries = [
            clockface.visit(one, who=who(one), segments=_with(one, resource))
            for one in book.appointments
            if resource.id in one.resources
        ]
        entries += [clockface.blocked(one) for one in book.blocks if one.resource_id == resource.id]
        shown = clockface.of_the_day(entries)
        if shown or not resource.archived:
            zone = "" if clockface.dates.zone == business.zone else clockface.dates.zone
            yield Column(title=resource.name, place=place, entries=shown, zone=zone)
    clockface = _clockface(business, day, business.zone)
    loose = [one for one in book.appointments if not one.resources]
    if shown := clockface.of_the_day([clockface.visit(one, who=who(one), segments=one.segments) for one in loose]):
        yield Column(title="Nobody yet", place="", entries=shown)


def _clockface(business: Business, day: date, zone: str) -> "_Clockface":
    return _Clockface(dates=Dates(zone=zone, locale=business.locale), day=day_span(day, zone))


def _with(one: Appointment, resource: Resource) -> Sequence[Segment]:
    return [segment for segment in one.segments if resource.id in segment.resources]


def _handle(one: Appointment) -> Handle | None:
    if one.locked or one.status not in FOLLOWS[Status.CANCELLED]:
        return None
    wall = wall_text(one.starts_at, one.zone)[: len("2026-05-04T09:00")]
    return Handle(id=one.id, status=one.status.value, start=instant_text(one.starts_at), wall=wall)


@value
class _Clockface:
    """How times of one day are written."""

    dates: Dates
    day: Span

    def visit(self, one: Appointment, *, who: str, segments: Sequence[Segment]) -> Entry:
        what = ", ".join(segment.name for segment in segments)
        when = self._when(one.starts_at, one.ends_at)
        held = Span(one.starts_at, one.ends_at)
        return Entry(held=held, when=when, who=who, what=what, status=one.status, visit=_handle(one))

    def blocked(self, one: TimeBlock) -> Entry:
        held = Span(one.starts_at, one.ends_at)
        return Entry(held=held, when=self._when(one.starts_at, one.ends_at), who=one.reason)

    def of_the_day(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """What touches the day, in order."""
        return sorted((one for one in entries if one.held.overlaps(self.day)), key=lambda one: one.held.start)

    def _when(self, start: datetime, end: datetime) -> str:
        """`09:00 to 09:45`; with its day what lies on another."""
        first = self.dates.time(start) if self.day.start <= start else self.dates.moment(start)
        last = self.dates.time(end) if end <= self.day.end else self.dates.moment(end)
        return f"{first} to {last}"
