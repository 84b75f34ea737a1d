"""Settling what waits for a person: by whom, against what they saw, and what becomes of all that stands under it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Code
from shared.model.appointment import Status
from shared.model.attention import AttentionState, Gathered
from shared.model.base import AppointmentId, MutationId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.note import Note
from shared.model.payment import Payment
from shared.model.plan import boundless
from shared.mutations.attention import seen_of
from shared.mutations.decide import Decision, OutcomeKind
from shared.mutations.payment import waiting_in
from shared.mutations.registry import MUTATIONS, arguments, as_before
from shared.store import Changes
from tests.shared.test_conflicts import HOUR, OWNER, aside, item, lost_booking, note, settle, still_open, visit
from tests.support.salon import BEN, BUSINESS, CUT, LOCATION, MIRA, TEN, Salon, made_id, was, wire

DAY = timedelta(days=1)


@pytest.fixture
def salon() -> Salon:
    return Salon()


def pay(salon: Salon, visit_id: str, name: str = "p") -> Decision:
    return salon.send(
        "payment.take", payment_id=made_id(name), appointment_id=visit_id, location_id=LOCATION.id, kind="balance",
        method="cash", amount=4500, currency="EUR",
    )  # fmt: skip


def close(salon: Salon, refused: Decision, settled: str, *, role: Role = OWNER, **more: Any) -> Decision:
    return salon.send("attention.close", role=role, item_id=refused.item_id, settled=settled, **more)


def seen(salon: Salon, refused: Decision) -> str:
    return seen_of(salon.tx, item(salon, refused))


def cancel(salon: Salon, name: str, start: str = "booked") -> Decision:
    return salon.send("appointment.cancel", appointment_id=made_id(name), was=was(start), by="business")


# Closing has the rules of a choice


def test_staff_do_not_close_what_was_set_aside(salon: Salon) -> None:
    left = aside(salon, "appointment.book", **_booking("left"))
    assert close(salon, left, "dropped", role=Role.TENANT_STAFF).code is Code.NOT_ALLOWED
    assert item(salon, left).state is AttentionState.OPEN
    assert close(salon, left, "dropped").outcome is OutcomeKind.APPLIED


def _booking(name: str) -> dict[str, Any]:
    return {
        "appointment_id": made_id(name), "customer_id": MIRA.id, "location_id": LOCATION.id, "start": wire(TEN),
        "segments": [{"service_id": CUT.id, "resources": [BEN.id]}],
    }  # fmt: skip


@pytest.mark.parametrize("settled", ["moved", "kept", "dropped"])
def test_no_close_lets_money_go(salon: Salon, settled: str) -> None:
    refused = pay(salon, made_id("never"))
    assert close(salon, refused, settled).code is Code.INVALID
    assert [one.id for one in waiting_in(still_open(salon))] == [made_id("p")]


@pytest.mark.parametrize("settled", ["moved", "kept", "dropped"])
def test_no_close_lets_money_go_by_saying_that_it_was_decided(salon: Salon, settled: str) -> None:
    refused = lost_booking(salon)
    pay(salon, made_id("lost"))
    named = [one.mutation_id for one in item(salon, refused).gathered]
    assert close(salon, refused, settled, role=Role.TENANT_STAFF, decided=named).outcome is OutcomeKind.APPLIED
    (alone,) = still_open(salon)
    assert [one.id for one in waiting_in([alone])] == [made_id("p")]


def test_no_close_writes_a_second_time_what_is_written(salon: Salon) -> None:
    refused = lost_booking(salon)
    pay(salon, made_id("lost"))
    before = item(salon, refused)
    settle(salon, refused, "move", start=wire(TEN + HOUR))
    written = salon.tx.all(Payment)
    assert [one.id for one in written] == [made_id("p")]
    salon.tx.apply(Changes(put=(before,)))
    named = [one.mutation_id for one in before.gathered]
    assert close(salon, refused, "moved", decided=named).outcome is OutcomeKind.APPLIED
    assert (salon.tx.all(Payment), still_open(salon)) == (written, [])


@pytest.mark.parametrize("decided", [[], None])
def test_what_was_gathered_since_is_let_go_by_a_close_as_by_a_choice(salon: Salon, decided: list[str] | None) -> None:
    refused = lost_booking(salon)
    salon.send("appointment.arrive", appointment_id=made_id("lost"), was=was("booked"))
    pay(salon, made_id("lost"))
    assert close(salon, refused, "dropped", decided=decided).outcome is OutcomeKind.APPLIED
    (alone,) = still_open(salon)
    assert (alone.name, alone.code) == ("payment.take", "not_found")


def test_what_was_gathered_since_is_decided_by_a_close_of_what_was_kept(salon: Salon) -> None:
    refused = lost_booking(salon)
    settle(salon, refused, "move", start=wire(TEN + HOUR))
    salon.send("appointment.cancel", appointment_id=made_id("lost"), was=was("booked", TEN + HOUR), by="business")
    assert salon.send("attention.reopen", item_id=refused.item_id, was="moved").outcome is OutcomeKind.APPLIED
    said = {"note_id": made_id("n"), "about": "appointment", "subject_id": made_id("lost"), "text": "written late"}
    late = Gathered(mutation_id=MutationId(made_id("late")), name="note.add", args=said, made_at=TEN)
    # What stood under another item that was dropped comes to it.
    salon.tx.apply(Changes(put=(replace(item(salon, refused), gathered=(late,)),)))
    assert close(salon, refused, "moved", decided=[]).outcome is OutcomeKind.APPLIED
    assert [one.text for one in salon.tx.all(Note)] == ["written late"]


def test_what_was_decided_at_the_settling_is_not_decided_again_by_a_close(salon: Salon) -> None:
    refused = lost_booking(salon)
    salon.send("appointment.arrive", appointment_id=made_id("lost"), was=was("booked"))
    decided = [one.mutation_id for one in item(salon, refused).gathered]
    assert close(salon, refused, "moved", decided=decided).outcome is OutcomeKind.APPLIED
    assert still_open(salon) == []


def test_what_stands_by_itself_already_is_left_as_it_is(salon: Salon) -> None:
    refused = lost_booking(salon)
    pay(salon, made_id("lost"))
    before = item(salon, refused)
    settle(salon, refused, "drop")
    (alone,) = still_open(salon)
    salon.tx.apply(Changes(put=(before,)))
    settle(salon, refused, "drop")
    assert still_open(salon) == [alone]


# Against what was seen


def test_a_drop_lets_go_only_of_what_its_person_has_seen(salon: Salon) -> None:
    """A desk that is away drops a customer who was refused; a booking for them arrives before the drop does."""
    jo = made_id("jo")
    refused = salon.send("customer.create", customer_id=jo, name=" ")
    saw = seen(salon, refused)
    salon.book("visit", TEN, customer_id=jo)
    late = settle(salon, refused, "drop", seen=saw)
    assert (late.code, late.item_id) == (Code.CHANGED_MEANWHILE, refused.item_id)
    left = item(salon, refused)
    assert [one.name for one in left.gathered] == ["appointment.book"]
    assert (left.code, left.details["tried"]["choice"]) == ("invalid", "drop")
    assert settle(salon, refused, "drop", seen=seen(salon, refused)).outcome is OutcomeKind.APPLIED


def test_a_choice_for_a_move_is_made_against_what_its_person_saw(salon: Salon) -> None:
    """Who chooses sits at a desk that is away; meanwhile the customer has called and was moved to another day."""
    salon.book("taken", TEN + HOUR)
    salon.book("v", TEN)
    move: dict[str, Any] = {"appointment_id": made_id("v"), "was": was("booked"), "start": wire(TEN + HOUR)}
    refused = salon.send("appointment.reschedule", **move)
    assert refused.code is Code.SLOT_TAKEN
    saw = seen(salon, refused)
    called: dict[str, Any] = {"appointment_id": made_id("v"), "was": was("booked"), "start": wire(TEN + 2 * DAY)}
    assert salon.send("appointment.reschedule", **called).outcome is OutcomeKind.APPLIED
    assert settle(salon, refused, "move", start=wire(TEN + 3 * HOUR), seen=saw).code is Code.CHANGED_MEANWHILE
    assert visit(salon, "v").starts_at == TEN + 2 * DAY  # type: ignore[union-attr]
    # It says now what is another: whoever has seen that may insist.
    assert item(salon, refused).details["now"]["start"] == wire(TEN + 2 * DAY)
    again = settle(salon, refused, "move", start=wire(TEN + 3 * HOUR), seen=seen(salon, refused))
    assert again.outcome is OutcomeKind.APPLIED


def test_a_choice_of_an_older_desk_says_nothing_of_what_was_seen(salon: Salon) -> None:
    refused = lost_booking(salon)
    salon.send("appointment.arrive", appointment_id=made_id("lost"), was=was("booked"))
    assert settle(salon, refused, "drop").outcome is OutcomeKind.APPLIED


def test_nobody_merges_unknowingly_who_was_kept_apart_meanwhile(salon: Salon) -> None:
    jo = made_id("jo")
    salon.send("customer.create", customer_id=jo, name="Jo")
    left = aside(salon, "customer.merge", why="revoked", kept_id=MIRA.id, merged_id=jo)
    saw = seen(salon, left)
    salon.send("customer.keep_apart", role=OWNER, one_id=MIRA.id, other_id=jo)
    assert seen(salon, left) != saw
    # The item says that it was set aside, and nothing of the two.
    assert settle(salon, left, "keep").code is Code.CHANGED_MEANWHILE
    assert salon.tx.find(Customer, jo).merged_into is None  # type: ignore[union-attr]
    assert item(salon, left).code == "quarantined"
    assert settle(salon, left, "keep").outcome is OutcomeKind.APPLIED


def test_a_merge_that_is_kept_says_nothing_of_being_apart_where_they_are_not(salon: Salon) -> None:
    jo = made_id("jo")
    salon.send("customer.create", customer_id=jo, name="Jo")
    merge = MUTATIONS["customer.merge"]
    args = merge.parse({"kept_id": MIRA.id, "merged_id": jo})
    assert merge.refreshed(salon.tx, args) == args
    nobody = merge.parse({"kept_id": MIRA.id, "merged_id": made_id("nobody")})
    assert merge.refreshed(salon.tx, nobody) == nobody


def test_taking_over_what_was_set_aside_is_checked_against_what_was_changed_since(salon: Salon) -> None:
    edits = [{"field": "phones", "was": list(MIRA.phones), "value": ["+49 30 1"]}]
    left = aside(salon, "customer.update", why="revoked", customer_id=MIRA.id, edits=edits)
    theirs = [{"field": "phones", "was": list(MIRA.phones), "value": [*MIRA.phones, "+49 30 2"]}]
    salon.send("customer.update", customer_id=MIRA.id, edits=theirs)
    assert settle(salon, left, "keep", seen=seen(salon, left)).code is Code.CHANGED_MEANWHILE
    assert "+49 30 2" in salon.tx.find(Customer, MIRA.id).phones  # type: ignore[union-attr]
    told = item(salon, left)
    assert (told.code, told.details["why"], told.details["now"]) == (
        "quarantined", "revoked", [*MIRA.phones, "+49 30 2"],
    )  # fmt: skip
    assert settle(salon, left, "keep", seen=seen(salon, left)).outcome is OutcomeKind.APPLIED
    assert salon.tx.find(Customer, MIRA.id).phones == ("+49 30 1",)  # type: ignore[union-attr]


def test_keeping_a_step_back_takes_back_no_cancellation(salon: Salon) -> None:
    salon.book("v")
    salon.send("appointment.confirm", appointment_id=made_id("v"), was=was("booked"))
    salon.send("appointment.cancel", appointment_id=made_id("v"), was=was("confirmed"), reason="Ill")
    late = salon.send("appointment.undo_step", appointment_id=made_id("v"), was=was("confirmed"))
    assert late.code is Code.CHANGED_MEANWHILE
    assert settle(salon, late, "keep").code is Code.CHANGED_MEANWHILE
    assert visit(salon, "v").status is Status.CANCELLED  # type: ignore[union-attr]


def test_a_step_back_is_kept_of_what_was_moved_only(salon: Salon) -> None:
    salon.book("v")
    salon.send("appointment.confirm", appointment_id=made_id("v"), was=was("booked"))
    move: dict[str, Any] = {"appointment_id": made_id("v"), "was": was("confirmed"), "start": wire(TEN + HOUR)}
    salon.send("appointment.reschedule", **move)
    late = salon.send("appointment.undo_step", appointment_id=made_id("v"), was=was("confirmed"))
    assert late.code is Code.CHANGED_MEANWHILE
    assert settle(salon, late, "keep").outcome is OutcomeKind.APPLIED
    assert visit(salon, "v").status is Status.BOOKED  # type: ignore[union-attr]


def test_what_a_later_version_adds_is_no_other_sight(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk of today and a server of tomorrow come to the same as long as nobody says what is new."""
    left = aside(salon, "customer.withdraw", made={"customer_id": MIRA.id, "name": "Mira Holm"})
    saw = seen(salon, left)
    mutation = MUTATIONS["customer.withdraw"]

    @arguments
    class More(mutation.arguments):  # type: ignore[name-defined, misc]
        reason: str = ""

    newer = replace(mutation, arguments=More, version=2, upcasters={1: as_before})
    monkeypatch.setitem(MUTATIONS, "customer.withdraw", newer)
    assert seen(salon, left) == saw


