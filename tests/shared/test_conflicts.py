"""What two people cannot both have: how it is kept, what stands on it, and every way to settle it."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared import ids
from shared.errors import Code
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import MutationId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.note import Note
from shared.model.registry import unstructured
from shared.mutations import attention
from shared.mutations.decide import NOUNS, Decision, OutcomeKind, SetAside, set_aside
from shared.mutations.registry import MUTATIONS
from shared.protocol.codec import arguments_of
from shared.rules.permissions import may
from tests.support.salon import (
    ANA,
    BEN,
    COLOUR,
    MIRA,
    NOW,
    OWNER_USER,
    STAFF_USER,
    TEN,
    Salon,
    booking_of,
    made_id,
    was,
    wire,
)

HOUR = timedelta(hours=1)
OWNER = Role.TENANT_OWNER


@pytest.fixture
def salon() -> Salon:
    return Salon()


def note(salon: Salon, name: str, about: str, subject: str, **other: Any) -> Decision:
    args = {"note_id": made_id(name), "about": about, "subject_id": subject, "text": f"written as {name}"}
    return salon.send("note.add", **args | other)


def item(salon: Salon, decision: Decision) -> AttentionItem:
    found = salon.tx.find(AttentionItem, decision.item_id or "")
    assert found is not None
    return found


def settle(salon: Salon, decision: Decision, choice: str, *, role: Role = OWNER, **more: Any) -> Decision:
    return salon.send("attention.resolve", role=role, item_id=decision.item_id, choice=choice, **more)


def visit(salon: Salon, name: str) -> Appointment | None:
    return salon.tx.find(Appointment, made_id(name))


def still_open(salon: Salon) -> Sequence[AttentionItem]:
    return [one for one in salon.tx.all(AttentionItem) if one.state is AttentionState.OPEN]


def archive(salon: Salon, row: str = MIRA.id) -> None:
    edits = [{"field": "archived", "was": False, "value": True}]
    assert salon.send("customer.update", role=OWNER, customer_id=row, edits=edits).outcome is OutcomeKind.APPLIED


def lost_booking(salon: Salon, name: str = "lost", **more: Any) -> Decision:
    if visit(salon, "first") is None:
        salon.book("first")
    refused = salon.book(name, **more)
    assert refused.code is Code.SLOT_TAKEN
    return refused


def test_a_price_of_then_that_staff_may_not_say_is_kept_by_whoever_may(salon: Salon) -> None:
    salon.book("first")
    then = {
        "service_id": COLOUR.id, "price": 7000, "before": 0, "active": 20, "processing": 10, "finishing": 10,
        "after": 0,
    }  # fmt: skip
    refused = salon.send(
        "appointment.reschedule", appointment_id=made_id("first"), was=was("booked", TEN), role=Role.TENANT_STAFF,
        segments=[{"service_id": COLOUR.id, "resources": [ANA.id]}], as_before=[then],
    )  # fmt: skip
    assert refused.code is Code.NOT_ALLOWED
    assert settle(salon, refused, "keep", role=Role.TENANT_STAFF).code is Code.NOT_ALLOWED
    assert settle(salon, refused, "keep", role=Role.TENANT_MANAGER).code is None
    now = visit(salon, "first")
    assert now is not None
    assert [(one.name, one.price) for one in now.segments] == [("Colour", 7000)]


# What stands on a refused edit


def test_what_stands_on_what_stands_on_a_refused_edit_waits_under_the_same_item(salon: Salon) -> None:
    nobody = made_id("nobody")
    refused = salon.send("customer.create", customer_id=nobody, name=" ")
    chain = [
        salon.book("visit", customer_id=nobody),
        salon.send("appointment.arrive", appointment_id=made_id("visit"), was=was("booked")),
        note(salon, "of-visit", "appointment", made_id("visit")),
        note(salon, "of-nobody", "customer", nobody),
    ]
    assert [one.code for one in chain] == [Code.DEPENDENCY] * 4
    assert {one.item_id for one in chain} == {refused.item_id}
    assert [late.name for late in item(salon, refused).gathered] == [
        "appointment.book", "appointment.arrive", "note.add", "note.add",
    ]  # fmt: skip
    assert item(salon, refused).gathered[0].author_id == STAFF_USER


def test_settled_they_are_decided_in_order_and_the_notes_stay_their_authors(salon: Salon) -> None:
    refused = lost_booking(salon)
    salon.send("appointment.arrive", appointment_id=made_id("lost"), was=was("booked"))
    note(salon, "late", "appointment", made_id("lost"))
    assert settle(salon, refused, "move", start=wire(TEN + HOUR)).outcome is OutcomeKind.APPLIED
    assert visit(salon, "lost").status is Status.ARRIVED  # type: ignore[union-attr]
    (written,) = salon.tx.all(Note)
    assert (written.author_id, written.at, written.text) == (STAFF_USER, NOW, "written as late")
    assert still_open(salon) == []


def test_one_that_is_refused_again_keeps_what_stands_on_it(salon: Salon) -> None:
    nobody = made_id("nobody")
    refused = salon.send("customer.update", customer_id=nobody, edits=[{"field": "name", "was": "", "value": "x"}])
    salon.book("visit", customer_id=nobody)
    salon.send("appointment.arrive", appointment_id=made_id("visit"), was=was("booked"))
    note(salon, "of-visit", "appointment", made_id("visit"))
    salon.book("first", customer_id=MIRA.id)
    salon.send("customer.create", customer_id=nobody, name="Jo")
    assert settle(salon, refused, "keep").outcome is OutcomeKind.APPLIED
    (kept,) = still_open(salon)
    assert (kept.name, kept.code, kept.author_id) == ("appointment.book", "slot_taken", STAFF_USER)
    assert [late.name for late in kept.gathered] == ["appointment.arrive", "note.add"]


def test_a_cancellation_that_is_settled_later_is_no_later_than_it_was_entered(salon: Salon) -> None:
    start = TEN + timedelta(days=7)
    salon.book("v", start)
    salon.send(
        "appointment.reschedule", appointment_id=made_id("v"), was=was("booked", start), start=wire(start + HOUR)
    )
    late = salon.send("appointment.cancel", appointment_id=made_id("v"), was=was("booked", start))
    assert late.code is Code.CHANGED_MEANWHILE
    settle(salon, late, "keep", at=start)
    ended = visit(salon, "v")
    assert ended is not None
    assert (ended.status, ended.cancelled_late) == (Status.CANCELLED, False)


def test_what_lacks_something_else_is_not_gathered(salon: Salon) -> None:
    lost_booking(salon)
    salon.send("customer.update", customer_id=MIRA.id, edits=[{"field": "name", "was": "Other", "value": "Mine"}])
    other = salon.book("more", start=TEN + 3 * HOUR, segments=[{"service_id": None, "resources": [made_id("gone")]}])
    assert other.code is not Code.DEPENDENCY


def test_an_item_gathers_only_so_much(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "MOST_GATHERED", 2)
    lost_booking(salon)
    codes = [note(salon, f"n{one}", "appointment", made_id("lost")).code for one in range(4)]
    assert codes == [Code.DEPENDENCY, Code.DEPENDENCY, Code.NOT_FOUND, Code.DEPENDENCY]


def test_of_two_items_about_one_visit_the_other_takes_over_what_stood_under_the_dropped_one(salon: Salon) -> None:
    both = [lost_booking(salon), lost_booking(salon, title="Again")]
    salon.send("appointment.arrive", appointment_id=made_id("lost"), was=was("booked"))
    eldest, younger = sorted(both, key=lambda one: -len(item(salon, one).gathered))
    settle(salon, eldest, "drop")
    assert [late.name for late in item(salon, younger).gathered] == ["appointment.arrive"]
    settle(salon, younger, "move", start=wire(TEN + HOUR))
    assert visit(salon, "lost").status is Status.ARRIVED  # type: ignore[union-attr]


def test_of_two_items_about_one_visit_the_second_finds_it_made(salon: Salon) -> None:
    eldest, younger = lost_booking(salon), lost_booking(salon)
    settle(salon, eldest, "move", start=wire(TEN + HOUR))
    assert settle(salon, younger, "move", start=wire(TEN + HOUR)).outcome is OutcomeKind.APPLIED
    assert still_open(salon) == []


# Two people settle one item


@pytest.mark.parametrize("choice", ["keep", "drop"])
def test_the_same_choice_twice_is_one(salon: Salon, choice: str) -> None:
    refused = lost_booking(salon)
    more: dict[str, Any] = {"override": "promised"} if choice == "keep" else {}
    assert settle(salon, refused, choice, **more).outcome is OutcomeKind.APPLIED
    assert settle(salon, refused, choice, **more).outcome is OutcomeKind.APPLIED


def test_the_same_slot_twice_is_one_and_another_slot_is_asked_about(salon: Salon) -> None:
    refused = lost_booking(salon)
    settle(salon, refused, "move", start=wire(TEN + HOUR))
    assert settle(salon, refused, "move", start=wire(TEN + HOUR)).outcome is OutcomeKind.APPLIED
    late = settle(salon, refused, "move", start=wire(TEN + 2 * HOUR))
    assert late.code is Code.CHANGED_MEANWHILE
    kept = item(salon, late)
    assert (kept.name, kept.args["start"], kept.subject_id) == (
        "attention.resolve", wire(TEN + 2 * HOUR), refused.item_id,
    )  # fmt: skip
    assert settle(salon, late, "drop").outcome is OutcomeKind.APPLIED
    assert visit(salon, "lost").starts_at == TEN + HOUR  # type: ignore[union-attr]


def test_a_choice_that_is_refused_says_what_is_in_the_way_now_and_what_was_chosen(salon: Salon) -> None:
    refused = lost_booking(salon)
    salon.book("second", TEN + HOUR)
    again = settle(salon, refused, "move", start=wire(TEN + HOUR))
    assert (again.code, again.item_id) == (Code.SLOT_TAKEN, refused.item_id)
    kept = item(salon, refused)
    assert kept.details["appointment"] == made_id("second")
    assert kept.details["tried"]["start"] == wire(TEN + HOUR)
    assert kept.args["start"] == wire(TEN)


# Stale edits


def test_a_move_to_where_it_was_cancelled_is_no_goal_reached(salon: Salon) -> None:
    salon.book("first")
    salon.send("appointment.cancel", appointment_id=made_id("first"), was=was("booked"))
    move: dict[str, Any] = {"appointment_id": made_id("first"), "was": was("booked", TEN + HOUR), "start": wire(TEN)}
    assert salon.send("appointment.reschedule", **move).code is Code.CHANGED_MEANWHILE


@pytest.mark.parametrize(
    ("name", "more", "status"),
    [("reschedule", {"start": wire(TEN + HOUR)}, Status.BOOKED), ("reschedule", {"start": wire(TEN)}, Status.BOOKED),
     ("arrive", {}, Status.ARRIVED)],
)  # fmt: skip
def test_what_was_cancelled_meanwhile_can_be_brought_back_with_the_edit(
    salon: Salon, name: str, more: dict[str, Any], status: Status
) -> None:
    salon.book("first")
    salon.send("appointment.cancel", appointment_id=made_id("first"), was=was("booked"))
    seen = was("booked", TEN + 2 * HOUR) if more.get("start") == wire(TEN) else was("booked")
    late = salon.send(f"appointment.{name}", appointment_id=made_id("first"), was=seen, **more)
    assert late.code is Code.CHANGED_MEANWHILE
    assert settle(salon, late, "keep").code is Code.WRONG_STATUS
    assert settle(salon, late, "restore").outcome is OutcomeKind.APPLIED
    now = visit(salon, "first")
    assert now is not None
    assert (now.status, wire(now.starts_at)) == (status, more.get("start", wire(TEN)))
    assert [one.starts_at for one in salon.tx.allocations_of(now.id)] == [now.starts_at]
    assert item(salon, late).state is AttentionState.RESTORED


def test_bringing_back_is_checked_again(salon: Salon) -> None:
    salon.book("first")
    salon.send("appointment.cancel", appointment_id=made_id("first"), was=was("booked"))
    late = salon.send("appointment.arrive", appointment_id=made_id("first"), was=was("booked"))
    salon.book("second")
    assert settle(salon, late, "restore").code is Code.SLOT_TAKEN
    assert visit(salon, "first").status is Status.CANCELLED  # type: ignore[union-attr]
    assert item(salon, late).state is AttentionState.OPEN


# Deletes against edits


def test_an_edit_of_an_archived_customer_is_made_when_they_are_brought_back(salon: Salon) -> None:
    archive(salon)
    late = salon.send("customer.update", customer_id=MIRA.id, edits=[{"field": "alert", "was": "", "value": "Latex"}])
    assert late.code is Code.ARCHIVED
    assert settle(salon, late, "keep").code is Code.ARCHIVED
    assert settle(salon, late, "restore", role=Role.TENANT_STAFF).code is Code.NOT_ALLOWED
    assert settle(salon, late, "restore").outcome is OutcomeKind.APPLIED
    mira = salon.tx.find(Customer, MIRA.id)
    assert mira is not None
    assert (mira.archived, mira.alert) == (False, "Latex")


def test_a_booking_brings_back_all_that_it_needs(salon: Salon) -> None:
    archive(salon)
    gone = [{"field": "archived", "was": False, "value": True}]
    salon.send("resource.update", role=OWNER, resource_id=ANA.id, edits=gone)
    late = salon.book("late")
    assert late.code is Code.ARCHIVED
    assert settle(salon, late, "restore").outcome is OutcomeKind.APPLIED
    assert visit(salon, "late") is not None


@pytest.mark.parametrize("noun", ["resource", "service", "location"])
def test_setting_a_field_of_what_is_archived_asks_to_bring_it_back(salon: Salon, noun: str) -> None:
    row = {"resource": BEN.id, "service": made_id("cut"), "location": made_id("location")}[noun]
    subject: dict[str, Any] = {f"{noun}_id": row}
    gone = [{"field": "archived", "was": False, "value": True}]
    assert salon.send(f"{noun}.update", role=OWNER, **subject, edits=gone).outcome is OutcomeKind.APPLIED
    renamed = [{"field": "name", "was": "x", "value": "Newly named"}]
    late = salon.send(f"{noun}.update", role=OWNER, **subject, edits=renamed)
    assert late.code is Code.ARCHIVED
    assert settle(salon, late, "restore").outcome is OutcomeKind.APPLIED
    back = [{"field": "archived", "was": False, "value": True}, {"field": "name", "was": "x", "value": "And both"}]
    assert salon.send(f"{noun}.update", role=OWNER, **subject, edits=back).outcome is OutcomeKind.APPLIED


# Notes


def test_notes_are_added_and_nothing_is_written_over(salon: Salon) -> None:
    note(salon, "one", "customer", MIRA.id)
    note(salon, "one", "customer", MIRA.id, text="written over")
    note(salon, "two", "customer", MIRA.id)
    edits = [{"field": "notes", "was": "", "value": "by an older app"}]
    assert salon.send("customer.update", customer_id=MIRA.id, edits=edits).outcome is OutcomeKind.APPLIED
    assert sorted(one.text for one in salon.tx.all(Note)) == ["by an older app", "written as one", "written as two"]
    assert salon.tx.find(Customer, MIRA.id) == MIRA


def test_a_customer_writes_no_notes_of_the_team(salon: Salon) -> None:
    refused = salon.send(
        "note.add", role=Role.CUSTOMER, note_id=made_id("n"), about="customer", subject_id=MIRA.id, text="x"
    )
    assert refused.code is Code.NOT_ALLOWED


def test_a_note_outlives_the_booking_that_was_dropped(salon: Salon) -> None:
    refused = lost_booking(salon)
    salon.send("appointment.arrive", appointment_id=made_id("lost"), was=was("booked"))
    note(salon, "kept", "appointment", made_id("lost"))
    settle(salon, refused, "drop")
    (alone,) = still_open(salon)
    assert (alone.name, alone.code, alone.args["text"]) == ("note.add", "not_found", "written as kept")
    assert (alone.author_id, alone.made_at) == (STAFF_USER, NOW)


def test_a_note_is_attached_and_never_dropped(salon: Salon) -> None:
    refused = note(salon, "stray", "appointment", made_id("never"))
    assert refused.code is Code.NOT_FOUND
    assert settle(salon, refused, "drop").code is Code.INVALID
    assert settle(salon, refused, "attach").code is Code.INVALID
    attached = settle(salon, refused, "attach", attach_about="customer", attach_to=MIRA.id)
    assert attached.outcome is OutcomeKind.APPLIED
    (written,) = salon.tx.all(Note)
    assert (written.id, written.subject_id, written.author_id) == (made_id("stray"), MIRA.id, STAFF_USER)
    assert item(salon, refused).state is AttentionState.ATTACHED


NEVER_DROPPED = {"note.add", "payment.take", "payment.refund"}


def test_nothing_but_what_is_never_dropped_can_be_attached(salon: Salon) -> None:
    refused = lost_booking(salon)
    assert settle(salon, refused, "attach", attach_about="customer", attach_to=MIRA.id).code is Code.INVALID
    assert {name for name, one in MUTATIONS.items() if one.attached} == NEVER_DROPPED
    assert {name for name, one in MUTATIONS.items() if one.never_dropped} == NEVER_DROPPED


# What was set aside


def aside(salon: Salon, name: str, why: str = "author", **args: Any) -> Decision:
    parsed = arguments_of(name, 1, args)
    told = SetAside(incident=ids.new_id(), why=why, author_id=None)
    sent, made = unstructured(parsed), MutationId(ids.new_id())
    return set_aside(salon.tx, name, parsed, sent, mutation_id=made, at=NOW, aside=told)


def test_who_leads_takes_over_what_was_set_aside(salon: Salon) -> None:
    left = aside(salon, "appointment.book", **booking_of("left"))
    late = salon.send("appointment.arrive", appointment_id=made_id("left"), was=was("booked"))
    assert (late.code, late.item_id) == (Code.DEPENDENCY, left.item_id)
    assert settle(salon, left, "keep", role=Role.TENANT_STAFF).code is Code.NOT_ALLOWED
    assert item(salon, left).code == "quarantined"
    assert settle(salon, left, "keep").outcome is OutcomeKind.APPLIED
    made = visit(salon, "left")
    assert made is not None
    assert (made.steps[0].by, made.status) == (OWNER_USER, Status.ARRIVED)


def test_what_was_set_aside_has_no_more_rights_than_who_takes_it_over(salon: Salon) -> None:
    edits = [{"field": "slot_step", "was": 15, "value": 30}]
    left = aside(salon, "business.update", business_id=made_id("business"), edits=edits)
    assert settle(salon, left, "keep", role=Role.TENANT_MANAGER).code is Code.NOT_ALLOWED
    assert settle(salon, left, "keep").outcome is OutcomeKind.APPLIED


@pytest.mark.parametrize("name", ["appointment.book", "note.add"])
def test_what_was_set_aside_can_be_let_go(salon: Salon, name: str) -> None:
    stray = {"note_id": made_id("n"), "about": "customer", "subject_id": MIRA.id, "text": "x"}
    left = aside(salon, name, **(stray if name == "note.add" else booking_of("left")))
    assert settle(salon, left, "drop").outcome is OutcomeKind.APPLIED
    assert salon.tx.all(Note) == []
    assert visit(salon, "left") is None


TENANT_ROLES = [role for role in Role if not role.is_platform]


def test_roles_plans_and_tiers_are_never_queued() -> None:
    """They are decided online: no mutation that anybody of a business may make names one, and none writes a member.

    Nor is the expiry of a request: the server alone knows whether it was answered.
    """
    assert NOUNS
    queued = {name: one for name, one in MUTATIONS.items() if any(may(role, one.capability) for role in TENANT_ROLES)}
    assert MUTATIONS.keys() - queued.keys() == {"plan.set", "appointment.expire"}
    forbidden = {"member", "role", "plan", "tier", "user", "grant", "session", "tenant"}
    assert not {name.split(".")[0] for name in queued} & forbidden
    fields = {field.name for one in queued.values() for field in dataclasses.fields(one.arguments)}
    assert not fields & {"role", "plan", "tier"}
