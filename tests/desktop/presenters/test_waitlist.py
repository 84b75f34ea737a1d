"""The waitlist over a real replica: adding a wish, offering, booking, and what a cancellation opens."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from desktop.models.rows import Choice
from desktop.operations import appointments, customers, waitlist
from desktop.store.replica import Replica
from desktop.views.wish_form import WishFormView
from shared.model.appointment import Appointment, Status
from shared.model.member import Role
from shared.model.plan import Tier
from shared.model.registry import entity_type
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.mutations.waitlist import Wish
from shared.rules.plans import DEFAULTS, plan_row
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, BUSINESS, CUT, LOCATION, MEMBER, MIRA, made_id


@pytest.fixture
def role() -> Role:
    return Role.TENANT_OWNER


def entries(place: Place) -> list[WaitlistEntry]:
    kind = entity_type(WaitlistEntry)

    def question(replica: Replica) -> list[WaitlistEntry]:
        ids = [row[0] for row in replica.database.rows("SELECT id FROM waitlist_entry ORDER BY asked_at, id")]
        return [one for one in (replica.tx().find(kind.cls, each) for each in ids) if one is not None]

    return place.desk.do(question)


def wait(place: Place, **wish: object) -> str:
    """Let Mira wait for a cut."""
    wished = Wish(service_id=CUT.id, **wish)  # type: ignore[arg-type]
    return place.desk.edit(waitlist.add(MIRA.id, LOCATION.id, wished)).subject


def undo(place: Place) -> None:
    place.until(lambda: place.window.actions_by_name["undo"].isEnabled())
    place.act("undo")


def press(place: Place, name: str) -> None:
    """Click the first button whose name begins so, as soon as it is there."""

    def shown() -> list[QPushButton]:
        buttons = place.window.waitlist.findChildren(QPushButton)
        return [one for one in buttons if one.accessibleName().startswith(name) and one.isVisible()]

    place.until(lambda: bool(shown()))
    shown()[0].click()


def slots(place: Place) -> list[str]:
    shown = [one.accessibleName() for one in place.window.waitlist.findChildren(QPushButton) if one.isVisible()]
    return [one for one in shown if one.startswith("Offer ")]


def test_a_wish_is_entered_corrected_and_taken_back(place: Place) -> None:
    place.act("go_waitlist")
    press(place, "Add to waitlist")
    form = place.window.waitlist.form
    press(place, "Save")
    assert form._message.text() == "Choose a customer first."
    search = form.customer.search
    search.edit.setFocus()
    search.edit.setText("mira")
    form.customerQueried.emit("mira")
    place.until(lambda: bool(search.rows()))
    search.chosen.emit(MIRA.id)
    form.service.setCurrentIndex(form.service.findData(CUT.id))
    form.days[1].setChecked(True)
    form.earliest.setCurrentIndex(form.earliest.findData(600))
    form.first.asked.setChecked(True)
    form.notes.setPlainText("Window")
    press(place, "Save")
    place.until(lambda: len(entries(place)) == 1 and place.window.waitlist.part == "wish")
    (made,) = entries(place)
    assert (made.weekdays, made.earliest, made.latest, made.notes) == ((1,), 600, 1440, "Window")
    assert made.from_day is not None
    press(place, "Edit")
    form.priority.setCurrentIndex(form.priority.findData(2))
    press(place, "Save")
    place.until(lambda: entries(place)[0].priority == 2)
    place.until(lambda: place.window.waitlist.part == "wish")
    press(place, "Take from the waitlist")
    place.until(lambda: entries(place)[0].state is WaitlistState.WITHDRAWN)
    undo(place)
    place.until(lambda: entries(place)[0].state is WaitlistState.WAITING)


def test_the_phone_of_who_waits_is_written_as_the_business_writes_it(place: Place) -> None:
    place.desk.do(lambda replica: replica.apply_lines(patch(2, replace(MIRA, phones=("+442079460018",)))))
    wait(place)
    place.act("go_waitlist")
    place.until(lambda: "020 7946 0018" in words_on(place.window.waitlist.wish))


def words_on(page: QWidget) -> list[str]:
    return [one.text() for one in page.findChildren(QLabel)]


def test_a_slot_is_offered_and_then_booked(place: Place) -> None:
    wait(place, people=(ANA.id,), earliest=600)
    place.act("go_waitlist")
    place.until(lambda: len(slots(place)) == 5)
    press(place, slots(place)[1])
    place.until(lambda: entries(place)[0].state is WaitlistState.OFFERED)
    offer = entries(place)[0].offer
    assert offer is not None
    assert offer.resources == (ANA.id,)
    place.until(lambda: place.window.waitlist.wish.accept.isVisible())
    press(place, "Book what was offered")
    place.until(lambda: entries(place)[0].state is WaitlistState.BOOKED)
    (visit,) = place.appointments()
    assert (visit.starts_at, visit.customer_id) == (offer.start, MIRA.id)
    undo(place)
    place.until(lambda: entries(place)[0].state is WaitlistState.OFFERED)
    assert place.appointments()[0].status is Status.CANCELLED


def booked(place: Place, resource: str = ANA.id) -> Appointment:
    visit = place.book(tomorrow(10), resource)
    return next(one for one in place.appointments() if one.id == visit)


def test_a_cancelled_slot_says_whom_it_fits(place: Place) -> None:
    wait(place), wait(place, people=(BEN.id,)), wait(place, earliest=600, latest=645)
    visit = booked(place)
    place.work.edits.run_from(lambda replica: appointments.cancel(visit), "Cancelled.")
    place.until(lambda: place.window.freed.isVisible())
    assert place.window.freed._action.text() == "Fits 2 on the waitlist"
    place.window.freed._action.click()
    place.until(lambda: place.window.page == "waitlist" and len(place.window.waitlist.list.rows()) == 2)
    place.until(lambda: len(slots(place)) == 1)
    press(place, "Book ")
    place.until(lambda: sum(one.state is WaitlistState.BOOKED for one in entries(place)) == 1)
    press(place, "Show everybody")
    place.until(lambda: len(place.window.waitlist.list.rows()) == 2)


def test_a_slot_that_is_moved_away_from_says_whom_it_fits(place: Place) -> None:
    wait(place, people=(ANA.id,), latest=645)
    visit = booked(place)
    place.work.edits.run(appointments.reschedule(visit, start=visit.starts_at + timedelta(hours=3)), "Moved.")
    place.until(lambda: place.window.freed.isVisible())
    assert place.window.freed._action.text() == "Fits 1 on the waitlist"


def test_nothing_is_said_where_nobody_waits_for_it(place: Place) -> None:
    wait(place, people=(BEN.id,))
    visit = booked(place)
    place.work.edits.run_from(lambda replica: appointments.cancel(visit), "Cancelled.")
    place.until(lambda: place.appointments()[0].status is Status.CANCELLED)
    place.until(lambda: place.said.startswith("Cancelled"))
    assert not place.window.freed.isVisible()


def test_a_plan_without_a_waitlist_offers_none(place: Place) -> None:
    def arrive(replica: Replica) -> None:
        replica.apply_lines(patch(2, plan_row(BUSINESS.id, Tier.FREE, DEFAULTS[Tier.FREE])))

    place.desk.do(arrive)
    place.desk.changes.tell({"plan": frozenset({BUSINESS.id})})
    place.until(lambda: not place.window.actions_by_name["go_waitlist"].isEnabled())
    assert not place.window.navigation._buttons["waitlist"].isVisible()


def wished(place: Place) -> WishFormView:
    """The form of a wish of Mira's for a cut."""
    place.work.waitlist.enter_new(Choice(id=MIRA.id, text=MIRA.name))
    form = place.window.waitlist.form
    form.service.setCurrentIndex(form.service.findData(CUT.id))
    QTest.keyClicks(form.notes, "Window seat")
    return form


