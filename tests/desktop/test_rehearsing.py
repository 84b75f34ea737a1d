"""The rehearsal of a file: what the import would do, asked in pieces between which the store is free."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from desktop.files.bookings_csv import read_bookings
from desktop.files.calendar_ics import read_calendar
from desktop.files.customers_csv import read_customers
from desktop.files.verdict import Verdict
from desktop.open_book import OpenBook
from desktop.operations import appointments, customers
from desktop.operations.import_bookings import plan_bookings
from desktop.operations.importing import (
    GivenUp,
    Interrupted,
    Plan,
    ReportLine,
    Target,
    WhileWanted,
    in_steps,
    plan_customers,
    plan_events,
    rehearse_file,
    take_file,
)
from desktop.store.pieces import InPieces, read_in_pieces
from desktop.store.rehearsal import Rehearsal
from desktop.store.replica import Edited, Replica
from shared.errors import Code, Refusal
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.member import Role
from tests.bench.sqlite_work import work_of
from tests.support.moving_clock import stopped
from tests.support.replicas import KEY, contents, filled, patch
from tests.support.salon import ANA, BEN, CUT, LOCATION, MEMBER, MIRA, NOW, OWNER_USER, TEN, Salon, made_id

ZONE = LOCATION.zone
FIRST = TEN + timedelta(days=14)
T = TypeVar("T")


@pytest.fixture(autouse=True)
def _a_day_before() -> Iterator[None]:
    with stopped(NOW):
        yield


@pytest.fixture
def replica() -> Iterator[Replica]:
    """A replica with a manager at the desk."""
    made = filled(None, Salon())
    made.apply_lines(patch(2, replace(MEMBER, role=Role.TENANT_MANAGER)))
    yield made
    made.close()


class Counting:
    """A desk that counts what it is asked, and does something after each answer."""

    def __init__(self, replica: Replica, between: Callable[[int], object] = lambda number: None) -> None:
        self._replica, self._between = replica, between
        self.steps: list[int] = []

    def do(self, question: Callable[[Replica], T]) -> T:
        answers: list[T] = []
        work = work_of(self._replica.database, lambda: answers.append(question(self._replica)))
        self.steps.append(work.steps)
        self._between(len(self.steps))
        return answers[0]

    def change(self, work: Callable[[Replica], tuple[T, object]]) -> T:
        return work(self._replica)[0]


def people(count: int) -> Sequence[Plan]:
    rows = "".join(f"Jo {number},+49 30 55{number:05}\n" for number in range(count))
    return plan_customers(read_customers(f"name,phone\n{rows}".encode(), region="DE"))


def visits(starts: Sequence[datetime], name: str = "visit") -> Sequence[Plan]:
    """A calendar's visits with Ana of fifty minutes each."""
    said = "".join(
        f"BEGIN:VEVENT\nUID:{name} {number}\nSUMMARY:{name} {number}\nDTSTART:{start:%Y%m%dT%H%M%SZ}\n"
        f"DTEND:{start + timedelta(minutes=50):%Y%m%dT%H%M%SZ}\nEND:VEVENT\n"
        for number, start in enumerate(starts)
    )
    return plan_events(
        read_calendar(said.encode(), zone=ZONE, now=NOW), Target(resource=ANA, location=LOCATION, service=CUT)
    )


