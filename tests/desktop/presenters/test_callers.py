"""One caller after another at the booking panel: nothing of one becomes another's, and nothing of it is lost."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from PySide6.QtCore import Qt, QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QWidget

from desktop.desk import Desk
from desktop.models.rows import Choice, NewCustomer
from desktop.operations import appointments, customers
from desktop.operations.operation import Operation
from desktop.views.booking_panel import BookingPanel
from shared.model.appointment import Appointment
from shared.model.base import CustomerId
from tests.desktop.presenters.conftest import Front, Place, tomorrow
from tests.desktop.presenters.test_fast_hands import settle
from tests.desktop.widgets.test_buttons import strike
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, COLOUR, CUT, LOCATION, MIRA, made_id

NOTE = "pregnant, no ammonia"


@pytest.fixture
def two(place: Place) -> Place:
    """The salon with a second customer."""
    place.desk.edit(customers.create(name="Marta Reyes"))
    return place


def panel(place: Place | Front) -> BookingPanel:
    return place.window.book_page.booking


def draw(place: Place | Front, resource: str, hour: int) -> None:
    place.window.book_page.book.spanDragged.emit(resource, tomorrow(hour), tomorrow(hour) + timedelta(minutes=30))


def find(place: Place | Front, text: str, *, above: bool = False) -> None:
    """Type into the panel's customer box, or into the one above the book, and take the first row."""
    box = place.window.book_page.bar.search if above else panel(place).customer.search
    box.edit.setFocus()
    QTest.keyClicks(box.edit, text)
    place.until(lambda: box.is_open and not box._behind)
    QTest.keyClick(box.edit, Qt.Key.Key_Return)


def begin(place: Place | Front, note: str = NOTE) -> None:
    """A booking for Mira that is half typed."""
    draw(place, ANA.id, 10)
    find(place, "mira")
    box = panel(place).service.search
    box.edit.setFocus()
    QTest.keyClicks(box.edit, "cut")
    QTest.keyClick(box.edit, Qt.Key.Key_Return)
    QTest.keyClicks(panel(place).notes, note)
    assert who(place) == "Mira Holm"


def who(place: Place | Front) -> str:
    customer = panel(place).form().customer
    return customer.text if customer else ""


def told(place: Place | Front) -> str:
    """What the panel says of what was begun before."""
    return panel(place)._begun.text() if panel(place)._begun.isVisible() else ""


def press(place: Place, text: str) -> None:
    buttons = panel(place)._begun.findChildren(QPushButton)
    next(one for one in buttons if one.text() == text and one.isVisible()).click()


def close(place: Place) -> None:
    place.window.book_page.close_panel()


def test_who_is_looked_up_next_begins_afresh_and_what_was_typed_is_put_aside(two: Place) -> None:
    begin(two)
    before = panel(two).form()
    close(two)
    find(two, "marta", above=True)
    form = panel(two).form()
    assert (who(two), form.service_id, form.staff_id, form.notes) == ("Marta Reyes", "", "", "")
    assert panel(two).service.search.edit.hasFocus()
    assert told(two) == f"Begun before and not saved: Mira Holm, Cut, “{NOTE}”."
    press(two, "Go on with it")
    assert panel(two).form() == before
    assert told(two) == ""


def test_the_same_holds_while_the_panel_is_open(two: Place) -> None:
    begin(two)
    find(two, "marta", above=True)
    assert (who(two), panel(two).form().service_id, panel(two).form().notes) == ("Marta Reyes", "", "")
    find(two, "mira", above=True)
    assert (who(two), panel(two).form().notes) == ("Mira Holm", NOTE)
    assert told(two) == f"Begun before, for Mira Holm: “{NOTE}”."


def test_somebody_new_begins_afresh_too(two: Place) -> None:
    begin(two)
    close(two)
    two.window.book_page.bar.newCustomerRequested.emit("Paula Stern")
    form = panel(two).form()
    assert (form.new_customer, form.service_id, form.notes) == (NewCustomer(name="Paula Stern"), "", "")
    assert "Mira Holm" in told(two)


