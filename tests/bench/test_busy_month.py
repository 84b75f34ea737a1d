"""Nothing that a desk asks or saves is left out of the busy month, and a question touches what it is about."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from desktop.queries import lists
from desktop.queries.agenda import AgendaWish, agenda
from desktop.queries.attention_items import attention_item, attention_items
from desktop.queries.consequences import standing_outside
from desktop.queries.day_list import day_list
from desktop.queries.find_customer import archived_customers
from desktop.queries.numbers import material
from desktop.queries.rezoned import what_moves
from desktop.queries.visit_calendar import calendar_of_resource
from desktop.store import finding
from desktop.store.pieces import InPieces
from desktop.store.replica import Replica
from shared import clock
from shared.model.appointment import Appointment, Status
from shared.model.base import LocationId, Span
from shared.model.counted import UNCOUNTED
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.mutations.registry import MUTATIONS
from shared.protocol.codec import arguments_of
from shared.rules import wall_time
from shared.rules.numbers.material import Asked
from shared.rules.pieces import Pieces, whole
from shared.rules.waitlist import Freed, whom_it_fits
from shared.store import Changes
from tests.bench.busy_clinic import Clinic, MonthClock, open_clinic
from tests.bench.busy_month import DECIDED_ONLY, EDITS, as_the_server_has_it, mutations, queries, save
from tests.bench.busy_queries import BARS, MONTH, QUERIES, TODAY, questions
from tests.bench.figures import Work, figure, table
from tests.bench.sqlite_work import plan_of, work_of
from tests.support.edits_of_each_kind import ITEM
from tests.support.replicas import contents
from tests.support.salon import LOCATION, MIRA, TEN

SMALL = {"visits": 2_000, "customers": 500}


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with clock.using(MonthClock()):
        made = open_clinic(tmp_path_factory.mktemp("clinic") / "book.db", **SMALL)
        yield made
        made.replica.close()


def test_every_query_has_a_measure() -> None:
    assert set(QUERIES) == set(questions())
    assert BARS.keys() <= QUERIES.keys()


def test_every_mutation_has_a_measure() -> None:
    assert set(EDITS) == set(MUTATIONS)
    assert EDITS.keys() >= DECIDED_ONLY


def test_the_month_is_the_same_at_every_run(clinic: Clinic, tmp_path: Path) -> None:
    again = open_clinic(tmp_path / "book.db", **SMALL)
    assert contents(again.replica) == contents(clinic.replica)
    assert again.visits == SMALL["visits"]
    assert len(finding.resources(again.replica.database)) == 100
    again.replica.close()


def test_measuring_leaves_the_month_as_it_was(clinic: Clinic) -> None:
    before = contents(clinic.replica)
    figures = [*queries(clinic, 1), *mutations(clinic.replica, 1)]
    assert len(figures) == len(QUERIES) + len(EDITS)
    assert contents(clinic.replica) == before
    assert not any(clinic.replica.database.rows(f"SELECT 1 FROM {table}") for table in ("outbox", "base", "undo"))


def test_what_sqlite_does_is_counted(clinic: Clinic) -> None:
    database = clinic.replica.database
    one = work_of(database, lambda: database.rows("SELECT id FROM customer WHERE notes = 'none'"))
    assert (one.statements, one.rows, one.written, one.whole) == (1, 0, 0, ("customer",))
    assert one.steps > SMALL["customers"]
    two = work_of(database, lambda: database.rows("SELECT id FROM customer WHERE id IN (?, ?)", ("none", "nobody")))
    assert (two.rows, two.whole) == (0, ())
    assert two.steps < one.steps / 10
    three = work_of(database, lambda: database.run("UPDATE meta SET value = value WHERE name = 'schema'"))
    assert (three.rows, three.written) == (0, 1)


def test_a_table_of_figures_has_no_column_that_is_empty() -> None:
    plain, worked = figure("plain", "ms", [1.0]), Work(statements=1, rows=2, written=3, steps=4)
    assert "steps" not in table([plain])
    assert "steps" in table([plain, figure("worked", "ms", [1.0], work=worked)])


def test_the_calendar_of_a_resource_reads_no_visits_of_others(clinic: Clinic) -> None:
    def calendar() -> int:
        return len(calendar_of_resource(clinic.replica, clinic.shop.people[5].id, MONTH[0], MONTH[-1]).events)

    count = calendar()
    assert count > 20
    # Its visits and their customers, and who asks.
    assert work_of(clinic.replica.database, calendar).rows < 2 * count + 60


def test_a_change_of_one_persons_hours_reads_no_visits_of_others(clinic: Clinic) -> None:
    ask, every = QUERIES["consequences.consequences"], finding.upcoming(clinic.replica.database, TEN)
    assert any(EDITS["hours.set"][1][1]["owner_id"] in one.resources for one in every)
    assert work_of(clinic.replica.database, lambda: ask(clinic)).rows < len(every)


def test_visits_to_come_are_found_by_who_and_where(clinic: Clinic) -> None:
    database, people = clinic.replica.database, [one.id for one in clinic.shop.people[3:6]]
    every = finding.upcoming(database, TEN)
    assert finding.upcoming(database, TEN, of={LOCATION.id}) == every
    assert finding.upcoming(database, TEN, of=people) == [
        one for one in every if not {*people}.isdisjoint(one.resources)
    ]
    assert finding.upcoming(database, TEN, of=()) == []
    # So many that nobody is picked out.
    assert finding.upcoming(database, TEN, of=[str(one) for one in range(501)]) == every


def test_a_day_is_listed_in_as_many_questions_as_an_empty_one(clinic: Clinic) -> None:
    busy, empty = (
        work_of(clinic.replica.database, lambda day=day: day_list(clinic.replica, day, LOCATION, None))  # type: ignore[misc]
        for day in (MONTH[0], TODAY + timedelta(days=90))
    )
    assert busy.rows > empty.rows + 500
    assert busy.statements <= empty.statements + 5


def test_requests_to_come_are_looked_for_among_requests(clinic: Clinic) -> None:
    database = clinic.replica.database
    found = {one.id for one in finding.requests_from(database, LOCATION.id, TEN)}
    assert found == {one.id for one in finding.upcoming(database, TEN) if one.status is Status.REQUESTED}
    assert clinic.request in found
    (line, *_) = plan_of(database, lambda: finding.requests_from(database, LOCATION.id, TEN))
    assert line == "SEARCH appointment USING INDEX appointment_requested (starts_at>?)"


def test_an_agenda_that_has_read_a_busy_day_begins_no_other(clinic: Clinic) -> None:
    def through(*days: date) -> date:
        return agenda(clinic.replica, days, LOCATION, AgendaWish(text="nobody"), 50).through

    assert (
        len(finding.appointments_between(clinic.replica.database, LOCATION.id, wall_time.day_span(MONTH[0], "UTC")))
        > 300
    )
    assert through(*MONTH) == MONTH[0]
    assert through(*MONTH[10:]) == MONTH[12]


def test_of_one_item_no_other_is_worked_out(clinic: Clinic) -> None:
    database = clinic.replica.database
    every = work_of(database, lambda: attention_items(clinic.replica)).statements
    one = work_of(database, lambda: attention_item(clinic.replica, ITEM)).statements
    assert one < every / 3


def test_archived_customers_are_found_among_themselves(clinic: Clinic) -> None:
    assert work_of(clinic.replica.database, lambda: archived_customers(clinic.replica, "a")).whole == ()


def test_wishes_for_the_same_thing_are_tried_once(clinic: Clinic) -> None:
    entries = finding.open_entries(clinic.replica.database)
    whole = freed(clinic, 9 * 60, 11 * 60)
    fits, works = [], []
    for some in (entries[:1], entries):
        reads = clinic.replica.tx()
        found: list[object] = []
        works.append(work_of(clinic.replica.database, lambda: found.extend(whom_it_fits(reads, some, whole, at=TEN))))  # noqa: B023
        fits.append(len(found))
    assert fits == [1, len(entries)]
    assert works[0].statements == works[1].statements


def test_nobody_is_looked_for_while_the_location_is_closed(clinic: Clinic) -> None:
    entries, reads = finding.open_entries(clinic.replica.database), clinic.replica.tx()
    night = freed(clinic, 0, 7 * 60)
    assert work_of(clinic.replica.database, lambda: whom_it_fits(reads, entries, night, at=TEN)).statements < 10


def in_pieces(clinic: Clinic, name: str) -> list[Work]:
    """What SQLite does for each piece of a long question."""
    (edit, args), pieces = EDITS["location.rezone"][1], list[Work]()
    readings: dict[str, Callable[[Replica], Pieces[object]]] = {
        "outside": standing_outside,
        "bookings": partial(lists.bookings, first=MONTH[0], last=MONTH[-1]),
        "customers": lists.customers,
        "another clock": partial(what_moves, args=arguments_of(edit, 1, args)),
        "numbers": partial(material, asked=Asked(location_id=LOCATION.id, first=MONTH[0], last=MONTH[-1])),
    }
    reading, answers = InPieces(readings[name]), list[object]()
    while answers[-1:] in ([], [None]):
        pieces.append(work_of(clinic.replica.database, lambda: answers.append(reading.step(clinic.replica))))
    return pieces


@pytest.mark.parametrize(
    ("name", "rows", "statements"),
    # With the hours of those whose visits are looked at; with what four resources hold.
    [
        ("outside", 340, 120), ("bookings", 110, 10), ("customers", 90, 10), ("another clock", 60, 10),
        ("numbers", 160, 5),
    ],
)  # fmt: skip
def test_no_piece_of_a_long_question_is_long(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, name: str, rows: int, statements: int
) -> None:
    for where in ("store.finding.PAGE", "queries.lists.PIECE", "queries.rezoned.PIECE"):
        monkeypatch.setattr(f"desktop.{where}", 20)
    monkeypatch.setattr("shared.rules.numbers.reading.PIECE", 20)
    # The first one finds out which rows there are.
    _, *pieces = in_pieces(clinic, name)
    assert len(pieces) > 4
    assert max(one.rows for one in pieces) < rows
    assert max(one.statements for one in pieces) < statements


def test_another_clock_asks_for_all_visits_at_once(clinic: Clinic) -> None:
    (edit, args), database = EDITS["location.rezone"][1], clinic.replica.database
    moved = [one.moved.now for one in whole(what_moves(clinic.replica, arguments_of(edit, 1, args))).moved]
    assert sum(isinstance(one, Appointment) for one in moved) > 100
    assert sum(isinstance(one, TimeBlock) for one in moved) > 50
    saved = work_of(database, lambda: save(clinic.replica, (edit, args)))
    undone = work_of(database, clinic.replica.undo)
    as_the_server_has_it(clinic.replica)
    # Each row and what the server has of it are written with a statement; only the row, where that was kept before.
    assert saved.written > 2 * len(moved)
    assert saved.statements - saved.written < 60
    assert undone.statements - 2 * undone.written < 60


def test_customers_are_counted_without_a_look_at_each(clinic: Clinic) -> None:
    replica, count = clinic.replica, list[int]()
    before = replica.database.rows("SELECT count(*) FROM customer WHERE NOT archived")[0][0]
    save(replica, EDITS["customer.create"][1])
    reads = replica.tx()
    reads.apply(Changes(removed=((Customer, MIRA.id),)))
    assert work_of(replica.database, lambda: count.append(reads.live_count(Customer))).steps < SMALL["customers"]
    assert count == [before]
    as_the_server_has_it(replica)


def test_visits_that_were_changed_are_counted_by_their_ids(clinic: Clinic) -> None:
    month, reads = Span(TEN, TEN + timedelta(days=9)), clinic.replica.tx()
    visits = [
        one
        for one in finding.appointments_between(clinic.replica.database, LOCATION.id, month)
        if month.start <= one.starts_at and one.status not in UNCOUNTED
    ]
    assert len(visits) > 100
    reads.apply(Changes(put=tuple(replace(one, status=Status.CANCELLED) for one in visits[:5])))
    count: list[int] = []
    lines = plan_of(clinic.replica.database, lambda: count.append(reads.visits_starting(month)))
    assert count == [len(visits) - 5]
    assert [line for line in lines if " appointment " in line] == [
        "SEARCH appointment USING COVERING INDEX appointment_by_start (starts_at>? AND starts_at<?)",
        "SEARCH appointment USING INDEX sqlite_autoindex_appointment_1 (id=?)",
    ]


def freed(clinic: Clinic, opens: int, closes: int) -> Freed:
    """A stretch of the day after tomorrow that somebody has left."""
    first, last = (wall_time.minute_of(TODAY + timedelta(days=2), one, LOCATION.zone) for one in (opens, closes))
    return Freed(span=Span(first, last), location_id=LocationId(LOCATION.id), resources=(clinic.shop.people[5].id,))
