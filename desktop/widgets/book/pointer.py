"""What the mouse does in the book: to select, to draw a new booking, to move one, to pull an edge."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from desktop.runtime.ticker import Ticker
from desktop.widgets.book.gestures import Ghost, Grip, Kind, dragged
from desktop.widgets.book.layout import PlacedBox

if TYPE_CHECKING:
    from desktop.widgets.day_book import DayBook

_SCROLL_ZONE = 28
_SCROLL_STEP = 12


class Pointer:
    """Turns presses, moves and releases on the viewport into gestures of its book."""

    def __init__(self, book: DayBook) -> None:
        self._book = book
        self._grip: Grip | None = None
        self._pressed = QPoint()
        self._last = QPoint()
        self._scroller = Ticker(book, 30, self._scroll)

    @property
    def dragging(self) -> bool:
        return self._grip is not None and self._book.ghost_is_live

    def press(self, at: QPoint) -> None:
        """Take what lies under a point of the viewport."""
        book = self._book
        if not book.body().contains(at):
            return
        self._pressed = self._last = at
        point = book.to_content(at)
        if sent := book.sent_at(point):
            self._take(sent, point)
        elif item := book.scene.box_at(point):
            book.put_cursor(item.box)
            self._take(item, point)
        elif slot := book.scene.slot_at(point):
            book.put_cursor(slot)
            self._grip = Grip(kind=Kind.NEW, resource_id=slot.resource_id, anchor=slot.starts)

    def _take(self, item: PlacedBox, point: QPoint) -> None:
        scene = self._book.scene
        kind = {"start": Kind.START, "end": Kind.END}.get(scene.edge_at(item, point), Kind.MOVE)
        anchor = scene.axis_at(point.x()).at(point.y())
        self._grip = Grip(kind=kind, resource_id=item.box.resource_id, anchor=anchor, box=item.box)

    def move(self, at: QPoint) -> None:
        """Follow the pointer: the ghost while something is held, else what lies under it."""
        self._last = at
        if self._grip is None:
            self._hover(at)
        elif self.dragging or (at - self._pressed).manhattanLength() >= QApplication.startDragDistance() // 2:
            self._drag()
            self._start_or_stop_scrolling()

    def release(self) -> None:
        """End the gesture where it is; a press without a move on an empty place books from there."""
        grip, book = self._grip, self._book
        held = self.dragging
        self.drop()
        if held:
            book.commit_ghost(drawn_to=self._last)
        elif grip and grip.kind is Kind.NEW:
            ends = book.scene.clamped(grip.anchor + timedelta(minutes=book.click_length()))
            book.show_ghost(Ghost(kind=Kind.NEW, resource_id=grip.resource_id, starts=grip.anchor, ends=ends))
            book.commit_ghost()

    def drop(self) -> None:
        """Let go of what is held."""
        self._grip = None
        self._scroller.stop()

    def leave(self) -> None:
        self._book.show_hover(None, None)

    def _hover(self, at: QPoint) -> None:
        book = self._book
        if not book.body().contains(at):
            book.viewport().setCursor(Qt.CursorShape.ArrowCursor)
            return book.show_hover(None, None)
        point = book.to_content(at)
        item = book.scene.box_at(point)
        edge = item and not book.is_read_only and book.scene.edge_at(item, point)
        shape = Qt.CursorShape.SizeVerCursor if edge else Qt.CursorShape.PointingHandCursor
        book.viewport().setCursor(shape if item else Qt.CursorShape.ArrowCursor)
        return book.show_hover(item, None if item or book.is_read_only else book.scene.slot_at(point))

    def _drag(self) -> None:
        if self._grip is None:
            return
        book = self._book
        book.show_ghost(dragged(self._grip, book.scene, book.to_content(self._last)))

    def _start_or_stop_scrolling(self) -> None:
        if self._push() == QPoint():
            self._scroller.stop()
        elif not self._scroller.running:
            self._scroller.start()

    def _push(self) -> QPoint:
        body = self._book.body().adjusted(_SCROLL_ZONE, _SCROLL_ZONE, -_SCROLL_ZONE, -_SCROLL_ZONE)
        x = (self._last.x() > body.right()) - (self._last.x() < body.left())
        y = (self._last.y() > body.bottom()) - (self._last.y() < body.top())
        return QPoint(x * _SCROLL_STEP, y * _SCROLL_STEP)

    def _scroll(self) -> None:
        push = self._push()
        across, down = self._book.horizontalScrollBar(), self._book.verticalScrollBar()
        across.setValue(across.value() + push.x())
        down.setValue(down.value() + push.y())
        self._drag()