def test_whoever_saves_a_wish_twice_enters_it_once(place: Place) -> None:
    form = wished(place)
    form.save.click()
    form.save.click()
    place.until(lambda: "waits" in place.said and place.window.waitlist.part != "form")
    assert len(entries(place)) == 1


def test_a_wish_that_is_refused_still_stands_in_the_form(place: Place) -> None:
    form = wished(place)
    place.desk.do(lambda replica: replica.apply_lines(patch(2, replace(MEMBER, role=Role.PLATFORM_SALES))))
    form.save.click()
    place.until(lambda: "may not" in form._message.text())
    assert (place.window.waitlist.part, form.notes.toPlainText(), form.notes.isEnabled()) == (
        "form", "Window seat", True,
    )  # fmt: skip
    assert entries(place) == []


def somebody_new(place: Place) -> WishFormView:
    """The form of a wish of Dimitri's, whom nobody here knows, for a cut; his phone is typed."""
    place.act("go_waitlist")
    press(place, "Add to waitlist")
    form = place.window.waitlist.form
    search = form.customer.search
    QTest.keyClicks(search.edit, "Dimitri")
    place.until(lambda: [one.title for one in search.rows()] == ["New customer “Dimitri”"])
    QTest.keyClick(search.edit, Qt.Key.Key_Return)
    QTest.keyClicks(form.customer.new_phone, "020 7946 0018")
    QTest.keyClick(form.customer.new_phone, Qt.Key.Key_Return)
    assert form.service.hasFocus()
    form.service.setCurrentIndex(form.service.findData(CUT.id))
    return form


