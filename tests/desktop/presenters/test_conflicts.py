"""Each way to settle what needs attention, by key, over a real replica."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.models.rows import AttentionDetail
from desktop.operations import blocks
from desktop.presenters.edit_names import EDITS
from desktop.presenters.ending_words import ENDINGS, dropped_words, kept_words
from desktop.store.replica import Replica
from shared.clock import instant_text
from shared.errors import Refusal
from shared.ids import derived_id
from shared.model.apart import KeptApart
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AttentionItemId, CustomerId, HoursRuleId, MutationId, OwnerId, TimeBlockId
from shared.model.customer import Customer
from shared.model.hours import HoursRule, TimeBlock
from shared.model.member import Role
from shared.model.note import Note
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.registry import MUTATIONS
from shared.protocol.codec import arguments_of
from shared.rules.apart import apart, apart_id
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, COLOUR, CUT, LOCATION, MIRA, STAFF_USER, made_id

ITEM = made_id("item")
LEADS = pytest.mark.parametrize("role", [Role.TENANT_MANAGER])


def refused(place: Place, name: str, args: dict[str, Any], code: str, **more: Any) -> None:
    """What the server leaves behind of a refused edit, shown and chosen."""
    mutation = MUTATIONS[name]
    given: dict[str, Any] = {
        "details": {}, "subject_id": mutation.subject(arguments_of(name, 1, args)), "author_id": STAFF_USER,
        "as_whom": None, "made_at": tomorrow(9), "state": AttentionState.OPEN, "code": code,
    }  # fmt: skip
    item = AttentionItem(
        id=AttentionItemId(ITEM), mutation_id=MutationId(made_id("mutation")), name=name, args=args, **given | more
    )
    arrive(place, item)


def arrive(place: Place, *rows: Any) -> None:
    place.desk.do(lambda replica: replica.apply_lines(patch(2, *rows)))
    place.desk.changes.tell({"attention_item": frozenset({ITEM}), "customer": frozenset({MIRA.id})})
    place.window.show_page("attention")
    place.until(lambda: shown(place) is not None)


def shown(place: Place) -> AttentionDetail | None:
    return place.window.attention._detail


NOT_ALONE = "By itself it cannot be kept: bring back {} first."


def detail(place: Place) -> AttentionDetail:
    found = shown(place)
    assert found is not None
    return found


def row(place: Place, cls: type[Any], row_id: str) -> Any:
    return place.desk.do(lambda replica: replica.tx().find(cls, row_id))


def settled(place: Place, state: AttentionState) -> None:
    place.until(lambda: row(place, AttentionItem, ITEM).state is state)


def note_args(about: str = "appointment", subject: str = made_id("lost")) -> dict[str, Any]:
    return {"note_id": made_id("note"), "about": about, "subject_id": subject, "text": "Comes with a pram"}


def booking_args() -> dict[str, Any]:
    return {
        "appointment_id": made_id("lost"), "customer_id": MIRA.id, "location_id": LOCATION.id,
        "start": instant_text(tomorrow(10)), "segments": [{"service_id": CUT.id, "resources": [ANA.id]}],
    }  # fmt: skip


def test_every_edit_has_a_name() -> None:
    assert set(EDITS) >= set(MUTATIONS)


def test_a_note_without_its_visit_is_attached_with_one_key(place: Place) -> None:
    made = place.book(tomorrow(12))
    lost = AttentionItem(
        id=AttentionItemId(made_id("dropped")), mutation_id=MutationId(made_id("booking")), name="appointment.book",
        args=booking_args(), code="slot_taken", details={}, subject_id=made_id("lost"), author_id=STAFF_USER,
        as_whom=None, made_at=tomorrow(9), state=AttentionState.DROPPED,
    )  # fmt: skip
    place.desk.do(lambda replica: replica.apply_lines(patch(2, lost)))
    refused(place, "note.add", note_args(), "not_found", details={"what": "appointment", "subject": made_id("lost")})
    assert [one.text.partition(",")[0] for one in detail(place).slots] == ["Mira Holm", "Mira Holm"]
    assert "Comes with a pram" in {fact.text for fact in detail(place).yours}
    assert not place.window.attention._drop.isEnabled()
    assert "never dropped" in place.window.attention._why_not.text()
    place.act("drop")
    place.act("slot_2")
    settled(place, AttentionState.ATTACHED)
    note = row(place, Note, made_id("note"))
    assert (note.subject_id, note.text, note.author_id) == (made, "Comes with a pram", STAFF_USER)


def test_a_note_is_attached_to_whom_one_types(place: Place) -> None:
    refused(place, "note.add", note_args(), "not_found", details={"what": "appointment", "subject": made_id("lost")})
    view = place.window.attention
    place.act("attach")
    assert view.customer.edit.hasFocus()
    QTest.keyClicks(view.customer.edit, "mira")
    place.until(lambda: view.customer.is_open)
    QTest.keyClick(view.customer.edit, Qt.Key.Key_Return)
    settled(place, AttentionState.ATTACHED)
    assert row(place, Note, made_id("note")).subject_id == MIRA.id


@LEADS
def test_a_change_of_whoever_is_there_again_can_be_kept(place: Place) -> None:
    args = {"customer_id": MIRA.id, "edits": [{"field": "alert", "was": "", "value": "Latex"}]}
    told = {"what": "customer", "name": "Mira Holm", "subject": MIRA.id}
    refused(place, "customer.update", args, "archived", details=told)
    assert detail(place).keep_why_not == ""
    place.act("keep")
    settled(place, AttentionState.KEPT)
    assert row(place, Customer, MIRA.id).alert == "Latex"


@LEADS
def test_an_archived_customer_is_brought_back_with_the_edit(place: Place) -> None:
    place.desk.do(lambda replica: replica.apply_lines(patch(2, replace(MIRA, archived=True))))
    args = {"customer_id": MIRA.id, "edits": [{"field": "alert", "was": "", "value": "Latex"}]}
    told = {"what": "customer", "name": "Mira Holm", "subject": MIRA.id}
    refused(place, "customer.update", args, "archived", details=told)
    assert detail(place).restore == "Bring back Mira Holm and apply"
    assert detail(place).keep_why_not == NOT_ALONE.format("Mira Holm")
    place.act("restore")
    settled(place, AttentionState.RESTORED)
    now = row(place, Customer, MIRA.id)
    assert (now.archived, now.alert) == (False, "Latex")


def archiving() -> dict[str, Any]:
    return {"customer_id": MIRA.id, "edits": [{"field": "archived", "was": False, "value": True}]}


def test_what_ones_role_may_not_do_is_not_offered_to_be_kept(place: Place) -> None:
    # They were a manager when they entered it.
    refused(place, "customer.update", archiving(), "not_allowed", details={"capability": "customers.manage"})
    assert not place.window.attention._keep.isEnabled()
    assert detail(place).keep_why_not.startswith("As staff one may not")
    assert not detail(place).drop_why_not


@LEADS
def test_what_somebodys_role_did_not_let_them_do_is_kept_by_whoever_may(place: Place) -> None:
    refused(place, "customer.update", archiving(), "not_allowed", details={"capability": "customers.manage"})
    assert detail(place).keep_why_not == ""
    place.act("keep")
    settled(place, AttentionState.KEPT)
    assert row(place, Customer, MIRA.id).archived


def test_staff_read_who_may_bring_a_customer_back(place: Place) -> None:
    told = {"what": "customer", "name": "Mira Holm", "subject": MIRA.id}
    refused(place, "note.add", note_args("customer", MIRA.id), "archived", details=told)
    assert not place.window.attention._restore.isEnabled()
    assert "Only a manager or the owner can bring Mira Holm back." in place.window.attention._why_not.text()


def test_a_cancelled_visit_is_brought_back_with_the_move(place: Place) -> None:
    made = place.book(tomorrow(10))
    start = instant_text(tomorrow(10))

    def cancel(replica: Replica) -> None:
        args = {"appointment_id": made, "was": {"status": "booked", "start": start}}
        replica.edit("appointment.cancel", arguments_of("appointment.cancel", 1, args))

    place.desk.do(cancel)
    move = {
        "appointment_id": made, "was": {"status": "booked", "start": start}, "start": instant_text(tomorrow(15)),
    }  # fmt: skip
    now = {"status": "cancelled", "start": start}
    refused(place, "appointment.reschedule", move, "changed_meanwhile", details={"subject": made, "now": now})
    assert detail(place).restore == "Bring back the visit and apply"
    assert not detail(place).slots_wanted
    by = next(fact.text for fact in detail(place).now if fact.label == "By")
    assert by.startswith("Ana, "), "whoever cancelled it"
    assert detail(place).keep_why_not == NOT_ALONE.format("the visit")
    place.act("keep")
    assert row(place, AttentionItem, ITEM).state is AttentionState.OPEN
    place.act("restore")
    settled(place, AttentionState.RESTORED)
    visit = row(place, Appointment, made)
    assert (visit.status, visit.starts_at) == (Status.BOOKED, tomorrow(15))


def moved_meanwhile(place: Place, name: str, **more: Any) -> str:
    """A visit that another desk has moved from ten to two, and an edit that did not know of it."""
    made = place.book(tomorrow(10))
    was, start = {"status": "booked", "start": instant_text(tomorrow(10))}, instant_text(tomorrow(14))

    def move(replica: Replica) -> None:
        args = {"appointment_id": made, "was": was, "start": start}
        replica.edit("appointment.reschedule", arguments_of("appointment.reschedule", 3, args))

    place.desk.do(move)
    told = {"subject": made, "was": was, "now": {"status": "booked", "start": start}}
    refused(place, name, {"appointment_id": made, "was": was} | more, "changed_meanwhile", details=told)
    return made


def test_what_cancels_a_visit_says_so_on_its_button_and_in_its_toast(place: Place) -> None:
    made, view = moved_meanwhile(place, "appointment.cancel", reason="rang"), place.window.attention
    assert (view._keep.text(), view._keep.accessibleName()) == ("Cancel the visit all the same",) * 2
    assert view._keep.toolTip() == "Cancel the visit all the same (K)"
    assert (view._drop.text(), view._drop.toolTip()) == ("Leave it as it is now", "Leave it as it is now (D)")
    place.act("keep")
    settled(place, AttentionState.KEPT)
    assert row(place, Appointment, made).status is Status.CANCELLED
    place.until(lambda: place.said.startswith("Visit of Mira Holm, "))
    assert "14:00, cancelled. Saved" in place.said


def test_what_would_have_cancelled_a_visit_is_let_go_in_words_that_leave_the_visit(place: Place) -> None:
    made = moved_meanwhile(place, "appointment.cancel")
    place.act("drop")
    settled(place, AttentionState.DROPPED)
    assert row(place, Appointment, made).status is Status.BOOKED
    place.until(lambda: place.said.startswith("Left as it is now."))


def test_the_line_of_a_visit_that_was_moved_says_where_its_editor_saw_it(place: Place) -> None:
    moved_meanwhile(place, "appointment.cancel")
    yours, now = ({fact.label: fact.text for fact in side} for side in (detail(place).yours, detail(place).now))
    assert yours["Visit"].endswith("10:00")
    assert "14:00" in now["When"]
    assert "By" not in now, "who moved it stands in no step"


def test_a_step_that_the_visit_is_beyond_says_so_instead_of_being_kept(place: Place) -> None:
    made = place.book(tomorrow(10))
    start = instant_text(tomorrow(10))

    def complete(replica: Replica) -> None:
        args = {"appointment_id": made, "was": {"status": "booked", "start": start}}
        replica.edit("appointment.complete", arguments_of("appointment.complete", 1, args))

    place.desk.do(complete)
    args = {"appointment_id": made, "was": {"status": "booked", "start": start}}
    now = {"status": "completed", "start": start}
    refused(place, "appointment.cancel", args, "changed_meanwhile", details={"subject": made, "now": now})
    assert not place.window.attention._keep.isEnabled()
    assert detail(place).keep_why_not == "The appointment is completed, so this step is not open to it."
    assert detail(place).restore == ""
    assert not detail(place).drop_why_not


def test_taking_a_cancellation_back_can_be_kept_though_the_visit_has_ended(place: Place) -> None:
    made = place.book(tomorrow(10))
    start = instant_text(tomorrow(10))

    def cancel(replica: Replica) -> None:
        args = {"appointment_id": made, "was": {"status": "booked", "start": start}}
        replica.edit("appointment.cancel", arguments_of("appointment.cancel", 1, args))

    place.desk.do(cancel)
    back = {"appointment_id": made, "was": {"status": "cancelled", "start": instant_text(tomorrow(9))}}
    now = {"status": "cancelled", "start": start}
    refused(place, "appointment.undo_step", back, "changed_meanwhile", details={"subject": made, "now": now})
    assert detail(place).keep_why_not == ""
    place.act("keep")
    settled(place, AttentionState.KEPT)
    assert row(place, Appointment, made).status is Status.BOOKED


def test_a_step_back_whose_step_is_gone_says_so_instead_of_being_kept(place: Place) -> None:
    made = place.book(tomorrow(10))
    start = instant_text(tomorrow(10))
    # Undone at a desk at which it was cancelled; elsewhere it was moved first, so that the cancellation was refused.
    back = {"appointment_id": made, "was": {"status": "cancelled", "start": instant_text(tomorrow(9))}}
    sides = {"subject": made, "was": back["was"], "now": {"status": "booked", "start": start}}
    refused(place, "appointment.undo_step", back, "changed_meanwhile", details=sides)
    assert not place.window.attention._keep.isEnabled()
    assert detail(place).keep_why_not == "The step that was to be taken back is not the last one any more."
    assert not detail(place).drop_why_not


@pytest.mark.parametrize("edit", sorted(ENDINGS))
def test_what_ends_something_is_never_said_to_be_kept_or_dropped(edit: str) -> None:
    assert edit in MUTATIONS
    said = (
        ENDINGS[edit].keep,
        ENDINGS[edit].drop,
        kept_words(edit, "Mira Holm", "Tue 24 Nov, 10:00"),
        dropped_words(edit),
    )
    assert not {"keep", "kept", "drop", "dropped"} & set(" ".join(said).lower().replace(".", "").split())
    assert "{" not in kept_words(edit)


def line(service: Service, who: Resource, minutes: int) -> dict[str, Any]:
    return {"service_id": service.id, "resources": [who.id], "minutes": minutes}


def booked_otherwise(place: Place) -> str:
    """A visit that is given to Ben, and lasts longer; another desk that did not know of it wanted a colour by Ana."""
    made = place.book(tomorrow(10))
    place.desk.do(lambda replica: replica.apply_lines(patch(2, replace(CUT, capacity=3), replace(COLOUR, capacity=3))))
    before = [line(CUT, ANA, 45)]
    seen = {"status": "booked", "start": instant_text(tomorrow(10)), "segments": before, "party": 1}
    of = {"appointment_id": made, "was": seen}

    def edit(replica: Replica, args: dict[str, Any]) -> None:
        replica.edit("appointment.reschedule", arguments_of("appointment.reschedule", 3, of | args))

    theirs = {"segments": [line(CUT, BEN, 60)], "party": 2}
    mine = {"segments": [line(CUT, ANA, 50), line(COLOUR, ANA, 80)], "party": 3}
    place.desk.do(lambda replica: edit(replica, theirs))
    with pytest.raises(Refusal) as said:
        place.desk.do(lambda replica: edit(replica, mine))
    refused(place, "appointment.reschedule", of | mine, said.value.code.value, details=said.value.details)
    return made


def test_what_two_desks_have_made_of_one_visit_is_shown_side_by_side_and_kept_without_a_reason(place: Place) -> None:
    made = booked_otherwise(place)
    assert detail(place).rule == (
        "What is booked was changed meanwhile: it was Cut with Ana (45 min), and is Cut with Ben (60 min) now. "
        "How many come was changed meanwhile: it was 1, and is 2 now."
    )
    yours, now = ({fact.label: fact.text for fact in side} for side in (detail(place).yours, detail(place).now))
    # With whom the cut is only they have changed; for how long both have.
    assert (yours["Service"], yours["With"], yours["How many come"]) == ("Cut + Colour", "Cut: Ben; Colour: Ana", "3")
    assert (now["Service"], now["With"], now["How many come"]) == ("Cut", "Ben", "2")
    assert not detail(place).keep_needs_reason
    place.act("keep")
    settled(place, AttentionState.KEPT)
    visit = row(place, Appointment, made)
    assert [(one.name, one.resources, one.minutes) for one in visit.segments] == [
        ("Cut", (BEN.id,), 50), ("Colour", (ANA.id,), 80),
    ]  # fmt: skip
    assert visit.party == 3


def test_it_is_moved_to_a_free_start_as_it_was_wished_for(place: Place) -> None:
    made = booked_otherwise(place)
    place.until(lambda: detail(place).slots != ())
    place.act("slot_1")
    settled(place, AttentionState.MOVED)
    assert row(place, Appointment, made).party == 3


ASIDE = {"incident": made_id("incident"), "why": "author", "author": None}


def test_staff_read_that_who_leads_decides_what_was_set_aside(place: Place) -> None:
    refused(place, "appointment.book", booking_args(), "quarantined", details=ASIDE, author_id=None)
    view = place.window.attention
    assert detail(place).rule.startswith("It was set aside: whoever made it is not signed in")
    assert not view._keep.isEnabled()
    assert not view._drop.isEnabled()
    assert detail(place).slots == ()
    place.act("drop")
    place.act("keep")
    assert row(place, AttentionItem, ITEM).state is AttentionState.OPEN


@LEADS
def test_who_leads_takes_over_what_was_set_aside(place: Place) -> None:
    refused(place, "appointment.book", booking_args(), "quarantined", details=ASIDE, author_id=None)
    assert detail(place).made.startswith("Entered ")
    place.act("keep")
    settled(place, AttentionState.KEPT)
    assert row(place, Appointment, made_id("lost")).status is Status.BOOKED


def test_a_choice_that_came_second_is_shown_with_what_became_of_the_first(place: Place) -> None:
    made = place.book(tomorrow(10))
    first = AttentionItem(
        id=AttentionItemId(made_id("first")), mutation_id=MutationId(made_id("booking")), name="appointment.book",
        args=booking_args(), code="slot_taken", details={}, subject_id=made, author_id=STAFF_USER, as_whom=None,
        made_at=tomorrow(9), state=AttentionState.MOVED,
    )  # fmt: skip
    place.desk.do(lambda replica: replica.apply_lines(patch(2, first)))
    choice = {"item_id": first.id, "choice": "move", "start": instant_text(tomorrow(16))}
    sides = {"subject": first.id, "was": {"state": "open"}, "now": {"state": "moved"}}
    refused(place, "attention.resolve", choice, "changed_meanwhile", details=sides)
    assert detail(place).title == "Settling: Mira Holm"
    assert detail(place).rule == "Settled meanwhile: another time was taken."
    told = {fact.label: fact.text for fact in detail(place).yours}
    assert told["Chosen"] == "Another time"
    assert "16:00" in told["Chosen time"]
    assert {fact.label for fact in detail(place).now} >= {"When", "Status"}
    place.act("drop")
    settled(place, AttentionState.DROPPED)


def test_a_choice_that_came_second_shows_the_visit_and_not_who_was_in_its_way_before(place: Place) -> None:
    made, in_the_way = place.book(tomorrow(15)), place.book(tomorrow(10))
    first = AttentionItem(
        id=AttentionItemId(made_id("first")), mutation_id=MutationId(made_id("booking")), name="appointment.book",
        args=booking_args(), code="slot_taken", details={"appointment": in_the_way}, subject_id=made,
        author_id=STAFF_USER, as_whom=None, made_at=tomorrow(9), state=AttentionState.MOVED,
    )  # fmt: skip
    place.desk.do(lambda replica: replica.apply_lines(patch(2, first)))
    choice = {"item_id": first.id, "choice": "move", "start": instant_text(tomorrow(16))}
    sides = {"subject": first.id, "was": {"state": "open"}, "now": {"state": "moved"}}
    refused(place, "attention.resolve", choice, "changed_meanwhile", details=sides)
    told = {fact.label: fact.text for fact in detail(place).now}
    assert "15:00" in told["When"]


def test_a_word_that_cannot_be_taken_back_stands_beside_what_the_customer_says_by_now(place: Place) -> None:
    def agree(replica: Replica) -> None:
        args = {"customer_id": MIRA.id, "to": "mail", "given": True}
        replica.edit("customer.consent", arguments_of("customer.consent", 1, args))

    place.desk.do(agree)
    back = {"customer_id": MIRA.id, "to": "mail", "given": None, "instead_of": instant_text(tomorrow(9))}
    refused(place, "customer.consent", back, "changed_meanwhile", details={"subject": MIRA.id, "what": "passed_over"})
    assert {fact.label: fact.text for fact in detail(place).yours}["Said"] == "Never asked"
    assert {fact.label: fact.text for fact in detail(place).now}["Said"] == "Agreed"


def test_what_was_tried_last_is_shown_beside_what_was_entered(place: Place) -> None:
    tried = {"choice": "keep", "override": "promised on the phone"}
    refused(place, "appointment.book", booking_args(), "slot_taken", details={"tried": tried})
    told = {fact.label: fact.text for fact in detail(place).yours}
    assert (told["Chosen"], told["Reason given"]) == ("Keep it", "promised on the phone")


def test_a_note_is_written_by_key_and_listed_with_who_and_when(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.work.card.open(made)
    card = place.window.book_page.card
    place.until(lambda: place.window.book_page.open_panel == "card" and card._row is not None)
    place.act("note")
    assert card.notes.text.hasFocus()
    QTest.keyClicks(card.notes.text, "Wants tea")
    QTest.keyClick(card.notes.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    place.until(lambda: len(notes(place)) == 1)
    (text, told), *_ = notes(place)
    assert text == "Wants tea"
    assert told.startswith("Visit · Ana · ")
    assert told.endswith("not yet accepted")
    assert card.notes.text.toPlainText() == ""
    QTest.keyClicks(card.notes.text, "Has moved")
    card.notes._customer.click()
    place.until(lambda: len(notes(place)) == 2)
    assert {text for text, _ in notes(place)} == {"Wants tea", "Has moved"}


def notes(place: Place) -> list[tuple[str, str]]:
    found = place.window.book_page.card._row
    return [(one.text, one.made) for one in found.notes] if found else []


def test_a_half_written_note_waits_at_its_visit(place: Place) -> None:
    first, second = place.book(tomorrow(10)), place.book(tomorrow(12))
    card = place.window.book_page.card

    def turn_to(visit: str) -> None:
        place.work.card.open(visit)
        place.until(lambda: card._row is not None and card._row.appointment_id == visit)

    turn_to(first)
    QTest.keyClicks(card.notes.text, "half a tho")
    turn_to(second)
    assert card.notes.text.toPlainText() == ""
    turn_to(first)
    assert card.notes.text.toPlainText() == "half a tho"


JON = replace(MIRA, id=CustomerId(made_id("jon")), name="Jon Holm")
APART: dict[str, Any] = {"now": {"apart": True}}
ONE: dict[str, Any] = {"now": {"one_customer": True}}


@LEADS
def test_a_merging_of_two_whom_another_desk_keeps_apart_is_kept_with_open_eyes(place: Place) -> None:
    place.desk.do(lambda replica: replica.apply_lines(patch(2, JON, apart(MIRA.id, JON.id))))
    merging = {"kept_id": MIRA.id, "merged_id": JON.id}
    refused(place, "customer.merge", merging, "changed_meanwhile", details=APART)
    shown_now = detail(place)
    assert shown_now.title == "Merging two customers: Mira Holm and Jon Holm"
    assert [one.text for one in shown_now.now] == ["Somebody found them to be two people meanwhile."]
    place.window.attention.keepRequested.emit(ITEM, "")
    place.until(lambda: bool(row(place, Customer, JON.id).merged_into == MIRA.id))
    assert row(place, KeptApart, apart_id(MIRA.id, JON.id)) is None


@LEADS
def test_two_who_are_one_customer_by_now_cannot_be_kept_apart(place: Place) -> None:
    gone = replace(JON, archived=True, merged_into=MIRA.id)
    place.desk.do(lambda replica: replica.apply_lines(patch(2, gone)))
    both = {"one_id": JON.id, "other_id": MIRA.id}
    refused(place, "customer.keep_apart", both, "changed_meanwhile", details=ONE)
    shown_now = detail(place)
    assert shown_now.title == "Keeping two customers apart: Jon Holm and Mira Holm"
    assert shown_now.keep_why_not == "They were made one customer meanwhile, and there is no way back."
    assert not shown_now.drop_why_not


def moved_block(place: Place) -> dict[str, Any]:
    """A change of a block that another desk has moved to the afternoon."""
    start, end = instant_text(tomorrow(12)), instant_text(tomorrow(13))
    args = {"block_id": made_id("leave"), "resource_id": ANA.id, "start": start, "end": end, "reason": "Leave"}
    theirs = TimeBlock(
        id=TimeBlockId(made_id("leave")), resource_id=ANA.id, starts_at=tomorrow(15), ends_at=tomorrow(16),
        reason="Leave",
    )  # fmt: skip
    place.desk.do(lambda replica: replica.apply_lines(patch(2, theirs)))
    later = {"start": instant_text(tomorrow(17)), "end": instant_text(tomorrow(18))}
    return {**args, **later, "was": {name: args[name] for name in ("resource_id", "start", "end", "reason")}}


@LEADS
def test_blocked_time_that_two_have_moved_is_shown_with_both_and_kept_as_it_was_entered(place: Place) -> None:
    args = moved_block(place)
    told = {
        "what": "block", "subject": args["block_id"], "was": {"start": args["was"]["start"], "end": args["was"]["end"]},
        "now": {"resource_name": "Ana", "start": instant_text(tomorrow(15)), "end": instant_text(tomorrow(16))},
    }  # fmt: skip
    refused(place, "block.put", args, "changed_meanwhile", details=told)
    assert "17:00" in " ".join(fact.text for fact in detail(place).yours)
    assert "Ana" in {fact.text for fact in detail(place).yours}
    assert "to Ana, " in detail(place).now[0].text
    assert "15:00" in detail(place).now[0].text
    place.act("keep")
    settled(place, AttentionState.KEPT)
    assert row(place, TimeBlock, args["block_id"]).starts_at == tomorrow(17)


@LEADS
def test_hours_that_two_have_set_are_shown_with_both_and_kept_as_they_were_entered(place: Place) -> None:
    theirs = HoursRule(
        id=HoursRuleId(derived_id("hours", ANA.id, "0", "0")), owner_id=OwnerId(ANA.id), weekday=0, opens=600,
        closes=1200,
    )  # fmt: skip
    place.desk.do(lambda replica: replica.apply_lines(patch(2, theirs)))
    seen, mine = [{"opens": 540, "closes": 720}], [{"opens": 540, "closes": 1080, "valid_from": None}]
    told = {
        "what": "hours", "subject": ANA.id, "name": "Ana", "weekday": 0, "was": {"openings": seen},
        "now": {"openings": [{"opens": 600, "closes": 1200}]},
    }  # fmt: skip
    args = {"owner_id": ANA.id, "weekday": 0, "openings": mine, "was": seen}
    refused(place, "hours.set", args, "changed_meanwhile", details=told)
    assert [(fact.label, fact.text, fact.was) for fact in detail(place).yours] == [
        ("Whose", "Ana", ""), ("Day of the week", "Monday", ""), ("Hours", "09:00–18:00", "09:00–12:00"),
    ]  # fmt: skip
    assert "are 10:00–20:00 now" in detail(place).now[0].text
    place.act("keep")
    settled(place, AttentionState.KEPT)
    assert row(place, HoursRule, theirs.id).closes == 1080


@LEADS
def test_blocked_time_that_another_has_freed_is_brought_back_with_the_change(place: Place) -> None:
    args = moved_block(place)
    place.desk.run(blocks.remove(args["block_id"]))
    refused(place, "block.put", args, "archived", details={"what": "block", "subject": args["block_id"]})
    assert detail(place).restore == "Bring back the blocked time and apply"
    assert detail(place).keep_why_not == NOT_ALONE.format("the blocked time")
    place.act("restore")
    settled(place, AttentionState.RESTORED)
    now = row(place, TimeBlock, args["block_id"])
    assert (now.archived, now.starts_at) == (False, tomorrow(17))