def test_a_form_for_nobody_yet_is_for_whom_is_looked_up_while_it_is_open(two: Place) -> None:
    draw(two, BEN.id, 14)
    QTest.keyClicks(panel(two).notes, "a gift")
    find(two, "marta", above=True)
    form = panel(two).form()
    assert (who(two), form.staff_id, form.start, form.notes, told(two)) == (
        "Marta Reyes", BEN.id, time(14), "a gift", "",
    )  # fmt: skip


def test_a_form_for_nobody_yet_that_was_closed_is_put_aside(two: Place) -> None:
    draw(two, BEN.id, 14)
    QTest.keyClicks(panel(two).notes, "a gift")
    close(two)
    find(two, "marta", above=True)
    assert (who(two), panel(two).form().notes) == ("Marta Reyes", "")
    assert told(two) == "Begun before and not saved: somebody, “a gift”."


def test_a_form_that_is_opened_again_says_for_whom_it_was_begun_and_space_saves_nothing(two: Place) -> None:
    begin(two)
    close(two)
    two.act("new_booking")
    assert told(two) == f"Begun before, for Mira Holm: “{NOTE}”."
    assert panel(two).customer._again.hasFocus()
    two.until(lambda: panel(two)._save.isEnabled())
    focus = two.window.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Space)
    QTest.keyClicks(panel(two).customer.search.edit, "marta")
    two.until(lambda: panel(two).customer.search.is_open and not panel(two).customer.search._behind)
    QTest.keyClick(panel(two).customer.search.edit, Qt.Key.Key_Return)
    form = panel(two).form()
    assert (who(two), form.service_id, form.notes) == ("Marta Reyes", "", "")
    assert two.appointments() == []
    assert "Mira Holm" in told(two)


def test_who_types_on_over_the_name_of_another_searches_for_whom_they_mean(two: Place) -> None:
    begin(two)
    before = panel(two).form()
    close(two)
    two.act("new_booking")
    again = panel(two).customer._again
    assert again.hasFocus()
    search = panel(two).customer.search
    for letter in "n 1":
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClicks(focused, letter)
    assert search.text() == "n 1"
    search.edit.clear()
    find(two, "marta")
    assert (who(two), panel(two).form().notes) == ("Marta Reyes", "")
    press(two, "Go on with it")
    assert panel(two).form() == before


def test_who_starts_afresh_keeps_the_hour_that_was_drawn_just_now(two: Place) -> None:
    begin(two)
    before = panel(two).form()
    close(two)
    draw(two, BEN.id, 15)
    assert (who(two), panel(two).form().staff_id, panel(two).form().start) == ("Mira Holm", BEN.id, time(15))
    press(two, "Start afresh")
    form = panel(two).form()
    assert (who(two), form.staff_id, form.start, form.service_id, form.notes) == ("", BEN.id, time(15), "", "")
    assert panel(two).customer.search.edit.hasFocus()
    press(two, "Go on with it")
    assert panel(two).form() == before, "it was at another hour when it was left"


def test_a_note_does_not_go_with_the_next_customer_and_can_be_put_back(two: Place) -> None:
    begin(two)
    panel(two).customer._again.click()
    find(two, "marta")
    form = panel(two).form()
    assert (who(two), form.service_id, form.notes) == ("Marta Reyes", CUT.id, "")
    assert told(two) == f"What was typed for Mira Holm was taken out: “{NOTE}”."
    press(two, "Put it back")
    assert (who(two), panel(two).form().notes, told(two)) == ("Marta Reyes", NOTE, "")


def test_a_note_that_was_taken_out_outlives_the_booking_of_the_next(two: Place) -> None:
    begin(two)
    panel(two).customer._again.click()
    find(two, "marta")
    two.until(lambda: panel(two)._save.isEnabled())
    two.act("save_booking")
    two.until(lambda: two.said.startswith("Booked Marta"))
    assert [one.notes for one in two.appointments()] == [""]
    two.act("new_booking")
    assert told(two) == f"Begun before and not saved: Mira Holm, Cut, “{NOTE}”."
    press(two, "Throw it away")
    assert told(two) == ""
    close(two)
    two.act("new_booking")
    assert told(two) == ""