# The same choice


def test_the_same_slot_with_somebody_else_is_not_the_same_choice(salon: Salon) -> None:
    refused = lost_booking(salon)
    settle(salon, refused, "move", start=wire(TEN + HOUR))
    other = settle(salon, refused, "move", start=wire(TEN + HOUR), resources=[BEN.id])
    assert other.code is Code.CHANGED_MEANWHILE


def test_another_reason_is_not_the_same_choice(salon: Salon) -> None:
    refused = lost_booking(salon)
    settle(salon, refused, "keep", override="promised")
    assert settle(salon, refused, "keep", override="promised", seen="other").outcome is OutcomeKind.APPLIED
    assert settle(salon, refused, "keep", override="a regular").code is Code.CHANGED_MEANWHILE


def test_the_same_choice_is_one_though_the_visit_has_gone_on(salon: Salon) -> None:
    refused = lost_booking(salon)
    settle(salon, refused, "move", start=wire(TEN + HOUR))
    move: dict[str, Any] = {
        "appointment_id": made_id("lost"),
        "was": was("booked", TEN + HOUR),
        "start": wire(TEN + 2 * HOUR),
    }
    salon.send("appointment.reschedule", **move)
    assert settle(salon, refused, "move", start=wire(TEN + HOUR)).outcome is OutcomeKind.APPLIED


