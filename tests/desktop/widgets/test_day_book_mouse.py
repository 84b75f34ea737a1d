"""The mouse books, moves, resizes and selects."""

from datetime import datetime

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.widgets.day_book import DayBook
from tests.support.book_days import at, box, day

LEFT = Qt.MouseButton.LeftButton


def point(book: DayBook, who: str, when: datetime, across: int = 60, down: int = 3) -> QPoint:
    """Where a time of a column is in the viewport."""
    x = book.scene.edges[book.scene.number(who, when) or 0] + across
    return QPoint(x, book.scene.axis.y(when) + down) - book.offset() + book.body().topLeft()


def drag(book: DayBook, start: QPoint, *stops: QPoint, drop: bool = True) -> None:
    QTest.mousePress(book.viewport(), LEFT, pos=start)
    for stop in stops:
        QTest.mouseMove(book.viewport(), stop)
    if drop:
        QTest.mouseRelease(book.viewport(), LEFT, pos=stops[-1])


def ask_menu(book: DayBook, at: QPoint) -> None:
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, book.viewport().mapToGlobal(at))
    book.contextMenuEvent(event)


def test_a_drag_over_free_time_marks_it(book: DayBook, qtbot: QtBot) -> None:
    end = point(book, "bo", at(12, 50))
    with qtbot.waitSignal(book.spanMarked) as marked:
        drag(book, point(book, "bo", at(12)), point(book, "bo", at(12, 20)), end)
    assert marked.args == ["bo", at(12), at(13), book.viewport().mapToGlobal(end)]


def test_the_menu_of_a_marked_span_keeps_it_and_elsewhere_lets_go_of_it(book: DayBook, qtbot: QtBot) -> None:
    drag(book, point(book, "bo", at(12)), point(book, "bo", at(12, 50)))
    ask_menu(book, point(book, "bo", at(12, 30)))
    assert book.ghost is not None
    ask_menu(book, point(book, "bo", at(14)))
    assert book.ghost is None