def test_who_is_chosen_once_more_keeps_their_note(two: Place) -> None:
    begin(two)
    panel(two).customer._again.click()
    find(two, "mira")
    assert (panel(two).form().notes, told(two)) == (NOTE, "")


def test_a_new_name_that_is_corrected_stays_one_caller(place: Place) -> None:
    draw(place, ANA.id, 10)
    panel(place).customer._enter_new("Paula")
    QTest.keyClicks(panel(place).notes, NOTE)
    QTest.keyClicks(panel(place).customer.new_name, " Stern")
    assert (panel(place).form().notes, told(place)) == (NOTE, "")


def test_what_is_thrown_away_is_offered_to_nobody(two: Place) -> None:
    begin(two)
    panel(two)._discard.click()
    find(two, "marta", above=True)
    assert (told(two), panel(two).form().notes) == ("", "")


def test_what_was_put_aside_is_the_persons_and_comes_back_with_them(two: Place) -> None:
    begin(two)
    find(two, "marta", above=True)
    held = two.work.let_go()
    two.act("new_booking")
    assert (told(two), panel(two).form().is_empty) == ("", True)
    close(two)
    two.work.give_back(held)
    assert two.work.booking.half_typed_about() >= {MIRA.id}
    two.act("new_booking")
    press(two, "Start afresh")
    assert f"Mira Holm, Cut, “{NOTE}”" in told(two)


def test_what_is_aside_for_somebody_erased_goes(two: Place) -> None:
    begin(two)
    find(two, "marta", above=True)
    two.work.booking.forget_about(frozenset({MIRA.id}))
    assert (who(two), told(two)) == ("Marta Reyes", "")


def test_a_note_that_was_taken_out_goes_with_whom_it_was_about(two: Place) -> None:
    begin(two)
    panel(two).customer._again.click()
    find(two, "marta")
    two.work.booking.forget_about(frozenset({MIRA.id}))
    assert (who(two), panel(two).form().service_id, told(two)) == ("Marta Reyes", CUT.id, "")


def test_a_note_typed_on_after_saving_is_not_the_next_callers(two: Place) -> None:
    begin(two)
    two.until(lambda: panel(two)._save.isEnabled())
    two.act("save_booking")
    QTest.keyClicks(panel(two).notes, ", and tea")
    two.until(lambda: two.said.startswith("Booked Mira"))
    find(two, "marta")
    assert (who(two), panel(two).form().notes) == ("Marta Reyes", "")
    assert told(two) == f"What was typed for Mira Holm was taken out: “{NOTE}, and tea”."


def test_booking_on_a_customers_page_loses_nothing_of_another(two: Place) -> None:
    begin(two)
    close(two)
    chosen = panel(two).form().customer
    assert chosen is not None
    two.work.booking.book_for(replace(chosen, id="x", text="Kofi Walsh"))
    assert (who(two), panel(two).form().notes) == ("Kofi Walsh", "")
    assert "Mira Holm" in told(two)


# While it is saved

KOFI = replace(MIRA, id=CustomerId(made_id("kofi")), name="Kofi Walsh", phones=())


def begin_new(place: Place | Front) -> None:
    """A booking for Paula, whom nobody here knows."""
    draw(place, ANA.id, 10)
    panel(place).customer._enter_new("Paula")
    panel(place).service.search.edit.setFocus()
    QTest.keyClicks(panel(place).service.search.edit, "cut")
    QTest.keyClick(panel(place).service.search.edit, Qt.Key.Key_Return)
    QTest.keyClicks(panel(place).notes, NOTE)


def judged(place: Place | Front) -> None:
    """Wait until it is known that what stands in the panel fits."""
    place.until(lambda: place.work.booking._verdict.can_save(panel(place).form()))


