"""Whoever is faster than the answers: keys and clicks that come before the window has followed."""

from datetime import timedelta

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from shared.model.appointment import Status
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.salon import ANA, BEN


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
        start = tomorrow(hour)
        place.work.book._reschedule(made, ANA.id, start, start + timedelta(minutes=60), ANA.id)
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
        start = tomorrow(hour)
        place.work.book._reschedule(made, ANA.id, start, start + timedelta(minutes=60), ANA.id)
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