def test_a_menu_chooses_what_it_is_about(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.waitSignal(book.menuRequested) as asked:
        ask_menu(book, point(book, "bo", at(10, 30)))
    assert (asked.args[0], book.selected_id) == ("Jo", "Jo")


def test_a_book_that_is_read_alone_lets_itself_be_chosen_from_and_nothing_else(book: DayBook) -> None:
    said: list[str] = []
    for name in ("spanMarked", "spanDragged", "rescheduleRequested", "ghostMoved"):
        getattr(book, name).connect(lambda *_, one=name: said.append(one))
    book.set_read_only()
    held, free = point(book, "bo", at(10, 30)), point(book, "bo", at(12))
    for start in (held, point(book, "bo", at(10)), point(book, "bo", at(11), down=-2), free):
        drag(book, start, start + QPoint(0, 30), start + QPoint(0, 60), drop=False)
        assert book.ghost is None
        QTest.mouseRelease(book.viewport(), LEFT, pos=start + QPoint(0, 60))
    QTest.mouseClick(book.viewport(), LEFT, pos=free)
    QTest.mouseMove(book.viewport(), point(book, "bo", at(11), down=-2))
    assert book.viewport().cursor().shape() is Qt.CursorShape.PointingHandCursor
    assert (book.ghost, said) == (None, [])
    QTest.mouseClick(book.viewport(), LEFT, pos=held)
    assert book.selected_id == "Jo"


def test_a_drag_upwards_marks_the_same(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.waitSignal(book.spanMarked) as marked:
        drag(book, point(book, "bo", at(12, 50)), point(book, "bo", at(12, 20)), point(book, "bo", at(12)))
    assert marked.args[:3] == ["bo", at(12), at(13)]


def test_a_click_books_one_slot_or_the_length_that_was_set(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.waitSignal(book.spanDragged) as booked:
        QTest.mouseClick(book.viewport(), LEFT, pos=point(book, "bo", at(12)))
    assert booked.args == ["bo", at(12), at(12, 15)]
    book.set_click_length(45)
    with qtbot.waitSignal(book.spanDragged) as booked:
        QTest.mouseClick(book.viewport(), LEFT, pos=point(book, "bo", at(12)))
    assert booked.args == ["bo", at(12), at(12, 45)]


def test_a_drag_to_another_column_and_time_moves(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.waitSignal(book.rescheduleRequested) as moved:
        drag(book, point(book, "bo", at(10, 30)), point(book, "bo", at(10, 40)), point(book, "ann", at(11, 47)))
    assert moved.args == ["ann", at(11, 15), at(12, 15), box("Jo", "bo", at(10), 60)]


def test_a_person_is_not_moved_to_a_room(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.waitSignal(book.rescheduleRequested) as moved:
        drag(book, point(book, "bo", at(10, 30)), point(book, "r1", at(12)))
    assert moved.args[0] == "bo"


def test_the_lower_edge_resizes(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.waitSignal(book.rescheduleRequested) as resized:
        drag(book, point(book, "bo", at(11), down=-2), point(book, "bo", at(11, 15)), point(book, "bo", at(11, 45)))
    assert resized.args == ["bo", at(10), at(11, 45), box("Jo", "bo", at(10), 60)]


def test_the_upper_edge_resizes(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.waitSignal(book.rescheduleRequested) as resized:
        drag(book, point(book, "bo", at(10), down=2), point(book, "bo", at(9, 30), down=2))
    assert resized.args == ["bo", at(9, 30), at(11), box("Jo", "bo", at(10), 60)]


def test_a_booking_cannot_be_made_shorter_than_a_slot(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.waitSignal(book.rescheduleRequested) as resized:
        drag(book, point(book, "bo", at(11), down=-2), point(book, "bo", at(9, 45)))
    assert resized.args[1:3] == [at(10), at(10, 15)]


def test_escape_gives_a_drag_up(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(book.rescheduleRequested), qtbot.assertNotEmitted(book.spanDragged):
        drag(book, point(book, "bo", at(10, 30)), point(book, "ann", at(11, 47)), drop=False)
        QTest.keyClick(book, Qt.Key.Key_Escape)
        assert book.ghost is None
        QTest.mouseRelease(book.viewport(), LEFT, pos=point(book, "ann", at(11, 47)))


def test_a_booking_put_back_where_it_was_asks_for_nothing(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(book.rescheduleRequested):
        here, there = point(book, "bo", at(10, 30)), point(book, "bo", at(12))
        drag(book, here, there, here)
    assert book.ghost is None


def test_the_ghost_asks_at_each_new_place_and_takes_the_answer(book: DayBook, qtbot: QtBot) -> None:
    asked: list[list[object]] = []
    book.ghostMoved.connect(lambda *place: asked.append(list(place)))
    drag(book, point(book, "bo", at(10, 30)), point(book, "bo", at(11)), point(book, "bo", at(11, 1)), drop=False)
    assert asked == [["bo", at(10, 30), at(11, 30), box("Jo", "bo", at(10), 60)]]
    book.set_verdict("Bo: lunch", ok=False)
    assert (book.verdict.text, book.verdict.ok) == ("Bo: lunch", False)
    QTest.mouseMove(book.viewport(), point(book, "bo", at(12)))
    assert book.verdict.ok is None


def test_a_moved_ghost_stays_until_the_rows_have_changed(book: DayBook) -> None:
    drag(book, point(book, "bo", at(10, 30)), point(book, "bo", at(12, 30)))
    assert book.ghost is not None
    book.show_day(day(box("Jo", "bo", at(12)), box("Kim", "ann", at(14), 30)))
    assert book.ghost is None


def test_a_new_ghost_stays_while_other_rows_change(book: DayBook) -> None:
    drag(book, point(book, "bo", at(12)), point(book, "bo", at(12, 50)))
    book.show_day(day(box("Jo", "bo", at(10)), box("Lu", "ann", at(9))))
    assert book.ghost is not None
    book.show_day(day(box("Jo", "bo", at(10)), box("Mo", "bo", at(12))))
    assert book.ghost is None


def test_at_the_edge_of_the_book_a_drag_scrolls(book: DayBook, qtbot: QtBot) -> None:
    before = book.verticalScrollBar().value()
    bottom = QPoint(point(book, "bo", at(10)).x(), book.viewport().height() - 4)
    drag(book, point(book, "bo", at(10, 30)), bottom, drop=False)
    qtbot.waitUntil(lambda: book.verticalScrollBar().value() > before + 30)
    held = book.ghost
    assert held is not None
    assert held.starts > at(15)
    QTest.keyClick(book, Qt.Key.Key_Escape)


def test_a_click_selects_and_a_double_click_opens(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.waitSignal(book.selected) as chosen:
        QTest.mouseClick(book.viewport(), LEFT, pos=point(book, "bo", at(10, 30)))
    assert chosen.args == ["Jo"]
    with qtbot.waitSignal(book.activated) as opened:
        QTest.mouseDClick(book.viewport(), LEFT, pos=point(book, "bo", at(10, 30)))
    assert opened.args == ["Jo"]


def test_a_click_on_free_time_selects_nothing(book: DayBook, qtbot: QtBot) -> None:
    book.select("Jo")
    with qtbot.waitSignal(book.selected) as chosen:
        QTest.mouseClick(book.viewport(), LEFT, pos=point(book, "bo", at(12)))
    assert chosen.args == [None]


def test_names_and_hours_are_no_slots(book: DayBook, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(book.spanDragged):
        QTest.mouseClick(book.viewport(), LEFT, pos=QPoint(200, 20))
        QTest.mouseClick(book.viewport(), LEFT, pos=QPoint(20, 300))


def test_names_stay_above_the_columns_while_the_book_scrolls(book: DayBook) -> None:
    before = book.grab().toImage().copy(0, 0, 800, 50)
    book.verticalScrollBar().setValue(book.verticalScrollBar().value() + 300)
    assert book.grab().toImage().copy(0, 0, 800, 50) == before