def takes_the_hour() -> Operation:
    """A visit of a colleague's that stands where `begin` draws."""
    return appointments.book(
        location_id=LOCATION.id, start=tomorrow(10), segments=[appointments.wish(CUT.id, [ANA.id])],
        customer_id=MIRA.id,
    )  # fmt: skip


def save_while_another_calls(place: Place, *, above: bool) -> None:
    """Save what was begun, and look Kofi up before that is answered: above the book, or in the panel."""
    panel(place).save()
    if above:
        place.work.booking.book_for(Choice(id=KOFI.id, text=KOFI.name))
    else:
        field = panel(place).customer
        field._again.click()
        field.show_found((Choice(id=KOFI.id, text=KOFI.name),))
        field._choose(KOFI.id)
    assert (who(place), panel(place).form().service_id, panel(place).form().notes) == ("Kofi Walsh", "", "")


@pytest.fixture
def ready(place: Place) -> Place:
    """A booking for Mira that can be saved, where Kofi is known, too."""
    place.desk.do(lambda replica: replica.apply_lines(patch(2, KOFI)))
    begin(place)
    place.until(lambda: place.work.booking._verdict.can_save(panel(place).form()))
    return place


@pytest.mark.parametrize("above", [True, False], ids=["above the book", "in the panel"])
def test_a_refused_booking_is_put_aside_for_whom_it_was_where_another_was_looked_up(ready: Place, above: bool) -> None:  # noqa: FBT001
    before = panel(ready).form()
    # Of which the panel has not heard yet.
    ready.desk.edit(takes_the_hour())
    save_while_another_calls(ready, above=above)
    QTest.keyClicks(panel(ready).notes, "first visit")
    ready.until(lambda: ready.said.startswith("Mira Holm: not booked, and kept in the panel. "))
    assert (who(ready), panel(ready).form().service_id, panel(ready).form().notes) == ("Kofi Walsh", "", "first visit")
    assert told(ready) == f"Begun before and not saved: Mira Holm, Cut, “{NOTE}”."
    press(ready, "Go on with it")
    assert panel(ready).form() == before


@pytest.mark.parametrize("above", [True, False], ids=["above the book", "in the panel"])
def test_what_is_chosen_for_the_next_caller_while_a_booking_is_saved_stays(ready: Place, above: bool) -> None:  # noqa: FBT001
    save_while_another_calls(ready, above=above)
    QTest.keyClicks(panel(ready).notes, NOTE)
    ready.until(lambda: ready.said.startswith("Booked Mira Holm"))
    assert (who(ready), panel(ready).form().notes, told(ready)) == ("Kofi Walsh", NOTE, "")
    assert [one.notes for one in ready.appointments()] == [NOTE]


def test_a_note_that_is_typed_on_while_it_is_saved_is_not_the_next_callers(ready: Place) -> None:
    panel(ready).save()
    QTest.keyClicks(panel(ready).notes, ", and tea")
    ready.work.booking.book_for(Choice(id=KOFI.id, text=KOFI.name))
    assert (who(ready), panel(ready).form().notes) == ("Kofi Walsh", "")
    ready.until(lambda: ready.said.startswith("Booked Mira Holm"))
    assert told(ready) == f"Begun before and not saved: Mira Holm, “{NOTE}, and tea”."


def test_a_new_face_is_the_same_caller_however_the_name_is_typed_on_while_it_is_saved(place: Place) -> None:
    begin_new(place)
    judged(place)
    place.desk.edit(takes_the_hour())
    panel(place).save()
    QTest.keyClicks(panel(place).customer.new_name, " Stern")
    place.until(lambda: place.work.booking._submission.sent is None)
    new = panel(place).form().new_customer
    assert (new and new.name, panel(place).form().notes) == ("Paula Stern", NOTE)


@pytest.fixture
def ana(front: Front) -> Front:
    """Ana at the desk, whose book is shown and whose services are known."""
    front.until(lambda: front.work.book.setup is not None)
    return front


