"""The week of one person: seven columns, worked like those of a day."""

from collections.abc import Callable
from datetime import datetime

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.widgets.book.scene import Slot
from desktop.widgets.book_rows import BookBox, BookDay
from desktop.widgets.day_book import DayBook
from tests.support.book_weeks import BERLIN, CLOCKS_BACK, CLOCKS_ON, on, visit, week

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ALT = Qt.KeyboardModifier.AltModifier
Shown = Callable[[BookDay], DayBook]


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    def show(rows: BookDay) -> DayBook:
        book = DayBook()
        qtbot.addWidget(book)
        book.resize(1000, 800)
        book.show_day(rows)
        book.show()
        book.activateWindow()
        qtbot.waitUntil(book.isActiveWindow)
        book.setFocus(Qt.FocusReason.OtherFocusReason)
        qtbot.waitUntil(book.hasFocus)
        return book

    return show


def place(book: DayBook, when: datetime, across: int = 40, down: int = 4) -> QPoint:
    number = book.scene.number("bo", when) or 0
    point = QPoint(book.scene.edges[number] + across, book.scene.axes[number].y(when) + down)
    return point - book.offset() + book.body().topLeft()


def drag(book: DayBook, begin: QPoint, end: QPoint) -> None:
    QTest.mousePress(book.viewport(), LEFT, NONE, begin)
    for part in range(1, 4):
        QTest.mouseMove(book.viewport(), begin + (end - begin) * part / 3)
    QTest.mouseMove(book.viewport(), end)
    QTest.mouseRelease(book.viewport(), LEFT, NONE, end)


def test_a_click_on_an_empty_place_books_on_that_day(shown: Shown, qtbot: QtBot) -> None:
    book = shown(week())
    with qtbot.waitSignal(book.spanDragged) as drawn:
        QTest.mouseClick(book.viewport(), LEFT, NONE, place(book, on(2, 10)))
    assert drawn.args == ["bo", on(2, 10), on(2, 10, 15)]


def test_a_visit_is_dragged_to_another_day_and_time(shown: Shown, qtbot: QtBot) -> None:
    book = shown(week(visit("Jo", on(0, 10))))
    with qtbot.waitSignal(book.rescheduleRequested) as moved:
        drag(book, place(book, on(0, 10), down=20), place(book, on(3, 13, 30), down=20))
    assert moved.args == ["bo", on(3, 13, 30), on(3, 14, 30), visit("Jo", on(0, 10))]


def test_a_drag_over_the_change_of_the_clock_keeps_the_wall_time(shown: Shown, qtbot: QtBot) -> None:
    begin, end = (on(day, 10, monday=CLOCKS_BACK, zone=BERLIN) for day in (4, 6))
    book = shown(week(visit("Jo", begin), monday=CLOCKS_BACK, zone=BERLIN))
    with qtbot.waitSignal(book.rescheduleRequested) as moved:
        drag(book, place(book, begin, down=20), place(book, end, down=20))
    assert moved.args is not None
    assert moved.args[1] == end


def test_keys_walk_over_the_days_at_the_same_wall_time(shown: Shown) -> None:
    book = shown(week(monday=CLOCKS_BACK, zone=BERLIN))
    book.put_cursor(Slot(resource_id="bo", starts=on(5, 10, monday=CLOCKS_BACK, zone=BERLIN)))
    QTest.keyClick(book, Qt.Key.Key_Right)
    assert book.cursor_target == Slot(resource_id="bo", starts=on(6, 10, monday=CLOCKS_BACK, zone=BERLIN))
    QTest.keyClick(book, Qt.Key.Key_Right)
    assert book.cursor_target.starts == on(6, 10, monday=CLOCKS_BACK, zone=BERLIN)


def test_keys_move_a_visit_to_the_next_day(shown: Shown, qtbot: QtBot) -> None:
    jo = visit("Jo", on(0, 10))
    book = shown(week(jo))
    book.put_cursor(jo)
    QTest.keyClick(book, Qt.Key.Key_Right, ALT)
    with qtbot.waitSignal(book.rescheduleRequested) as moved:
        QTest.keyClick(book, Qt.Key.Key_Return)
    assert moved.args == ["bo", on(1, 10), on(1, 11), jo]


def test_a_visit_past_midnight_stands_on_both_days_and_is_one_to_a_reader(shown: Shown) -> None:
    book = shown(week(visit("Jo", on(1, 23), 120)))
    assert [book.scene.column_at(item.body.left()) for item in book.scene.boxes_of("Jo")] == [1, 2]
    columns = [book.voice.column(column.key) for column in book.scene.day.columns]
    assert [len(one.children()) for one in columns] == [0, 1, 0, 0, 0, 0, 0]


def test_each_day_and_place_has_a_name(shown: Shown) -> None:
    book = shown(week(visit("Jo", on(1, 10))))
    root = QAccessible.queryAccessibleInterface(book)
    assert root.text(QAccessible.Text.Name) == "Week of 23 November, Bo, 1 booking"
    names = [one.name() for one in book.voice.columns()]
    assert names[:2] == ["Monday 23", "Tuesday 24"]
    book.put_cursor(Slot(resource_id="bo", starts=on(1, 12)))
    assert [node.name() for node in book.voice.slot_nodes()] == ["12:00, Tuesday 24, free"]
    book.put_cursor(Slot(resource_id="bo", starts=on(6, 12)))
    assert [node.name() for node in book.voice.slot_nodes()] == ["12:00, Sunday 29, closed"]


def test_the_now_line_is_in_the_column_of_today_alone(shown: Shown) -> None:
    book = shown(week(now=on(2, 11)))
    line, edges = book.scene.now_line(on(2, 11)), book.scene.edges
    assert (line.left(), line.right() + 1) == (edges[2], edges[3])
    assert book.scene.now_line(on(9, 11)).isEmpty()


def test_nothing_is_booked_in_an_hour_that_the_day_does_not_have(shown: Shown) -> None:
    book = shown(week(monday=CLOCKS_ON, zone=BERLIN))
    sunday, axis = book.scene.edges[6], book.scene.axes[6]
    top, bottom = axis.voids()[0]
    assert book.scene.slot_at(QPoint(sunday + 40, (top + bottom) // 2)) is None
    assert book.scene.slot_at(QPoint(sunday + 40, bottom + 1)) is not None


def test_a_changed_visit_repaints_its_place_and_no_other(shown: Shown) -> None:
    before, after = visit("Jo", on(0, 10)), visit("Jo", on(0, 10), status="arrived")
    others = [visit(f"Al {day}", on(day, 10)) for day in range(1, 5)]
    book = shown(week(before, *others))
    spoiled: list[BookBox] = []
    book.spoil = lambda area: spoiled.extend(i.box for i in book.scene.boxes_in(area))  # type: ignore[method-assign]
    book.show_day(week(after, *others))
    assert {box.appointment_id for box in spoiled} == {"Jo"}
