"""When a visit came to its steps, who waits and who is late: in true minutes, however the clocks change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.model.appointment import Appointment, Status, Step
from shared.rules.visit_times import late_by, reached_at, waited
from tests.support.salon import STAFF_USER, TEN, Salon, made_id

MINUTE = timedelta(minutes=1)


def visit(*steps: tuple[Status, datetime]) -> Appointment:
    """A visit at ten that came to each status when it is said."""
    salon = Salon()
    salon.book("first")
    made = salon.tx.find(Appointment, made_id("first"))
    assert made is not None
    taken = tuple(Step(status=status, at=at, by=STAFF_USER) for status, at in steps)
    return replace(made, steps=(*made.steps, *taken), status=taken[-1].status if taken else made.status)


def test_a_step_has_its_time_and_one_taken_twice_the_last() -> None:
    one = visit((Status.ARRIVED, TEN), (Status.IN_SERVICE, TEN + 5 * MINUTE), (Status.ARRIVED, TEN + 6 * MINUTE))
    assert reached_at(one, Status.ARRIVED) == TEN + 6 * MINUTE
    assert reached_at(one, Status.COMPLETED) is None


def test_who_arrived_waits_until_now_and_no_longer_than_until_the_service_begins() -> None:
    arrived = (Status.ARRIVED, TEN - 3 * MINUTE)
    assert waited(visit(arrived), TEN + 9 * MINUTE + timedelta(seconds=59)) == 12
    begun = visit(arrived, (Status.IN_SERVICE, TEN + 4 * MINUTE))
    assert waited(begun, TEN + timedelta(hours=1)) == 7
    assert waited(visit(arrived, (Status.COMPLETED, TEN)), TEN + timedelta(hours=1)) == 3


def test_nobody_waits_who_did_not_arrive() -> None:
    assert waited(visit(), TEN + 9 * MINUTE) is None
    assert waited(visit((Status.IN_SERVICE, TEN)), TEN + 9 * MINUTE) is None


def test_a_clock_that_was_set_back_lets_nobody_wait_less_than_nothing() -> None:
    assert waited(visit((Status.ARRIVED, TEN)), TEN - 5 * MINUTE) == 0


def test_late_is_who_has_not_come_by_the_start_and_who_came_after_it() -> None:
    assert late_by(visit(), TEN - MINUTE) == 0
    assert late_by(visit(), TEN + 7 * MINUTE) == 7
    came = visit((Status.ARRIVED, TEN + 4 * MINUTE))
    assert late_by(came, TEN + timedelta(hours=2)) == 4
    assert late_by(visit((Status.IN_SERVICE, TEN + 2 * MINUTE)), TEN + timedelta(hours=2)) == 2


@pytest.mark.parametrize("ended", [Status.CANCELLED, Status.NO_SHOW, Status.REQUESTED])
def test_nobody_is_late_for_a_visit_that_does_not_take_place(ended: Status) -> None:
    assert late_by(visit((ended, TEN)), TEN + timedelta(hours=2)) == 0


def test_a_night_in_which_the_clocks_change_has_its_true_minutes() -> None:
    # Berlin: from 02:00 to 03:00 the clocks are put forward on 28 March 2027, and back on 31 October.
    for before in (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)):
        night = replace(visit((Status.ARRIVED, before + 20 * MINUTE)), starts_at=before)
        assert waited(night, before + 80 * MINUTE) == 60
        assert late_by(night, before + 80 * MINUTE) == 20
