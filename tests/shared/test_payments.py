"""Money that is taken and given back: what is due, what is refused, what is locked by it, and what is never lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import MutationId
from shared.model.member import Role
from shared.model.note import Note
from shared.model.payment import Payment, PaymentKind
from shared.model.plan import Feature, boundless
from shared.mutations.decide import Decision, OutcomeKind, decide
from shared.mutations.payment import waiting_in
from shared.mutations.registry import Actor, Context
from shared.protocol.codec import arguments_of
from shared.rules.balance import Balance, balance_of, left_of
from shared.store import Changes
from tests.support.salon import BUSINESS, LOCATION, NOW, OWNER_USER, STAFF_USER, TEN, Salon, made_id, was, wire

FIRST = made_id("first")


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.book("first")
    return made


def taking(name: str, amount: int = 4500, **changes: Any) -> dict[str, Any]:
    """The arguments of a payment for the first visit."""
    return {
        "payment_id": made_id(name), "appointment_id": FIRST, "location_id": LOCATION.id, "kind": "balance",
        "method": "cash", "amount": amount, "currency": "EUR",
    } | changes  # fmt: skip


def giving(name: str, amount: int, of: str = "paid", **changes: Any) -> dict[str, Any]:
    """The arguments of a refund."""
    return {
        "payment_id": made_id(name), "refund_of": made_id(of), "location_id": LOCATION.id, "method": "cash",
        "amount": amount, "currency": "EUR",
    } | changes  # fmt: skip


def take(salon: Salon, name: str = "paid", amount: int = 4500, **changes: Any) -> Decision:
    return salon.send("payment.take", **taking(name, amount, **changes))


def refund(salon: Salon, name: str, amount: int, **changes: Any) -> Decision:
    return salon.send("payment.refund", role=Role.TENANT_MANAGER, **giving(name, amount, **changes))


def step(salon: Salon, name: str, seen: str) -> Decision:
    return salon.send(f"appointment.{name}", appointment_id=FIRST, was=was(seen))


def visit(salon: Salon) -> Appointment:
    found = salon.tx.find(Appointment, FIRST)
    assert found is not None
    return found


def balance(salon: Salon) -> Balance:
    return balance_of(visit(salon), salon.tx.all(Payment))


def items(salon: Salon) -> list[AttentionItem]:
    return [one for one in salon.tx.all(AttentionItem) if one.state is AttentionState.OPEN]


# What is due


def test_what_is_due_is_the_price_less_what_was_paid_and_a_tip_pays_for_nothing(salon: Salon) -> None:
    take(salon, "deposit", 1000, kind="deposit")
    take(salon, "tip", 300, kind="tip", method="terminal")
    now = balance(salon)
    assert (now.price, now.fee, now.paid, now.tips, now.due, now.overpaid) == (4500, 0, 1000, 300, 3500, 0)


def test_two_desks_that_took_the_same_balance_have_both_taken_it(salon: Salon) -> None:
    assert take(salon, "here").outcome is OutcomeKind.APPLIED
    assert take(salon, "there").outcome is OutcomeKind.APPLIED
    assert (balance(salon).due, balance(salon).overpaid) == (-4500, 4500)


def test_what_is_given_back_is_due_again_but_not_for_a_tip(salon: Salon) -> None:
    take(salon, "paid", 4500)
    take(salon, "tip", 300, kind="tip")
    assert refund(salon, "back", 500).outcome is OutcomeKind.APPLIED
    assert refund(salon, "no tip", 300, of="tip").outcome is OutcomeKind.APPLIED
    assert (balance(salon).due, balance(salon).tips) == (500, 0)


def test_a_late_cancellation_costs_its_fee_and_no_visit(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(BUSINESS, late_fee=1500),)))
    salon.send("appointment.cancel", appointment_id=FIRST, was=was("booked"), at=TEN)
    assert balance(salon).due == 1500
    assert take(salon, "fee", 1500, kind="fee").outcome is OutcomeKind.APPLIED
    assert balance(salon).due == 0


def test_it_says_who_took_it_and_when(salon: Salon) -> None:
    take(salon)
    (paid,) = salon.tx.all(Payment)
    assert (paid.taken_by, paid.customer_id, paid.note) == (STAFF_USER, visit(salon).customer_id, "")


# What is refused


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1, 2**53, -(2**53), 1.5, "45", None, True])
@pytest.mark.parametrize("name", ["payment.take", "payment.refund"])
def test_what_is_no_amount_is_no_payment(name: str, amount: Any) -> None:
    args = taking("paid", amount) if name == "payment.take" else giving("back", amount)
    with pytest.raises(Refusal) as refused:
        arguments_of(name, 1, args)
    assert refused.value.code is Code.INVALID


@pytest.mark.parametrize("kind", ["refund", "gift", "", None])
def test_what_it_is_for_must_be_known(kind: Any) -> None:
    with pytest.raises(Refusal):
        arguments_of("payment.take", 1, taking("paid", kind=kind))


@pytest.mark.parametrize("currency", ["USD", "eur", ""])
def test_another_currency_than_the_business_has_is_refused(salon: Salon, currency: str) -> None:
    assert take(salon, currency=currency).code is Code.INVALID
    assert salon.tx.all(Payment) == []


def test_a_till_that_is_not_there_is_refused(salon: Salon) -> None:
    assert take(salon, location_id=made_id("another tenant's")).code is Code.NOT_FOUND


def test_a_payment_of_another_business_is_not_given_back(salon: Salon) -> None:
    assert refund(salon, "back", 100, of="another tenant's").code is Code.NOT_FOUND


def test_at_most_what_is_left_of_a_payment_is_given_back(salon: Salon) -> None:
    take(salon)
    assert refund(salon, "back", 4000).outcome is OutcomeKind.APPLIED
    beyond = refund(salon, "more", 501)
    assert (beyond.code, beyond.details) == (Code.BEYOND_PAID, {"left": 500, "currency": "EUR"})
    assert refund(salon, "rest", 500).outcome is OutcomeKind.APPLIED
    (paid,) = (one for one in salon.tx.all(Payment) if one.kind is PaymentKind.BALANCE)
    assert left_of(paid, salon.tx.all(Payment)) == 0


def test_a_refund_is_not_given_back(salon: Salon) -> None:
    take(salon)
    refund(salon, "back", 1000)
    assert refund(salon, "again", 1000, of="back").code is Code.INVALID


def test_staff_take_money_and_do_not_give_it_back(salon: Salon) -> None:
    take(salon)
    assert salon.send("payment.refund", **giving("back", 100)).code is Code.NOT_ALLOWED


@pytest.mark.parametrize(
    ("kind", "lacks", "code"),
    [
        ("deposit", Feature.DEPOSITS, Code.FEATURE_NOT_IN_PLAN),
        ("balance", Feature.DEPOSITS, None),
        ("balance", Feature.TAKE_PAYMENTS, Code.FEATURE_NOT_IN_PLAN),
    ],
)
def test_what_the_plan_does_not_include_is_refused_and_kept(
    salon: Salon, kind: str, lacks: Feature, code: Code | None
) -> None:
    plan = boundless(BUSINESS.id)
    salon.tx.apply(Changes(put=(replace(plan, features=tuple(one for one in plan.features if one != lacks)),)))
    assert take(salon, kind=kind).code is code
    assert len(items(salon)) == (code is not None)


def test_sent_twice_it_is_taken_once_and_never_changed(salon: Salon) -> None:
    take(salon)
    assert take(salon, "paid", 9900).outcome is OutcomeKind.APPLIED
    assert [one.amount for one in salon.tx.all(Payment)] == [4500]


# Locked


def paid_and_done(salon: Salon) -> None:
    take(salon)
    step(salon, "complete", "booked")


def test_a_visit_is_locked_once_it_is_done_and_paid_in_either_order(salon: Salon) -> None:
    take(salon)
    assert not visit(salon).locked
    step(salon, "complete", "booked")
    assert visit(salon).locked


def test_a_visit_that_is_paid_last_is_locked_by_that(salon: Salon) -> None:
    step(salon, "complete", "booked")
    take(salon, "some", 4000)
    assert not visit(salon).locked
    take(salon, "rest", 500)
    assert visit(salon).locked


def test_a_visit_that_nobody_paid_for_is_not_locked(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(visit(salon), price=0),)))
    step(salon, "complete", "booked")
    assert not visit(salon).locked


def test_nobody_changes_what_is_locked_and_notes_can_be_added(salon: Salon) -> None:
    paid_and_done(salon)
    moved = salon.send(
        "appointment.reschedule", role=Role.TENANT_OWNER, appointment_id=FIRST, was=was("completed"),
        start=wire(TEN + timedelta(hours=1)),
    )  # fmt: skip
    assert moved.code is Code.LOCKED
    assert step(salon, "undo_step", "completed").code is Code.LOCKED
    note = salon.send("note.add", note_id=made_id("n"), about="appointment", subject_id=FIRST, text="Left her scarf")
    assert note.outcome is OutcomeKind.APPLIED
    assert take(salon, "tip", 200, kind="tip").outcome is OutcomeKind.APPLIED


def test_a_manager_unlocks_with_a_reason_that_stays_with_the_visit(salon: Salon) -> None:
    paid_and_done(salon)
    why: dict[str, Any] = {"appointment_id": FIRST, "reason": "Wrong service"}
    assert salon.send("appointment.unlock", **why).code is Code.NOT_ALLOWED
    blank = salon.send("appointment.unlock", role=Role.TENANT_MANAGER, **why | {"reason": " "})
    assert blank.code is Code.INVALID
    assert salon.send("appointment.unlock", role=Role.TENANT_MANAGER, **why).outcome is OutcomeKind.APPLIED
    assert [one.text for one in salon.tx.all(Note)] == ["Unlocked: Wrong service"]
    assert step(salon, "undo_step", "completed").outcome is OutcomeKind.APPLIED
    step(salon, "complete", "booked")
    assert visit(salon).locked


def test_only_a_visit_that_is_done_is_locked_by_hand(salon: Salon) -> None:
    assert salon.send("appointment.lock", appointment_id=FIRST).code is Code.WRONG_STATUS
    step(salon, "complete", "booked")
    assert salon.send("appointment.lock", appointment_id=FIRST).outcome is OutcomeKind.APPLIED
    assert visit(salon).locked


# Never lost


TO_FIRST: dict[str, Any] = {"choice": "attach", "attach_about": "appointment", "attach_to": FIRST}


def settle(salon: Salon, item: AttentionItem, **choice: Any) -> Decision:
    return salon.send("attention.resolve", role=Role.TENANT_MANAGER, item_id=item.id, **choice)


def refused_booking(salon: Salon) -> AttentionItem:
    """A booking that was refused, with a payment and a refund of it that were made meanwhile."""
    salon.book("second")
    take(salon, "paid", 4500, appointment_id=made_id("second"))
    refund(salon, "back", 1000)
    (item,) = items(salon)
    return item


def test_a_payment_for_a_booking_that_was_refused_waits_with_it_and_so_does_its_refund(salon: Salon) -> None:
    item = refused_booking(salon)
    assert [one.name for one in item.gathered] == ["payment.take", "payment.refund"]
    settle(salon, item, choice="move", start=wire(TEN + timedelta(hours=2)))
    assert sorted((one.kind, one.amount, one.appointment_id) for one in salon.tx.all(Payment)) == [
        ("balance", 4500, made_id("second")),
        ("refund", 1000, made_id("second")),
    ]


def test_a_payment_for_a_booking_that_is_dropped_is_kept_until_a_person_attaches_it(salon: Salon) -> None:
    item = refused_booking(salon)
    settle(salon, item, choice="drop")
    (kept,) = items(salon)
    assert (kept.name, [one.name for one in kept.gathered]) == ("payment.take", ["payment.refund"])
    assert sum(one.signed for one in waiting_in([kept])) == 3500
    assert settle(salon, kept, choice="drop").code is Code.INVALID
    customer = visit(salon).customer_id
    assert settle(salon, kept, choice="attach", attach_about="customer", attach_to=customer).code is Code.INVALID
    attached = settle(salon, kept, **TO_FIRST)
    assert attached.outcome is OutcomeKind.APPLIED
    assert {(one.kind, one.appointment_id, one.taken_by) for one in salon.tx.all(Payment)} == {
        ("balance", FIRST, STAFF_USER),
        ("refund", FIRST, made_id("user-owner")),
    }
    assert items(salon) == []


def test_what_is_entered_keeps_its_person_and_its_time_whoever_attaches_it(salon: Salon) -> None:
    take(salon, "paid", 4500, appointment_id=made_id("nowhere"))
    (kept,) = items(salon)
    settle(salon, kept, **TO_FIRST)
    (paid,) = salon.tx.all(Payment)
    assert (paid.taken_by, paid.at) == (kept.author_id, kept.made_at)


def test_a_refund_that_nothing_was_paid_for_is_attached_to_a_visit_up_to_what_was_paid_for_that(salon: Salon) -> None:
    refund(salon, "back", 1000, of="lost")
    (kept,) = items(salon)
    early = settle(salon, kept, **TO_FIRST)
    assert early.code is Code.BEYOND_PAID
    take(salon)
    settle(salon, kept, **TO_FIRST)
    assert balance(salon).due == 1000
    assert items(salon) == []


def test_what_no_rule_could_take_can_be_dropped(salon: Salon) -> None:
    take(salon, currency="USD")
    (kept,) = items(salon)
    assert settle(salon, kept, choice="drop").outcome is OutcomeKind.APPLIED
    assert items(salon) == []


def test_a_deposit_is_kept_though_the_plan_has_none_any_more(salon: Salon) -> None:
    plan = boundless(BUSINESS.id)
    without = tuple(one for one in plan.features if one != Feature.DEPOSITS)
    salon.tx.apply(Changes(put=(replace(plan, features=without),)))
    assert take(salon, kind="deposit").code is Code.FEATURE_NOT_IN_PLAN
    (kept,) = items(salon)
    assert settle(salon, kept, choice="keep").outcome is OutcomeKind.APPLIED
    assert [one.kind for one in salon.tx.all(Payment)] == [PaymentKind.DEPOSIT]
    assert take(salon, kind="deposit").outcome is OutcomeKind.APPLIED


def without_payments(salon: Salon) -> None:
    plan = boundless(BUSINESS.id)
    without = tuple(one for one in plan.features if one != Feature.TAKE_PAYMENTS)
    salon.tx.apply(Changes(put=(replace(plan, features=without),)))


@pytest.mark.parametrize("choice", [{"choice": "keep"}, TO_FIRST])
def test_money_is_written_down_though_the_plan_takes_none_any_more(salon: Salon, choice: dict[str, Any]) -> None:
    take(salon)
    without_payments(salon)
    late = [take(salon, "tip", 300, kind="tip"), refund(salon, "back", 1000)]
    assert {one.code for one in late} == {Code.FEATURE_NOT_IN_PLAN}
    for kept in items(salon):
        assert settle(salon, kept, **choice).outcome is OutcomeKind.APPLIED
    assert sorted(one.amount for one in salon.tx.all(Payment)) == [300, 1000, 4500]
    assert items(salon) == []


def test_what_stood_under_a_booking_is_paid_though_the_plan_takes_no_money_any_more(salon: Salon) -> None:
    lost = salon.book("lost")
    take(salon, appointment_id=made_id("lost"))
    without_payments(salon)
    (kept,) = items(salon)
    assert kept.id == lost.item_id
    assert settle(salon, kept, choice="keep", override="x").outcome is OutcomeKind.APPLIED
    assert [one.appointment_id for one in salon.tx.all(Payment)] == [made_id("lost")]


def test_whatever_the_plan_has_money_is_given_back_by_those_who_may(salon: Salon) -> None:
    take(salon)
    without_payments(salon)
    refund(salon, "back", 1000)
    (kept,) = items(salon)
    choice: dict[str, Any] = {"item_id": kept.id, "choice": "keep"}
    assert salon.send("attention.resolve", role=Role.TENANT_STAFF, **choice).code is Code.NOT_ALLOWED
    owner = Actor(user_id=OWNER_USER, role=Role.TENANT_OWNER, as_whom=STAFF_USER)
    ctx = Context(at=NOW, actor=owner, mutation_id=MutationId(made_id("masquerading")))
    args = arguments_of("attention.resolve", 3, choice)
    assert decide(salon.tx, ctx, "attention.resolve", args, choice).code is Code.NOT_ALLOWED


@pytest.mark.parametrize("choice", ["keep", "attach"])
def test_money_of_a_till_that_never_came_to_be_is_on_that_of_its_visit(salon: Salon, choice: str) -> None:
    more = {"attach_about": "appointment", "attach_to": FIRST} if choice == "attach" else {}
    never = made_id("never")
    assert take(salon, location_id=never).code is Code.NOT_FOUND
    (kept,) = items(salon)
    assert settle(salon, kept, choice=choice, **more).outcome is OutcomeKind.APPLIED
    assert refund(salon, "back", 100, location_id=never).code is Code.NOT_FOUND
    (kept,) = items(salon)
    assert settle(salon, kept, choice=choice, **more).outcome is OutcomeKind.APPLIED
    assert [one.location_id for one in salon.tx.all(Payment)] == [LOCATION.id] * 2


@pytest.mark.parametrize("missing", ["appointment_id", "location_id"])
def test_money_of_a_visit_that_is_not_there_is_on_no_till(salon: Salon, missing: str) -> None:
    gone: dict[str, Any] = {"appointment_id": made_id("gone"), missing: made_id("never")}
    assert take(salon, **gone).code is Code.NOT_FOUND
    (kept,) = items(salon)
    assert settle(salon, kept, choice="keep").code is Code.NOT_FOUND


def test_a_refund_of_what_was_never_paid_waits_on_for_its_visit(salon: Salon) -> None:
    assert refund(salon, "back", 100, of="never", location_id=made_id("never")).code is Code.NOT_FOUND
    (kept,) = items(salon)
    assert settle(salon, kept, choice="keep").code is Code.NOT_FOUND


def test_a_visit_that_another_desk_has_locked_is_not_stepped_back(salon: Salon) -> None:
    step(salon, "complete", "booked")
    take(salon)
    late = step(salon, "undo_step", "completed")
    assert (late.outcome, late.code) == (OutcomeKind.REJECTED, Code.LOCKED)
    assert visit(salon).status is Status.COMPLETED
