"""Long questions that are read in pieces: they come to the same as at once, and edits come in between."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from desktop.operations.customers import keep_apart, update
from desktop.queries import lists
from desktop.queries.consequences import standing_outside
from desktop.queries.rezoned import what_moves
from desktop.store.pieces import InPieces
from desktop.store.replica import Replica
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.base import AppointmentId, CustomerId, HoursRuleId, OwnerId
from shared.model.customer import Customer
from shared.model.hours import HoursRule
from shared.model.member import Role
from shared.mutations.location import LocationRezone
from shared.rules.allocating import allocations_of
from shared.rules.pieces import Pieces, whole
from tests.support.moving_clock import frozen
from tests.support.replicas import filled, patch
from tests.support.salon import ANA, BEN, LOCATION, MEMBER, MIRA, NOW, TEN, Salon, made_id

FIRST, LAST = date(2026, 5, 1), date(2026, 5, 31)
CLOCK = LocationRezone(location_id=LOCATION.id, was="Europe/Berlin", zone="Europe/London")
QUESTIONS: dict[str, Callable[[Replica], Pieces[Any]]] = {
    "outside": standing_outside,
    "bookings": partial(lists.bookings, first=FIRST, last=LAST),
    "customers": lists.customers,
    "services": lists.services,
    "another clock": partial(what_moves, args=CLOCK),
}


@pytest.fixture
def replica() -> Iterator[Replica]:
    """An owner's, with thirty visits by the hour, of two people and two customers, most of them outside hours."""
    salon = Salon()
    salon.book("model")
    made = filled(None, salon)
    model = made.tx().find(Appointment, made_id("model"))
    assert model is not None
    ids = [CustomerId(made_id(f"person {number}")) for number in range(7)]
    visits = [
        replace(
            model, id=AppointmentId(made_id(f"visit {number}")), customer_id=ids[number % 7],
            starts_at=TEN + timedelta(hours=number), ends_at=TEN + timedelta(hours=number, minutes=45),
            wall_start=(TEN + timedelta(hours=number + 2)).replace(tzinfo=None).isoformat(),
            segments=(replace(model.segments[0], resources=((ANA, BEN)[number % 2].id,)),),
        )
        for number in range(2, 32)
    ]  # fmt: skip
    people = [replace(MIRA, id=one, name=f"Z{9 - number}") for number, one in enumerate(ids)]
    hours = HoursRule(id=HoursRuleId(made_id("rule")), owner_id=OwnerId(ANA.id), weekday=1, opens=480, closes=1080)
    held = [one for visit in visits for one in allocations_of(visit)]
    with frozen(NOW):
        made.apply_lines(patch(2, *visits, *held, *people, hours, replace(MEMBER, role=Role.TENANT_OWNER)))
        yield made
    made.close()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of three rows."""
    for where in ("store.finding.PAGE", "queries.lists.PIECE", "queries.rezoned.PIECE"):
        monkeypatch.setattr(f"desktop.{where}", 3)


def read(replica: Replica, name: str, between: Callable[[int], object] = lambda number: None) -> tuple[Any, int]:
    """What a question comes to, with what is done between its pieces, and how many pieces there were."""
    reading, answer, number = InPieces(QUESTIONS[name]), None, 0
    while answer is None:
        answer, number = reading.step(replica), number + 1
        if answer is None:
            between(number)
    return answer, number


def told(answer: Any) -> Any:
    """An answer that can be compared: of two refusals what they say."""
    if not isinstance(answer, tuple):
        return answer
    return [(one.visit, one.customer_name, one.why.code, one.why.details) for one in answer]


@pytest.mark.parametrize("name", QUESTIONS)
def test_in_pieces_it_comes_to_the_same(replica: Replica, name: str, request: pytest.FixtureRequest) -> None:
    at_once = whole(QUESTIONS[name](replica))
    request.getfixturevalue("small")
    in_pieces, number = read(replica, name)
    assert told(in_pieces) == told(at_once)
    assert number > 3 or name == "services"


def test_something_stands_outside_and_something_moves(replica: Replica) -> None:
    outside, moving = whole(QUESTIONS["outside"](replica)), whole(QUESTIONS["another clock"](replica))
    assert 3 < len(outside) < 30
    assert [one.visit.starts_at for one in outside] == sorted(one.visit.starts_at for one in outside)
    assert {one.customer_name for one in outside} == {f"Z{9 - number}" for number in range(7)}
    assert len(moving.moved) == 31


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("by", [timedelta(days=3), timedelta(days=-1)])
def test_a_visit_that_is_moved_meanwhile_is_listed_once(replica: Replica, by: timedelta) -> None:
    visit = replica.tx().find(Appointment, made_id("visit 17"))
    assert visit is not None
    moved = replace(visit, starts_at=visit.starts_at + by, ends_at=visit.ends_at + by)
    found, _ = read(replica, "bookings", lambda number: replica.apply_lines(patch(3, moved)) if number == 4 else None)
    ids = [row[0] for row in found.rows]
    assert len(ids) == len({*ids}) == 31
    assert visit.id in ids


@pytest.mark.usefixtures("small")
def test_whoever_is_called_otherwise_meanwhile_is_listed_once(replica: Replica) -> None:
    def rename(number: int) -> None:
        one = replica.tx().find(Customer, made_id(f"person {number % 7}"))
        assert one is not None
        operation = update(one, {"name": f"{'AZ'[number % 2]} {one.name}"})
        replica.edit(operation.name, operation.args, label="")

    found, _ = read(replica, "customers", rename)
    ids, names = [row[0] for row in found.rows], [row[1] for row in found.rows]
    assert len(ids) == len({*ids}) == 8
    assert names == sorted(names)


@pytest.mark.usefixtures("small")
def test_a_save_comes_in_between(replica: Replica) -> None:
    saved: list[int] = []

    def save(number: int) -> None:
        operation = keep_apart(MIRA.id, made_id(f"person {number % 7}"))
        replica.edit(operation.name, operation.args, label="")
        saved.append(number)

    for name in ("outside", "another clock"):
        saved.clear()
        _, number = read(replica, name, save)
        assert saved == list(range(1, number))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["bookings", "customers", "services"])
def test_whoever_comes_to_the_desk_meanwhile_takes_no_list_along(replica: Replica, name: str) -> None:
    staff = replace(MEMBER, role=Role.TENANT_STAFF)
    with pytest.raises(Refusal) as refused:
        read(replica, name, lambda number: replica.apply_lines(patch(4, staff)))
    assert refused.value.code is Code.NOT_ALLOWED


def test_a_clock_that_cannot_be_is_said_so_at_once(replica: Replica) -> None:
    for args in (replace(CLOCK, zone="Mars/Base"), replace(CLOCK, was="Europe/Paris")):
        assert whole(what_moves(replica, args)).why_not
    replica.apply_lines(patch(4, replace(MEMBER, role=Role.TENANT_MANAGER)))
    assert "manager" in whole(what_moves(replica, CLOCK)).why_not