def leaves_and_is_back(front: Front) -> Desk:
    """Whoever is at the desk leaves it, and comes back at once, before anything was answered."""
    desk, session = front.work.link.desk, front.desktop._session
    assert isinstance(desk, Desk)
    session._let_go()
    assert front.desktop._workplace is None
    session._took(desk)
    front.until_at_work("Ana")
    return desk


def visits(desk: Desk) -> list[str]:
    return [row[0] for row in desk.do(lambda replica: replica.database.rows("SELECT id FROM appointment"))]


def test_a_booking_that_was_saved_as_the_person_left_is_not_half_typed_when_they_are_back(ana: Front) -> None:
    begin(ana)
    judged(ana)
    panel(ana).save()
    desk = leaves_and_is_back(ana)
    ana.until(lambda: panel(ana).form().is_empty and ana.work.booking._submission.sent is None)
    assert (who(ana), told(ana), ana.window.book_page.open_panel == "booking") == ("", "", False)
    (made,) = visits(desk)
    visit = desk.do(lambda replica: replica.tx().find(Appointment, made))
    assert visit is not None
    assert (visit.customer_id, visit.notes) == (MIRA.id, NOTE)


def test_what_was_typed_on_as_the_person_left_is_there_without_what_was_saved(ana: Front) -> None:
    begin(ana)
    judged(ana)
    panel(ana).save()
    QTest.keyClicks(panel(ana).notes, ", and tea")
    leaves_and_is_back(ana)
    ana.until(lambda: told(ana) == f"Begun before, for Mira Holm: “{NOTE}, and tea”.")
    assert (who(ana), panel(ana).form().service_id) == ("", "")


def test_a_booking_that_was_refused_as_the_person_left_is_half_typed_still(ana: Front) -> None:
    begin(ana)
    judged(ana)
    before = panel(ana).form()
    ana.work.link.desk.edit(takes_the_hour())
    panel(ana).save()
    desk = leaves_and_is_back(ana)
    ana.until(lambda: ana.window.toast.text().startswith("Mira Holm: not booked when another took the desk."))
    assert panel(ana).form() == before
    assert told(ana) == f"Begun before, for Mira Holm: “{NOTE}”."
    assert MIRA.id in ana.work.booking.half_typed_about()
    assert len(visits(desk)) == 1


def test_a_new_face_who_was_added_as_the_person_left_is_not_added_again(ana: Front) -> None:
    begin_new(ana)
    judged(ana)
    panel(ana).save()
    # The visit waits for the answer about the customer, which nobody hears.
    desk = leaves_and_is_back(ana)
    ana.until(lambda: ana.window.toast.text().startswith("Paula: not booked when another took the desk."))
    assert (who(ana), panel(ana).form().notes) == ("Paula", NOTE)
    judged(ana)
    panel(ana).save()
    ana.until(lambda: ana.window.toast.text().startswith("Booked Paula"))
    names = desk.do(lambda replica: replica.database.rows("SELECT name FROM customer"))
    assert sorted(row[0] for row in names) == ["Mira Holm", "Paula"]


def settled(place: Place) -> QWidget:
    """What has the focus once whatever has lost it is laid out anew."""
    place.until(lambda: panel(place)._save.isEnabled())
    for _ in range(5):
        QApplication.processEvents()
    found = QApplication.focusWidget()
    assert found is not None
    return found


def taken_hour(place: Place) -> None:
    """A booking for Mira is half typed at an hour that is taken, and free ones are offered."""
    place.book(tomorrow(10))
    begin(place)
    place.until(lambda: len(panel(place)._slots.offered) > 1)


def first_slot(place: Place) -> QWidget:
    first = panel(place)._slots.first
    assert first is not None
    return first


def choose_slot(place: Place, by: str) -> None:
    if by == "mouse":
        QTest.mouseClick(first_slot(place), Qt.MouseButton.LeftButton)
    else:
        first_slot(place).setFocus(Qt.FocusReason.TabFocusReason)
        strike(first_slot(place), Qt.Key.Key_Return, 1000)