def names(place: Place) -> list[str]:
    return [row[0] for row in place.desk.do(lambda replica: replica.database.rows("SELECT name FROM customer"))]


def test_a_new_face_is_put_on_the_waitlist_in_one_step(place: Place) -> None:
    somebody_new(place).save.click()
    place.until(lambda: place.window.waitlist.part == "wish")
    assert place.said.startswith("Dimitri waits.")
    place.until(lambda: "020 7946 0018" in words_on(place.window.waitlist.wish))
    assert sorted(names(place)) == ["Dimitri", "Mira Holm"]
    undo(place)
    place.until(lambda: entries(place)[0].state is WaitlistState.WITHDRAWN)
    place.until(lambda: place.desk.do(archived) == ["Dimitri"])


def archived(replica: Replica) -> list[str]:
    return [row[0] for row in replica.database.rows("SELECT name FROM customer WHERE archived")]


def test_a_new_face_whose_wish_is_refused_is_added_once(place: Place) -> None:
    form = somebody_new(place)
    form.service.addItem("Gone", made_id("gone"))
    form.service.setCurrentIndex(form.service.count() - 1)
    form.save.click()
    place.until(lambda: bool(form._message.text()))
    assert form.form().customer is not None
    form.service.setCurrentIndex(form.service.findData(CUT.id))
    form.save.click()
    place.until(lambda: place.window.waitlist.part == "wish")
    assert sorted(names(place)) == ["Dimitri", "Mira Holm"]
    assert len(entries(place)) == 1


def test_a_new_face_without_a_name_does_not_wait(place: Place) -> None:
    form = somebody_new(place)
    form.customer.new_name.clear()
    form.save.click()
    assert form._message.text() == "The new customer needs a name."
    assert form.customer.new_name.hasFocus()
    assert entries(place) == []


def test_a_change_of_the_set_up_leaves_what_is_being_wished_for(place: Place) -> None:
    form = wished(place)
    form.earliest.setCurrentIndex(form.earliest.findData(600))
    assert place.work.book.setup is not None
    place.work.book.setupChanged.emit(place.work.book.setup)
    assert (form.form().earliest, form.form().service_id) == (600, CUT.id)


NOTE = "pregnant, no ammonia"


def find(form: WishFormView, place: Place, text: str) -> None:
    """Look for somebody in the form, and take the first row."""
    search = form.customer.search
    search.edit.setFocus()
    QTest.keyClicks(search.edit, text)
    place.until(lambda: search.is_open and not search._behind)
    QTest.keyClick(search.edit, Qt.Key.Key_Return)


def half_typed(place: Place) -> WishFormView:
    """A new wish of Mira's with a note, of whom the × was pressed; Marta is known, too."""
    place.desk.edit(customers.create(name="Marta Reyes"))
    place.act("go_waitlist")
    press(place, "Add to waitlist")
    form = place.window.waitlist.form
    find(form, place, "mira")
    form.service.setCurrentIndex(form.service.findData(CUT.id))
    form.days[1].setChecked(True)
    QTest.keyClicks(form.notes, NOTE)
    form.customer._again.click()
    return form


def typed(form: WishFormView) -> tuple[str, tuple[int, ...], str]:
    """For whom it is, on which days, and the note."""
    shown = form.form()
    new = shown.new_customer.name if shown.new_customer else ""
    return shown.customer.text if shown.customer else new, shown.weekdays, shown.notes


