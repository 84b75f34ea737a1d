"""Whoever is faster than the answers: keys and clicks that come before the window has followed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from desktop.operations import appointments
from desktop.widgets.book.scene import Scene
from desktop.widgets.book_rows import BookBox
from shared.model.appointment import Status
from shared.model.base import ResourceId
from shared.model.resource import ResourceKind
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, CUT, LOCATION, MIRA, made_id

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
UP, DOWN, LEFT, RIGHT = Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right
ROOM = replace(ANA, id=ResourceId(made_id("room")), name="Room 7", kind=ResourceKind.ROOM, member_id=None, position=0)
"""Its column is between those of the two people."""


def settle(place: Place) -> None:
    """Wait until everything that was asked for has been answered."""
    for _ in range(3):
        place.desk.do(lambda replica: None)
        QTest.qWait(0)


def point(place: Place, appointment_id: str) -> QPoint:
    """Where a booking stands in the window of the day book, brought into view."""
    book = place.window.book_page.book
    book.select(appointment_id)
    (box,) = book.scene.boxes_of(appointment_id)
    return box.body.center() - book.offset() + book.body().topLeft()


def shown(place: Place) -> None:
    place.until(lambda: place.window.book_page.book.scene.day.day == place.work.book.day)


def test_undo_pressed_many_times_takes_back_one_step_each(place: Place) -> None:
    made = place.book(tomorrow(10))
    for hour in (11, 12, 13):
        place.drop(made, tomorrow(hour), 60)
    place.until(lambda: place.appointments()[0].starts_at == tomorrow(13))
    settle(place)
    place.act("undo")
    place.act("undo")
    place.until(lambda: place.appointments()[0].starts_at == tomorrow(11))
    for _ in range(5):
        place.window.actions_by_name["undo"].trigger()
    settle(place)
    place.until(lambda: place.appointments()[0].status is Status.CANCELLED)
    settle(place)
    for _ in range(5):
        place.window.actions_by_name["redo"].trigger()
    place.until(lambda: place.appointments()[0].starts_at == tomorrow(13))


def test_undo_offered_by_the_toast_is_taken_once_however_often_it_is_clicked(place: Place) -> None:
    made = place.book(tomorrow(10))
    for hour in (11, 12):
        place.drop(made, tomorrow(hour), 60)
    place.until(lambda: place.appointments()[0].starts_at == tomorrow(12) and "12:00" in place.said)
    place.window.toast.undoRequested.emit()
    place.window.toast.undoRequested.emit()
    settle(place)
    assert place.appointments()[0].starts_at == tomorrow(11)


def test_a_booking_of_the_day_that_is_still_shown_is_opened_though_another_day_is_on_its_way(place: Place) -> None:
    made = place.book(tomorrow(10))
    shown(place)
    at, viewport = point(place, made), place.window.book_page.book.viewport()
    place.work.book.step(1)
    place.work.book.step(1)
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=at)
    place.until(lambda: place.window.book_page.open_panel == "card")
    assert place.work.card.shown is not None
    assert place.work.card.shown.appointment.id == made
    shown(place)
    settle(place)
    assert place.window.book_page.open_panel == "card"


def test_a_step_pressed_after_the_day_has_gone_on_is_of_the_visit_that_is_chosen(place: Place) -> None:
    made = place.book(tomorrow(10))
    shown(place)
    QTest.mouseClick(place.window.book_page.book.viewport(), Qt.MouseButton.LeftButton, pos=point(place, made))
    place.until(lambda: place.window.actions_by_name["arrive"].isEnabled())
    place.work.book.step(1)
    place.act("arrive")
    place.until(lambda: place.appointments()[0].status is Status.ARRIVED)


def test_whoever_chooses_another_visit_and_presses_at_once_steps_that_one(place: Place) -> None:
    first, second = place.book(tomorrow(10)), place.book(tomorrow(10), BEN.id)
    shown(place)
    place.until(lambda: bool(place.window.book_page.book.scene.boxes_of(second)))
    viewport = place.window.book_page.book.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point(place, first))
    place.until(lambda: place.work.card.shown is not None and place.work.card.shown.appointment.id == first)
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point(place, second))
    place.window.actions_by_name["arrive"].trigger()
    settle(place)
    status = {str(one.id): one.status for one in place.appointments()}
    assert status == {first: Status.BOOKED, second: Status.ARRIVED}, "the eye sees the second chosen"


def test_the_second_press_of_a_double_click_on_save_makes_nothing_in_the_book_behind(place: Place) -> None:
    page = place.window.book_page
    start = tomorrow(10)
    page.book.spanDragged.emit(ANA.id, start, start + timedelta(minutes=30))
    assert page.open_panel == "booking"
    at = page.booking._save.mapTo(place.window, QPoint(10, 10))
    page.close_panel()
    settle(place)
    under = place.window.childAt(at)
    assert under is not None
    QTest.mouseDClick(under, Qt.MouseButton.LeftButton, pos=under.mapFrom(place.window, at))
    settle(place)
    assert page.open_panel == ""


# A visit that stands in two columns


@pytest.fixture
def rooms(place: Place) -> Place:
    """The salon with a room."""
    place.desk.do(lambda replica: replica.apply_lines(patch(2, ROOM)))
    place.work.book._changed(frozenset({"resource"}))
    place.until(lambda: scene(place).shows(ROOM.id))
    return place


def book(place: Place, hour: int, *who: str, minute: int = 0) -> str:
    """Book a cut with several at once, and wait until it shows in all their columns."""
    wish = appointments.wish(CUT.id, who)
    made = place.desk.edit(
        appointments.book(location_id=LOCATION.id, start=tomorrow(hour, minute), segments=[wish], customer_id=MIRA.id)
    ).subject
    place.until(lambda: len(scene(place).boxes_of(made)) == len(who))
    return made


def scene(place: Place) -> Scene:
    return place.window.book_page.book.scene


def take(place: Place, made: str, resource: str) -> None:
    """Put the cursor on the visit in a column."""
    page = place.window.book_page
    page.book.setFocus()
    page.book.put_cursor(next(item.box for item in scene(place).boxes_of(made) if item.box.resource_id == resource))


def press(place: Place, key: Qt.Key, held: Qt.KeyboardModifier = ALT, *, enter: bool = True) -> None:
    QTest.keyClick(place.window.book_page.book, key, held)
    if enter:
        QTest.keyClick(place.window.book_page.book, Qt.Key.Key_Return)


def followed(place: Place) -> None:
    """Wait until the book shows what has come of all that was asked for."""
    settle(place)
    place.until(lambda: place.window.book_page.book.ghost is None)


def moves(place: Place) -> Sequence[tuple[object, object]]:
    """Start and segments of all moves that wait, as they were sent."""
    edits = place.desk.do(lambda replica: replica.outbox.all())
    return [(one.args["start"], one.args["segments"]) for one in edits if one.name == "appointment.reschedule"]


@pytest.mark.parametrize("column", [ANA.id, ROOM.id])
@pytest.mark.parametrize("held", [ALT, ALT | SHIFT])
def test_keys_lose_no_move_of_a_visit_that_stands_in_two_columns(
    rooms: Place, column: str, held: Qt.KeyboardModifier
) -> None:
    made = book(rooms, 10, ANA.id, ROOM.id)
    take(rooms, made, column)
    for number in range(40):
        press(rooms, UP if number % 2 else DOWN, held)
        if number % 3 == 0:
            QTest.qWait(1)
    followed(rooms)
    assert len(moves(rooms)) == 40
    assert (None, None) not in moves(rooms)
    assert (rooms.appointments()[0].starts_at, rooms.appointments()[0].ends_at) == (tomorrow(10), tomorrow(10, 45))


def test_where_the_room_is_taken_keys_send_nothing_that_changes_nothing(rooms: Place) -> None:
    made = book(rooms, 10, ANA.id, ROOM.id)
    book(rooms, 10, BEN.id, ROOM.id, minute=50)
    take(rooms, made, ANA.id)
    for _ in range(20):
        press(rooms, DOWN)
        press(rooms, UP)
    followed(rooms)
    assert moves(rooms) == []
    assert rooms.said.startswith("Not moved. Room 7 is taken")
    assert rooms.appointments()[0].starts_at == tomorrow(10)


def test_a_refused_move_takes_nothing_from_the_next_one_that_is_begun_already(rooms: Place) -> None:
    made = book(rooms, 10, ANA.id, ROOM.id)
    book(rooms, 10, BEN.id, ROOM.id, minute=50)
    take(rooms, made, ANA.id)
    press(rooms, DOWN)
    press(rooms, UP, enter=False)
    press(rooms, UP, enter=False)
    settle(rooms)
    rooms.until(lambda: "Room 7 is taken" in rooms.said)
    QTest.keyClick(rooms.window.book_page.book, Qt.Key.Key_Return)
    rooms.until(lambda: rooms.appointments()[0].starts_at == tomorrow(9, 45))
    followed(rooms)
    assert rooms.window.book_page.open_panel == ""


def test_a_gesture_that_is_given_up_leaves_the_visit_where_it_was_just_sent(rooms: Place) -> None:
    made = book(rooms, 10, ANA.id, ROOM.id)
    take(rooms, made, ROOM.id)
    press(rooms, DOWN)
    press(rooms, DOWN, enter=False)
    QTest.keyClick(rooms.window.book_page.book, Qt.Key.Key_Escape)
    press(rooms, DOWN, enter=False)
    press(rooms, UP)
    press(rooms, DOWN)
    followed(rooms)
    assert rooms.appointments()[0].starts_at == tomorrow(10, 30)
    assert len(moves(rooms)) == 2


def test_a_visit_goes_from_person_to_person_and_its_room_stays_with_the_keys(rooms: Place) -> None:
    made = book(rooms, 10, ANA.id, ROOM.id)
    take(rooms, made, ANA.id)
    for number in range(12):
        press(rooms, LEFT if number % 2 else RIGHT)
        if number % 3 == 0:
            followed(rooms)
    press(rooms, RIGHT)
    press(rooms, DOWN)
    followed(rooms)
    (one,) = rooms.appointments()
    assert (one.starts_at, set(one.resources), len(moves(rooms))) == (tomorrow(10, 15), {BEN.id, ROOM.id}, 14)
    cursor = rooms.window.book_page.book.cursor_target
    assert isinstance(cursor, BookBox)
    assert cursor.resource_id == BEN.id


def test_a_visit_is_moved_on_in_its_other_column_before_the_rows_have_followed(rooms: Place) -> None:
    made = book(rooms, 10, ANA.id, ROOM.id)
    take(rooms, made, ANA.id)
    press(rooms, DOWN)
    take(rooms, made, ROOM.id)
    press(rooms, DOWN)
    take(rooms, made, ANA.id)
    press(rooms, DOWN, ALT | SHIFT)
    take(rooms, made, ROOM.id)
    press(rooms, DOWN, ALT | SHIFT)
    followed(rooms)
    (one,) = rooms.appointments()
    assert (one.starts_at, one.ends_at, one.resources) == (tomorrow(10, 30), tomorrow(11, 45), (ANA.id, ROOM.id))


def test_two_visits_moved_by_turns_lose_no_move(place: Place) -> None:
    one, other = place.book(tomorrow(10)), place.book(tomorrow(10), BEN.id)
    shown(place)
    place.until(lambda: bool(scene(place).boxes_of(other)))
    for _ in range(4):
        for made, who in ((one, ANA.id), (other, BEN.id)):
            take(place, made, who)
            press(place, DOWN)
    followed(place)
    assert [visit.starts_at for visit in place.appointments()] == [tomorrow(11), tomorrow(11)]


@pytest.mark.parametrize("column", [ANA.id, ROOM.id])
def test_what_was_just_dragged_is_dragged_on_from_where_the_eye_sees_it(rooms: Place, column: str) -> None:
    made = book(rooms, 10, ANA.id, ROOM.id)
    page = rooms.window.book_page
    take(rooms, made, column)
    at = next(item.body for item in scene(rooms).boxes_of(made) if item.box.resource_id == column).center()
    hour = QPoint(0, scene(rooms).axis.y(tomorrow(11)) - scene(rooms).axis.y(tomorrow(10)))
    page.book.verticalScrollBar().setValue(at.y() - 100)
    at = at - page.book.offset() + page.book.body().topLeft()
    viewport, left = page.book.viewport(), Qt.MouseButton.LeftButton
    for _ in range(3):
        QTest.mousePress(viewport, left, pos=at)
        QTest.mouseMove(viewport, at + QPoint(0, 20))
        at += hour
        QTest.mouseMove(viewport, at)
        QTest.mouseRelease(viewport, left, pos=at)
    followed(rooms)
    assert [visit.starts_at for visit in rooms.appointments()] == [tomorrow(13)]
    assert page.open_panel == ""