@pytest.mark.parametrize("by", ["mouse", "enter"])
def test_a_slot_that_was_chosen_leads_to_save(two: Place, by: str) -> None:
    taken_hour(two)
    choose_slot(two, by)
    assert settled(two) is panel(two)._save
    strike(panel(two)._save, Qt.Key.Key_Return, 3000)
    two.until(lambda: len(two.appointments()) == 2)


@pytest.mark.parametrize("by", ["mouse", "enter"])
@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_A])
def test_until_a_chosen_slot_can_be_saved_no_key_does_anything(two: Place, by: str, key: Qt.Key) -> None:
    taken_hour(two)
    choose_slot(two, by)
    before = panel(two).form()
    assert not panel(two)._save.isEnabled()
    focus = QApplication.focusWidget()
    assert focus is not None
    assert not isinstance(focus, QAbstractButton)
    QTest.keyClick(focus, key)
    settled(two)
    assert panel(two).form() == before
    assert len(two.appointments()) == 1


def test_who_goes_elsewhere_after_a_slot_stays_there(two: Place) -> None:
    taken_hour(two)
    choose_slot(two, "mouse")
    panel(two).notes.setFocus()
    assert settled(two) is panel(two).notes


def test_a_slot_without_a_customer_leads_to_the_customer(two: Place) -> None:
    taken_hour(two)
    panel(two).customer.search_again()
    assert panel(two).customer.search.edit.hasFocus()
    choose_slot(two, "mouse")
    assert not panel(two).customer.search.edit.hasFocus()
    two.until(panel(two).customer.search.edit.hasFocus)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_A])
def test_no_key_takes_the_customer_out_of_what_is_gone_on_with(two: Place, key: Qt.Key) -> None:
    begin(two)
    find(two, "marta", above=True)
    press(two, "Go on with it")
    QTest.keyClick(settled(two), key)
    assert (who(two), two.appointments()) == ("Mira Holm", [])


def test_no_key_takes_the_customer_out_after_another_service_was(two: Place) -> None:
    begin(two)
    panel(two).serviceAdded.emit(COLOUR.id)
    two.until(lambda: bool(panel(two).form().more))
    settled(two)
    gone = next(one for one in panel(two).findChildren(QPushButton, f"Take out {COLOUR.name}") if one.isVisible())
    gone.setFocus(Qt.FocusReason.TabFocusReason)
    assert gone.hasFocus()
    strike(gone, Qt.Key.Key_Return, 1000)
    two.until(lambda: not panel(two).form().more)
    QTest.keyClick(settled(two), Qt.Key.Key_Return)
    assert (who(two), two.appointments()) == ("Mira Holm", [])


def test_no_key_takes_the_customer_out_of_a_form_that_an_hour_is_drawn_for(two: Place) -> None:
    begin(two)
    draw(two, ANA.id, 12)
    QTest.keyClick(settled(two), Qt.Key.Key_Return)
    assert (who(two), two.appointments()) == ("Mira Holm", [])


def test_a_customer_who_is_entered_last_leads_to_save(two: Place) -> None:
    begin(two)
    panel(two).customer.search_again()
    two.until(lambda: not panel(two)._save.isEnabled())
    find(two, "marta")
    assert settled(two) is panel(two)._save


def test_who_wanted_to_save_one_form_has_not_asked_for_the_next(two: Place) -> None:
    begin(two)
    find(two, "marta", above=True)
    QTest.keyClicks(panel(two).service.search.edit, "cut")
    QTest.keyClick(panel(two).service.search.edit, Qt.Key.Key_Return)
    judged(two)
    # It is not known yet whether the other hour fits.
    panel(two).when.start.setTime(QTime(15, 0))
    panel(two).save()
    press(two, "Go on with it")
    settle(two)
    assert (who(two), two.appointments()) == ("Mira Holm", [])


def test_enter_of_the_number_pad_looks_once_more_too(two: Place) -> None:
    two.act("new_booking")
    box = panel(two).customer.search
    QTest.keyClicks(box.edit, "marta")
    two.until(lambda: box.is_open and not box._behind)
    box.close_list()
    QTest.keyClick(box.edit, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    two.until(lambda: box.is_open)