def test_what_was_typed_for_one_caller_is_not_the_wish_of_the_next(place: Place) -> None:
    form = half_typed(place)
    find(form, place, "marta")
    assert typed(form) == ("Marta Reyes", (), "")
    assert form._message.text() == "What was typed for Mira Holm is kept under Add to waitlist."
    assert form.service.hasFocus()
    form.service.setCurrentIndex(form.service.findData(CUT.id))
    form.save.click()
    place.until(lambda: place.said.startswith("Marta Reyes waits."))
    assert [one.notes for one in entries(place)] == [""]
    press(place, "Add to waitlist: not saved")
    assert typed(form) == ("Mira Holm", (1,), NOTE)


def test_who_is_chosen_again_finds_their_wish_as_it_was(place: Place) -> None:
    form = half_typed(place)
    find(form, place, "marta")
    form.customer._again.click()
    find(form, place, "mira")
    assert typed(form) == ("Mira Holm", (1,), NOTE)
    assert form.customer.isEnabled()
    place.act("go_book")
    place.act("go_waitlist")
    assert place.window.waitlist.add.text() == "Add to waitlist", "nothing was typed for Marta"


def test_a_new_face_does_not_take_over_the_wish_of_another(place: Place) -> None:
    form = half_typed(place)
    find(form, place, "Otto")
    assert (typed(form), form.customer.new_phone.hasFocus()) == (("Otto", (), ""), True)
    QTest.keyClicks(form.customer.new_name, " Lang")
    QTest.keyClicks(form.notes, "by phone")
    form.customer._again.click()
    find(form, place, "Dora")
    assert typed(form) == ("Dora", (), "")
    press(place, "Add to waitlist: not saved")
    assert typed(form) == ("Otto Lang", (), "by phone")


def test_who_was_the_wrong_one_leaves_nothing_behind(place: Place) -> None:
    place.desk.edit(customers.create(name="Marta Reyes"))
    place.act("go_waitlist")
    press(place, "Add to waitlist")
    form = place.window.waitlist.form
    find(form, place, "mira")
    form.customer._again.click()
    find(form, place, "marta")
    assert (typed(form), form._message.text()) == (("Marta Reyes", (), ""), "")
    assert place.window.waitlist.add.text() == "Add to waitlist"


def test_the_wish_of_who_was_given_up_is_found_from_their_page(place: Place) -> None:
    form = half_typed(place)
    QTest.keyClicks(form.customer.search.edit, "ma")
    place.act("go_book")
    place.work.waitlist.enter_new(Choice(id=MIRA.id, text=MIRA.name))
    assert typed(form) == ("Mira Holm", (1,), NOTE)


@pytest.mark.parametrize("following", ["", "marta"], ids=["nobody yet", "another"])
def test_what_was_typed_for_somebody_erased_goes_though_they_are_not_chosen_any_more(
    place: Place, following: str
) -> None:
    form = half_typed(place)
    if following:
        find(form, place, following)
    assert MIRA.id in place.work.waitlist.half_typed_about()
    place.work.waitlist.forget_about(frozenset({MIRA.id}))
    assert (form.form().notes, form._message.text()) == ("", "")
    assert place.window.waitlist.add.text() == "Add to waitlist"


def test_whoever_types_another_name_does_not_mean_the_one_chosen_before(place: Place) -> None:
    place.act("go_waitlist")
    press(place, "Add to waitlist")
    form = place.window.waitlist.form
    search = form.customer.search
    QTest.keyClicks(search.edit, "mira")
    place.until(lambda: search.is_open)
    QTest.keyClick(search.edit, Qt.Key.Key_Return)
    assert form.form().customer is not None
    form.service.setCurrentIndex(form.service.findData(CUT.id))
    form.customer._again.click()
    QTest.keyClicks(search.edit, "bel")
    form.save.click()
    assert form._message.text() == "Choose a customer first."
    assert entries(place) == []


def test_whoever_comes_from_a_customers_page_goes_on_with_the_wish_that_was_left(place: Place) -> None:
    form = half_typed(place)
    assert form.customer.search.edit.hasFocus()
    place.work.waitlist.enter_new(Choice(id=MIRA.id, text=MIRA.name))
    assert typed(form) == ("Mira Holm", (1,), NOTE)
    place.until(form.service.hasFocus)


def test_no_service_is_wished_for_that_nobody_chose(place: Place) -> None:
    place.act("go_waitlist")
    press(place, "Add to waitlist")
    form = place.window.waitlist.form
    find(form, place, "mira")
    form.save.click()
    assert form._message.text() == "Choose a service first."
    assert entries(place) == []
