"""What the plan of the business has no room for is said before it is saved, and settled once there is room."""

from dataclasses import replace
from typing import Any

import pytest

from shared.model.appointment import Appointment
from shared.model.attention import AttentionState
from shared.model.customer import Customer
from shared.model.plan import Plan, boundless
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.desktop.presenters.test_booking import choose_service, draw, find, panel, save
from tests.desktop.presenters.test_conflicts import booking_args, detail, refused, row, settled
from tests.support.replicas import patch
from tests.support.salon import ANA, BUSINESS, made_id

IDA = {"customer_id": made_id("ida"), "name": "Ida Brandt", "phones": ["+49 30 1"]}


def under(place: Place, version: int = 2, **most: int | None) -> None:
    """Let the plan have these limits, as the server says."""
    plan = replace(boundless(BUSINESS.id), tier="FREE", **most)  # type: ignore[arg-type]
    place.desk.do(lambda replica: replica.apply_lines(patch(version, plan)))
    place.desk.changes.tell({"plan": frozenset({plan.id})})


def test_a_new_customer_for_whom_there_is_no_room_is_told_before_they_are_saved(place: Place) -> None:
    under(place, customers=1)
    draw(place, ANA.id, 9)
    find(place, "Paula Stern")
    choose_service(place, "cut")
    place.until(lambda: panel(place)._verdict.text() == "The plan Free has room for 1 customer.")
    assert not panel(place)._save.isEnabled()
    assert "room for 1 customer" in panel(place)._save.toolTip()
    under(place, 3, customers=2)
    panel(place).notes.setPlainText("comes by bus")
    place.until(lambda: panel(place)._save.isEnabled())
    save(place)
    place.until(lambda: len(place.appointments()) == 1)


def test_somebody_who_is_known_is_booked_however_full_the_customers_are(place: Place) -> None:
    under(place, customers=0)
    draw(place, ANA.id, 9)
    find(place, "mira")
    choose_service(place, "cut")
    save(place)
    place.until(lambda: len(place.appointments()) == 1)


def test_a_month_that_is_full_is_told_before_the_visit_is_saved(place: Place) -> None:
    under(place, appointments_a_month=0)
    draw(place, ANA.id, 9)
    find(place, "mira")
    choose_service(place, "cut")
    place.until(lambda: "room for 0 appointments a month" in panel(place)._verdict.text())
    assert not panel(place)._save.isEnabled()


FULL: dict[str, Any] = {"details": {"limit": "customers", "held": 1, "most": 1, "tier": "FREE"}}


def test_what_the_plan_had_no_room_for_is_kept_without_a_reason_once_it_has(place: Place) -> None:
    under(place, customers=1)
    refused(place, "customer.create", IDA, "limit_reached", **FULL)
    assert detail(place).rule == "The plan Free has room for 1 customer."
    assert [(one.label, one.text) for one in detail(place).now] == [("Plan", "The plan Free has room for 1 customer.")]
    assert (detail(place).keep_why_not, detail(place).keep_needs_reason) == ("", False)
    under(place, 3, customers=2)
    place.until(lambda: detail(place).now[0].text == "There is room for it now: keep it.")
    place.act("keep")
    settled(place, AttentionState.KEPT)
    assert row(place, Customer, made_id("ida")).name == "Ida Brandt"


def test_a_visit_beyond_the_month_is_offered_no_other_time_and_needs_no_override(place: Place) -> None:
    under(place, appointments_a_month=0)
    told = {"limit": "appointments_a_month", "held": 0, "most": 0, "tier": "FREE"}
    refused(place, "appointment.book", booking_args(), "limit_reached", details=told)
    assert not detail(place).slots_wanted
    assert detail(place).slots == ()
    assert (detail(place).keep_why_not, detail(place).keep_needs_reason) == ("", False)
    under(place, 3)
    place.until(lambda: "room for it now" in detail(place).now[0].text)
    place.act("keep")
    settled(place, AttentionState.KEPT)
    assert row(place, Appointment, made_id("lost")).starts_at == tomorrow(10)


def test_keeping_it_while_there_is_still_no_room_says_so_and_loses_nothing(place: Place) -> None:
    under(place, customers=1)
    refused(place, "customer.create", IDA, "limit_reached", **FULL)
    place.act("keep")
    place.until(lambda: "room for 1 customer" in place.said)
    assert detail(place).item_id == made_id("item")
    assert row(place, Customer, made_id("ida")) is None


@pytest.mark.parametrize("most", [0, 1])
def test_the_plan_is_a_row_of_the_book(place: Place, most: int) -> None:
    under(place, users=most)
    plan: Plan = place.desk.do(lambda replica: replica.tx().plan())
    assert (plan.tier, plan.users) == ("FREE", most)