# What stands already


def test_an_item_is_not_opened_again_while_what_it_made_stands(salon: Salon) -> None:
    refused = lost_booking(salon)
    settle(salon, refused, "move", start=wire(TEN + HOUR))
    salon.send("appointment.confirm", appointment_id=made_id("lost"), was=was("booked", TEN + HOUR))
    # Who settled it was away and has taken that back: these two make it.
    late = salon.send(
        "appointment.cancel", appointment_id=made_id("lost"), was=was("booked", TEN + HOUR), by="business"
    )
    assert late.code is Code.CHANGED_MEANWHILE
    assert salon.send("attention.reopen", item_id=refused.item_id, was="moved").code is Code.CHANGED_MEANWHILE
    assert item(salon, refused).state is AttentionState.MOVED


@pytest.mark.parametrize("choice", ["move", "keep"])
def test_what_stands_elsewhere_is_not_settled_without_a_word(salon: Salon, choice: str) -> None:
    eldest, younger = lost_booking(salon), lost_booking(salon)
    settle(salon, eldest, "move", start=wire(TEN + HOUR))
    more: dict[str, Any] = {"start": wire(TEN + 5 * HOUR)} if choice == "move" else {}
    late = settle(salon, younger, choice, **more)
    assert (late.code, late.details["now"]["start"]) == (  # type: ignore[index]
        Code.CHANGED_MEANWHILE, wire(TEN + HOUR),
    )  # fmt: skip
    assert item(salon, younger).state is AttentionState.OPEN


