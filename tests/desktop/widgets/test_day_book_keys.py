"""Everything that the mouse does in the book, the keyboard does."""

from datetime import UTC, date, datetime, timedelta

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.widgets.book.scene import Slot
from desktop.widgets.book_rows import BookBox
from desktop.widgets.day_book import DayBook
from tests.support.book_days import at, box, day

ALT, SHIFT, CONTROL = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
JO = box("Jo", "bo", at(10))
UP, DOWN, LEFT, RIGHT = Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right


def where(book: DayBook) -> object:
    """The name of the booking on which the cursor stands, or column and start of the slot."""
    target = book.cursor_target
    if isinstance(target, BookBox):
        return target.appointment_id
    return (target.resource_id, target.starts) if isinstance(target, Slot) else None


def press(book: DayBook, *keys: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    for key in keys:
        QTest.keyClick(book, key, held)


def test_arrows_walk_over_bookings_and_slots(book: DayBook) -> None:
    book.put_cursor(Slot(resource_id="bo", starts=at(9, 30)), keyed=True)
    seen = []
    for key in (DOWN, DOWN, DOWN, RIGHT, LEFT, UP, UP):
        press(book, key)
        seen.append(where(book))
    assert seen == [
        ("bo", at(9, 45)), "Jo", ("bo", at(11)), ("ann", at(11)), ("bo", at(11)), "Jo", ("bo", at(9, 45)),
    ]  # fmt: skip


def test_every_booking_is_reached_even_where_they_overlap(book: DayBook) -> None:
    boxes = [box("A", "bo", at(10), 60), box("B", "bo", at(10, 5), 10), box("C", "bo", at(10, 30), 60)]
    book.show_day(day(*boxes))
    book.put_cursor(Slot(resource_id="bo", starts=at(9, 45)), keyed=True)
    down = []
    for _ in range(4):
        press(book, DOWN)
        down.append(where(book))
    assert down[:3] == ["A", "B", "C"]
    press(book, UP, UP, UP)
    assert where(book) == "A"


def test_a_booking_between_two_slots_is_not_stepped_over(book: DayBook) -> None:
    book.show_day(day(box("Short", "bo", at(10, 5), 5)))
    book.put_cursor(Slot(resource_id="bo", starts=at(10)), keyed=True)
    press(book, DOWN)
    assert where(book) == "Short"


def test_walking_onto_a_booking_selects_it(book: DayBook, qtbot: QtBot) -> None:
    book.put_cursor(Slot(resource_id="bo", starts=at(9, 45)), keyed=True)
    with qtbot.waitSignal(book.selected) as chosen:
        press(book, DOWN)
    assert chosen.args == ["Jo"]


def test_the_cursor_stops_at_the_ends_of_the_day(book: DayBook) -> None:
    book.put_cursor(Slot(resource_id="bo", starts=at(0)), keyed=True)
    press(book, UP, LEFT)
    assert where(book) == ("bo", at(0))
    book.put_cursor(Slot(resource_id="r1", starts=at(23, 45)), keyed=True)
    press(book, DOWN, RIGHT)
    assert where(book) == ("r1", at(23, 45))


def test_enter_opens_a_booking_and_books_a_slot(book: DayBook, qtbot: QtBot) -> None:
    book.select("Jo")
    with qtbot.waitSignal(book.activated) as opened:
        press(book, Qt.Key.Key_Return)
    assert opened.args == ["Jo"]
    book.put_cursor(Slot(resource_id="bo", starts=at(12)), keyed=True)
    with qtbot.waitSignal(book.spanDragged) as booked:
        press(book, Qt.Key.Key_Enter)
    assert booked.args == ["bo", at(12), at(12, 15)]


def test_shift_and_arrows_draw_a_new_booking(book: DayBook, qtbot: QtBot) -> None:
    book.put_cursor(Slot(resource_id="bo", starts=at(12)), keyed=True)
    press(book, DOWN, DOWN, held=SHIFT)
    with qtbot.waitSignal(book.spanDragged) as booked:
        press(book, Qt.Key.Key_Return)
    assert booked.args == ["bo", at(12), at(12, 45)]


def test_alt_and_arrows_move(book: DayBook, qtbot: QtBot) -> None:
    book.select("Jo")
    press(book, DOWN, DOWN, held=ALT)
    press(book, RIGHT, held=ALT)
    with qtbot.waitSignal(book.rescheduleRequested) as moved:
        press(book, Qt.Key.Key_Return)
    assert moved.args == ["ann", at(10, 30), at(11, 30), JO]


def test_alt_and_shift_and_arrows_resize(book: DayBook, qtbot: QtBot) -> None:
    book.select("Jo")
    press(book, DOWN, DOWN, UP, held=ALT | SHIFT)
    with qtbot.waitSignal(book.rescheduleRequested) as resized:
        press(book, Qt.Key.Key_Return)
    assert resized.args == ["bo", at(10), at(11, 15), JO]


def test_who_is_faster_than_the_rows_moves_on_from_what_the_eye_sees(book: DayBook, qtbot: QtBot) -> None:
    book.select("Jo")
    press(book, DOWN, held=ALT)
    press(book, RIGHT, held=ALT)
    press(book, Qt.Key.Key_Return)
    with qtbot.waitSignal(book.rescheduleRequested) as back:
        press(book, UP, held=ALT)
        press(book, Qt.Key.Key_Return)
    assert back.args == ["ann", at(10), at(11), box("Jo", "ann", at(10, 15), 60, spoken=JO.spoken)]
    with qtbot.waitSignal(book.rescheduleRequested) as longer:
        press(book, DOWN, held=ALT | SHIFT)
        press(book, Qt.Key.Key_Return)
    assert longer.args == ["ann", at(10), at(11, 15), box("Jo", "ann", at(10), 60, spoken=JO.spoken)]


def test_rows_that_come_meanwhile_leave_a_move_that_is_being_made(book: DayBook, qtbot: QtBot) -> None:
    book.select("Jo")
    press(book, DOWN, held=ALT)
    press(book, Qt.Key.Key_Return)
    press(book, UP, held=ALT)
    book.show_day(day(box("Jo", "bo", at(10, 15), 60)))
    with qtbot.waitSignal(book.rescheduleRequested) as back:
        press(book, Qt.Key.Key_Return)
    assert back.args == ["bo", at(10), at(11), box("Jo", "bo", at(10, 15), 60, spoken=JO.spoken)]


def test_rows_of_an_earlier_move_take_nothing_back_of_one_that_is_being_made(book: DayBook, qtbot: QtBot) -> None:
    book.select("Jo")
    book.hold_ghost(held=True)
    press(book, DOWN, DOWN, held=ALT)
    press(book, Qt.Key.Key_Return)
    book.show_day(day(box("Jo", "bo", at(10, 15), 60)))
    with qtbot.waitSignal(book.rescheduleRequested) as on:
        press(book, DOWN, held=ALT)
        press(book, Qt.Key.Key_Return)
    assert on.args == ["bo", at(10, 45), at(11, 45), box("Jo", "bo", at(10, 30), 60, spoken=JO.spoken)]
    book.hold_ghost(held=False)
    book.show_day(day(box("Jo", "bo", at(10, 45), 60)))
    assert book.ghost is None


def test_the_keyboard_shows_the_same_ghost_and_escape_takes_it_away(book: DayBook, qtbot: QtBot) -> None:
    book.select("Jo")
    with qtbot.waitSignal(book.ghostMoved) as asked:
        press(book, DOWN, held=ALT)
    assert asked.args == ["bo", at(10, 15), at(11, 15), JO]
    with qtbot.assertNotEmitted(book.rescheduleRequested):
        press(book, Qt.Key.Key_Escape)
    assert book.ghost is None
    assert book.selected_id == "Jo"
    press(book, Qt.Key.Key_Escape)
    assert book.selected_id is None


def test_control_and_arrows_go_from_booking_to_booking_and_day_to_day(book: DayBook, qtbot: QtBot) -> None:
    book.put_cursor(Slot(resource_id="bo", starts=at(9)), keyed=True)
    press(book, DOWN, held=CONTROL)
    assert where(book) == "Jo"
    with qtbot.waitSignal(book.dayStepRequested) as stepped:
        press(book, LEFT, held=CONTROL)
    assert stepped.args == [-1]


def test_a_letter_on_a_booking_is_told_and_on_a_slot_is_not(book: DayBook, qtbot: QtBot) -> None:
    book.select("Jo")
    with qtbot.waitSignal(book.statusKeyPressed) as told:
        press(book, Qt.Key.Key_A)
    assert told.args == ["Jo", "a"]
    book.put_cursor(Slot(resource_id="bo", starts=at(9)), keyed=True)
    with qtbot.assertNotEmitted(book.statusKeyPressed):
        press(book, Qt.Key.Key_A)


def test_home_and_end_are_the_first_and_last_booking_of_the_column(book: DayBook) -> None:
    book.show_day(day(box("A", "bo", at(9)), box("B", "bo", at(12)), box("C", "bo", at(16))))
    book.select("B")
    press(book, Qt.Key.Key_End)
    assert where(book) == "C"
    press(book, Qt.Key.Key_Home)
    assert where(book) == "A"


def test_the_cursor_stays_in_view(book: DayBook) -> None:
    book.put_cursor(Slot(resource_id="bo", starts=at(20)), keyed=True)
    assert book.body().contains(book.to_viewport(book.target_rect()))


def test_the_cursor_follows_its_booking_and_keeps_its_place_when_that_goes(book: DayBook) -> None:
    book.select("Jo")
    book.show_day(day(box("Jo", "ann", at(15))))
    assert where(book) == "Jo"
    assert isinstance(book.cursor_target, BookBox)
    assert book.cursor_target.starts == at(15)
    book.show_day(day())
    assert where(book) == ("ann", at(15))


def test_the_long_day_has_a_slot_for_each_of_its_25_hours(book: DayBook) -> None:
    book.show_day(day(day=date(2026, 10, 25), zone="Europe/Berlin", slot_step=60))
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    book.put_cursor(Slot(resource_id="bo", starts=start), keyed=True)
    press(book, *[DOWN] * 24)
    assert where(book) == ("bo", start + timedelta(hours=24))
    press(book, DOWN)
    assert where(book) == ("bo", start + timedelta(hours=24))


def test_a_book_that_is_read_alone_is_walked_through_and_no_key_draws_or_moves(book: DayBook) -> None:
    said: list[str] = []
    for name in ("spanDragged", "rescheduleRequested", "ghostMoved"):
        getattr(book, name).connect(lambda *_, one=name: said.append(one))
    book.set_read_only()
    for begin in (Slot(resource_id="bo", starts=at(9, 45)), book.scene.flat[0].box):
        for key, held in ((DOWN, ALT), (RIGHT, ALT), (DOWN, ALT | SHIFT), (DOWN, SHIFT), (Qt.Key.Key_Return, ALT)):
            book.put_cursor(begin, keyed=True)
            press(book, key, held=held)
            press(book, Qt.Key.Key_Return)
            assert book.ghost is None
    assert said == []
    book.put_cursor(Slot(resource_id="bo", starts=at(9, 45)), keyed=True)
    press(book, DOWN)
    assert where(book) == "Jo"


def test_enter_opens_what_was_chosen_before_its_row_was_there(book: DayBook, qtbot: QtBot) -> None:
    book.put_cursor(Slot(resource_id="bo", starts=at(12)), keyed=True)
    book.select("New")
    book.show_day(day(JO, box("New", "bo", at(12))))
    assert where(book) == "New"
    with qtbot.waitSignal(book.activated) as opened:
        press(book, Qt.Key.Key_Return)
    assert opened.args == ["New"]


def test_enter_that_is_held_down_opens_nothing(book: DayBook, qtbot: QtBot) -> None:
    book.put_cursor(Slot(resource_id="bo", starts=at(12)), keyed=True)
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", autorep=True)
    with qtbot.assertNotEmitted(book.spanDragged):
        QApplication.sendEvent(book, held)
