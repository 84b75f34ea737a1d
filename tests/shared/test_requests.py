"""What a customer's wish becomes, who answers it, and when it ends by itself."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared import ids
from shared.errors import Code
from shared.model.appointment import Allocation, Appointment, Status
from shared.model.base import MutationId, UserId
from shared.model.member import Role
from shared.mutations.decide import Decision, OutcomeKind, decide
from shared.mutations.registry import Actor, Context
from shared.protocol.codec import arguments_of
from shared.store import Changes
from tests.support.salon import BUSINESS, NOW, TEN, Salon, booking_of, made_id, was

FIRST = made_id("first")


@pytest.fixture
def salon() -> Salon:
    return Salon()


def ruled(salon: Salon, **policies: Any) -> None:
    salon.tx.apply(Changes(put=(replace(BUSINESS, **policies),)))


def standing(salon: Salon) -> Status:
    found = salon.tx.find(Appointment, FIRST)
    assert found is not None
    return found.status


def as_server(salon: Salon, at: datetime) -> Decision:
    actor = Actor(user_id=UserId(made_id("server")), role=Role.SUPERUSER)
    args = {"appointment_id": FIRST}
    ctx = Context(at=at, actor=actor, mutation_id=MutationId(ids.new_id()))
    return decide(salon.tx, ctx, "appointment.expire", arguments_of("appointment.expire", 1, args), args)


@pytest.mark.parametrize("asked", ["booked", "requested"])
@pytest.mark.parametrize(("approval", "stands"), [(True, Status.REQUESTED), (False, Status.BOOKED)])
def test_what_a_customer_books_stands_as_the_business_has_it(
    salon: Salon, *, approval: bool, asked: str, stands: Status
) -> None:
    ruled(salon, approval=approval)
    salon.send("appointment.book", role=Role.CUSTOMER, **booking_of("first") | {"status": asked})
    assert standing(salon) is stands


def test_what_the_team_books_stands_as_it_says(salon: Salon) -> None:
    salon.book("first")
    assert standing(salon) is Status.BOOKED


def test_nobody_answers_their_own_request(salon: Salon) -> None:
    salon.send("appointment.book", role=Role.CUSTOMER, **booking_of("first"))
    for answer in ("confirm", "decline"):
        own = salon.send(f"appointment.{answer}", role=Role.CUSTOMER, appointment_id=FIRST, was=was("requested"))
        assert own.code is Code.NOT_ALLOWED
    assert standing(salon) is Status.REQUESTED


def test_a_request_that_is_declined_holds_nothing_and_says_why(salon: Salon) -> None:
    salon.book("first", status="requested")
    salon.send("appointment.decline", appointment_id=FIRST, was=was("requested"), reason="Full that day")
    declined = salon.tx.find(Appointment, FIRST)
    assert declined is not None
    assert (declined.status, declined.cancel_reason) == (Status.DECLINED, "Full that day")
    assert salon.tx.all(Allocation) == []
    assert salon.book("second").outcome is OutcomeKind.APPLIED


def test_only_a_request_is_declined(salon: Salon) -> None:
    salon.book("first")
    assert salon.send("appointment.decline", appointment_id=FIRST, was=was("booked")).code is Code.WRONG_STATUS


def test_declining_what_another_desk_has_accepted_waits_for_a_person(salon: Salon) -> None:
    salon.book("first", status="requested")
    salon.send("appointment.confirm", appointment_id=FIRST, was=was("requested"))
    assert salon.send("appointment.decline", appointment_id=FIRST, was=was("requested")).code is Code.CHANGED_MEANWHILE


def test_two_desks_that_decline_the_same_request_agree(salon: Salon) -> None:
    salon.book("first", status="requested")
    for _ in range(2):
        assert salon.send("appointment.decline", appointment_id=FIRST, was=was("requested")).code is None


@pytest.mark.parametrize(("life", "ends"), [(60, NOW + timedelta(hours=1)), (0, TEN), (10**6, TEN)])
def test_a_request_expires_after_its_time_and_with_its_start_at_the_latest(
    salon: Salon, life: int, ends: datetime
) -> None:
    ruled(salon, request_life=life)
    salon.book("first", status="requested")
    as_server(salon, ends - timedelta(seconds=1))
    assert standing(salon) is Status.REQUESTED
    as_server(salon, ends)
    assert standing(salon) is Status.EXPIRED
    assert salon.tx.all(Allocation) == []


def test_what_was_answered_meanwhile_does_not_expire(salon: Salon) -> None:
    salon.book("first", status="requested")
    salon.send("appointment.confirm", appointment_id=FIRST, was=was("requested"))
    assert as_server(salon, TEN).outcome is OutcomeKind.APPLIED
    assert standing(salon) is Status.BOOKED


@pytest.mark.parametrize("role", [Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER])
def test_no_desk_lets_a_request_expire(salon: Salon, role: Role) -> None:
    salon.book("first", status="requested")
    assert salon.send("appointment.expire", role=role, at=TEN, appointment_id=FIRST).code is Code.NOT_ALLOWED
    assert standing(salon) is Status.REQUESTED


def test_a_cancellation_that_is_taken_back_costs_nothing(salon: Salon) -> None:
    ruled(salon, late_fee=1500)
    salon.book("first")
    salon.send("appointment.cancel", appointment_id=FIRST, was=was("booked"), at=TEN - timedelta(hours=1))
    late = salon.tx.find(Appointment, FIRST)
    assert late is not None
    assert (late.cancelled_late, late.fee) == (True, 1500)
    salon.send("appointment.undo_step", appointment_id=FIRST, was=was("cancelled"))
    back = salon.tx.find(Appointment, FIRST)
    assert back is not None
    assert (back.cancelled_late, back.fee) == (False, 0)
