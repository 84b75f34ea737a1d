"""Booking through the panel, over a real replica."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from desktop.operations import appointments, blocks, customers
from desktop.presenters.booking_words import TYPED_ON
from desktop.presenters.card import card_row
from desktop.presenters.words import Words
from desktop.queries.appointment_card import appointment_card
from desktop.views.booking_panel import BookingPanel
from desktop.widgets.book import overlay_painting
from shared.clock import instant_text
from shared.model.appointment import Source, Status
from shared.model.base import ResourceId, ServiceId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Need
from shared.rules import wall_time
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, COLOUR, CUT, LOCATION, MIRA, made_id


def panel(place: Place) -> BookingPanel:
    return place.window.book_page.booking


def find(place: Place, text: str) -> None:
    """Type into the customer box and take the first row."""
    box = panel(place).customer.search
    box.edit.setFocus()
    QTest.keyClicks(box.edit, text)
    place.until(lambda: box.is_open)
    QTest.keyClick(box.edit, Qt.Key.Key_Return)


def choose_service(place: Place, text: str) -> None:
    box = panel(place).service.search
    box.edit.setFocus()
    QTest.keyClicks(box.edit, text)
    QTest.keyClick(box.edit, Qt.Key.Key_Return)


def draw(place: Place, resource: str, hour: int, minutes: int = 15) -> None:
    """Draw a span in the book."""
    start = tomorrow(hour)
    place.window.book_page.book.spanDragged.emit(resource, start, start + timedelta(minutes=minutes))


def save(place: Place) -> None:
    place.until(lambda: panel(place)._save.isEnabled())
    place.act("save_booking")


def test_a_drawn_span_becomes_a_booking(place: Place) -> None:
    draw(place, BEN.id, 10)
    find(place, "4567")
    choose_service(place, "cut")
    save(place)
    place.until(lambda: len(place.appointments()) == 1)
    made = place.appointments()[0]
    assert (made.customer_id, made.starts_at, made.resources) == (MIRA.id, tomorrow(10), (BEN.id,))
    assert (made.segments[0].service_id, made.segments[0].minutes) == (CUT.id, CUT.minutes)
    place.until(lambda: place.work.book.booking(made.id) is not None)
    assert place.window.book_page.open_panel == ""
    assert "Saved on this computer" in place.said


def test_what_was_just_booked_is_taken_back_with_one_key(place: Place) -> None:
    draw(place, ANA.id, 10)
    find(place, "mira")
    choose_service(place, "cut")
    save(place)
    place.until(lambda: bool(place.said))
    place.act("undo")
    place.until(lambda: [one.status for one in place.appointments()] == [Status.CANCELLED])


def test_the_verdict_names_what_is_in_the_way_and_offers_the_next_starts(place: Place) -> None:
    place.book(tomorrow(10))
    draw(place, ANA.id, 10)
    find(place, "mira")
    choose_service(place, "cut")
    place.until(lambda: "Ana is taken" in panel(place)._verdict.text())
    assert not panel(place)._save.isEnabled()
    chips = [one for one in panel(place).findChildren(QPushButton) if one.accessibleName().startswith("Next free")]
    assert [chip.text().split() for chip in chips][:2] == [["11:00", "Ana"], ["11:15", "Ana"]]
    QTest.mouseClick(chips[0], Qt.MouseButton.LeftButton)
    save(place)
    place.until(lambda: len(place.appointments()) == 2)
    assert place.appointments()[1].starts_at == tomorrow(11)


def test_a_free_slot_of_another_day_shows_in_the_book(place: Place) -> None:
    draw(place, ANA.id, 10)
    find(place, "mira")
    choose_service(place, "cut")
    later = tomorrow(20) + timedelta(days=2)
    place.until(lambda: place.work.booking._verdict._judged is not None)
    place.window.book_page.book.verticalScrollBar().setValue(0)
    place.work.booking._take_slot(instant_text(later))
    book = place.window.book_page.book
    place.until(lambda: book.ghost is not None and book.ghost.starts == later)
    assert place.work.book.day == wall_time.local(later, LOCATION.zone).date()
    assert book.ghost is not None
    shape = overlay_painting.ghost_rect(book.scene, book.ghost)
    assert QRect(book.offset(), book.body().size()).intersects(shape)


@pytest.mark.parametrize(
    ("choice", "source", "said"),
    [(0, Source.DESK, ""), (1, Source.PHONE, "by phone"), (2, Source.WALK_IN, "walked in")],
)
def test_how_somebody_came_to_be_booked_is_kept_and_said(place: Place, choice: int, source: Source, said: str) -> None:
    draw(place, ANA.id, 10)
    find(place, "mira")
    choose_service(place, "cut")
    panel(place).source.setCurrentIndex(choice)
    save(place)
    place.until(lambda: [one.source for one in place.appointments()] == [source])
    made = place.appointments()[0].id
    card = place.desk.do(lambda replica: appointment_card(replica, made))
    assert card is not None
    booked = next(one.text for one in card_row(card, Words(), tomorrow(9)).facts if one.label == "Booked")
    assert booked.partition(" · ")[2] == said
    place.until(lambda: place.window.book_page.open_panel == "")
    place.act("new_booking")
    assert panel(place).source.currentText() == "At the desk"


def test_a_new_customer_is_added_and_booked(place: Place) -> None:
    draw(place, ANA.id, 9)
    find(place, "Paula Stern")
    QTest.keyClicks(panel(place).customer.new_phone, "0171 998877")
    choose_service(place, "cut")
    save(place)
    place.until(lambda: len(place.appointments()) == 1)
    customer_id = place.appointments()[0].customer_id
    paula = place.desk.do(lambda replica: replica.tx().find(Customer, customer_id or ""))
    assert paula is not None
    assert (paula.name, paula.phones) == ("Paula Stern", ("0171 998877",))


def test_without_somebody_chosen_it_is_the_first_who_is_free(place: Place) -> None:
    place.book(tomorrow(9))
    place.act("new_booking")
    panel(place).when.start.setTime(panel(place).when.start.time().fromString("09:00", "HH:mm"))
    find(place, "mira")
    choose_service(place, "cut")
    place.until(lambda: panel(place)._verdict.text().startswith("Free: Ben, "))
    assert panel(place).form().staff_id == ""
    save(place)
    place.until(lambda: len(place.appointments()) == 2)
    assert sorted(one.resources for one in place.appointments()) == sorted([(ANA.id,), (BEN.id,)])


def test_another_service_brings_its_own_length(place: Place) -> None:
    draw(place, ANA.id, 10)
    choose_service(place, "cut")
    assert panel(place).form().minutes == CUT.minutes
    panel(place).service.search.edit.selectAll()
    choose_service(place, "colour")
    assert panel(place).form().minutes == COLOUR.minutes


def plan(place: Place) -> tuple[str, datetime, datetime] | None:
    """The shape that the book shows of the form."""
    ghost = place.window.book_page.book.ghost
    return None if ghost is None else (ghost.resource_id, ghost.starts, ghost.ends)


def test_the_drawn_span_becomes_as_long_as_the_service(place: Place) -> None:
    place.work.book.show_day(tomorrow(10).date())
    place.until(lambda: place.window.book_page.book.scene.day.day == tomorrow(10).date())
    draw(place, ANA.id, 10, minutes=120)
    place.until(lambda: plan(place) == (ANA.id, tomorrow(10), tomorrow(12)))
    choose_service(place, "cut")
    ends = tomorrow(10) + timedelta(minutes=CUT.minutes)
    place.until(lambda: plan(place) == (ANA.id, tomorrow(10), ends))
    place.until(lambda: place.work.book.words.time(ends) in panel(place)._verdict.text())
    place.window.book_page.close_panel()
    assert plan(place) is None


def test_a_length_that_a_person_sets_stays_and_is_explained(place: Place) -> None:
    draw(place, ANA.id, 10)
    panel(place).when.minutes.setValue(CUT.minutes + 30)
    choose_service(place, "cut")
    assert panel(place).form().minutes == CUT.minutes + 30
    note = panel(place).when.length_note
    assert (note.isVisible(), note.text()) == (True, f"{CUT.name} takes {CUT.minutes} min as a rule.")
    panel(place).when.minutes.setValue(CUT.minutes)
    assert not note.isVisible()


def test_enter_may_be_faster_than_the_verdict(place: Place) -> None:
    draw(place, ANA.id, 10)
    find(place, "mira")
    choose_service(place, "cut")
    QTest.keyClick(panel(place).service.search.edit, Qt.Key.Key_Return)
    place.until(lambda: len(place.appointments()) == 1)


def test_saving_without_a_customer_says_what_is_missing(place: Place) -> None:
    draw(place, ANA.id, 10)
    choose_service(place, "cut")
    place.act("save_booking")
    assert panel(place)._verdict.text() == "Choose a customer first."
    assert place.appointments() == []


def test_a_slot_that_is_taken_is_not_saved_with_the_key(place: Place) -> None:
    place.book(tomorrow(10))
    draw(place, ANA.id, 10)
    find(place, "mira")
    choose_service(place, "cut")
    place.act("save_booking")
    place.until(lambda: "Ana is taken" in panel(place)._verdict.text())
    QTest.qWait(50)
    assert len(place.appointments()) == 1


@pytest.mark.parametrize(("role", "may"), [(Role.TENANT_STAFF, False), (Role.TENANT_MANAGER, True)])
def test_only_who_may_can_book_over_a_rule(place: Place, *, may: bool) -> None:
    place.book(tomorrow(10))
    draw(place, ANA.id, 10)
    choose_service(place, "cut")
    place.until(lambda: panel(place)._anyway.isVisible())
    assert panel(place)._anyway.isEnabled() is may


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_manager_books_over_a_rule_with_a_reason(place: Place) -> None:
    place.book(tomorrow(10))
    draw(place, ANA.id, 10)
    find(place, "mira")
    choose_service(place, "cut")
    place.until(lambda: panel(place)._anyway.isVisible())
    QTest.mouseClick(panel(place)._anyway, Qt.MouseButton.LeftButton)
    place.until(lambda: not panel(place)._save.isEnabled())
    QTest.keyClicks(panel(place).override, "a regular")
    save(place)
    place.until(lambda: len(place.appointments()) == 2)
    assert sorted(one.override_reason for one in place.appointments()) == ["", "a regular"]


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_reason_given_over_one_rule_books_nothing_over_another_that_nobody_has_seen(place: Place) -> None:
    place.book(tomorrow(10))
    draw(place, ANA.id, 10)
    find(place, "mira")
    choose_service(place, "cut")
    place.until(lambda: panel(place)._anyway.isVisible())
    QTest.mouseClick(panel(place)._anyway, Qt.MouseButton.LeftButton)
    QTest.keyClicks(panel(place).override, "a regular")
    place.until(lambda: "Ana is taken by Mira Holm" in panel(place)._verdict.text())
    place.desk.run(blocks.put(resource_id=ANA.id, start=tomorrow(10), end=tomorrow(11), reason="Leave"))
    QTest.keyClicks(panel(place).override, "!")
    save(place)
    place.until(lambda: "Ana: Leave until" in panel(place)._verdict.text() and panel(place)._save.isEnabled())
    assert len(place.appointments()) == 1, "what else is in the way was not seen when it was pressed"
    save(place)
    place.until(lambda: len(place.appointments()) == 2)


FIRST = Resource(
    id=ResourceId(made_id("first-room")), location_id=ANA.location_id, kind=ResourceKind.ROOM, name="Room 1",
    capacity=1, colour="", position=7, pool="Treatment",
)  # fmt: skip
SECOND = replace(FIRST, id=ResourceId(made_id("second-room")), name="Room 2", position=8)
PEEL = replace(
    CUT, id=ServiceId(made_id("peel")), name="Peel", active=30, after=0, capacity=4,
    needs=(Need(kind=ResourceKind.STAFF), Need(kind=ResourceKind.ROOM, pool="Treatment")),
)  # fmt: skip


@pytest.fixture
def rooms(place: Place) -> Place:
    """The salon with two rooms and a service that needs one of them."""
    place.desk.do(lambda replica: replica.apply_lines(patch(2, FIRST, SECOND, PEEL)))
    place.work.book._changed(frozenset({"service", "resource"}))
    place.until(lambda: place.work.book.setup is not None and PEEL in place.work.book.setup.services)
    return place


def slots(place: Place) -> list[list[str]]:
    """The words of the free slots that the panel offers."""
    found = panel(place).findChildren(QPushButton)
    return [one.text().split("   ") for one in found if one.accessibleName().startswith("Next free")]


def test_anybody_and_any_room_are_found_and_told(rooms: Place) -> None:
    rooms.book(tomorrow(9))
    draw(rooms, "", 9)
    find(rooms, "mira")
    choose_service(rooms, "peel")
    rooms.until(lambda: "Free: Ben, Room 1" in panel(rooms)._verdict.text())
    assert (panel(rooms).staff.currentText(), panel(rooms).room.currentText()) == (
        "Anybody who is free", "Any room that is free",
    )  # fmt: skip
    save(rooms)
    rooms.until(lambda: len(rooms.appointments()) == 2)
    made = next(one for one in rooms.appointments() if one.segments[0].name == "Peel")
    assert made.resources == (BEN.id, FIRST.id)


def test_a_free_slot_is_taken_with_one_key_and_says_with_whom(rooms: Place) -> None:
    draw(rooms, ANA.id, 10)
    find(rooms, "mira")
    choose_service(rooms, "peel")
    rooms.until(lambda: slots(rooms)[:2] == [["10:15", "Ana, Room 1"], ["10:30", "Ana, Room 1"]])
    rooms.act("book_slot_2")
    rooms.until(lambda: "10:30" in panel(rooms)._verdict.text())
    save(rooms)
    rooms.until(lambda: [one.starts_at for one in rooms.appointments()] == [tomorrow(10, 30)])


def test_several_services_in_a_row_are_one_visit(rooms: Place) -> None:
    draw(rooms, ANA.id, 10)
    find(rooms, "mira")
    choose_service(rooms, "peel")
    QTest.mouseClick(panel(rooms).service._add, Qt.MouseButton.LeftButton)
    QTest.keyClicks(panel(rooms).service.another.edit, "cut")
    QTest.keyClick(panel(rooms).service.another.edit, Qt.Key.Key_Return)
    rooms.until(lambda: panel(rooms).form().minutes == PEEL.minutes + CUT.minutes)
    assert panel(rooms).when.length_note.text() == "2 services in a row, 75 min as a rule."
    save(rooms)
    rooms.until(lambda: len(rooms.appointments()) == 1)
    assert [one.name for one in rooms.appointments()[0].segments] == ["Peel", "Cut"]


def test_a_service_that_was_added_is_taken_out_again(rooms: Place) -> None:
    draw(rooms, ANA.id, 10)
    choose_service(rooms, "peel")
    panel(rooms).serviceAdded.emit(CUT.id)
    rooms.until(lambda: panel(rooms).form().more == (CUT.id,))
    (gone,) = [one for one in panel(rooms).findChildren(QPushButton) if one.accessibleName() == "Take out Cut"]
    QTest.mouseClick(gone, Qt.MouseButton.LeftButton)
    rooms.until(lambda: panel(rooms).form().more == ())
    assert panel(rooms).form().minutes == PEEL.minutes


def test_every_rule_in_the_way_is_unfolded(rooms: Place) -> None:
    rooms.book(tomorrow(10))
    wish = appointments.book(
        location_id=ANA.location_id, start=tomorrow(10), customer_id=MIRA.id,
        segments=[appointments.wish(PEEL.id, [BEN.id, FIRST.id])],
    )  # fmt: skip
    rooms.desk.edit(wish)
    draw(rooms, ANA.id, 10)
    panel(rooms).show_form(panel(rooms).form().with_resource("ROOM", FIRST.id))
    choose_service(rooms, "peel")
    rooms.until(lambda: panel(rooms)._why.text() == "Why not? 2 reasons")
    QTest.mouseClick(panel(rooms)._why, Qt.MouseButton.LeftButton)
    told = panel(rooms)._against.text()
    assert panel(rooms)._against.isVisible()
    assert "Ana is taken by Mira Holm" in told
    assert "Room 1 is taken by Mira Holm" in told


def test_a_party_is_asked_for_where_the_service_takes_several(rooms: Place) -> None:
    draw(rooms, ANA.id, 10)
    find(rooms, "mira")
    choose_service(rooms, "cut")
    assert panel(rooms)._party_part.isHidden()
    panel(rooms).service.search.edit.selectAll()
    choose_service(rooms, "peel")
    rooms.until(lambda: not panel(rooms)._party_part.isHidden())
    panel(rooms).party.setValue(3)
    save(rooms)
    rooms.until(lambda: [one.party for one in rooms.appointments()] == [3])


def ready(place: Place, hour: int = 10) -> BookingPanel:
    """A booking of Mira with Ana that is known to fit."""
    draw(place, ANA.id, hour)
    find(place, "mira")
    choose_service(place, "cut")
    place.until(lambda: place.work.booking._verdict.can_save(panel(place).form()))
    return panel(place)


def test_what_is_typed_while_it_is_saved_stays_and_is_told_apart(place: Place) -> None:
    form = ready(place)
    QTest.keyClicks(form.notes, "Window seat")
    place.until(lambda: place.work.booking._verdict.can_save(form.form()))
    place.act("save_booking")
    QTest.keyClicks(form.notes, ", and tea")
    place.until(lambda: len(place.appointments()) == 1 and place.said.startswith("Booked Mira"))
    assert place.appointments()[0].notes == "Window seat"
    assert place.window.book_page.open_panel == "booking"
    assert form.notes.toPlainText() == "Window seat, and tea"
    assert form._verdict.text() == TYPED_ON
    assert (form.customer.customer(), form.service.search.text()) == (None, "")


def test_the_next_booking_is_begun_while_the_last_is_saved(place: Place) -> None:
    ready(place)
    place.act("save_booking")
    draw(place, BEN.id, 14)
    place.until(lambda: len(place.appointments()) == 1 and place.said.startswith("Booked Mira"))
    made, now = place.appointments()[0], panel(place).form()
    assert (made.starts_at, made.resources) == (tomorrow(10), (ANA.id,))
    assert (now.staff_id, now.start, now.customer) == (BEN.id, time(14), None)
    assert place.window.book_page.open_panel == "booking"


def test_somebody_looked_for_while_it_is_saved_is_looked_for_still(place: Place) -> None:
    form = ready(place)
    place.act("save_booking")
    form.customer._again.click()
    QTest.keyClicks(form.customer.search.edit, "Pau")
    place.until(lambda: place.said.startswith("Booked Mira"))
    assert (form.customer.search.text(), place.window.book_page.open_panel) == ("Pau", "booking")


def test_a_new_customer_is_booked_for_what_was_saved_whatever_is_changed_meanwhile(place: Place) -> None:
    draw(place, ANA.id, 9)
    find(place, "Paula Stern")
    choose_service(place, "cut")
    place.until(lambda: panel(place)._save.isEnabled())
    place.act("save_booking")
    panel(place).when.start.setTime(panel(place).when.start.time().addSecs(3600))
    place.until(lambda: len(place.appointments()) == 1 and place.said.startswith("Booked Paula"))
    assert place.appointments()[0].starts_at == tomorrow(9)
    assert panel(place).form().start == time(10)


def test_saving_twice_at_once_books_once(place: Place) -> None:
    form = ready(place)
    QTest.mouseClick(form._save, Qt.MouseButton.LeftButton)
    QTest.mouseClick(form._save, Qt.MouseButton.LeftButton)
    place.act("save_booking")
    place.until(lambda: place.said.startswith("Booked Mira"))
    assert len(place.appointments()) == 1


def test_a_card_that_is_opened_while_a_booking_is_saved_stays_open(place: Place) -> None:
    other = place.book(tomorrow(15))
    ready(place)
    place.act("save_booking")
    place.window.book_page.book.choose(other)
    place.work.card.open(other)
    place.until(lambda: len(place.appointments()) == 2 and place.said.startswith("Booked Mira"))
    place.until(lambda: place.window.book_page.open_panel == "card")
    assert (place.window.book_page.book.selected_id, panel(place).form().customer) == (other, None)


def test_a_booking_that_is_refused_behind_a_closed_panel_says_so_and_is_kept(place: Place) -> None:
    form = ready(place)
    # Another edit is before it in the line, so that what was free is not.
    start = tomorrow(10)
    wish = appointments.book(
        location_id=LOCATION.id, start=start, segments=[appointments.wish(CUT.id, [ANA.id])], customer_id=MIRA.id
    )
    place.desk.run(wish)
    place.act("save_booking")
    place.window.book_page.close_panel()
    place.until(lambda: place.said.startswith("Not booked: it still stands in the panel. Ana is taken"))
    place.act("new_booking")
    kept = form.form()
    assert kept.customer is not None
    assert (kept.customer.id, kept.service_id) == (MIRA.id, CUT.id)


def test_enter_never_takes_somebody_who_was_found_for_fewer_letters(place: Place) -> None:
    place.desk.edit(customers.create(name="Mirabel Aster"))
    draw(place, ANA.id, 10)
    box = panel(place).customer.search
    box.edit.setFocus()
    QTest.keyClicks(box.edit, "mir")
    place.until(lambda: len(box.rows()) == 3)
    first = box.rows()[0].title
    QTest.keyClicks(box.edit, "abel" if first == "Mira Holm" else "a h")
    QTest.keyClick(box.edit, Qt.Key.Key_Return)
    place.until(lambda: panel(place).form().customer is not None)
    chosen = panel(place).form().customer
    assert chosen is not None
    assert chosen.text == ("Mirabel Aster" if first == "Mira Holm" else "Mira Holm")


def test_what_others_take_while_the_form_is_open_is_free_no_more_and_what_was_entered_stays(place: Place) -> None:
    draw(place, ANA.id, 10)
    find(place, "mira")
    choose_service(place, "cut")
    place.until(lambda: panel(place)._save.isEnabled())
    wish = appointments.wish(CUT.id, [ANA.id])
    theirs = appointments.book(location_id=LOCATION.id, start=tomorrow(10), segments=[wish], customer_id=MIRA.id)
    before, made = panel(place).form(), place.desk.edit(theirs).subject
    place.until(lambda: "Ana is taken" in panel(place)._verdict.text())
    assert not panel(place)._save.isEnabled()
    assert panel(place).form() == before
    place.desk.edit(appointments.cancel(next(one for one in place.appointments() if one.id == made)))
    place.until(lambda: panel(place)._save.isEnabled())
    assert panel(place).form() == before


def mistype(place: Place, text: str) -> None:
    """Select what stands in the service field and type over it."""
    edit = panel(place).service.search.edit
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)


@pytest.mark.parametrize("how", ["enter", "mouse", "key"])
@pytest.mark.parametrize("typed", ["cot", "utcut", "colo"])
def test_a_service_that_is_typed_and_not_chosen_books_not_the_one_before(place: Place, typed: str, how: str) -> None:
    form = ready(place)
    mistype(place, typed)
    if how == "enter":
        form.service.search.close_list()
        QTest.keyClick(form.service.search.edit, Qt.Key.Key_Return)
    elif how == "mouse":
        QTest.mouseClick(form._save, Qt.MouseButton.LeftButton)
    else:
        place.act("save_booking")
    place.desk.do(lambda replica: None)
    QTest.qWait(0)
    assert place.appointments() == []
    assert form.form().service_id == ""
    if how != "mouse":
        assert form._verdict.text() == "Choose a service first."
        assert form.service.search.edit.hasFocus()
    place.until(lambda: not form._save.isEnabled() and form._save.toolTip() == "Choose a service first.")
    assert form.service._note.isVisible() is (typed != "colo")
    if typed != "colo":
        assert form.service._note.text() == f"No service is called “{typed}”."


def test_a_service_field_that_is_emptied_is_no_service_and_keeps_who_was_chosen(place: Place) -> None:
    form = ready(place)
    before = form.form()
    form.service.search.edit.selectAll()
    QTest.keyClick(form.service.search.edit, Qt.Key.Key_Delete)
    form.notes.setFocus()
    assert (form.form(), form.service.search.text()) == (replace(before, service_id=""), "")
    place.act("save_booking")
    assert form._verdict.text() == "Choose a service first."
    assert place.appointments() == []


def test_a_service_whose_name_is_typed_out_is_chosen_without_the_list(place: Place) -> None:
    form = ready(place)
    mistype(place, f" {COLOUR.name.lower()} ")
    form.notes.setFocus()
    assert form.form().service_id == COLOUR.id
    assert (form.service.search.text(), form.form().minutes) == (COLOUR.name, COLOUR.minutes)


def test_a_free_slot_that_is_taken_brings_no_service_back_that_was_typed_over(place: Place) -> None:
    form = ready(place)
    mistype(place, "cot")
    place.work.booking._take_slot(instant_text(tomorrow(12)))
    assert (form.service.search.text(), form.form().service_id) == ("cot", "")


def test_another_service_that_is_typed_and_not_chosen_is_not_left_out_in_silence(rooms: Place) -> None:
    form = ready(rooms)
    QTest.mouseClick(form.service._add, Qt.MouseButton.LeftButton)
    QTest.keyClicks(form.service.another.edit, "peal")
    assert form.service._note.text() == "No service is called “peal”."
    QTest.mouseClick(form._save, Qt.MouseButton.LeftButton)
    rooms.desk.do(lambda replica: None)
    QTest.qWait(0)
    assert rooms.appointments() == []
    assert form._verdict.text() == "Choose the other service first, or empty its field."
    assert form.service.another.edit.hasFocus()


def coming(place: Place) -> str:
    """What the panel says of what the customer has booked already."""
    told = panel(place)._coming
    return told.text() if told.isVisible() else ""


def test_whoever_books_sees_what_the_customer_has_booked_that_day_already(place: Place) -> None:
    place.book(tomorrow(10))
    draw(place, BEN.id, 10)
    find(place, "mira")
    place.until(lambda: coming(place) == "Mira Holm comes at 10:00 to Ana already.")
    choose_service(place, "cut")
    place.until(lambda: panel(place)._verdict.text().startswith("Free: Ben"))
    form = panel(place)
    form.when.day.setDate(form.when.day.date().addDays(1))
    place.until(lambda: coming(place) == "")
    form.when.day.setDate(form.when.day.date().addDays(-1))
    place.until(lambda: coming(place) == "Mira Holm comes at 10:00 to Ana already.")
    save(place)
    place.until(lambda: len(place.appointments()) == 2)


def test_it_goes_with_the_customer_and_with_the_visit(place: Place) -> None:
    made = place.book(tomorrow(10))
    draw(place, BEN.id, 12)
    find(place, "mira")
    place.until(lambda: coming(place) != "")
    panel(place).customer._again.click()
    assert coming(place) == ""
    find(place, "mira")
    place.until(lambda: coming(place) != "")
    place.desk.edit(appointments.cancel(next(one for one in place.appointments() if one.id == made)))
    place.until(lambda: coming(place) == "")


def test_a_visit_that_was_just_booked_is_not_said_to_be_booked_already(place: Place) -> None:
    ready(place)
    place.act("save_booking")
    place.until(lambda: place.said.startswith("Booked Mira"))
    draw(place, BEN.id, 14)
    place.desk.do(lambda replica: None)
    QTest.qWait(0)
    assert coming(place) == ""
