"""Books full of everything that figures are made of, and the same figures counted minute by minute, row by row."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from statistics import median_high, median_low
from typing import Any

from shared.clock import instant_text
from shared.model.appointment import Allocation, Appointment, Source, Status, Step
from shared.model.base import (
    AppointmentId,
    CustomerId,
    LocationId,
    OwnerId,
    PaymentId,
    ResourceId,
    SeriesId,
    Span,
    UserId,
)
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.payment import Payment, PaymentKind, PaymentMethod
from shared.model.registry import Entity, entity_type
from shared.model.resource import Resource, ResourceKind
from shared.rules import allocating, hours, wall_time
from shared.rules.numbers.material import HELD_COLUMNS, VISIT_COLUMNS, Asked, Row
from shared.rules.numbers.reading import After
from shared.rules.status import CAME, HOLDS_NOTHING
from shared.store import Changes
from tests.support.memory import MemoryTx
from tests.support.random_book import RandomBook, random_book
from tests.support.salon import made_id

DAYS = [
    ("Europe/London", date(2026, 3, 29)), ("Europe/London", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)), ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Cairo", date(2026, 4, 24)), ("Africa/Cairo", date(2026, 10, 29)),
    ("America/Santiago", date(2026, 4, 4)), ("America/Santiago", date(2026, 9, 6)),
    ("Asia/Kathmandu", date(2026, 5, 5)), ("Pacific/Apia", date(2026, 4, 5)), ("Pacific/Apia", date(2011, 12, 30)),
    ("America/Havana", date(2026, 11, 1)),
]  # fmt: skip
"""Days of 23, 23.5, 24, 24.5 and 25 hours, some of them put on or back at midnight, and one that there never was."""

CUSTOMERS = tuple(CustomerId(made_id(f"numbers-customer-{number}")) for number in range(6))
_ENDS = (
    Status.BOOKED, Status.CONFIRMED, Status.ARRIVED, Status.IN_SERVICE, Status.COMPLETED, Status.COMPLETED,
    Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED, Status.CANCELLED, Status.DECLINED, Status.EXPIRED,
    Status.REQUESTED,
)  # fmt: skip
_AUTHOR = UserId(made_id("user-owner"))


def busy_book(dice: Random, zone: str, day: date) -> RandomBook:
    """A random book whose visits have gone every way there is, with customers who were merged and money that came."""
    book = random_book(dice, zone, day)
    for one in book.tx.all(Appointment):
        _live(book, dice, one)
    for one in book.tx.all(Appointment):
        if book.tx.allocations_of(one.id) and dice.random() < 0.3:
            _squeeze_in(book, one)
    elsewhere = replace(book.location, id=LocationId(made_id("numbers-elsewhere")), zone="Europe/Berlin")
    people = [Customer(id=one, name=f"Customer {number}") for number, one in enumerate(CUSTOMERS)]
    for number in dice.sample(range(1, 6), dice.randrange(4)):
        # Always into one of a lower number: into nobody who was merged into them.
        into = dice.choice(CUSTOMERS[:number])
        people[number] = replace(people[number], merged_into=into, archived=True)
    book.tx.apply(Changes(put=(elsewhere, *people)))
    for number in range(dice.randrange(4)):
        _come_before(book, dice, elsewhere, number)
    for number in range(dice.randrange(12)):
        book.tx.apply(Changes(put=(_payment(book, dice, number),)))
    if dice.random() < 0.3:
        gone = dice.choice(book.resources)
        book.tx.apply(Changes(put=(replace(gone, archived=True),)))
    return book


def _live(book: RandomBook, dice: Random, one: Appointment) -> None:
    status = dice.choice(_ENDS)
    first = Status.REQUESTED if status in (Status.DECLINED, Status.EXPIRED) or dice.random() < 0.2 else Status.BOOKED
    way = dict.fromkeys((first, *((Status.BOOKED,) if dice.random() < 0.5 else ()), status))
    if status in (Status.REQUESTED, Status.DECLINED, Status.EXPIRED):
        way = dict.fromkeys((Status.REQUESTED, status))
    entered = one.starts_at - timedelta(minutes=dice.choice((-90, 0, 59, 60, 61, 1439, 1440, 5000, 30000, 99999)))
    lived = replace(
        one,
        status=status,
        steps=tuple(Step(status=each, at=entered, by=_AUTHOR) for each in way) if dice.random() < 0.9 else (),
        source=dice.choice(list(Source)),
        customer_id=dice.choice((None, *CUSTOMERS)),
        price=one.price + dice.choice((0, 0, 1, -7)),
        currency=dice.choice(("EUR", "EUR", "USD")),
        series_id=SeriesId(made_id("numbers-series")) if dice.random() < 0.2 else None,
        cancelled_by=dice.choice(("customer", "business")) if status is Status.CANCELLED else "",
        cancelled_late=status is Status.CANCELLED and dice.random() < 0.5,
    )
    freed = book.tx.allocations_of(one.id) if status in HOLDS_NOTHING else ()
    book.tx.apply(Changes(put=(lived,), removed=tuple((Allocation, each.id) for each in freed)))


def _squeeze_in(book: RandomBook, one: Appointment) -> None:
    """A second visit at the same time in the same places."""
    second = replace(one, id=AppointmentId(made_id(f"beside-{one.id}")))
    book.tx.apply(Changes(put=(second, *allocating.allocations_of(second, over=True))))


def _come_before(book: RandomBook, dice: Random, elsewhere: Location, number: int) -> None:
    start = wall_time.minute_of(book.day, 0, book.location.zone) - timedelta(days=dice.choice((3, 40)))
    visit = replace(
        book.visit(f"before-{number}"), customer_id=dice.choice(CUSTOMERS), starts_at=start,
        ends_at=start + timedelta(hours=1), status=dice.choice((Status.COMPLETED, Status.ARRIVED, Status.NO_SHOW)),
        location_id=dice.choice((book.location.id, elsewhere.id)),
    )  # fmt: skip
    book.tx.apply(Changes(put=(visit,)))


def _payment(book: RandomBook, dice: Random, number: int) -> Payment:
    midnight = wall_time.minute_of(book.day, 0, book.location.zone)
    visits = book.tx.all(Appointment)
    return Payment(
        id=PaymentId(made_id(f"numbers-payment-{number}")),
        appointment_id=dice.choice(visits).id if visits else AppointmentId(made_id("nowhere")),
        customer_id=None, location_id=book.location.id, kind=dice.choice(list(PaymentKind)),
        method=dice.choice(list(PaymentMethod)), amount=dice.randrange(1, 9999), currency=dice.choice(("EUR", "JPY")),
        note="", taken_by=_AUTHOR, as_whom=None, at=midnight + timedelta(minutes=dice.randrange(-1440, 2880)),
    )  # fmt: skip


class MemorySource:
    """`numbers.reading.Source` over rows in memory; every read looks at every row."""

    def __init__(self, tx: MemoryTx) -> None:
        self._tx = tx

    def location(self, location: LocationId) -> Location | None:
        return self._tx.find(Location, location)

    def resources(self, location: LocationId) -> Sequence[Resource]:
        return self._tx.resources_at(location)

    def rules(self, owners: Collection[OwnerId]) -> Sequence[HoursRule]:
        return self._tx.hours(owners)

    def exceptions(self, owners: Collection[OwnerId], first: date, last: date) -> Sequence[HoursException]:
        return self._tx.exceptions(owners, first, last)

    def blocks(self, resources: Collection[ResourceId], span: Span) -> Sequence[TimeBlock]:
        return self._tx.blocks(resources, span)

    def visits(self, location: LocationId, span: Span, after: After, most: int) -> Sequence[Row]:
        found = [
            _columns(one, VISIT_COLUMNS)
            for one in self._tx.all(Appointment)
            if one.location_id == location
            and span.start <= one.starts_at < span.end
            and after < (instant_text(one.starts_at), one.id)
        ]
        return sorted(found, key=lambda row: (row[2], row[0]))[:most]

    def held(self, resources: Collection[ResourceId], span: Span) -> Sequence[Row]:
        return [_columns(one, HELD_COLUMNS) for one in self._tx.overlapping(resources, span)]

    def payments(self, location: LocationId, span: Span) -> Sequence[Row]:
        return [
            (one.kind.value, one.currency, one.amount)
            for one in self._tx.all(Payment)
            if one.location_id == location and span.start <= one.at < span.end
        ]

    def merged(self) -> Mapping[CustomerId, CustomerId]:
        return {one.id: one.merged_into for one in self._tx.all(Customer) if one.merged_into}

    def known_before(self, customers: Collection[CustomerId], before: datetime) -> Collection[CustomerId]:
        return [
            one.customer_id
            for one in self._tx.all(Appointment)
            if one.customer_id in customers and one.customer_id and one.starts_at < before and one.status in CAME
        ]


def _columns(row: Entity, names: Sequence[str]) -> Row:
    kind = entity_type(type(row))
    return [dict(zip(kind.names, kind.encode(row), strict=True))[name] for name in names]


def counted(tx: MemoryTx, location: Location, asked: Asked) -> dict[str, Any]:
    """The figures as one who has never heard of them would count: each minute, each row."""
    span = asked.span(location.zone)
    visits = [
        one for one in tx.all(Appointment) if one.location_id == location.id and span.start <= one.starts_at < span.end
    ]
    booked = [one for one in visits if {one.status, *(step.status for step in one.steps)} & _BOOKED]
    return {
        "utilisation": {one.id: _use(tx, location, one, span) for one in tx.resources_at(location.id)},
        "statuses": Counter(one.status for one in booked),
        "ahead": _ahead(booked),
        "earned": _earned(visits),
        "people": _by_person(tx, visits),
        "paid": _paid(tx, location, span),
        "came": _came(tx, visits, span),
    }


_BOOKED = frozenset(Status) - {Status.REQUESTED, Status.DECLINED, Status.EXPIRED, Status.CANCELLED}


def _use(tx: MemoryTx, location: Location, resource: Resource, span: Span) -> dict[str, Any]:
    """Minutes of places by what they were: those that are open and booked by the hour, the rest in sum."""
    opens = _openings(tx, OwnerId(location.id), location.zone, span)
    own = _openings(tx, OwnerId(resource.id), location.zone, span)
    blocks, held = tx.blocks([resource.id], span), tx.overlapping([resource.id], span)
    free, taken, outside, over = Counter[int](), Counter[int](), 0, 0
    minute = span.start
    while minute < span.end:
        hour = wall_time.local(minute, location.zone).hour
        units = sum(one.units for one in held if one.starts_at <= minute < one.ends_at)
        blocked = any(one.starts_at <= minute < one.ends_at for one in blocks)
        if blocked or not all(any(a <= minute < b for a, b in each) for each in (opens, own)):
            outside += units
        else:
            free[hour] += resource.capacity
            taken[hour] += min(units, resource.capacity)
            over += max(0, units - resource.capacity)
        minute += timedelta(minutes=1)
    return {"open": +free, "booked": +taken, "outside": outside, "over": over}


def _openings(tx: MemoryTx, owner: OwnerId, zone: str, span: Span) -> list[tuple[datetime, datetime]]:
    first = wall_time.local(span.start, zone).date() - timedelta(days=2)
    days = [first + timedelta(days=number) for number in range((span.end - span.start).days + 5)]
    rules, dated = tx.hours([owner]), tx.exceptions([owner], days[0], days[-1])
    if not rules and not dated:
        return [(span.start, span.end)]
    return [
        (wall_time.minute_of(day, opens, zone), wall_time.minute_of(day, closes, zone))
        for day in days
        for opens, closes in hours.openings_of(rules, dated, day)
    ]


def _ahead(booked: Iterable[Appointment]) -> dict[str, Any]:
    minutes = [
        max(timedelta(), one.starts_at - one.steps[0].at) // timedelta(minutes=1)
        for one in booked
        if one.steps and one.source not in (Source.WALK_IN, Source.IMPORT) and not one.series_id
    ]
    between = (median_low(minutes), median_high(minutes)) if minutes else None
    return {"count": len(minutes), "between": between, "all": sorted(minutes)}


def _earned(visits: Iterable[Appointment]) -> dict[str, int]:
    sums = Counter[str]()
    for one in visits:
        if one.status is Status.COMPLETED:
            sums[one.currency] += one.price
    return dict(sums)


def _by_person(tx: MemoryTx, visits: Iterable[Appointment]) -> dict[tuple[str, str | None], set[int]]:
    """Between which two amounts each person's share of each currency lies: a part of a cent goes to somebody."""
    exact = Counter[tuple[str, str | None]]()
    parts = Counter[tuple[str, str | None]]()
    staff = {one.id for one in tx.all(Resource) if one.kind is ResourceKind.STAFF}
    for visit in visits:
        if visit.status is not Status.COMPLETED:
            continue
        prices = [one.price for one in visit.segments]
        prices[0] += visit.price - sum(prices)
        for one, price in zip(visit.segments, prices, strict=True):
            there: list[str | None] = [row for row in one.resources if row in staff]
            for person in there or [None]:
                exact[visit.currency, person] += price // max(1, len(there))
                parts[visit.currency, person] += price % max(1, len(there)) > 0
    return {key: {amount, amount + parts[key]} for key, amount in exact.items()}


