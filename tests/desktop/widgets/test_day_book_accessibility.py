"""A screen reader finds the day, its columns and its bookings, and hears what happens."""

import gc
from datetime import date
from types import SimpleNamespace

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets import announcing
from desktop.widgets.book import accessibility
from desktop.widgets.book.scene import Slot
from desktop.widgets.day_book import DayBook
from tests.support.book_days import at, box, day

NAME = QAccessible.Text.Name


@pytest.fixture
def heard(book: DayBook, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a screen reader is told from now on: the names of what gets the focus, and announcements."""
    said: list[str] = []

    def hear(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            said.append(event.message())
        else:
            said.append(event.accessibleInterface().text(NAME))

    bridge = SimpleNamespace(**{name: getattr(QAccessible, name) for name in dir(QAccessible) if name[0] != "_"})
    bridge.isActive = lambda: True
    bridge.updateAccessibility = hear
    monkeypatch.setattr(accessibility, "QAccessible", bridge)
    monkeypatch.setattr(announcing, "QAccessible", bridge)
    return said


def root(book: DayBook) -> QAccessibleInterface:
    return QAccessible.queryAccessibleInterface(book)


def children(node: QAccessibleInterface, role: QAccessible.Role) -> list[QAccessibleInterface]:
    found = (node.child(index) for index in range(node.childCount()))
    return [child for child in found if child.role() == role]


def columns(book: DayBook) -> list[QAccessibleInterface]:
    return children(root(book), QAccessible.Role.List)


def bookings(book: DayBook) -> list[QAccessibleInterface]:
    return [child for column in columns(book) for child in children(column, QAccessible.Role.ListItem)]


def test_the_tree_holds_the_day_its_hours_its_columns_and_their_bookings(book: DayBook) -> None:
    assert root(book).text(NAME) == "Monday, 23 November 2026, 2 bookings"
    assert [column.text(NAME) for column in columns(book)] == ["Bo, Stylist", "Ann, Colourist", "Room 1, Room"]
    assert [item.text(NAME) for item in bookings(book)] == ["10:00, Jo, Cut, bo", "14:00, Kim, Cut, ann"]
    hours = children(root(book), QAccessible.Role.RowHeader)
    assert [hour.text(NAME) for hour in hours][9:11] == ["09:00", "10:00"]


def test_every_node_knows_its_parent_and_its_place(book: DayBook) -> None:
    for column in columns(book):
        assert column.parent().text(NAME) == root(book).text(NAME)
        for index in range(column.childCount()):
            assert column.indexOfChild(column.child(index)) == index
            assert column.child(index).parent() is column
    assert root(book).child(99) is None


def test_rectangles_are_where_a_person_sees_them_on_the_screen(book: DayBook) -> None:
    (jo, kim) = bookings(book)
    item = book.scene.boxes_of("Jo")[0]
    corner = book.viewport().mapToGlobal(book.to_viewport(item.body).topLeft())
    assert jo.rect().topLeft() == corner
    assert jo.rect().size() == item.body.size()
    assert columns(book)[0].rect().contains(jo.rect())
    centre = kim.rect().center()
    assert root(book).childAt(centre.x(), centre.y()).text(NAME) == kim.text(NAME)
    ten = children(root(book), QAccessible.Role.RowHeader)[10]
    assert ten.rect().top() == jo.rect().top()


def test_what_is_scrolled_away_is_off_the_screen(book: DayBook) -> None:
    book.verticalScrollBar().setValue(0)
    jo = bookings(book)[0]
    assert jo.rect().isEmpty()
    assert jo.state().offscreen


def test_the_selected_booking_and_the_focused_one_say_so(book: DayBook) -> None:
    book.select("Kim")
    jo, kim = bookings(book)
    assert (bool(jo.state().selected), bool(kim.state().selected)) == (False, True)
    assert (bool(jo.state().focused), bool(kim.state().focused)) == (False, True)
    assert root(book).focusChild() is kim


def test_moving_the_cursor_says_the_booking_or_the_slot(book: DayBook, heard: list[str]) -> None:
    book.put_cursor(Slot(resource_id="bo", starts=at(9, 45)), keyed=True)
    QTest.keyClick(book, Qt.Key.Key_Down)
    QTest.keyClick(book, Qt.Key.Key_Down)
    assert heard == ["09:45, Bo, free", "10:00, Jo, Cut, bo", "11:00, Bo, free"]


@pytest.mark.parametrize(("who", "hour", "words"), [("bo", 8, "08:00, Bo, closed"), ("ann", 12, "12:00, Ann, Lunch")])
def test_a_slot_says_why_it_is_not_free(book: DayBook, heard: list[str], who: str, hour: int, words: str) -> None:
    book.put_cursor(Slot(resource_id=who, starts=at(hour)), keyed=True)
    assert heard == [words]


def test_the_ghost_and_its_verdict_are_announced(book: DayBook, heard: list[str]) -> None:
    book.select("Jo")
    QTest.keyClick(book, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    book.set_verdict("Bo: lunch until 13:00", ok=False)
    assert heard == ["10:15 – 11:15", "Bo: lunch until 13:00"]


def test_another_day_is_announced_with_its_count(book: DayBook, heard: list[str]) -> None:
    book.show_day(day(box("Jo", "bo", at(10))))
    assert heard == []
    book.show_day(day(day=date(2026, 11, 24)))
    assert heard == ["Tuesday, 24 November 2026, 0 bookings"]


def test_a_booking_keeps_its_node_while_it_changes_and_loses_it_with_its_place(book: DayBook) -> None:
    jo = bookings(book)[0]
    book.select("Jo")
    book.show_day(day(box("Jo", "bo", at(10), status="arrived", spoken="Jo has arrived")))
    assert bookings(book)[0] is jo
    assert jo.text(NAME) == "Jo has arrived"
    book.show_day(day())
    assert bookings(book) == []
    gc.collect()
    assert [item.text(NAME) for item in children(root(book), QAccessible.Role.ListItem)] == ["10:00, Bo, free"]


def test_walking_the_tree_while_books_come_and_go_does_not_crash(qtbot: QtBot) -> None:
    for _ in range(25):
        page = QWidget()
        inside = DayBook()
        QVBoxLayout(page).addWidget(inside)
        inside.show_day(day(*(box(str(hour), "bo", at(hour)) for hour in range(24))))
        page.show()
        held = bookings(inside)
        assert len(held) == 24
        inside.show_day(day())
        del inside
        shiboken6.delete(page)
        gc.collect(0)


def test_nothing_of_a_book_that_is_gone_is_left_in_the_cache(qtbot: QtBot) -> None:
    """Who reads the screen may ask for a node at any time, and the end of the program deletes what is left."""
    page = QWidget()
    inside = DayBook()
    QVBoxLayout(page).addWidget(inside)
    inside.show_day(day(*(box(str(hour), "bo", at(hour)) for hour in range(8))))
    inside.put_cursor(Slot(resource_id="ann", starts=at(10)))
    nodes = [root(inside), *columns(inside), *bookings(inside), *children(root(inside), QAccessible.Role.RowHeader)]
    ids = [QAccessible.uniqueId(node) for node in nodes]
    assert all(QAccessible.accessibleInterface(one) is not None for one in ids)
    del nodes, inside
    shiboken6.delete(page)
    del page
    gc.collect()
    assert [one for one in ids if QAccessible.accessibleInterface(one) is not None] == []
