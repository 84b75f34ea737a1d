"""The book paints what has changed and nothing else, sharp on every screen."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from desktop.widgets.book import box_painting, surface
from desktop.widgets.book.frame_painting import AXIS, HEADER
from desktop.widgets.book.inks import current
from desktop.widgets.book.layout import MIN_COLUMN, PlacedBox
from desktop.widgets.book.plan import Plan
from desktop.widgets.book.scene import Scene
from desktop.widgets.day_book import DayBook
from tests.support.book_days import at, box, day


class Watcher(QObject):
    """Notes which parts of a viewport are asked for."""

    def __init__(self, book: DayBook) -> None:
        super().__init__(book)
        self.areas: list[QRect] = []
        book.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.areas.append(event.region().boundingRect())
        return False


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the bookings that are painted from now on."""
    names: list[str] = []
    real = box_painting.paint_boxes

    def noting(painter: QPainter, plan: Plan, boxes: Sequence[PlacedBox]) -> None:
        names.extend(item.box.title for item in boxes)
        real(painter, plan, boxes)

    monkeypatch.setattr(surface, "paint_boxes", noting)
    return names


def settle(book: DayBook, qtbot: QtBot) -> Watcher:
    """Let everything be painted that waits, then watch."""
    book.grab()
    QTest.qWait(20)
    return Watcher(book)


def test_a_changed_booking_repaints_its_rectangle_alone(book: DayBook, qtbot: QtBot, painted: list[str]) -> None:
    watcher = settle(book, qtbot)
    painted.clear()
    jo, kim = book.scene.day.boxes
    book.show_day(replace(book.scene.day, boxes=(replace(jo, status="arrived"), kim)))
    QTest.qWait(20)
    assert painted == ["Jo"]
    where = book.to_viewport(book.scene.boxes_of("Jo")[0].outer).adjusted(-2, -2, 2, 2)
    assert watcher.areas
    assert all(where.contains(area) for area in watcher.areas)


def test_the_same_day_again_paints_nothing(book: DayBook, qtbot: QtBot, painted: list[str]) -> None:
    watcher = settle(book, qtbot)
    painted.clear()
    book.show_day(day(*book.scene.day.boxes))
    QTest.qWait(20)
    assert (painted, watcher.areas) == ([], [])


def test_a_pointer_over_a_booking_repaints_no_booking(book: DayBook, qtbot: QtBot, painted: list[str]) -> None:
    watcher = settle(book, qtbot)
    painted.clear()
    rect = book.to_viewport(book.scene.boxes_of("Jo")[0].body)
    QTest.mouseMove(book.viewport(), rect.center())
    QTest.qWait(20)
    assert painted == []
    assert watcher.areas
    assert all(rect.adjusted(-60, -30, 60, 30).contains(area) for area in watcher.areas)


def test_a_drag_repaints_the_ghosts_and_no_booking(book: DayBook, qtbot: QtBot, painted: list[str]) -> None:
    start = book.to_viewport(book.scene.boxes_of("Jo")[0].body).center()
    QTest.mousePress(book.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(book.viewport(), start + QPoint(0, 60))
    watcher = settle(book, qtbot)
    painted.clear()
    QTest.mouseMove(book.viewport(), start + QPoint(0, 90))
    QTest.qWait(20)
    assert painted == []
    assert watcher.areas
    assert all(area.height() < 260 and area.width() < 330 for area in watcher.areas)
    QTest.keyClick(book, Qt.Key.Key_Escape)


def test_scrolling_paints_what_comes_into_view(book: DayBook, qtbot: QtBot, painted: list[str]) -> None:
    book.show_day(day(box("Top", "bo", at(0)), box("Late", "bo", at(22))))
    book.verticalScrollBar().setValue(0)
    settle(book, qtbot)
    painted.clear()
    book.verticalScrollBar().setValue(5)
    QTest.qWait(20)
    assert painted == []
    book.verticalScrollBar().setValue(book.verticalScrollBar().maximum())
    QTest.qWait(20)
    assert painted == ["Late"]


def test_scrolling_down_leaves_the_heads_alone_and_sideways_the_hours(book: DayBook, qtbot: QtBot) -> None:
    book.resize(400, 500)
    watcher = settle(book, qtbot)
    book.verticalScrollBar().setValue(book.verticalScrollBar().value() + 30)
    QTest.qWait(20)
    assert watcher.areas
    assert all(area.top() >= HEADER for area in watcher.areas), watcher.areas
    watcher.areas.clear()
    book.horizontalScrollBar().setValue(book.horizontalScrollBar().value() + 30)
    QTest.qWait(20)
    assert watcher.areas
    assert all(area.left() >= AXIS for area in watcher.areas)


def test_what_is_scrolled_looks_like_what_is_painted_afresh(book: DayBook, qtbot: QtBot) -> None:
    for value in (700, 731, 655, 900, 880):
        book.verticalScrollBar().setValue(value)
        book.grab()
    scrolled = book.grab().toImage()
    book.relaid()
    assert book.grab().toImage() == scrolled


def test_the_now_line_moves_without_a_booking_being_painted(book: DayBook, qtbot: QtBot, painted: list[str]) -> None:
    book.set_now(at(10, 20))
    watcher = settle(book, qtbot)
    painted.clear()
    book.set_now(at(10, 21))
    QTest.qWait(20)
    assert painted == []
    assert all(area.height() <= 60 for area in watcher.areas)


def colours(book: DayBook, area: QRect) -> int:
    """How many colours the book has in an area of its viewport."""
    image = book.viewport().grab(area).toImage()
    return len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height())})