def _paid(tx: MemoryTx, location: Location, span: Span) -> dict[tuple[str, str], int]:
    sums = Counter[tuple[str, str]]()
    for one in tx.all(Payment):
        if one.location_id == location.id and span.start <= one.at < span.end:
            sums[one.currency, one.kind.value] += one.amount
    return dict(sums)


def _came(tx: MemoryTx, visits: Iterable[Appointment], span: Span) -> tuple[int, int, int]:
    """New, returning, nameless: by walking from each customer to the one who is kept."""
    into = {one.id: one.merged_into for one in tx.all(Customer)}

    def kept(customer: CustomerId) -> CustomerId:
        while (next_one := into.get(customer)) is not None:
            customer = next_one
        return customer

    came = [one for one in visits if one.status in CAME]
    before = {kept(one.customer_id) for one in tx.all(Appointment)
              if one.customer_id and one.status in CAME and one.starts_at < span.start}  # fmt: skip
    people = {kept(one.customer_id) for one in came if one.customer_id}
    return len(people - before), len(people & before), sum(one.customer_id is None for one in came)


def some_days(dice: Random, day: date) -> tuple[date, date]:
    """A span of days that has to do with a day."""
    first = day + timedelta(days=dice.choice((-2, -1, 0, 0, 1)))
    return first, first + timedelta(days=dice.choice((0, 0, 1, 2)))
