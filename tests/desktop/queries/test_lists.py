"""Lists that are taken along: safe in a spreadsheet, and read in again they change nothing."""

import csv
import io
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from desktop.files.bookings_csv import read_bookings
from desktop.files.csv_writing import csv_bytes
from desktop.files.customers_csv import read_customers
from desktop.files.services_csv import read_services
from desktop.files.verdict import Verdict
from desktop.operations.import_bookings import plan_bookings
from desktop.operations.import_services import plan_services
from desktop.operations.importing import Plan, carry_out, plan_customers
from desktop.queries import lists
from desktop.queries.lists import List
from desktop.store.replica import Replica
from shared.errors import Refusal
from shared.model.appointment import Appointment, Status
from shared.model.base import AppointmentId, CustomerId, ServiceId, UserId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.service import Service
from shared.mutations.registry import Actor
from shared.rules.pieces import whole
from tests.support.replicas import filled, patch
from tests.support.salon import BUSINESS, CUT, MEMBER, MIRA, TEN, Salon, made_id, was

NASTY = (
    '=cmd|" /C calc"!A0', "+49 30 1", "-2+3", "@SUM(A1)", "'quoted", "''=twice", "＝wide", "a;b", "a,b",
    'say "hi"', "two\nlines", "Zoë Ñandú 李", "\ttab", "'s-Gravenhage", 'a;=cmd|" /C calc"!A0', "a\n=1+1",
    "a\t@SUM(A1)", "a;'quoted", "';'=both", "- one\n- two",
)  # fmt: skip


@pytest.fixture
def replica() -> Iterator[Replica]:
    """A replica of an owner, with two visits, one of them cancelled, and one in the hour that comes twice."""
    salon = Salon()
    salon.book("first")
    salon.book("second", TEN + timedelta(days=1))
    salon.send("appointment.cancel", appointment_id=made_id("second"), was=was("booked", TEN + timedelta(days=1)))
    made = filled(None, salon)
    made.apply_lines(patch(2, replace(MEMBER, role=Role.TENANT_OWNER)))
    yield made
    made.close()


def written(found: List) -> bytes:
    return csv_bytes(found.headings, found.rows)


def changes(replica: Replica, plans: Sequence[Plan]) -> set[Verdict]:
    """The verdicts on all rows; that nothing waits to be sent after them is seen to."""
    lines, _ = carry_out(replica, plans, zone=BUSINESS.zone)
    assert replica.outbox.count() == 0
    return {one.verdict for one in lines}


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_customers_come_back_as_they_went(replica: Replica) -> None:
    people = [
        Customer(
            id=CustomerId(made_id(f"nasty {at}")), name=name, tags=(name,), alert=name, notes=name, blocked=at % 2 == 0
        )
        for at, name in enumerate(NASTY)
    ]
    replica.apply_lines(patch(3, *people))
    data = written(whole(lists.customers(replica)))
    assert len(rows_of(data)) == len(NASTY) + 2
    assert changes(replica, plan_customers(read_customers(data, region="DE"))) == {Verdict.SKIPPED}


def test_services_come_back_as_they_went(replica: Replica) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    made = [
        Service(
            id=ServiceId(made_id(f"nasty {at}")), name=name.strip(), category=name, colour="#0a0b0c",
            price=chance.randrange(10**6), before=chance.randrange(60), active=chance.randrange(1, 600),
            processing=chance.randrange(60), finishing=chance.randrange(60), after=chance.randrange(60),
            capacity=chance.randrange(1, 30),
        )
        for at, name in enumerate(NASTY)
    ]  # fmt: skip
    replica.apply_lines(patch(3, *made))
    file = read_services(written(whole(lists.services(replica))), currency=BUSINESS.currency)
    assert changes(replica, plan_services(replica, file)) == {Verdict.SKIPPED}