def test_an_hour_that_the_time_of_now_would_cover_in_part_is_left_out(book: DayBook) -> None:
    ten = book.to_viewport(QRect(0, book.scene.axis.y(at(10)), 1, 1)).top()
    upper_half = QRect(0, ten - 8, AXIS - 4, 6)
    book.set_now(at(10, 40))
    assert colours(book, upper_half) > 1
    book.set_now(at(10, 8))
    assert colours(book, upper_half) == 1


def test_a_head_at_the_edge_of_the_window_ends_in_an_ellipsis(book: DayBook, qtbot: QtBot) -> None:
    one = book.scene.day.columns[0]
    columns = tuple(replace(one, resource_id=f"w{n}", title="W" * 40, subtitle="W" * 40) for n in range(6))
    book.show_day(day(columns=columns, open_spans={}, blocks=()))
    book.resize(book.width() - book.body().width() + round(MIN_COLUMN * 2.7), book.height())
    qtbot.waitUntil(lambda: book.scene.edges[2] < book.body().width() - 60 < book.scene.edges[3] - 60)
    edge = QRect(book.viewport().width() - 5, 4, 5, HEADER - 8)
    assert colours(book, edge) == 1


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_bookings_are_where_they_are_on_every_screen(book: DayBook, ratio: float) -> None:
    """The same day at several device pixel ratios differs by sharpness, not by place."""
    boxes = (
        box("Gap", "bo", at(10), 180, gaps=((at(11), at(12)),), buffer_after=15),
        box("Gone", "ann", at(10), 60, status="cancelled"),
        box("After", "ann", at(11, 30), 60, status="confirmed", pending=True),
    )
    scene = Scene(day(*boxes), 800)

    def picture(at_ratio: float) -> QPixmap:
        kept = surface.Surface()
        kept.fit(book.size(), at_ratio)
        kept.refresh(scene, QPoint(0, scene.axis.y(at(9))), current())
        out = QPixmap(book.size() * at_ratio)
        out.setDevicePixelRatio(at_ratio)
        painter = QPainter(out)
        kept.copy_to(painter, book.rect(), QPoint())
        painter.end()
        return out

    def ink(shown: QPixmap, area: QRect) -> float:
        """How dark an area is, 0 to 1."""
        image = shown.toImage()
        scale = shown.devicePixelRatio()
        dots = [
            image.pixelColor(int(x * scale), int(y * scale)).lightnessF()
            for x in range(area.left(), area.right())
            for y in range(area.top(), area.bottom())
        ]
        return 1 - sum(dots) / len(dots)

    plain, sharp = picture(1.0), picture(ratio)
    for item in scene.flat:
        title = QRect(item.body.left() + 12, item.body.top() + 3 - scene.axis.y(at(9)), 60, 32)
        assert ink(sharp, title) == pytest.approx(ink(plain, title), abs=0.035)


def test_the_focus_ring_is_seen_in_every_theme(book: DayBook) -> None:
    book.put_cursor(book.scene.day.boxes[0], keyed=True)
    rect = book.to_viewport(book.target_rect())
    ring = book.grab().toImage().pixelColor(rect.center().x(), rect.top() - 3)
    assert ring.name() == current().tokens.focus


def test_a_tooltip_says_the_booking_in_full(book: DayBook, qtbot: QtBot) -> None:
    place = book.to_viewport(book.scene.boxes_of("Jo")[0].body).center()
    event = QHelpEvent(QEvent.Type.ToolTip, place, book.viewport().mapToGlobal(place))
    QApplication.sendEvent(book.viewport(), event)
    assert QToolTip.text() == "10:00, Jo, Cut, bo"
    QToolTip.hideText()


def test_an_edge_shows_that_it_can_be_pulled(book: DayBook) -> None:
    rect = book.to_viewport(book.scene.boxes_of("Jo")[0].body)
    for place, shape in (
        (QPoint(rect.center().x(), rect.bottom() - 1), Qt.CursorShape.SizeVerCursor),
        (rect.center(), Qt.CursorShape.PointingHandCursor),
        (QPoint(rect.center().x(), rect.bottom() + 80), Qt.CursorShape.ArrowCursor),
    ):
        button = Qt.MouseButton.NoButton
        event = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(place), QPointF(place), button, button, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(book.viewport(), event)
        assert book.viewport().cursor().shape() == shape
