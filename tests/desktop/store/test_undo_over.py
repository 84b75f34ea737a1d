"""What stood over a rule, and what an undo makes of it where somebody else has come meanwhile."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.store.replica import Replica
from shared.errors import Code, Refusal
from shared.model.appointment import Allocation, Appointment
from shared.model.base import SeriesId
from shared.model.resource import Resource
from shared.mutations.appointment import series_occurrence_id
from shared.protocol.codec import arguments_of
from tests.desktop.store.test_undo import changed_elsewhere, edit, opened, redo, undo
from tests.support.edits_of_each_kind import REPEATED, SERIES, VISIT
from tests.support.moving_clock import stopped
from tests.support.salon import ANA, TEN, Salon, booking_of, made_id, was, wire

LATER = TEN + timedelta(hours=3)


@pytest.fixture(autouse=True)
def _as_it_begins() -> Iterator[None]:
    with stopped(TEN):
        yield


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    made = opened(tmp_path / "book.db")
    yield made
    made.close()


@pytest.fixture
def over(replica: Replica) -> Replica:
    """A visit was booked over the first one."""
    edit(replica, "appointment.book", booking_of("first"))
    edit(replica, "appointment.book", booking_of("visit") | {"override": "A regular"})
    return replica


def cancel(replica: Replica, name: str) -> None:
    edit(replica, "appointment.cancel", {"appointment_id": made_id(name), "was": was("booked")})


def found(replica: Replica, name: str) -> Appointment:
    one = replica.tx().find(Appointment, made_id(name))
    assert one is not None
    return one


def marks(replica: Replica, name: str) -> list[bool]:
    return [one.over for one in replica.tx().allocations_of(found(replica, name).id)]


def given_to_a_third(replica: Replica) -> None:
    """Another desk gives the place, which is free, to somebody else; what waited here was decided before."""
    salon = Salon()
    assert salon.book("third").code is None
    theirs = [found(replica, name) for name in ("first", "visit")]
    held = [one for visit in theirs for one in replica.tx().allocations_of(visit.id)]
    changed_elsewhere(replica, 3, *theirs, *held, *salon.tx.all(Appointment), *salon.tx.all(Allocation))


def refused(replica: Replica) -> list[Code]:
    return [one.code for one in undo(replica).refusals]


def test_a_cancelled_visit_comes_back_over_the_one_it_was_booked_over(over: Replica) -> None:
    cancel(over, "visit")
    assert refused(over) == []
    assert (found(over, "visit").override_reason, marks(over, "visit")) == ("A regular", [True])


def test_a_cancelled_visit_comes_back_over_nobody_else(over: Replica) -> None:
    cancel(over, "first")
    cancel(over, "visit")
    given_to_a_third(over)
    assert refused(over) == [Code.SLOT_TAKEN]


def test_a_booking_over_a_rule_that_is_done_again_passes_over_nobody_else(over: Replica) -> None:
    assert (refused(over), refused(over)) == ([], [])
    given_to_a_third(over)
    redone = [redo(over), redo(over)]
    assert [one.code for each in redone for one in each.refusals] == [Code.SLOT_TAKEN, Code.SLOT_TAKEN]


def test_a_visit_that_was_moved_away_goes_back_over_nobody_else(over: Replica) -> None:
    edit(over, "appointment.reschedule", {"appointment_id": VISIT, "was": was("booked"), "start": wire(LATER)})
    edit(over, "appointment.cancel", {"appointment_id": made_id("first"), "was": was("booked")})
    given_to_a_third(over)
    undo(over)
    assert refused(over) == [Code.SLOT_TAKEN]


@pytest.mark.parametrize("given", [False, True])
def test_a_series_that_goes_on_comes_back_over_nobody_else(replica: Replica, *, given: bool) -> None:
    edit(replica, "appointment.book", booking_of("first"))
    edit(replica, "series.book", REPEATED[1] | {"first": "2026-05-05T15:00:00"})
    moved = series_occurrence_id(SeriesId(SERIES), "2026-05-12T15:00:00/0")
    seen = was("booked", TEN + timedelta(days=7, hours=5))
    over = {"appointment_id": moved, "was": seen, "start": wire(TEN), "override": "A regular"}
    edit(replica, "appointment.reschedule", over)
    if given:
        cancel(replica, "first")
    edit(replica, "series.end", {"series_id": SERIES, "was": REPEATED[1]["rrule"]})
    if given:
        ana = replica.identity()
        replica.identify(dataclasses.replace(ana, user_id=made_id("cleo"), user_name="Cleo"))
        edit(replica, "appointment.book", booking_of("third"))
        replica.identify(ana)
    assert refused(replica) == ([Code.SLOT_TAKEN] if given else [])
    assert [one.over for one in replica.tx().allocations_of(moved)] == ([] if given else [True])


def test_an_exchange_that_is_taken_back_leaves_the_other_visit_by_the_rules(over: Replica) -> None:
    edit(over, "appointment.book", booking_of("other", LATER))
    cancel(over, "first")
    swap = {
        "appointment_id": VISIT, "was": was("booked"), "resources": [ANA.id], "other_id": made_id("other"),
        "other_was": was("booked", LATER), "other_resources": [ANA.id],
    }  # fmt: skip
    edit(over, "appointment.swap", swap)
    assert refused(over) == []
    assert (found(over, "other").override_reason, marks(over, "other")) == ("", [False])
    assert (found(over, "visit").override_reason, marks(over, "visit")) == ("A regular", [True])


def test_a_capacity_that_is_put_back_takes_no_more_than_it_is(replica: Replica) -> None:
    for before, after in ((1, 2), (2, 1)):
        two = [{"field": "capacity", "was": before, "value": after}]
        edit(replica, "resource.update", {"resource_id": ANA.id, "edits": two})
        if after == 2:
            edit(replica, "appointment.book", booking_of("first"))
            edit(replica, "appointment.book", booking_of("second"))
    assert sorted(marks(replica, "first") + marks(replica, "second")) == [False, True]
    assert refused(replica) == []
    assert marks(replica, "first") + marks(replica, "second") == [False, False]
    ana = replica.tx().find(Resource, ANA.id)
    assert ana is not None
    assert ana.capacity == 2
    with pytest.raises(Refusal) as caught:
        edit(replica, "appointment.book", booking_of("third"))
    assert caught.value.code is Code.SLOT_TAKEN


def step(replica: Replica, name: str, step: str) -> None:
    edit(replica, f"appointment.{step}", {"appointment_id": made_id(name), "was": was("booked")})


@pytest.mark.parametrize("ended", ["no_show", "cancel"])
def test_a_visit_comes_back_beside_the_one_that_was_let_in_over_it(over: Replica, ended: str) -> None:
    step(over, "first", ended)
    assert refused(over) == []
    assert (found(over, "first").override_reason, marks(over, "first")) == ("", [False])
    assert marks(over, "visit") == [True]
    assert redo(over).refusals == ()
    assert refused(over) == []


def test_a_visit_that_was_moved_goes_back_beside_the_one_that_was_let_in_over_it(over: Replica) -> None:
    edit(
        over, "appointment.reschedule", {"appointment_id": made_id("first"), "was": was("booked"), "start": wire(LATER)}
    )
    assert refused(over) == []
    assert (marks(over, "first"), marks(over, "visit")) == ([False], [True])


def test_a_visit_that_was_exchanged_goes_back_beside_the_one_that_was_let_in_over_it(over: Replica) -> None:
    edit(over, "appointment.book", booking_of("other", LATER))
    swap = {
        "appointment_id": made_id("first"), "was": was("booked"), "resources": [ANA.id], "other_id": made_id("other"),
        "other_was": was("booked", LATER), "other_resources": [ANA.id], "override": "The two know each other",
    }  # fmt: skip
    edit(over, "appointment.swap", swap)
    assert refused(over) == []
    assert (marks(over, "first"), marks(over, "visit"), marks(over, "other")) == ([False], [True], [False])


def test_nobody_comes_back_beside_whom_it_names_and_who_stands_by_the_rules(over: Replica) -> None:
    """What a desk says of who was let in over it counts for those alone who stand over a rule."""
    step(over, "first", "no_show")
    step(over, "visit", "cancel")
    edit(over, "appointment.book", booking_of("third"))
    back = {"appointment_id": made_id("first"), "was": was("no_show"), "over": [VISIT, made_id("third")]}
    with pytest.raises(Refusal) as refusal:
        over.edit("appointment.undo_step", arguments_of("appointment.undo_step", 2, back))
    assert refusal.value.code is Code.SLOT_TAKEN
