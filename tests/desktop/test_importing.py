"""Files of other programs taken into the book: rehearsed, carried out, taken again."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.files.calendar_ics import read_calendar
from desktop.files.customers_csv import read_customers
from desktop.files.verdict import Verdict
from desktop.operations.importing import (
    Plan,
    ReportLine,
    Target,
    carry_out,
    in_steps,
    plan_customers,
    plan_events,
    rehearse,
)
from desktop.store.replica import Replica
from shared.model.appointment import Appointment, Source
from shared.model.base import SeriesId
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.model.member import Role
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.block.one import Remove
from shared.rules.pieces import whole
from tests.support.moving_clock import stopped
from tests.support.replicas import contents, filled, patch
from tests.support.salon import ANA, BEN, BUSINESS, CUT, LOCATION, MEMBER, NOW, Salon

ZONE = LOCATION.zone
FIXTURES = Path(__file__).parent / "files" / "fixtures"
CUSTOMERS = "name,phone,email\nAda,030 901820,ada@x.org\nBo,nonsense,\nCy\n"
VISITS = """BEGIN:VEVENT
UID:visits
SUMMARY:Ada
LOCATION:Chair 2
DTSTART;TZID=Europe/Berlin:20260506T100000
DTEND;TZID=Europe/Berlin:20260506T104500
RRULE:FREQ=WEEKLY;COUNT=3
END:VEVENT
"""


@pytest.fixture(autouse=True)
def _a_day_before() -> Iterator[None]:
    with stopped(NOW):
        yield


@pytest.fixture
def replica() -> Iterator[Replica]:
    made = managed()
    yield made
    made.close()


def managed() -> Replica:
    """A replica with a manager at the desk."""
    made = filled(None, Salon())
    made.apply_lines(patch(2, replace(MEMBER, role=Role.TENANT_MANAGER)))
    return made


def customers(text: str = CUSTOMERS) -> Sequence[Plan]:
    return plan_customers(read_customers(text.encode(), region="DE"))


def events(text: str, resource: Resource = ANA, service: Service | None = None) -> Sequence[Plan]:
    file = read_calendar(text.encode(), zone=ZONE, now=NOW)
    return plan_events(file, Target(resource=resource, location=LOCATION, service=service))


def take(replica: Replica, plans: Sequence[Plan]) -> Sequence[ReportLine]:
    return carry_out(replica, plans, zone=ZONE)[0]


def verdicts(lines: Sequence[ReportLine]) -> list[str]:
    return [line.verdict.value for line in lines]


def blocks(replica: Replica) -> list[TimeBlock]:
    rows = replica.database.rows("SELECT id FROM time_block WHERE NOT archived ORDER BY starts_at, id")
    return [found for (row_id,) in rows if (found := replica.tx().find(TimeBlock, row_id))]


def test_takes_customers_row_by_row(replica: Replica) -> None:
    ada, bo, cy = take(replica, customers())
    assert verdicts([ada, bo, cy]) == ["taken", "changed", "refused"]
    assert (ada.made, bo.made, cy.made) == (1, 1, 0)
    assert cy.sentences == ("The row is cut off: it has 1 of 3 cells.",)
    waiting = replica.outbox.all()
    assert [one.name for one in waiting] == ["customer.create"] * 2
    found = replica.tx().find(Customer, waiting[1].subject)
    assert found is not None
    assert (found.name, found.phones, found.notes) == ("Bo", (), "nonsense")


def test_a_file_with_nothing_sound_leaves_nothing(replica: Replica) -> None:
    before = contents(replica)
    assert verdicts(take(replica, customers("name,phone\nAda\n"))) == ["refused"]
    assert verdicts(take(replica, events("BEGIN:VEVENT\nUID:x\nSUMMARY:When?\nEND:VEVENT\n"))) == ["refused"]
    assert contents(replica) == before
    assert replica.outbox.count() == 0


def test_a_file_taken_twice_is_taken_once(replica: Replica) -> None:
    for plans in (customers(), events(VISITS, BEN), events(VISITS, service=CUT)):
        take(replica, plans)
        once, waiting = contents(replica), replica.outbox.count()
        again = take(replica, plans)
        assert "taken" not in verdicts(again)
        assert again[0].verdict is Verdict.SKIPPED
        assert (contents(replica), replica.outbox.count()) == (once, waiting)


def test_two_desks_that_take_the_same_file_make_the_same_rows() -> None:
    both = [managed() for _ in range(2)]
    for replica in both:
        take(replica, [*customers(), *events(VISITS, BEN), *events(VISITS, service=CUT)])
    first, second = [contents(replica) for replica in both]
    assert first == second
    for replica in both:
        replica.close()


def test_a_rehearsal_says_the_same_and_leaves_nothing(replica: Replica) -> None:
    plans = [*customers(), *events(VISITS, service=CUT), *events(VISITS.replace("visits", "clash"), service=CUT)]
    before = contents(replica)
    rehearsed = whole(rehearse(replica, plans, zone=ZONE))
    assert (contents(replica), replica.outbox.count()) == (before, 0)
    assert rehearsed == take(replica, plans)
    assert verdicts(rehearsed) == ["taken", "changed", "refused", "changed", "refused"]


def test_events_become_blocked_spans_of_the_resource(replica: Replica) -> None:
    (line,) = take(replica, events(VISITS))
    assert (line.verdict, line.made) == (Verdict.CHANGED, 3)
    assert line.sentences == ("The recurring event becomes single ones, those before 4 May 2028: 3.",)
    made = blocks(replica)
    assert [(one.resource_id, one.reason, one.origin) for one in made] == [(ANA.id, "Ada", "visits")] * 3


def test_one_calendar_can_block_two_resources(replica: Replica) -> None:
    take(replica, events(VISITS, ANA))
    take(replica, events(VISITS, BEN))
    assert sorted(one.resource_id for one in blocks(replica)) == sorted([ANA.id, BEN.id] * 3)


def test_a_block_follows_its_calendar(replica: Replica) -> None:
    take(replica, events(VISITS))
    take(replica, events(VISITS.replace("T104500", "T110000")))
    assert [one.ends_at - one.starts_at for one in blocks(replica)] == [timedelta(hours=1)] * 3


def test_a_block_that_was_removed_stays_removed(replica: Replica) -> None:
    take(replica, events(VISITS))
    first = blocks(replica)[0]
    replica.edit("block.remove", Remove(block_id=first.id))
    assert verdicts(take(replica, events(VISITS))) == ["skipped"]
    assert first.id not in {one.id for one in blocks(replica)}


def test_events_become_appointments_where_a_service_is_named(replica: Replica) -> None:
    (plan,) = events(VISITS, service=CUT)
    take(replica, [plan])
    found = replica.tx().find(Appointment, plan.edits[1][0])
    assert found is not None
    assert (found.source, found.wall_start) == (Source.IMPORT, "2026-05-13T10:00:00")
    assert found.series_id == SeriesId(plan.edits[0][1].args.series_id)
    assert found.original_start == "2026-05-13T10:00:00/0"
    assert found.notes == "Ada\nChair 2"
    assert found.segments[0].name == "Cut"


def test_a_member_of_staff_cannot_block_a_colleague(replica: Replica) -> None:
    replica.apply_lines(patch(3, MEMBER))
    (line,) = take(replica, events(VISITS, BEN))
    assert (line.verdict, line.made) == (Verdict.REFUSED, 0)


def test_says_which_dates_were_in_the_way_of_another_visit(replica: Replica) -> None:
    take(replica, events(VISITS, service=CUT))
    twice = VISITS.replace("UID:visits", "UID:other").replace("COUNT=3", "COUNT=4")
    (line,) = take(replica, events(twice, service=CUT))
    assert (line.verdict, line.made) == (Verdict.CHANGED, 1)
    assert [one.partition(": ")[0] for one in line.sentences[1:]] == [
        "Wed 6 May, 10:00", "Wed 13 May, 10:00", "Wed 20 May, 10:00"
    ]  # fmt: skip


def test_a_report_writes_times_as_the_business_does(replica: Replica) -> None:
    replica.apply_lines(patch(3, replace(BUSINESS, locale="en-US")))
    take(replica, events(VISITS, service=CUT))
    twice = VISITS.replace("UID:visits", "UID:other")
    (line,) = whole(rehearse(replica, events(twice, service=CUT), zone=ZONE))
    assert line.sentences[1] == "Wed May 6, 10:00 AM: Ana is taken Wed May 6, 10:00 AM to 10:50 AM."


def test_whole_days_and_free_time_are_refused_where_they_do_not_fit(replica: Replica) -> None:
    file = read_calendar((FIXTURES / "google.ics").read_bytes(), zone=ZONE, now=NOW)
    as_blocks = take(replica, plan_events(file, Target(resource=ANA, location=LOCATION)))
    as_visits = whole(
        rehearse(replica, plan_events(file, Target(resource=BEN, location=LOCATION, service=CUT)), zone=ZONE)
    )
    assert as_blocks[3].sentences == ("The event is marked as free time, so it blocks nothing.",)
    assert as_visits[3].sentences == ("An event of whole days is no appointment; import it as a blocked span.",)
    assert verdicts(as_blocks)[3] == verdicts(as_visits)[3] == "refused"


def test_plans_come_in_steps_without_losing_one() -> None:
    plans = customers("name\n" + "".join(f"Nr {number}\n" for number in range(250)))
    assert [one for step in in_steps(plans) for one in step] == list(plans)
    assert len(in_steps(plans)) == 3
