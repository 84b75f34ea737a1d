"""Two visits that change places, both or neither."""

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Code
from shared.model.appointment import Allocation, Appointment
from shared.mutations.decide import OutcomeKind
from tests.support.salon import ANA, BEN, COLOUR, CUT, TEN, Salon, made_id, was, wire

HOUR = timedelta(hours=1)
LATER = TEN + 2 * HOUR


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.book("short")
    made.book("long", LATER, segments=[{"service_id": COLOUR.id, "resources": [BEN.id]}])
    return made


def swapped(**changes: Any) -> dict[str, Any]:
    return {
        "appointment_id": made_id("short"), "was": was("booked"), "resources": [ANA.id], "other_id": made_id("long"),
        "other_was": was("booked", LATER), "other_resources": [BEN.id],
    } | changes  # fmt: skip


def found(salon: Salon, name: str) -> Appointment:
    one = salon.tx.find(Appointment, made_id(name))
    assert one is not None
    return one


def places(salon: Salon) -> list[tuple[str, str]]:
    """Start and first resource of both."""
    return [(wire(one.starts_at), one.resources[0]) for one in (found(salon, "short"), found(salon, "long"))]


def test_each_has_the_others_start_and_person_and_its_own_length(salon: Salon) -> None:
    assert salon.send("appointment.swap", **swapped()).outcome is OutcomeKind.APPLIED
    assert places(salon) == [(wire(LATER), BEN.id), (wire(TEN), ANA.id)]
    short, long = found(salon, "short"), found(salon, "long")
    assert (short.ends_at - short.starts_at, long.ends_at - long.starts_at) == (45 * HOUR / 60, 80 * HOUR / 60)
    assert (short.sequence, short.segments[0].service_id) == (1, CUT.id)
    held = sorted((one.resource_id == BEN.id, wire(one.starts_at)) for one in salon.tx.all(Allocation))
    assert held == [(False, wire(TEN - timedelta(minutes=5))), (True, wire(LATER))]


def test_two_that_meet_change_places_though_each_is_in_the_others_way(salon: Salon) -> None:
    salon.book("next", TEN + HOUR)
    args = swapped(other_id=made_id("next"), other_was=was("booked", TEN + HOUR), other_resources=[ANA.id])
    assert salon.send("appointment.swap", **args).outcome is OutcomeKind.APPLIED
    assert [wire(found(salon, one).starts_at) for one in ("short", "next")] == [wire(TEN + HOUR), wire(TEN)]


def test_where_one_does_not_fit_neither_moves(salon: Salon) -> None:
    before = places(salon)
    salon.book("after", TEN + HOUR)
    assert salon.send("appointment.swap", **swapped()).code is Code.SLOT_TAKEN
    assert places(salon) == before


def test_two_desks_that_swap_the_same_two_have_swapped_them_once(salon: Salon) -> None:
    salon.send("appointment.swap", **swapped())
    once = places(salon)
    assert salon.send("appointment.swap", **swapped()).outcome is OutcomeKind.APPLIED
    assert places(salon) == once


def test_a_visit_that_was_moved_meanwhile_is_not_swapped(salon: Salon) -> None:
    move: dict[str, Any] = {"appointment_id": made_id("short"), "was": was("booked"), "start": wire(TEN + 6 * HOUR)}
    salon.send("appointment.reschedule", **move)
    assert salon.send("appointment.swap", **swapped()).code is Code.CHANGED_MEANWHILE


def test_a_visit_that_somebody_else_does_meanwhile_is_not_swapped(salon: Salon) -> None:
    segments = [{"service_id": CUT.id, "resources": [BEN.id]}]
    move: dict[str, Any] = {
        "appointment_id": made_id("short"),
        "was": was("booked"),
        "start": wire(TEN),
        "segments": segments,
    }
    salon.send("appointment.reschedule", **move)
    assert salon.send("appointment.swap", **swapped()).code is Code.CHANGED_MEANWHILE


def test_a_visit_does_not_change_places_with_itself(salon: Salon) -> None:
    args = swapped(other_id=made_id("short"), other_was=was("booked"), other_resources=[ANA.id])
    assert salon.send("appointment.swap", **args).code is Code.INVALID


def test_staff_may_not_swap_over_a_rule(salon: Salon) -> None:
    assert salon.send("appointment.swap", **swapped(override="they asked")).code is Code.NOT_ALLOWED