def test_a_customer_whose_adding_was_taken_back_comes_with_the_second_choice(salon: Salon) -> None:
    jo: dict[str, Any] = {"customer_id": made_id("jo"), "name": "Jo"}
    plan = boundless(BUSINESS.id)
    salon.tx.apply(Changes(put=(replace(plan, customers=1),)))
    left = salon.send("customer.create", **jo)
    assert left.code is Code.LIMIT_REACHED
    salon.tx.apply(Changes(put=(plan,)))
    settle(salon, left, "keep")
    assert salon.send("attention.reopen", item_id=left.item_id, was="kept").code is Code.CHANGED_MEANWHILE
    salon.send("customer.withdraw", made=jo)
    assert salon.send("attention.reopen", item_id=left.item_id, was="kept").outcome is OutcomeKind.APPLIED
    settle(salon, left, "keep")
    found = salon.tx.find(Customer, made_id("jo"))
    assert found is not None
    assert not found.archived


def test_what_was_written_down_is_not_gathered_again_where_its_item_opens(salon: Salon) -> None:
    refused = lost_booking(salon)
    pay(salon, made_id("lost"))
    settle(salon, refused, "drop")
    assert salon.send("attention.reopen", item_id=refused.item_id, was="dropped").outcome is OutcomeKind.APPLIED
    assert [one.id for one in waiting_in(still_open(salon))] == [made_id("p")]