def test_bookings_come_back_as_they_went(replica: Replica) -> None:
    autumn = date(2026, 10, 25)
    first = replica.tx().find(Appointment, made_id("first"))
    assert first is not None
    twice = [
        replace(
            first, id=AppointmentId(made_id(f"twice {at}")),
            starts_at=first.starts_at.replace(month=10, day=25, hour=at),
            ends_at=first.starts_at.replace(month=10, day=25, hour=at, minute=45), wall_start="2026-10-25T02:00:00",
        )
        for at in (0, 1)
    ]  # fmt: skip
    replica.apply_lines(patch(3, *twice))
    found = whole(lists.bookings(replica, date(2026, 5, 1), autumn))
    assert [row[12] for row in found.rows] == ["booked", "cancelled", "booked", "booked"]
    assert [row[2:4] for row in found.rows[2:]] == [("02:00", "+02:00"), ("02:00", "+01:00")]
    plans = whole(plan_bookings(replica, read_bookings(written(found), month_first=False), region="DE"))
    assert changes(replica, plans) == {Verdict.SKIPPED}
    assert not any(plan.sentences for plan in plans)


def test_bookings_of_another_book_are_taken_as_they_stood(replica: Replica) -> None:
    data = written(whole(lists.bookings(replica, date(2026, 5, 5), date(2026, 5, 5))))
    salon = Salon()
    other = filled(None, salon)
    plans = whole(plan_bookings(other, read_bookings(data, month_first=False), region="DE"))
    lines, _ = carry_out(other, plans, zone=BUSINESS.zone)
    assert [one.verdict for one in lines] == [Verdict.TAKEN]
    taken, first = (one.tx().find(Appointment, made_id("first")) for one in (other, replica))
    other.close()
    assert taken is not None
    assert first is not None
    assert (taken.starts_at, taken.customer_id, taken.segments) == (first.starts_at, MIRA.id, first.segments)


def test_only_the_days_that_were_asked_for_are_listed(replica: Replica) -> None:
    found = whole(lists.bookings(replica, date(2026, 5, 5), date(2026, 5, 5)))
    assert [row[0] for row in found.rows] == [made_id("first")]
    assert whole(lists.bookings(replica, date(2026, 5, 7), date(2026, 5, 9))).rows == ()


def test_no_cell_is_a_formula_and_lines_end_as_they_should(replica: Replica) -> None:
    people = [replace(MIRA, id=CustomerId(made_id(name)), name=name) for name in NASTY]
    replica.apply_lines(patch(3, *people))
    data = written(whole(lists.customers(replica)))
    assert data.startswith(b"\xef\xbb\xbfSmoothSchedule ID,Name,")
    assert data.endswith(b"\r\n")
    cells = [cell for row in rows_of(data) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "＝", "\t", "\r"))]


def test_nothing_is_a_formula_where_a_list_is_separated_by_semicolons(replica: Replica) -> None:
    people = [replace(MIRA, id=CustomerId(made_id(name)), name=name, alert=name) for name in NASTY]
    replica.apply_lines(patch(3, *people))
    cells = re.split(r"[;\t\r\n]", written(whole(lists.customers(replica))).decode())
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "＝"))]


def test_nobody_below_an_owner_takes_lists_along(replica: Replica) -> None:
    for role in (Role.TENANT_MANAGER, Role.TENANT_STAFF):
        replica.apply_lines(patch(5, replace(MEMBER, role=role)))
        for asked in (lists.customers, lists.services):
            with pytest.raises(Refusal):
                whole(asked(replica))


def test_nobody_who_acts_as_somebody_else_does(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    masked = Actor(user_id=UserId(made_id("support")), role=Role.TENANT_OWNER, as_whom=MEMBER.id)
    ctx = replace(replica.context(), actor=masked)
    monkeypatch.setattr(replica, "context", lambda: ctx)
    with pytest.raises(Refusal):
        whole(lists.bookings(replica, date(2026, 5, 5), date(2026, 5, 5)))


def test_a_status_has_a_word_that_is_read_again() -> None:
    rows = "".join(f"2026-05-05 10:00,{CUT.name},{status.value}\n" for status in Status)
    file = read_bookings(f"start,service,status\n{rows}".encode(), month_first=False)
    assert {one.status: one.state.value for one in file.rows if one.state.value == "over"}.keys() == {
        "declined", "expired", "cancelled", "no_show",
    }  # fmt: skip