def hourly(count: int) -> list[datetime]:
    """Eight hours a day from the first day on."""
    return [FIRST + timedelta(days=number // 8, hours=number % 8) for number in range(count)]


def clashing() -> Sequence[Plan]:
    """Rows of three steps: most clash with none, some with rows of the same step, of one before, or are one's again."""
    apart = hourly(150)
    once = visits(apart)
    return [
        *once, *visits([apart[3], apart[120], apart[-1] + timedelta(days=9)], "late"), once[5], once[140],
        *visits([apart[7] + timedelta(minutes=25)], "later"), *people(60), *people(3),
    ]  # fmt: skip


def verdicts(lines: Sequence[ReportLine]) -> list[Verdict]:
    return [line.verdict for line in lines]


def test_no_question_of_a_long_rehearsal_takes_longer_than_one_of_a_short_one(replica: Replica) -> None:
    short, long = Counting(replica), Counting(replica)
    rehearse_file(short, people(200), zone=ZONE)
    lines = rehearse_file(long, people(1000), zone=ZONE)
    assert verdicts(lines) == [Verdict.TAKEN] * 1000
    # One more finds that there is nothing left.
    assert (len(short.steps), len(long.steps)) == (3, 11)
    assert max(long.steps) < max(short.steps) * 1.1, (short.steps, long.steps)


def test_visits_that_were_tried_before_cost_those_that_follow_nothing(replica: Replica) -> None:
    short, long = Counting(replica), Counting(replica)
    rehearse_file(short, visits(hourly(200)), zone=ZONE)
    rehearse_file(long, visits(hourly(800)), zone=ZONE)
    assert max(long.steps) < max(short.steps) * 1.1, (short.steps, long.steps)


@pytest.mark.parametrize("others_write", [False, True])
def test_it_says_of_rows_that_clash_with_one_another_what_the_import_does(
    replica: Replica, *, others_write: bool
) -> None:
    made: list[Edited] = []

    def write(number: int) -> None:
        if others_write:
            wish = customers.create(name=f"Somebody else {number}")
            made.append(replica.edit(wish.name, wish.args))

    plans = clashing()
    rehearsed = rehearse_file(Counting(replica, write), plans, zone=ZONE)
    assert len(made) == (4 if others_write else 0)
    assert replica.outbox.count() == len(made)
    assert rehearsed == take_file(Counting(replica), plans, zone=ZONE)
    assert {Verdict.TAKEN, Verdict.REFUSED, Verdict.SKIPPED} <= {*verdicts(rehearsed)}
    found = dict(zip((line.what for line in rehearsed), verdicts(rehearsed), strict=True))
    assert [found[one] for one in ("late 0", "late 1", "late 2", "later 0")] == [
        Verdict.REFUSED, Verdict.REFUSED, Verdict.TAKEN, Verdict.REFUSED
    ]  # fmt: skip


def test_it_writes_nothing(replica: Replica) -> None:
    before, written = contents(replica), replica.database.written
    rehearse_file(Counting(replica), clashing(), zone=ZONE)
    assert (contents(replica), replica.database.written, replica.outbox.count()) == (before, written, 0)


def test_a_booking_is_made_between_two_pieces_and_seen_by_the_rest() -> None:
    book = OpenBook(None, KEY)
    starts = hourly(300)
    wish = appointments.book(
        location_id=LOCATION.id, start=starts[250], segments=[appointments.wish(CUT.id, [ANA.id])],
        customer_id=MIRA.id,
    )  # fmt: skip
    booked: list[Future[Edited]] = []
    answered: list[tuple[int, bool]] = []

    def told(done: int) -> None:
        if not booked:
            booked.append(book.run(wish))
        answered.append((done, booked[0].done()))

    with closing(filled(None, Salon())) as salon:
        identity, rows = salon.identity(), [*Salon().tx.rows.values()]
    book.do(lambda replica: replica.identify(identity))
    rows = [one for one in rows if one.id != MEMBER.id]
    book.do(lambda replica: replica.apply_lines(patch(1, *rows, replace(MEMBER, role=Role.TENANT_MANAGER))))
    lines = rehearse_file(book, visits(starts), zone=ZONE, told=told)
    assert answered == [(100, False), (200, True), (300, True)]
    assert booked[0].result().seq == 1
    assert [at for at, line in enumerate(lines) if line.verdict is Verdict.REFUSED] == [250]
    book._store.stop(lambda: book.replica.close())


def test_what_others_change_between_two_pieces_holds_for_the_rest(replica: Replica) -> None:
    def leaves(number: int) -> None:
        if number == 2:
            replica.apply_lines(patch(3, replace(ANA, archived=True)))

    lines = rehearse_file(Counting(replica, leaves), visits(hourly(300)), zone=ZONE)
    assert verdicts(lines) == [Verdict.TAKEN] * 200 + [Verdict.REFUSED] * 100


def test_it_ends_where_somebody_else_takes_the_desk(replica: Replica) -> None:
    theirs = replace(replica.identity(), session=made_id("hers"), user_id=OWNER_USER, role=Role.TENANT_OWNER.value)
    desk = Counting(replica, lambda number: replica.identify(theirs))
    with pytest.raises(Interrupted):
        rehearse_file(desk, people(300), zone=ZONE)
    assert len(desk.steps) == 1


def test_nothing_is_asked_once_nobody_waits_for_it(replica: Replica) -> None:
    desk = Counting(replica)
    with pytest.raises(GivenUp):
        rehearse_file(WhileWanted(desk, lambda: len(desk.steps) < 2), people(500), zone=ZONE)
    assert len(desk.steps) == 2


def test_what_was_tried_lies_over_the_file_that_has_taken_the_book_s_place(replica: Replica) -> None:
    rehearsal, wish = Rehearsal(replica), customers.create(name="Jo")
    assert rehearsal.run([wish]) == [None]
    with closing(filled(None, Salon())) as other:
        other.apply_lines(patch(2, replace(MIRA, name="Mira of the other")))
        replica.close()
        replica._parts = other._parts
        found = [rehearsal.tx().find(Customer, one) for one in (MIRA.id, wish.args.customer_id)]
        assert [one.name for one in found if one is not None] == ["Mira of the other", "Jo"]


def test_whoever_was_too_long_without_the_server_is_told_so_of_each_row(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    def over() -> None:
        raise Refusal(Code.LEASE_OVER, since="2026-05-04T08:00:00Z")

    monkeypatch.setattr(replica.meta, "require_lease", over)
    lines = rehearse_file(Counting(replica), people(3), zone=ZONE)
    assert verdicts(lines) == [Verdict.REFUSED] * 3


def test_a_row_of_many_dates_counts_as_many_rows() -> None:
    (one, *_) = people(1)
    daily = replace(one, edits=one.edits * 60)
    assert [len(step) for step in in_steps([daily, daily, one, replace(one, edits=one.edits * 500), one])] == [
        1,
        2,
        1,
        1,
    ]


def bookings(count: int) -> bytes:
    rows = "".join(
        f"{number},{start:%Y-%m-%d},{start:%H:%M},Jo {number},+49 30 55{number:05},Cut,Ben\n"
        for number, start in enumerate(hourly(count))
    )
    return f"id,date,start,customer,phone,service,with\n{rows}".encode()


def test_bookings_are_planned_in_pieces_however_many_customers_there_are(replica: Replica) -> None:
    def longest(count: int) -> tuple[int, int]:
        file, desk = read_bookings(bookings(count), month_first=False), Counting(replica)
        plans = read_in_pieces(desk, lambda asked: plan_bookings(asked, file, region="DE"))
        assert len(plans) == count
        return max(desk.steps), len(desk.steps)

    def known(count: int, version: int) -> None:
        named = (
            replace(MIRA, id=CustomerId(made_id(f"{count} {number}")), name=f"P {number}") for number in range(count)
        )
        replica.apply_lines(patch(version, *named))

    known(500, 3)
    few, asked = longest(100)
    known(1500, 4)
    many, more = longest(400)
    assert many < few * 1.1, (few, many)
    # Pages of 250 customers, then steps of 100 rows.
    assert (asked, more) == (5, 14)


def test_planned_in_pieces_a_row_is_planned_as_it_is_at_once(replica: Replica) -> None:
    text = bookings(150).replace(b",Jo 140,+49 30 5500140,", b",Jo 3,+49 30 5500003,")
    file = read_bookings(text + b"7,2026-06-01,10:00,Again,,Cut,Ben\n", month_first=False)
    reading, plans, asked = InPieces[tuple[Plan, ...]](lambda asked: plan_bookings(asked, file, region="DE")), None, 0
    while plans is None:
        plans, asked = reading.step(replica), asked + 1
    assert asked > 3
    assert [len(one.edits) for one in plans] == [2] * 140 + [1] + [2] * 9 + [0]
    assert plans[140].edits[-1][1].args.customer_id == plans[3].edits[0][0]
    assert plans[150].verdict is Verdict.REFUSED
    assert BEN.id in plans[0].edits[-1][1].args.segments[0].resources
