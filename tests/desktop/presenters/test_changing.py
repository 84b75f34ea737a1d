"""What is booked in a visit, changed at the desk: told at once, refused with its reason, saved as one edit, undone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt, QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton

from desktop.operations import appointments, series
from desktop.presenters.change_wish import change_of, form_of
from desktop.presenters.change_words import GONE_NOW, OF_A_SERIES, SAME
from desktop.presenters.overriding import NOT_OVERRIDABLE_HERE
from desktop.store.replica import Replica
from desktop.views.build import IconButton
from desktop.views.change_dialog import ChangeDialog
from desktop.views.series_dialogs import ScopeDialog
from shared.model.appointment import Appointment
from shared.model.member import Role
from shared.model.registry import Entity
from tests.desktop.presenters.conftest import Place, is_gone, tomorrow
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, COLOUR, CUT, LOCATION, MEMBER, MIRA


def visit(place: Place, appointment_id: str) -> Appointment:
    return next(one for one in place.appointments() if one.id == appointment_id)


def begin(place: Place, appointment_id: str) -> ChangeDialog:
    """Choose a visit and ask to change it; the desk has answered."""
    place.window.book_page.book.setFocus()
    place.work.card.choose(appointment_id)
    place.until(place.window.actions_by_name["change_visit"].isEnabled)
    place.act("change_visit")
    dialog = next(one for one in place.window.findChildren(ChangeDialog) if one.isVisible())
    place.until(lambda: dialog.verdict.text() == SAME)
    return dialog


def add(dialog: ChangeDialog, service: str) -> None:
    index = dialog.add.findData(service)
    dialog.add.setCurrentIndex(index)
    dialog.add.activated.emit(index)


def combo(dialog: ChangeDialog, name: str) -> QComboBox:
    return next(one for one in dialog.findChildren(QComboBox) if one.accessibleName() == name)


def choose(dialog: ChangeDialog, name: str, chosen: str) -> None:
    found = combo(dialog, name)
    found.setCurrentIndex(found.findData(chosen))
    found.activated.emit(found.currentIndex())


def press(dialog: ChangeDialog, name: str) -> None:
    next(one for one in dialog.findChildren(IconButton) if one.accessibleName() == name).click()


def edits(place: Place) -> int:
    return place.desk.do(lambda replica: replica.outbox.count())


def arrives(place: Place, appointment_id: str, *rows: Entity) -> None:
    """Let the server take the visit, and tell of rows that other desks have changed."""

    def patched(replica: Replica) -> None:
        now = replica.tx().find(Appointment, appointment_id)
        assert now is not None
        held = replica.tx().allocations_of(now.id)
        # What arrives of the visit itself counts, not what it is here.
        replica.apply_lines(patch(2, *held, *({row.id: row for row in (now, *rows)}.values()), last_seq=1, of=replica))

    place.desk.do(patched)


def saved(place: Place, dialog: ChangeDialog) -> None:
    place.until(dialog.yes.isEnabled)
    dialog.yes.click()
    place.until(lambda: place.said.startswith("Changed: "))


def test_a_service_is_added_with_its_person_length_and_price_in_one_edit_and_undone(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog, before = begin(place, one), edits(place)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", BEN.id)
    place.until(dialog.yes.isEnabled)
    assert "Cut + Colour · 125 min" in dialog.becomes.text()
    saved(place, dialog)
    now = visit(place, one)
    assert [(each.service_id, each.resources) for each in now.segments] == [
        (CUT.id, (ANA.id,)), (COLOUR.id, (BEN.id,)),
    ]  # fmt: skip
    assert (now.price, now.ends_at) == (CUT.price + COLOUR.price, tomorrow(10) + timedelta(minutes=125))
    assert edits(place) == before + 1
    place.act("undo")
    place.until(lambda: len(visit(place, one).segments) == 1)
    back = visit(place, one)
    assert (back.price, back.resources, back.starts_at) == (CUT.price, (ANA.id,), tomorrow(10))


def test_services_are_put_in_another_order_and_dropped(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", ANA.id)
    press(dialog, "Colour earlier")
    saved(place, dialog)
    assert [each.service_id for each in visit(place, one).segments] == [COLOUR.id, CUT.id]
    place.until(lambda: len(place.work.card.shown.appointment.segments) == 2 if place.work.card.shown else False)
    dialog = begin(place, one)
    press(dialog, "Remove Cut")
    saved(place, dialog)
    assert [each.service_id for each in visit(place, one).segments] == [COLOUR.id]


def test_it_never_stands_in_its_own_way(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    dialog.start.setTime(dialog.start.time().addSecs(15 * 60))
    place.until(dialog.yes.isEnabled)
    assert dialog.why.isHidden()
    saved(place, dialog)
    assert visit(place, one).starts_at == tomorrow(10, 15)


def test_a_longer_visit_is_told_what_is_in_the_way_and_what_is_free(place: Place) -> None:
    one = place.book(tomorrow(10))
    other = place.book(tomorrow(11))
    dialog = begin(place, one)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", ANA.id)
    place.until(lambda: "Ana is taken" in dialog.verdict.text())
    assert not dialog.yes.isEnabled()
    dialog.why.click()
    assert dialog.against.text().count("Ana is taken") == 1, "the other one alone"
    assert (dialog.anyway.isEnabled(), dialog.anyway.toolTip()) == (False, NOT_OVERRIDABLE_HERE)
    presenter = place.work.changing
    assert presenter._judged is not None
    slots = presenter._judged.slots
    assert slots
    dialog.slotChosen.emit(slots[0].start.isoformat().replace("+00:00", "Z"))
    saved(place, dialog)
    assert visit(place, one).starts_at == slots[0].start
    assert visit(place, other).starts_at == tomorrow(11)


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_manager_changes_over_a_rule_with_a_reason_that_is_kept(place: Place) -> None:
    one = place.book(tomorrow(10))
    place.book(tomorrow(11))
    dialog = begin(place, one)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", ANA.id)
    place.until(lambda: not dialog.anyway.isHidden())
    dialog.anyway.click()
    QTest.keyClicks(dialog.reason, "  ")
    place.until(lambda: "reason" in dialog.verdict.text())
    assert not dialog.yes.isEnabled(), "blanks are none"
    QTest.keyClicks(dialog.reason, "agreed")
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    place.until(lambda: visit(place, one).override_reason == "agreed")
    assert len(visit(place, one).segments) == 2
    place.act("undo")
    place.until(lambda: len(visit(place, one).segments) == 1)


def test_nothing_changed_sends_nothing(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog, before = begin(place, one), edits(place)
    assert not dialog.yes.isEnabled()
    dialog.saveRequested.emit(dialog.form)
    choose(dialog, "Who does Cut", BEN.id)
    choose(dialog, "Who does Cut", ANA.id)
    place.until(lambda: dialog.verdict.text() == SAME)
    dialog.saveRequested.emit(dialog.form)
    dialog.no.click()
    assert edits(place) == before


def test_a_service_that_is_archived_meanwhile_is_refused_and_a_booked_one_stays(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    arrives(place, one, replace(COLOUR, archived=True), replace(CUT, archived=True))
    add(dialog, COLOUR.id)
    place.until(lambda: "Colour" in dialog.verdict.text() and "archived" in dialog.verdict.text())
    assert not dialog.yes.isEnabled()
    press(dialog, "Remove Colour")
    place.until(lambda: dialog.verdict.text() == SAME)
    choose(dialog, "Who does Cut", BEN.id)
    saved(place, dialog)
    now = visit(place, one)
    assert (now.resources, now.price, now.segments[0].name) == ((BEN.id,), CUT.price, "Cut")


def test_a_visit_whose_customer_is_erased_is_changed_and_names_nobody(place: Place) -> None:
    one = place.book(tomorrow(10))
    erased = replace(MIRA, name="", phones=(), archived=True)
    arrives(place, one, erased)
    dialog = begin(place, one)
    assert "Mira" not in dialog._about.text()
    choose(dialog, "Who does Cut", BEN.id)
    saved(place, dialog)
    assert visit(place, one).resources == (BEN.id,)


@pytest.fixture
def three(place: Place) -> list[Appointment]:
    """A visit that repeats, and two that follow it."""
    one = place.book(tomorrow(10))
    rule = "FREQ=WEEKLY;COUNT=3"
    place.desk.edit(series.repeat(visit(place, one), rule, before=tomorrow(10) + timedelta(days=60)))
    assert len(place.appointments()) == 3
    return place.appointments()


def asked_which(place: Place, dialog: ChangeDialog) -> ScopeDialog:
    """Save, and be asked which visits are meant."""
    place.until(dialog.yes.isEnabled)
    dialog.yes.click()
    scope = place.work.series.scope
    place.until(scope.isVisible)
    return scope


def test_of_a_visit_that_repeats_one_alone_is_changed_where_that_is_said(
    place: Place, three: list[Appointment]
) -> None:
    dialog = begin(place, three[0].id)
    assert OF_A_SERIES in dialog._about.text()
    choose(dialog, "Who does Cut", BEN.id)
    scope = asked_which(place, dialog)
    scope.reject()
    assert dialog.isVisible(), "nothing of what was entered is lost"
    assert [each.resources for each in place.appointments()] == [(ANA.id,)] * 3
    asked_which(place, dialog).buttons["one"].click()
    place.until(lambda: place.said.startswith("Changed: "))
    assert [each.resources for each in place.appointments()] == [(BEN.id,), (ANA.id,), (ANA.id,)]


def test_all_visits_that_repeat_get_another_service_and_lose_it_again(place: Place, three: list[Appointment]) -> None:
    dialog = begin(place, three[0].id)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", BEN.id)
    asked_which(place, dialog).buttons["all"].click()
    place.until(lambda: place.said.startswith("Changed what is ahead"))
    services = [[one.service_id for one in each.segments] for each in place.appointments() if each.status == "booked"]
    assert services == [[CUT.id, COLOUR.id]] * 3
    place.act("undo")
    place.until(lambda: [len(each.segments) for each in place.appointments() if each.status == "booked"] == [1, 1, 1])


def test_its_key_opens_it_and_the_list_of_keys_names_it(place: Place) -> None:
    one = place.book(tomorrow(10))
    book = place.window.book_page.book
    book.setFocus()
    place.work.card.choose(one)
    place.until(place.window.actions_by_name["change_visit"].isEnabled)
    QTest.keyClick(book, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    dialog = next(each for each in place.window.findChildren(ChangeDialog) if each.isVisible())
    assert dialog.form.lines[0].title == "Cut"
    assert any(line.text == "Change what is booked" for line in place.window.actions_by_name.lines())
    assert dialog.findChild(QComboBox) is not None
    dialog.no.click()


def test_another_person_who_is_taken_is_told_and_not_saved(place: Place) -> None:
    one = place.book(tomorrow(10))
    place.book(tomorrow(10), BEN.id)
    dialog = begin(place, one)
    choose(dialog, "Who does Cut", BEN.id)
    place.until(lambda: "Ben is taken" in dialog.verdict.text())
    assert not dialog.yes.isEnabled()
    dialog.saveRequested.emit(dialog.form)
    dialog.no.click()
    assert visit(place, one).resources == (ANA.id,)


def test_what_is_cancelled_cannot_be_changed(place: Place) -> None:
    one = place.book(tomorrow(10))
    place.work.card.choose(one)
    action = place.window.actions_by_name["change_visit"]
    place.until(action.isEnabled)
    assert not place.window.book_page.card.change.isHidden()
    place.desk.edit(appointments.cancel(visit(place, one)))
    place.until(lambda: not action.isEnabled())
    assert place.window.book_page.card.change.isHidden()


def test_the_party_alone_keeps_the_services(place: Place) -> None:
    now = visit(place, place.book(tomorrow(10)))
    form = form_of(now, (ANA, BEN))
    wish = change_of(now, replace(form, party=2), (ANA, BEN))
    assert wish is not None
    assert (wish.args.segments, wish.args.party) == (None, 2)
    assert change_of(now, form, (ANA, BEN)) is None


def test_a_booking_that_the_server_takes_no_more_is_gone_from_under_the_dialog(place: Place) -> None:
    dialog = begin(place, place.book(tomorrow(10)))
    place.desk.do(lambda replica: replica.apply_lines(patch(2, replace(CUT, archived=True))))
    add(dialog, COLOUR.id)
    place.until(lambda: dialog.verdict.text().startswith(GONE_NOW))
    assert not dialog.yes.isEnabled()


def test_more_people_come_and_the_services_stay(place: Place) -> None:
    one = place.book(tomorrow(10))
    arrives(place, one, replace(CUT, capacity=3))
    place.work.link.changed.emit(frozenset({"service"}))
    place.until(lambda: CUT not in (place.work.book.setup.services if place.work.book.setup else (CUT,)))
    dialog = begin(place, one)
    assert dialog.party.maximum() == 3
    dialog.party.setValue(2)
    saved(place, dialog)
    now = visit(place, one)
    assert (now.party, [each.service_id for each in now.segments], now.price) == (2, [CUT.id], CUT.price)
    place.act("undo")
    place.until(lambda: visit(place, one).party == 1)


def test_a_person_without_the_right_any_more_is_told_and_changes_nothing(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    arrives(place, one, replace(MEMBER, role=Role.PLATFORM_SALES))
    choose(dialog, "Who does Cut", BEN.id)
    place.until(lambda: dialog.verdict.text() == "As this role one may not book, move or cancel.")
    assert not dialog.yes.isEnabled()
    assert visit(place, one).resources == (ANA.id,)


def test_a_refused_change_of_a_series_leaves_what_was_entered(place: Place, three: list[Appointment]) -> None:
    dialog = begin(place, three[0].id)
    add(dialog, COLOUR.id)
    choose(dialog, "Who does Colour", BEN.id)
    scope = asked_which(place, dialog)
    arrives(place, three[0].id, replace(MEMBER, role=Role.PLATFORM_SALES))
    scope.buttons["all"].click()
    place.until(lambda: dialog.verdict.text() == "As this role one may not book, move or cancel.")
    assert dialog.isVisible()
    assert [line.service_id for line in dialog.form.lines] == [CUT.id, COLOUR.id]
    assert dialog.add.isEnabled()
    assert len(visit(place, three[0].id).segments) == 1


def test_a_change_of_a_series_that_is_left_can_be_saved_after_all(place: Place, three: list[Appointment]) -> None:
    dialog = begin(place, three[0].id)
    choose(dialog, "Who does Cut", BEN.id)
    asked_which(place, dialog).keep.click()
    asked_which(place, dialog).buttons["following"].click()
    place.until(lambda: is_gone(dialog))
    assert [one.resources for one in place.appointments() if one.status == "booked"] == [(BEN.id,)] * 3


def test_a_change_that_is_refused_is_still_there_however_often_it_is_sent(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    choose(dialog, "Who does Cut", BEN.id)
    place.until(dialog.yes.isEnabled)
    # Another edit is before it in the line, so that Ben is free no more.
    start = tomorrow(10)
    place.desk.run(
        appointments.book(location_id=LOCATION.id, start=start, segments=[appointments.wish(CUT.id, [BEN.id])])
    )
    dialog.yes.setFocus()
    for _ in range(3):
        focused = dialog.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Space)
    assert not dialog.start.isEnabled(), "what is typed now would be lost"
    place.until(lambda: "Ben is taken" in dialog.verdict.text())
    assert dialog.isVisible()
    assert dialog.start.isEnabled()
    assert dialog.form.lines[0].staff_id == BEN.id


def test_a_verdict_throws_the_focus_from_save_into_no_field(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog = begin(place, one)
    choose(dialog, "Who does Cut", BEN.id)
    place.until(dialog.yes.isEnabled)
    dialog.yes.setFocus()
    wish = appointments.wish(CUT.id, [BEN.id])
    place.desk.edit(appointments.book(location_id=LOCATION.id, start=tomorrow(10), segments=[wish]))
    place.until(lambda: not dialog.yes.isEnabled())
    assert "Ben is taken" in dialog.verdict.text()
    assert dialog.focusWidget() is dialog.verdict
    QTest.keyClick(dialog.verdict, Qt.Key.Key_Down)
    assert dialog.form.lines[0].staff_id == BEN.id


def test_saving_a_change_twice_is_one_edit(place: Place) -> None:
    one = place.book(tomorrow(10))
    dialog, before = begin(place, one), edits(place)
    choose(dialog, "Who does Cut", BEN.id)
    place.until(dialog.yes.isEnabled)
    dialog.yes.click()
    dialog.yes.click()
    place.until(lambda: place.said.startswith("Changed: "))
    assert edits(place) == before + 1


def test_saving_a_change_of_a_series_twice_asks_once(place: Place, three: list[Appointment]) -> None:
    dialog, before = begin(place, three[0].id), edits(place)
    choose(dialog, "Who does Cut", BEN.id)
    place.until(dialog.yes.isEnabled)
    dialog.yes.click()
    dialog.yes.click()
    scope = place.work.series.scope
    place.until(scope.isVisible)
    scope.buttons["one"].click()
    place.until(lambda: place.said.startswith("Changed: "))
    assert not scope.isVisible()
    assert edits(place) == before + 1


def put(dialog: ChangeDialog, hour: int, minute: int = 0) -> None:
    dialog.start.setTime(QTime(hour, minute))


def test_a_visit_that_is_moved_to_another_one_of_its_customer_says_so_and_never_of_itself(place: Place) -> None:
    place.book(tomorrow(10))
    made = place.book(tomorrow(14), BEN.id)
    dialog = begin(place, made)
    put(dialog, 15)
    place.until(lambda: dialog.verdict.text().startswith("Free: Ben"))
    assert dialog.verdict._kind == "success"
    assert "already" not in dialog.verdict.text()
    put(dialog, 14, 15)
    place.until(lambda: "14:15" in dialog.verdict.text())
    assert "already" not in dialog.verdict.text(), "where it stands now it is in nobody's way"
    put(dialog, 10)
    place.until(lambda: dialog.verdict.text().endswith("Mira Holm comes at 10:00 to Ana already."))
    assert dialog.verdict._kind == "warning"
    saved(place, dialog)
    place.until(lambda: [one.starts_at for one in place.appointments()] == [tomorrow(10)] * 2)


def test_a_slot_that_was_chosen_by_key_leads_to_save(place: Place) -> None:
    place.book(tomorrow(14))
    dialog = begin(place, place.book(tomorrow(10)))
    dialog.start.setTime(QTime(14, 0))
    place.until(dialog._slots_part.isVisible)
    slot = next(one for one in dialog._slots_part.findChildren(QPushButton) if one.isVisible())
    slot.setFocus()
    QTest.keyClick(slot, Qt.Key.Key_Return)
    place.until(dialog.yes.hasFocus)
