"""What others make of a visit while somebody changes it: taken over, asked about, or the end of it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel

from desktop.models.book_deeds import ContestRow
from desktop.operations import appointments, blocks, notes, series
from desktop.presenters.change_meeting import SERVICES
from desktop.presenters.change_words import CHOOSE, ERASED_NOW, GONE_NOW, LOCKED_NOW, SAME
from desktop.views.build import Button
from desktop.views.change_dialog import ChangeDialog
from desktop.views.layouts import widgets_in
from shared.model.appointment import Status
from shared.model.member import Role
from shared.model.note import NoteAbout
from shared.model.registry import Entity
from shared.model.service import Service
from tests.desktop.presenters.conftest import Place, is_gone, tomorrow
from tests.desktop.presenters.test_changing import add, arrives, begin, choose, combo, edits, press, saved, visit
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, COLOUR, CUT, MEMBER, MIRA


def shown(place: Place, dialog: ChangeDialog, words: str) -> None:
    """Wait until the dialog says this of what others have done."""
    place.until(lambda: not dialog.meanwhile.isHidden() and words in dialog.meanwhile.text())


def questions(dialog: ChangeDialog) -> list[Button]:
    """The buttons that answer what is asked now."""
    return [button for row in widgets_in(dialog._contests) for button in row.findChildren(Button)]


def asked(dialog: ChangeDialog) -> list[str]:
    """What is asked about, as a screen reader hears it."""
    return [one.accessibleName() for one in questions(dialog)]


def answer(dialog: ChangeDialog, name: str) -> None:
    """Press the button of a question that begins so."""
    next(one for one in questions(dialog) if one.accessibleName().startswith(name)).click()


def came(place: Place, appointment_id: str, *rows: Entity) -> None:
    """Let rows that other desks have changed arrive, and the window hear of it."""
    arrives(place, appointment_id, *rows)
    place.work.link.changed.emit(frozenset({"appointment", "customer"}))


def moved(place: Place, appointment_id: str, hour: int, minute: int = 0) -> None:
    place.desk.edit(appointments.reschedule(visit(place, appointment_id), start=tomorrow(hour, minute)))


def booked(place: Place, appointment_id: str, *of: tuple[Service, str]) -> None:
    """Let others book these services in a visit, each with somebody."""
    wishes = [appointments.wish(service.id, [who]) for service, who in of]
    now = visit(place, appointment_id)
    place.desk.edit(appointments.reschedule(now, start=now.starts_at, segments=wishes))


def services(place: Place, appointment_id: str) -> list[tuple[str | None, tuple[str, ...]]]:
    return [(one.service_id, one.resources) for one in visit(place, appointment_id).segments]


# Taken over


def test_a_move_meanwhile_is_taken_over_and_what_was_entered_is_saved(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog, before = begin(place, one), edits(place)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", BEN.id)
    moved(place, one, 11)
    shown(place, dialog, "Moved to")
    assert "11:00 meanwhile." in dialog.meanwhile.text()
    assert "11:00" in dialog.about
    assert (dialog.form.start.hour, [line.title for line in dialog.form.lines]) == (11, ["Cut", "Colour"])
    saved(place, dialog)
    assert visit(place, one).starts_at == tomorrow(11)
    assert services(place, one) == [(CUT.id, (ANA.id,)), (COLOUR.id, (BEN.id,))]
    assert edits(place) == before + 2


def test_services_that_others_have_changed_are_taken_over_where_the_time_is_changed(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    dialog.start.setTime(dialog.start.time().addSecs(15 * 60))
    booked(place, one, (CUT, ANA.id), (COLOUR, BEN.id))
    shown(place, dialog, "Colour was added meanwhile.")
    assert [line.title for line in dialog.form.lines] == ["Cut", "Colour"]
    assert combo(dialog, "Who does Colour").currentData() == BEN.id
    saved(place, dialog)
    assert (visit(place, one).starts_at, len(services(place, one))) == (tomorrow(10, 15), 2)


def test_another_person_for_one_service_goes_with_a_service_that_is_added(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", BEN.id)
    booked(place, one, (CUT, BEN.id))
    shown(place, dialog, "Cut is with Ben now.")
    assert asked(dialog) == []
    saved(place, dialog)
    assert services(place, one) == [(CUT.id, (BEN.id,)), (COLOUR.id, (BEN.id,))]


def test_another_length_is_said_and_stays(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog, now = begin(place, one), visit(place, one)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", BEN.id)
    longer = [appointments.wish(CUT.id, [ANA.id], 75)]
    place.desk.edit(appointments.reschedule(now, start=now.starts_at, segments=longer))
    shown(place, dialog, "Cut takes 75 min now.")
    saved(place, dialog)
    assert [one.minutes for one in visit(place, one).segments] == [75, COLOUR.minutes]


def test_a_note_and_a_status_are_said_by_whom_and_keep_nobody_from_saving(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    choose(dialog, "Who does Cut", BEN.id)
    place.desk.edit(notes.add(NoteAbout.APPOINTMENT, one, "Comes ten minutes later"))
    shown(place, dialog, "Note by Ana: Comes ten minutes later")
    place.desk.edit(appointments.step(visit(place, one), "confirm"))
    shown(place, dialog, "Confirmed by Ana meanwhile.")
    assert "Note by Ana" in dialog.meanwhile.text(), "both are said"
    saved(place, dialog)
    now = visit(place, one)
    assert (now.status, now.resources) == (Status.CONFIRMED, (BEN.id,))


def test_a_name_and_a_long_note_are_said_and_old_notes_are_not(place: Place) -> None:
    one = place.book(tomorrow(10))
    place.desk.edit(notes.add(NoteAbout.APPOINTMENT, one, "Known before"))
    place.until(lambda: bool(place.work.card.shown and place.work.card.shown.notes) or place.work.card.shown is None)
    dialog = begin(place, one)
    place.desk.edit(notes.add(NoteAbout.CUSTOMER, MIRA.id, "\n".join(["patch test first"] * 40)))
    came(place, one, replace(MIRA, name="Mira Berg"), replace(MEMBER, name="Anna"))
    shown(place, dialog, "The customer is called Mira Berg now.")
    assert dialog.about.startswith("Mira Berg, ")
    said = dialog.meanwhile.text()
    assert "Known before" not in said
    assert "Note by Anna: patch test first patch test first" in said
    assert said.endswith("…")
    assert max(map(len, said.splitlines())) < 250
    assert dialog.verdict.text() == SAME


def test_how_many_come_is_taken_over_beyond_what_the_dialog_allowed(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    assert dialog.party.maximum() == 1
    choose(dialog, "Who does Cut", BEN.id)
    came(place, one, replace(visit(place, one), party=3))
    shown(place, dialog, "3 come now instead of 1.")
    assert (dialog.form.party, dialog.party.isEnabled()) == (3, True)
    assert dialog.form.lines[0].staff_id == BEN.id


def test_a_move_there_and_back_leaves_nothing_to_be_said(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    choose(dialog, "Who does Cut", BEN.id)
    moved(place, one, 11)
    shown(place, dialog, "Moved to")
    moved(place, one, 10)
    place.until(dialog.meanwhile.isHidden)
    assert dialog.form.start.hour == 10
    saved(place, dialog)
    assert (visit(place, one).starts_at, visit(place, one).resources) == (tomorrow(10), (BEN.id,))


def test_what_both_have_entered_alike_is_not_asked_about(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    choose(dialog, "Who does Cut", BEN.id)
    booked(place, one, (CUT, BEN.id))
    place.until(lambda: dialog.verdict.text() == SAME)
    assert asked(dialog) == []


def test_whoever_others_have_found_is_taken_where_anybody_was_wished_for(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    add(dialog, COLOUR.id)
    booked(place, one, (CUT, ANA.id), (COLOUR, BEN.id))
    place.until(lambda: [line.staff_id for line in dialog.form.lines] == [ANA.id, BEN.id])
    assert (dialog.verdict.text(), asked(dialog)) == (SAME, [])


def test_who_is_in_a_field_stays_in_it_while_others_change_the_visit(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    add(dialog, COLOUR.id)
    combo(dialog, "Who does Colour").setFocus()
    booked(place, one, (CUT, BEN.id))
    shown(place, dialog, "Cut is with Ben now.")
    assert dialog.focusWidget() is combo_shown(dialog, "Who does Colour")
    dialog.start.setFocus()
    moved(place, one, 12)
    shown(place, dialog, "12:00")
    assert dialog.start.hasFocus()


def combo_shown(dialog: ChangeDialog, name: str) -> QComboBox:
    """The box of a name that is not on its way out."""
    boxes = [box for line in widgets_in(dialog._lines) for box in line.findChildren(QComboBox)]
    return next(box for box in boxes if box.accessibleName() == name)


# Asked about


def test_a_start_that_both_have_changed_is_asked_about_and_mine_is_kept(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    dialog.start.setTime(dialog.start.time().addSecs(30 * 60))
    moved(place, one, 11)
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    assert [name.split(",")[0] for name in asked(dialog)] == ["Keep mine: Start", "Take theirs: Start"]
    assert ("10:30" in asked(dialog)[0], "11:00" in asked(dialog)[1]) == (True, True)
    assert not dialog.yes.isEnabled()
    dialog.saveRequested.emit(dialog.form)
    assert dialog.form.start.minute == 30, "what was entered stays"
    answer(dialog, "Keep mine")
    saved(place, dialog)
    assert visit(place, one).starts_at == tomorrow(10, 30)


def test_a_start_of_others_is_taken_and_mine_comes_back_at_one_press(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog, before = begin(place, one), edits(place)
    dialog.start.setTime(dialog.start.time().addSecs(30 * 60))
    moved(place, one, 11)
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    answer(dialog, "Take theirs")
    place.until(lambda: dialog.verdict.text() == SAME)
    assert dialog.form.start.hour == 11
    answer(dialog, "Take mine after all")
    place.until(dialog.yes.isEnabled)
    assert (dialog.form.start.hour, dialog.form.start.minute) == (10, 30)
    assert asked(dialog) == []
    assert edits(place) == before + 1
    saved(place, dialog)
    assert visit(place, one).starts_at == tomorrow(10, 30)


def test_services_that_both_have_changed_are_asked_about_in_words(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    add(dialog, COLOUR.id)
    booked(place, one, (COLOUR, BEN.id))
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    assert asked(dialog) == [
        "Keep mine: Services, Cut with Ana + Colour with Ben", "Take theirs: Services, Colour with Ben",
    ]  # fmt: skip
    answer(dialog, "Keep mine")
    saved(place, dialog)
    assert services(place, one) == [(CUT.id, (ANA.id,)), (COLOUR.id, (BEN.id,))]


def test_services_of_others_are_taken_and_what_was_entered_can_be_had_back(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    add(dialog, CUT.id)
    booked(place, one, (COLOUR, BEN.id))
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    answer(dialog, "Take theirs")
    place.until(lambda: dialog.verdict.text() == SAME)
    assert [line.title for line in dialog.form.lines] == ["Colour"]
    answer(dialog, "Take mine after all")
    place.until(lambda: [line.title for line in dialog.form.lines] == ["Cut", "Cut"])
    saved(place, dialog)
    assert [one.service_id for one in visit(place, one).segments] == [CUT.id, CUT.id]


def test_who_does_a_service_is_asked_about_where_both_have_changed_it(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", ANA.id)
    booked(place, one, (CUT, ANA.id), (COLOUR, BEN.id))
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    assert asked(dialog) == ["Keep mine: Who does Colour, Ana", "Take theirs: Who does Colour, Ben"]
    answer(dialog, "Take theirs")
    place.until(lambda: dialog.verdict.text() == SAME)
    assert dialog.form.lines[1].staff_id == BEN.id


def test_a_service_that_others_gave_to_somebody_is_not_taken_out_unseen(place: Place) -> None:
    one = place.book(tomorrow(10))
    booked(place, one, (CUT, ANA.id), (COLOUR, ANA.id))
    place.until(lambda: len(place.work.card.shown.appointment.segments) == 2 if place.work.card.shown else True)
    dialog = begin(place, one)
    press(dialog, "Remove Colour")
    booked(place, one, (CUT, ANA.id), (COLOUR, BEN.id))
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    assert asked(dialog)[0] == "Keep mine: Services, Cut with Ana"
    answer(dialog, "Keep mine")
    saved(place, dialog)
    assert services(place, one) == [(CUT.id, (ANA.id,))]


def test_a_length_is_kept_of_a_service_that_others_took_out(place: Place) -> None:
    one = place.book(tomorrow(10))
    longer = [appointments.wish(CUT.id, [ANA.id], 75), appointments.wish(COLOUR.id, [ANA.id])]
    now = visit(place, one)
    place.desk.edit(appointments.reschedule(now, start=now.starts_at, segments=longer))
    place.until(lambda: len(place.work.card.shown.appointment.segments) == 2 if place.work.card.shown else True)
    dialog = begin(place, one)
    choose(dialog, "Who does Cut", BEN.id)
    booked(place, one, (COLOUR, ANA.id))
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    answer(dialog, "Keep mine")
    saved(place, dialog)
    assert [(each.service_id, each.minutes) for each in visit(place, one).segments] == [
        (CUT.id, 75), (COLOUR.id, COLOUR.minutes),
    ]  # fmt: skip
    assert visit(place, one).segments[0].resources == (BEN.id,)


def test_others_who_go_back_leave_nothing_to_choose(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    dialog.start.setTime(dialog.start.time().addSecs(30 * 60))
    moved(place, one, 11)
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    moved(place, one, 10)
    place.until(dialog.yes.isEnabled)
    assert asked(dialog) == []
    saved(place, dialog)
    assert visit(place, one).starts_at == tomorrow(10, 30)


def test_a_second_move_of_others_asks_again_after_mine_was_kept(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    dialog.start.setTime(dialog.start.time().addSecs(30 * 60))
    moved(place, one, 11)
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    answer(dialog, "Keep mine")
    place.until(dialog.yes.isEnabled)
    moved(place, one, 12)
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    assert "12:00" in asked(dialog)[1]


def test_typing_through_what_others_have_chosen_chooses_nothing(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    dialog.start.setTime(dialog.start.time().addSecs(30 * 60))
    moved(place, one, 11)
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    theirs = dialog.start.time().addSecs(30 * 60)
    dialog.start.setTime(theirs)
    place.until(lambda: dialog.verdict.text() == SAME)
    dialog.start.setTime(theirs.addSecs(5 * 60))
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    assert "11:05" in asked(dialog)[0]


def test_typing_on_over_what_was_entered_first_stays_a_question(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    begun = dialog.start.time()
    dialog.start.setTime(begun.addSecs(30 * 60))
    moved(place, one, 11)
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    dialog.start.setTime(begun)
    place.until(lambda: "10:00" in asked(dialog)[0] and dialog.verdict.text() == CHOOSE)
    assert dialog.start.time() == begun, "no field leaps under a hand"
    answer(dialog, "Keep mine")
    saved(place, dialog)
    assert visit(place, one).starts_at == tomorrow(10), "a move back is meant, too"


def test_a_key_that_answers_finds_no_other_answer_where_it_is_pressed_again(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    dialog.start.setTime(dialog.start.time().addSecs(30 * 60))
    add(dialog, CUT.id)
    moved(place, one, 12)
    booked(place, one, (COLOUR, BEN.id))
    place.until(lambda: len(asked(dialog)) == 4)
    first = questions(dialog)[0]
    place.until(first.isVisible)
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Space)
    place.until(lambda: len(asked(dialog)) == 2)
    assert dialog.focusWidget() is dialog.add


def test_long_words_of_a_question_are_not_cut_off(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    long = " + ".join(["Cut with Ana Lindqvist, Room 1"] * 5)
    dialog.show_contests((ContestRow(part=SERVICES, title="Services", now=long, mine=long),))
    (question,) = widgets_in(dialog._contests)
    words = question.findChildren(QLabel)
    place.until(lambda: any(label.height() > 1.5 * label.fontMetrics().lineSpacing() for label in words))
    place.until(lambda: all(label.height() >= label.heightForWidth(label.width()) for label in words))


# Two at once


def test_a_part_that_goes_together_and_one_that_does_not_come_at_once(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog, now = begin(place, one), visit(place, one)
    choose(dialog, "Who does Cut", BEN.id)
    dialog.start.setTime(dialog.start.time().addSecs(30 * 60))
    both = [appointments.wish(CUT.id, [ANA.id]), appointments.wish(COLOUR.id, [ANA.id])]
    place.desk.edit(appointments.reschedule(now, start=tomorrow(11), segments=both))
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    assert [name.split(",")[0] for name in asked(dialog)] == ["Keep mine: Start", "Take theirs: Start"]
    assert dialog.meanwhile.text() == "Colour was added meanwhile."
    answer(dialog, "Take theirs")
    saved(place, dialog)
    assert visit(place, one).starts_at == tomorrow(11)
    assert services(place, one) == [(CUT.id, (BEN.id,)), (COLOUR.id, (ANA.id,))]


def test_two_questions_are_answered_one_after_the_other(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    dialog.start.setTime(dialog.start.time().addSecs(30 * 60))
    add(dialog, CUT.id)
    moved(place, one, 12)
    booked(place, one, (COLOUR, BEN.id))
    place.until(lambda: len(asked(dialog)) == 4)
    answer(dialog, "Keep mine: Start")
    place.until(lambda: len(asked(dialog)) == 2)
    assert dialog.verdict.text() == CHOOSE
    assert not dialog.yes.isEnabled()
    answer(dialog, "Take theirs: Services")
    saved(place, dialog)
    assert (visit(place, one).starts_at, services(place, one)) == (tomorrow(10, 30), [(COLOUR.id, (BEN.id,))])


def test_a_question_and_then_the_end_of_the_visit(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    dialog.start.setTime(dialog.start.time().addSecs(30 * 60))
    moved(place, one, 11)
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    place.desk.edit(appointments.cancel(visit(place, one)))
    place.until(lambda: dialog.verdict.text().startswith("Cancelled by Ana meanwhile"))
    assert asked(dialog) == [], "there is nothing to choose any more"
    assert dialog.form.start.minute == 30


# The end of it


def _cancelled(place: Place, one: str) -> None:
    place.desk.edit(appointments.cancel(visit(place, one)))


def _completed(place: Place, one: str) -> None:
    came(place, one, replace(visit(place, one), status=Status.COMPLETED))


def _locked(place: Place, one: str) -> None:
    came(place, one, replace(visit(place, one), status=Status.COMPLETED, locked=True))


def _erased(place: Place, one: str) -> None:
    came(place, one, replace(MIRA, name="", phones=(), archived=True))


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (_cancelled, "Cancelled by Ana meanwhile: "),
        (_completed, "Completed"),
        (_locked, LOCKED_NOW),
        (_erased, ERASED_NOW),
    ],
)
def test_a_visit_that_ends_meanwhile_says_so_and_shows_what_was_entered(
    place: Place, ended: Callable[[Place, str], None], said: str
) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", BEN.id)
    place.until(dialog.yes.isEnabled)
    ended(place, one)
    place.until(lambda: dialog.verdict.text().startswith(said))
    before = edits(place)
    assert "nothing that stands here can be saved" in dialog.verdict.text()
    assert (dialog.yes.isEnabled(), dialog.yes.toolTip()) == (False, dialog.verdict.text())
    assert [line.title for line in dialog.form.lines] == ["Cut", "Colour"]
    assert not combo(dialog, "Who does Colour").isEnabled()
    dialog.saveRequested.emit(dialog.form)
    dialog.copy.click()
    assert "Colour with Ben" in QGuiApplication.clipboard().text()
    assert ("Mira" in QGuiApplication.clipboard().text()) is (ended is not _erased)
    assert dialog.no.text() == "Close"
    dialog.no.click()
    assert is_gone(dialog)
    assert edits(place) == before
    assert len(visit(place, one).segments) == 1


def test_a_visit_that_is_not_in_the_book_any_more_says_so(place: Place) -> None:
    dialog = begin(place, place.book(tomorrow(10)))
    add(dialog, COLOUR.id)
    place.desk.do(lambda replica: replica.apply_lines(patch(2, replace(CUT, archived=True))))
    place.work.link.changed.emit(frozenset({"appointment"}))
    place.until(lambda: dialog.verdict.text().startswith(GONE_NOW))
    assert not dialog.yes.isEnabled()
    dialog.copy.click()
    assert "Colour" in QGuiApplication.clipboard().text()


def test_a_visit_that_is_brought_back_can_be_changed_after_all(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    choose(dialog, "Who does Cut", BEN.id)
    _cancelled(place, one)
    place.until(lambda: dialog.copy.isVisible())
    place.desk.do(lambda replica: replica.undo(None))
    place.work.link.changed.emit(frozenset({"appointment"}))
    place.until(dialog.yes.isEnabled)
    assert (dialog.no.text(), dialog.copy.isVisible(), dialog.start.isEnabled()) == ("Leave as it is", False, True)
    saved(place, dialog)
    assert visit(place, one).resources == (BEN.id,)


# Between Save and the answer


def ready(place: Place, one: str, *, minutes: int = 0) -> ChangeDialog:
    """A dialog in which Ben does the cut, maybe later, that is about to be saved."""
    dialog = begin(place, one)
    choose(dialog, "Who does Cut", BEN.id)
    dialog.start.setTime(dialog.start.time().addSecs(minutes * 60))
    place.until(dialog.yes.isEnabled)
    return dialog


def test_a_move_between_save_and_the_answer_goes_together_and_is_said(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = ready(place, one)
    place.desk.run(appointments.reschedule(visit(place, one), start=tomorrow(11)))
    dialog.yes.click()
    place.until(lambda: "Others had changed it meanwhile, too." in place.said)
    assert "11:00" in place.said
    assert is_gone(dialog)
    assert (visit(place, one).starts_at, visit(place, one).resources) == (tomorrow(11), (BEN.id,))
    place.act("undo")
    place.until(lambda: visit(place, one).resources == (ANA.id,))
    assert visit(place, one).starts_at == tomorrow(11), "the move of others stays"


def test_another_start_between_save_and_the_answer_is_asked_about(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = ready(place, one, minutes=30)
    place.desk.run(appointments.reschedule(visit(place, one), start=tomorrow(11)))
    dialog.yes.click()
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    assert dialog.isVisible()
    assert dialog.start.isEnabled()
    answer(dialog, "Keep mine")
    saved(place, dialog)
    assert (visit(place, one).starts_at, visit(place, one).resources) == (tomorrow(10, 30), (BEN.id,))


def test_a_status_between_save_and_the_answer_is_seen_before_it_is_saved(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = ready(place, one)
    place.desk.run(appointments.step(visit(place, one), "confirm"))
    dialog.yes.click()
    shown(place, dialog, "Confirmed by Ana meanwhile.")
    assert visit(place, one).resources == (ANA.id,)
    saved(place, dialog)
    assert visit(place, one).resources == (BEN.id,)


def test_a_cancellation_between_save_and_the_answer_ends_it(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = ready(place, one)
    place.desk.run(appointments.cancel(visit(place, one)))
    dialog.yes.click()
    place.until(lambda: dialog.verdict.text().startswith("Cancelled by Ana meanwhile"))
    assert dialog.isVisible()
    assert not dialog.start.isEnabled()
    assert dialog.form.lines[0].staff_id == BEN.id
    assert visit(place, one).resources == (ANA.id,)


def test_enter_before_the_answer_does_not_save_over_a_question(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    place.desk.run(appointments.reschedule(visit(place, one), start=tomorrow(11)))
    dialog.start.setTime(dialog.start.time().addSecs(30 * 60))
    dialog.saveRequested.emit(dialog.form)
    place.until(lambda: dialog.verdict.text() == CHOOSE)
    answer(dialog, "Keep mine")
    place.until(dialog.yes.isEnabled)
    assert visit(place, one).starts_at == tomorrow(11), "a choice saves nothing"


def test_enter_before_the_answer_does_not_save_over_a_status(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    place.desk.run(appointments.step(visit(place, one), "confirm"))
    choose(dialog, "Who does Cut", BEN.id)
    dialog.saveRequested.emit(dialog.form)
    shown(place, dialog, "Confirmed by Ana meanwhile.")
    place.until(dialog.yes.isEnabled)
    assert visit(place, one).resources == (ANA.id,)


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_reason_given_over_one_rule_saves_nothing_over_another_that_nobody_has_seen(place: Place) -> None:
    one = place.book(tomorrow(10))
    place.book(tomorrow(11))
    dialog = begin(place, one)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", ANA.id)
    place.until(lambda: not dialog.anyway.isHidden())
    dialog.anyway.click()
    QTest.keyClicks(dialog.reason, "agreed")
    place.until(lambda: dialog.yes.isEnabled() and "Ana is taken by Mira Holm" in dialog.verdict.text())
    place.desk.run(blocks.put(resource_id=ANA.id, start=tomorrow(10), end=tomorrow(11), reason="Leave"))
    QTest.keyClicks(dialog.reason, "!")
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    place.until(lambda: dialog.yes.isEnabled() and "Ana: Leave until" in dialog.verdict.text())
    assert len(visit(place, one).segments) == 1, "what else is in the way was not seen when it was pressed"
    dialog.yes.click()
    place.until(lambda: len(visit(place, one).segments) == 2)


def test_a_move_while_it_is_asked_which_visits_are_meant_is_not_moved_over(place: Place) -> None:
    one = place.book(tomorrow(10))
    place.desk.edit(series.repeat(visit(place, one), "FREQ=WEEKLY;COUNT=3", before=tomorrow(10).replace(year=2100)))
    dialog = begin(place, one)
    choose(dialog, "Who does Cut", BEN.id)
    place.until(dialog.yes.isEnabled)
    dialog.yes.click()
    scope = place.work.series.scope
    place.until(scope.isVisible)
    moved(place, one, 11)
    scope.buttons["all"].click()
    shown(place, dialog, "11:00 meanwhile.")
    assert [each.resources for each in place.appointments()] == [(ANA.id,)] * 3
    place.until(dialog.yes.isEnabled)
    dialog.yes.click()
    place.until(scope.isVisible)
    scope.buttons["one"].click()
    place.until(lambda: visit(place, one).resources == (BEN.id,))
    assert visit(place, one).starts_at == tomorrow(11)
