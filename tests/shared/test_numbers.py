"""The figures of a business: what counts as what, and the same as whoever counts minute by minute."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from shared.errors import Code, Refusal
from shared.model.appointment import Allocation, Appointment, Part, Segment, Source, Status, Step
from shared.model.base import (
    AppointmentId,
    CustomerId,
    HoursExceptionId,
    HoursRuleId,
    OwnerId,
    PaymentId,
    SeriesId,
    TimeBlockId,
    UserId,
)
from shared.model.customer import Customer
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.payment import Payment, PaymentKind, PaymentMethod
from shared.model.registry import Entity
from shared.protocol import codec
from shared.rules import allocating, wall_time
from shared.rules.numbers.clock_hours import clock_hours
from shared.rules.numbers.material import Asked
from shared.rules.numbers.report import Numbers, read_numbers
from shared.rules.numbers.revenue import shares
from shared.rules.numbers.stretches import HOUR, MINUTE
from shared.rules.numbers.utilisation import ResourceUse
from shared.store import Changes
from tests.support.numbers import DAYS, MemorySource, busy_book, counted, some_days
from tests.support.salon import ANA, BEN, CUT, LOCATION, MIRA, Salon, made_id

TUESDAY = date(2026, 5, 5)


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    """A time by the clock of the salon, in Berlin."""
    return wall_time.minute_of(day, hour * 60 + minute, LOCATION.zone)


class Book:
    """A salon whose hours, visits and payments a test puts as it likes."""

    def __init__(self) -> None:
        self.tx = Salon().tx
        self.number = 0

    def put(self, *rows: Entity) -> None:
        self.tx.apply(Changes(put=rows))

    def opens(self, opens: int, closes: int, owner: str = LOCATION.id, weekday: int = 1) -> None:
        """Weekly hours, of Tuesdays where no other day is said."""
        rule = HoursRuleId(made_id(f"{owner}{opens}{weekday}"))
        self.put(HoursRule(id=rule, owner_id=OwnerId(owner), weekday=weekday, opens=opens * 60, closes=closes * 60))

    def blocks(self, start: datetime, end: datetime) -> None:
        """Ana is away."""
        self.number += 1
        row = TimeBlockId(made_id(f"block-{self.number}"))
        self.put(TimeBlock(id=row, resource_id=ANA.id, starts_at=start, ends_at=end, reason="Away"))

    def visit(self, start: datetime, status: Status = Status.COMPLETED, **changes: Any) -> Appointment:
        """A visit of 45 minutes with Ana and a buffer of 5 behind, and what it holds."""
        self.number += 1
        cut = Segment(
            service_id=CUT.id, name="Cut", colour="", price=4500, before=0, active=45, processing=0, finishing=0,
            after=5, resources=(ANA.id,),
        )  # fmt: skip
        step = Step(status=Status.BOOKED, at=start - timedelta(days=2), by=UserId(made_id("somebody")))
        made = Appointment(
            id=AppointmentId(made_id(f"numbered-{self.number}")), customer_id=MIRA.id, location_id=LOCATION.id,
            starts_at=start, ends_at=start + timedelta(minutes=45), zone=LOCATION.zone, wall_start="", segments=(cut,),
            status=status, source=Source.DESK, notes="", price=4500, currency="EUR", steps=(step,),
        )  # fmt: skip
        made = replace(made, **changes)
        self.put(made, *allocating.allocations_of(made))
        return made

    def pays(self, kind: PaymentKind, amount: int, moment: datetime, currency: str = "EUR") -> None:
        self.number += 1
        self.put(
            Payment(
                id=PaymentId(made_id(f"paid-{self.number}")), appointment_id=None, customer_id=None,
                location_id=LOCATION.id, kind=kind, method=PaymentMethod.CASH, amount=amount, currency=currency,
                note="", taken_by=UserId(made_id("somebody")), as_whom=None, at=moment,
            )
        )  # fmt: skip

    def told(self, first: date = TUESDAY, last: date | None = None) -> Numbers:
        asked = Asked(location_id=LOCATION.id, first=first, last=last or first)
        return read_numbers(MemorySource(self.tx), asked)

    def ana(self, first: date = TUESDAY, last: date | None = None) -> ResourceUse:
        return next(one for one in self.told(first, last).utilisation if one.resource_id == ANA.id)


@pytest.fixture
def book() -> Book:
    return Book()


# Utilisation


def test_booked_is_what_visits_hold_with_their_buffers_of_the_time_that_is_open(book: Book) -> None:
    book.opens(9, 17)
    book.visit(at(10))
    ana = book.ana()
    assert (ana.open, ana.booked, ana.outside, ana.over) == (8 * HOUR, 50 * MINUTE, 0, 0)
    assert {one.hour: (one.open, one.booked) for one in ana.hours} == {
        hour: (HOUR, 50 * MINUTE if hour == 10 else 0) for hour in range(9, 17)
    }


def test_a_visit_over_the_full_hour_counts_in_both(book: Book) -> None:
    book.opens(9, 17)
    book.visit(at(10, 30))
    assert {one.hour: one.booked for one in book.ana().hours if one.booked} == {10: 30 * MINUTE, 11: 20 * MINUTE}


def test_a_block_is_not_open_and_what_stands_in_it_is_outside(book: Book) -> None:
    book.opens(9, 17)
    book.blocks(at(12), at(13))
    # Blocks that overlap take nothing twice.
    book.blocks(at(12, 30), at(14))
    book.visit(at(11, 30))
    ana = book.ana()
    assert (ana.open, ana.booked, ana.outside) == (6 * HOUR, 30 * MINUTE, 20 * MINUTE)


def test_work_after_closing_never_makes_more_than_all_of_it(book: Book) -> None:
    book.opens(9, 10)
    for start in (at(9), at(9, 50), at(18)):
        book.visit(start)
    ana = book.ana()
    assert (ana.open, ana.booked, ana.outside, ana.over) == (HOUR, HOUR, 90 * MINUTE, 0)


def test_two_in_the_same_chair_are_counted_beside_it(book: Book) -> None:
    book.opens(9, 17)
    for _ in range(3):
        book.visit(at(9))
    ana = book.ana()
    assert (ana.booked, ana.over) == (50 * MINUTE, 100 * MINUTE)


def test_the_places_of_a_room_count_each(book: Book) -> None:
    book.opens(9, 11)
    book.put(replace(ANA, capacity=3))
    group = book.visit(at(9))
    (segment,) = group.segments
    part = Part(resource_id=ANA.id, units=2)
    changed = replace(group, segments=(replace(segment, parts=(part,)),))
    book.put(changed, *allocating.allocations_of(changed))
    ana = book.ana()
    assert (ana.open, ana.booked) == (6 * HOUR, 100 * MINUTE)


def test_who_has_no_hours_keeps_those_of_the_location_and_who_has_keeps_within_them(book: Book) -> None:
    book.opens(9, 17)
    book.opens(7, 12, ANA.id)
    told = {one.resource_id: one.open for one in book.told().utilisation}
    assert told == {ANA.id: 3 * HOUR, BEN.id: 8 * HOUR}


def test_hours_past_midnight_belong_to_the_days_on_which_they_are(book: Book) -> None:
    book.opens(20, 26, weekday=0)
    book.opens(20, 26)
    book.visit(at(0, 30))
    ana = book.ana()
    assert {one.hour: one.open for one in ana.hours} == {0: HOUR, 1: HOUR, 20: HOUR, 21: HOUR, 22: HOUR, 23: HOUR}
    assert (ana.booked, ana.outside) == (50 * MINUTE, 0)


def test_a_date_on_which_the_location_is_closed_has_no_open_time(book: Book) -> None:
    book.opens(9, 17)
    closed = HoursExceptionId(made_id("holiday"))
    book.put(HoursException(id=closed, owner_id=OwnerId(LOCATION.id), day=TUESDAY, opens=None, closes=None))
    book.visit(at(10))
    ana = book.ana()
    assert (ana.open, ana.booked, ana.outside, ana.hours) == (0, 0, 50 * MINUTE, ())


def test_what_was_called_off_and_whoever_did_not_come_holds_nothing(book: Book) -> None:
    book.opens(9, 17)
    for status in (Status.CANCELLED, Status.NO_SHOW):
        gone = book.visit(at(10), status)
        book.tx.apply(Changes(removed=tuple((Allocation, one.id) for one in book.tx.allocations_of(gone.id))))
    assert book.ana().booked == 0


def test_somebody_who_left_is_shown_where_something_was_booked_for_them(book: Book) -> None:
    book.put(replace(ANA, archived=True), replace(BEN, archived=True))
    book.opens(9, 17)
    book.visit(at(10))
    assert [one.name for one in book.told().utilisation] == ["Ana"]
    assert book.ana().open == 8 * HOUR


# Until 2011 they put their clocks at a minute after midnight there: an hour ends after that minute.
MINUTE_AFTER = [("America/St_Johns", date(2010, 3, 14)), ("America/St_Johns", date(2010, 11, 7))]


@pytest.mark.parametrize(("zone", "day"), [*DAYS, *MINUTE_AFTER])
def test_every_second_of_a_day_is_in_one_hour_of_the_clock(zone: str, day: date) -> None:
    span = wall_time.day_span(day, zone)
    told = clock_hours(span, zone)
    minutes = Counter[int]()
    minute = span.start
    while minute < span.end:
        minutes[wall_time.local(minute, zone).hour] += MINUTE
        minute += timedelta(minutes=1)
    counts = Counter[int]()
    for start, end, hour in told:
        counts[hour] += end - start
    assert counts == minutes
    assert all(one[1] == other[0] for one, other in pairwise(told))


def test_the_hour_that_comes_twice_is_twice_as_long(book: Book) -> None:
    long_day = date(2026, 10, 25)
    book.visit(at(0, day=long_day))
    hours = {one.hour: one.open for one in book.ana(long_day).hours}
    assert (hours[2], hours[3], sum(hours.values())) == (2 * HOUR, HOUR, 25 * HOUR)
    assert book.ana(date(2026, 3, 29)).open == 23 * HOUR


# Who came


def test_each_visit_that_was_booked_is_in_one_count(book: Book) -> None:
    for status in (Status.ARRIVED, Status.IN_SERVICE, Status.COMPLETED, Status.NO_SHOW, Status.BOOKED):
        book.visit(at(9), status)
    book.visit(at(9), Status.CANCELLED, cancelled_by="customer", cancelled_late=True)
    book.visit(at(9), Status.CANCELLED, cancelled_by="customer")
    book.visit(at(9), Status.CANCELLED, cancelled_by="business", cancelled_late=True)
    told = book.told().turnout
    assert (told.booked, told.came, told.no_shows, told.unmarked) == (8, 3, 1, 1)
    assert (told.cancelled_by_customer, told.late, told.cancelled_by_business) == (2, 1, 1)
    assert told.expected == 4
    assert told.booked == told.expected + told.cancelled + told.unmarked


def test_a_request_that_nobody_took_was_never_booked(book: Book) -> None:
    asked = Step(status=Status.REQUESTED, at=at(8), by=UserId(made_id("somebody")))
    for status in (Status.REQUESTED, Status.DECLINED, Status.EXPIRED, Status.CANCELLED):
        book.visit(at(9), status, steps=(asked, replace(asked, status=status)))
    assert book.told().turnout.booked == 0


def test_a_visit_belongs_to_the_day_on_which_it_starts(book: Book) -> None:
    book.visit(at(23, 59))
    book.visit(at(24))
    assert book.told().turnout.booked == 1
    assert book.told(TUESDAY, TUESDAY + timedelta(days=1)).turnout.booked == 2


# How long before


def ahead(book: Book, *minutes: int, **changes: Any) -> None:
    for one in minutes:
        step = Step(status=Status.BOOKED, at=at(9) - timedelta(minutes=one), by=UserId(made_id("somebody")))
        book.visit(at(9), steps=(step,), **changes)


def test_the_quartiles_are_those_of_a_visit(book: Book) -> None:
    assert (book.told().lead_time.visits, book.told().lead_time.median) == (0, None)
    ahead(book, 10)
    assert (book.told().lead_time.lower, book.told().lead_time.median, book.told().lead_time.upper) == (10, 10, 10)
    ahead(book, 20, 30, 40)
    told = book.told().lead_time
    assert (told.lower, told.median, told.upper) == (10, 20, 30)


def test_who_was_entered_afterwards_was_booked_at_once(book: Book) -> None:
    ahead(book, -30, 59, 60, 24 * 60, 30 * 24 * 60)
    told = book.told().lead_time
    assert (told.lower, told.spread) == (59, (2, 1, 1, 0, 0, 0, 1))


def test_who_walks_in_what_was_imported_and_what_repeats_has_no_lead(book: Book) -> None:
    ahead(book, 5, source=Source.WALK_IN)
    ahead(book, 5, source=Source.IMPORT)
    ahead(book, 5, series_id=SeriesId(made_id("series")))
    book.visit(at(9), steps=())
    assert book.told().lead_time.visits == 0


# Money


def test_what_completed_visits_cost_adds_up_by_service_and_by_person(book: Book) -> None:
    visit = book.visit(at(9))
    (cut,) = visit.segments
    shave = replace(cut, service_id=None, name="Shave", price=1001, resources=(BEN.id, ANA.id))
    book.put(replace(visit, segments=(cut, shave), price=5501))
    book.visit(at(11), Status.ARRIVED)
    (told,) = book.told().revenue
    assert (told.earned, told.visits) == (5501, 1)
    assert [(one.name, one.count, one.amount) for one in told.services] == [("Cut", 1, 4500), ("Shave", 1, 1001)]
    assert [(one.name, one.amount) for one in told.people] == [("Ana", 5000), ("Ben", 501)]


def test_a_price_that_was_agreed_on_still_adds_up(book: Book) -> None:
    book.visit(at(9), price=4000)
    book.visit(at(10), segments=(), price=700)
    (told,) = book.told().revenue
    assert [(one.name, one.amount) for one in told.services] == [("Cut", 4000), ("", 700)]
    assert [(one.resource_id, one.amount) for one in told.people] == [(ANA.id, 4000), (None, 700)]


def test_deposits_refunds_and_tips_stay_apart_and_currencies_too(book: Book) -> None:
    kinds = (PaymentKind.DEPOSIT, PaymentKind.BALANCE, PaymentKind.FEE, PaymentKind.TIP, PaymentKind.REFUND)
    for number, kind in enumerate(kinds):
        book.pays(kind, 1000 + number, at(12))
    book.pays(PaymentKind.BALANCE, 7, at(24))
    book.pays(PaymentKind.BALANCE, 7, at(24) + timedelta(days=20))
    book.pays(PaymentKind.BALANCE, 500, at(12), "JPY")
    euros, yen = book.told().revenue
    assert (euros.deposits, euros.balances, euros.fees, euros.tips, euros.refunds) == (1000, 1001, 1002, 1003, 1004)
    assert euros.received == 1000 + 1001 + 1002 - 1004
    assert (yen.currency, yen.balances, yen.earned) == ("JPY", 500, 0)
    longer, _ = book.told(TUESDAY - timedelta(days=30), TUESDAY + timedelta(days=30)).revenue
    assert (longer.deposits, longer.balances) == (1000, 1001 + 7 + 7)


@pytest.mark.parametrize("amount", [0, 1, 100, 101, -7])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shares_add_up(amount: int, count: int) -> None:
    told = shares(amount, count)
    assert (len(told), sum(told), max(told) - min(told) <= 1) == (count, amount, True)


# Customers


def test_new_is_who_had_never_come_and_each_counts_once(book: Book) -> None:
    for start in (at(9), at(10)):
        book.visit(start)
    assert (book.told().customers.new, book.told().customers.returning) == (1, 0)
    book.visit(at(9) - timedelta(days=300))
    assert (book.told().customers.new, book.told().customers.returning) == (0, 1)


def test_whoever_only_called_off_before_is_new(book: Book) -> None:
    for status in (Status.CANCELLED, Status.NO_SHOW, Status.BOOKED):
        book.visit(at(9) - timedelta(days=9), status)
    book.visit(at(9), customer_id=None)
    book.visit(at(10), Status.NO_SHOW)
    book.visit(at(11))
    told = book.told().customers
    assert (told.new, told.returning, told.nameless) == (1, 0, 1)


def test_merged_records_are_one_customer_though_a_visit_came_late(book: Book) -> None:
    twin, third = CustomerId(made_id("twin")), CustomerId(made_id("third"))
    book.put(
        Customer(id=twin, name="Mira H.", merged_into=MIRA.id, archived=True),
        Customer(id=third, name="M. Holm", merged_into=twin, archived=True),
    )
    book.visit(at(9))
    book.visit(at(10), customer_id=twin)
    assert (book.told().customers.new, book.told().customers.returning) == (1, 0)
    book.visit(at(9) - timedelta(days=30), customer_id=third)
    assert (book.told().customers.new, book.told().customers.returning) == (0, 1)


# Asking


@pytest.mark.parametrize(("first", "askable"), [(1899, False), (1900, True), (2199, True), (2200, False)])
def test_another_age_is_not_asked_for(book: Book, first: int, *, askable: bool) -> None:
    if askable:
        assert book.told(date(first, 6, 1)).turnout.booked == 0
        return
    with pytest.raises(Refusal) as refused:
        book.told(date(first, 6, 1))
    assert (refused.value.code, refused.value.details["field"]) == (Code.INVALID, "first")


@pytest.mark.parametrize("days", [-1, 366])
def test_days_that_run_backwards_and_more_than_a_year_are_refused(book: Book, days: int) -> None:
    with pytest.raises(Refusal) as refused:
        book.told(TUESDAY, TUESDAY + timedelta(days=days))
    assert (refused.value.code, refused.value.details["field"]) == (Code.INVALID, "last")


def test_a_location_that_is_not_there_is_refused(book: Book) -> None:
    book.tx.apply(Changes(removed=((type(LOCATION), LOCATION.id),)))
    with pytest.raises(Refusal) as refused:
        book.told()
    assert refused.value.code is Code.NOT_FOUND


def test_a_day_that_there_never_was_has_nothing(book: Book) -> None:
    book.put(replace(LOCATION, zone="Pacific/Apia"))
    told = book.told(date(2011, 12, 30))
    assert {one.open for one in told.utilisation} == {0}


@pytest.mark.parametrize(("zone", "day"), DAYS)
@pytest.mark.parametrize("seed", range(4))
def test_it_is_what_one_counts_minute_by_minute(zone: str, day: date, seed: int) -> None:
    dice = Random(f"{zone} {day} {seed}")
    book = busy_book(dice, zone, day)
    first, last = some_days(dice, day)
    asked = Asked(location_id=book.location.id, first=first, last=last)
    told = read_numbers(MemorySource(book.tx), asked)
    expected = counted(book.tx, book.location, asked)
    held = book.tx.overlapping([one.id for one in book.resources], asked.span(zone))
    shown = {one.id for one in book.tx.resources_at(book.location.id) if not one.archived}
    assert {one.resource_id for one in told.utilisation} == shown | {one.resource_id for one in held}
    for use in told.utilisation:
        naive = expected["utilisation"][use.resource_id]
        assert {one.hour: one.open for one in use.hours} == _seconds(naive["open"])
        assert {one.hour: one.booked for one in use.hours if one.booked} == _seconds(naive["booked"])
        assert (use.outside, use.over) == (naive["outside"] * MINUTE, naive["over"] * MINUTE)
        assert 0 <= use.booked <= use.open == sum(one.open for one in use.hours)
    _check_people(told, expected)
    _check_money(told, expected)
    assert codec.message_of(codec.encode(told), Numbers) == told


def _seconds(minutes: Counter[int]) -> dict[int, int]:
    return {hour: count * MINUTE for hour, count in minutes.items()}


def _check_people(told: Numbers, expected: dict[str, Any]) -> None:
    statuses, turnout = expected["statuses"], told.turnout
    assert turnout.booked == sum(statuses.values())
    assert (turnout.no_shows, turnout.cancelled) == (statuses[Status.NO_SHOW], statuses[Status.CANCELLED])
    assert turnout.unmarked == sum(statuses[one] for one in (Status.BOOKED, Status.CONFIRMED, Status.REQUESTED))
    customers = told.customers
    assert (customers.new, customers.returning, customers.nameless) == expected["came"]
    minutes, lead = expected["ahead"], told.lead_time
    assert lead.visits == minutes["count"] == sum(lead.spread)
    if lead.lower is not None and lead.median is not None and lead.upper is not None:
        assert lead.median in minutes["between"]
        assert lead.lower <= lead.median <= lead.upper
        assert {lead.lower, lead.median, lead.upper} <= set(minutes["all"])


def _check_money(told: Numbers, expected: dict[str, Any]) -> None:
    for one in told.revenue:
        assert one.earned == expected["earned"].get(one.currency, 0)
        assert one.earned == sum(each.amount for each in one.services) == sum(each.amount for each in one.people)
        for person in one.people:
            low, high = min(found := expected["people"][one.currency, person.resource_id]), max(found)
            assert low <= person.amount <= high
        kinds = {"deposit": one.deposits, "balance": one.balances, "fee": one.fees, "tip": one.tips}
        for kind, amount in (kinds | {"refund": one.refunds}).items():
            assert amount == expected["paid"].get((one.currency, kind), 0)
    named = {currency for currency, _ in expected["paid"]} | expected["earned"].keys()
    assert [one.currency for one in told.revenue] == sorted(named)


def test_a_longer_time_is_the_sum_of_its_days() -> None:
    dice = Random(7)
    book = busy_book(dice, "Europe/London", date(2026, 3, 29))
    days = [date(2026, 3, 28) + timedelta(days=number) for number in range(3)]

    def told(first: date, last: date) -> Numbers:
        return read_numbers(MemorySource(book.tx), Asked(location_id=book.location.id, first=first, last=last))

    whole, parts = told(days[0], days[-1]), [told(day, day) for day in days]
    assert whole.turnout.booked == sum(one.turnout.booked for one in parts)
    for use in whole.utilisation:
        each = [one for part in parts for one in part.utilisation if one.resource_id == use.resource_id]
        assert (use.open, use.booked) == (sum(one.open for one in each), sum(one.booked for one in each))