# What can be settled


def test_a_note_about_somebody_who_was_erased_can_be_let_go(salon: Salon) -> None:
    stray = note(salon, "stray", "appointment", made_id("never"))
    salon.tx.apply(Changes(put=(replace(MIRA, name="", archived=True, phones=()),)))
    refused = note(salon, "n", "customer", MIRA.id)
    assert refused.code is Code.ERASED
    assert settle(salon, refused, "drop").outcome is OutcomeKind.APPLIED
    # One that says something goes to nobody who was erased, and is not let go for that.
    attached = settle(salon, stray, "attach", attach_about="customer", attach_to=MIRA.id)
    assert attached.code is Code.ERASED
    assert settle(salon, stray, "drop").code is Code.INVALID


@pytest.mark.parametrize("choice", [{"choice": "move", "start": wire(TEN + HOUR)}, {"choice": "keep", "override": "x"}])
def test_what_was_taken_back_before_it_was_refused_is_not_made(salon: Salon, choice: dict[str, Any]) -> None:
    refused = lost_booking(salon)
    cancel(salon, "lost")
    late = salon.send("attention.resolve", role=OWNER, item_id=refused.item_id, **choice)
    assert (late.code, (late.details or {})["what"]) == (Code.INVALID, "taken_back")
    assert visit(salon, "lost") is None
    assert item(salon, refused).code == "slot_taken"
    assert settle(salon, refused, "drop").outcome is OutcomeKind.APPLIED


def test_what_was_done_again_after_it_was_taken_back_is_made(salon: Salon) -> None:
    refused = lost_booking(salon)
    cancel(salon, "lost")
    salon.send("appointment.undo_step", appointment_id=made_id("lost"), was=was("cancelled"))
    assert settle(salon, refused, "move", start=wire(TEN + HOUR)).outcome is OutcomeKind.APPLIED
    assert visit(salon, "lost").status is Status.BOOKED  # type: ignore[union-attr]


# What is decided in one choice holds what it holds at the end


def test_who_was_given_to_another_person_while_refused_holds_only_them(salon: Salon) -> None:
    refused = lost_booking(salon)
    segments = [{"service_id": CUT.id, "resources": [BEN.id]}]
    salon.send("appointment.reschedule", appointment_id=made_id("lost"), was=was("booked"), segments=segments)
    assert settle(salon, refused, "move", start=wire(TEN + HOUR)).code is None
    assert [one.resource_id for one in salon.tx.allocations_of(AppointmentId(made_id("lost")))] == [BEN.id]
    assert salon.book("ana is free", TEN + HOUR).code is None


def test_what_was_booked_and_cancelled_under_a_refused_customer_holds_nothing(salon: Salon) -> None:
    plan, jo = boundless(BUSINESS.id), made_id("jo")
    salon.tx.apply(Changes(put=(replace(plan, customers=1),)))
    refused = salon.send("customer.create", customer_id=jo, name="Jo")
    salon.book("over", TEN, customer_id=jo)
    cancel(salon, "over")
    # What is decided after it in the same choice finds the place free.
    salon.book("next", TEN, customer_id=jo)
    salon.tx.apply(Changes(put=(plan,)))
    assert settle(salon, refused, "keep").code is None
    assert salon.tx.allocations_of(AppointmentId(made_id("over"))) == []
    assert visit(salon, "next") is not None
    assert still_open(salon) == []
