"""The nodes of the book's accessibility tree: what each is called, where it is and what it holds."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, cast

import shiboken6
from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleInterface, QWindow

from desktop.widgets.book.clock_words import hour_words, time_words
from desktop.widgets.book.frame_painting import AXIS, HEADER
from desktop.widgets.book.scene import Slot
from desktop.widgets.book_rows import BookBox, BookColumn, ColumnKey

if TYPE_CHECKING:
    from desktop.widgets.book.accessibility import Voice
    from desktop.widgets.day_book import DayBook


class Node(QAccessibleInterface):
    """One thing in the tree of a book; the subclasses say what it is called, where it is and what it holds.

    Qt asks for None where there is nothing, which its Python stubs do not say.
    """

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        # A node may outlive its book: Qt's cache says when it ends.
        self._voice = weakref.ref(voice)

    @property
    def voice(self) -> Voice:
        """What keeps the tree. Raises ReferenceError where that is gone, which `isValid` says before."""
        if (voice := self._voice()) is None:
            raise ReferenceError("the book of this node is gone")
        return voice

    @property
    def book(self) -> DayBook:
        return self.voice.book

    def isValid(self) -> bool:
        voice = self._voice()
        return voice is not None and shiboken6.isValid(voice.book)

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]
        return self.book.window().windowHandle() if self.isValid() else None

    def parent(self) -> QAccessibleInterface | None:  # type: ignore[override]
        return self.voice.root if self.isValid() else None

    def children(self) -> list[Node]:
        return []

    def childCount(self) -> int:
        return len(self.children()) if self.isValid() else 0

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        nodes = self.children() if self.isValid() else []
        return nodes[index] if 0 <= index < len(nodes) else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return next((number for number, node in enumerate(self.children()) if node is child), -1)

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        for node in reversed(self.children() if self.isValid() else []):
            if node.rect().contains(x, y):
                return node.childAt(x, y) or node
        return None

    def name(self) -> str:
        return ""

    def text(self, what: QAccessible.Text) -> str:
        return self.name() if what == QAccessible.Text.Name and self.isValid() else ""

    def setText(self, what: QAccessible.Text, text: str) -> None:
        """Nothing here can be renamed."""

    def area(self) -> QRect:
        """The rectangle in the viewport, as far as it can be seen."""
        return QRect()

    def rect(self) -> QRect:
        if not self.isValid():
            return QRect()
        area = self.area()
        return QRect(self.book.viewport().mapToGlobal(area.topLeft()), area.size()) if area.isValid() else QRect()

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        if not self.isValid():
            state.invalid = True
        elif self.area().isEmpty():
            state.offscreen = True
        return state


class Root(Node):
    """The book itself."""

    def object(self) -> QObject | None:  # type: ignore[override]
        return self.book if self.isValid() else None

    def parent(self) -> QAccessibleInterface | None:  # type: ignore[override]
        above = self.book.parentWidget() if self.isValid() else None
        return QAccessible.queryAccessibleInterface(above) if above else None

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.Grouping

    def name(self) -> str:
        return self.voice.title_words()

    def area(self) -> QRect:
        return self.book.viewport().rect()

    def children(self) -> list[Node]:
        return [*self.voice.hours(), *self.voice.columns(), *self.voice.slot_nodes()]

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        return self.voice.target_node() if self.isValid() and self.book.hasFocus() else None

    def state(self) -> QAccessible.State:
        state = super().state()
        if self.isValid():
            state.focusable = True
            state.focused = self.book.hasFocus()
        return state


class HourNode(Node):
    """One whole hour of the time axis: where it begins and how high it is."""

    def __init__(self, voice: Voice, number: int) -> None:
        super().__init__(voice)
        self.number = number

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.RowHeader

    def name(self) -> str:
        scene = self.book.scene
        marks = scene.axis.hours
        if self.number >= len(marks):
            return ""
        mark = marks[self.number]
        return " ".join(part for part in (hour_words(mark.hour, scene.day.locale), mark.abbreviation) if part)

    def area(self) -> QRect:
        axis = self.book.scene.axis
        tops = [axis.y(mark.instant) for mark in axis.hours] + [axis.height]
        if self.number + 1 >= len(tops):
            return QRect()
        top, bottom = (HEADER + y - self.book.offset().y() for y in tops[self.number : self.number + 2])
        seen = QRect(0, HEADER, AXIS, self.book.viewport().height() - HEADER)
        return QRect(0, top, AXIS, bottom - top) & seen


class ColumnNode(Node):
    """A resource, or one of its days, with its bookings in order of their start."""

    def __init__(self, voice: Voice, key: ColumnKey) -> None:
        super().__init__(voice)
        self.key = key

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.List

    def name(self) -> str:
        number = self.book.scene.number_of(self.key)
        if number is None:
            return ""
        column = self.book.scene.day.columns[number]
        return ", ".join(part for part in (_said(column), column.subtitle) if part)

    def area(self) -> QRect:
        scene = self.book.scene
        number = scene.number_of(self.key)
        if number is None:
            return QRect()
        left, right = (AXIS + edge - self.book.offset().x() for edge in scene.edges[number : number + 2])
        seen = self.book.viewport().rect().adjusted(AXIS, 0, 0, 0)
        return QRect(QPoint(left, 0), QPoint(right - 1, seen.bottom())) & seen

    def children(self) -> list[Node]:
        return cast(list[Node], self.voice.boxes(self.key))


class BoxNode(Node):
    """A booking: one sentence that says everything."""

    def __init__(self, voice: Voice, box: BookBox) -> None:
        super().__init__(voice)
        self.box = box

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def parent(self) -> QAccessibleInterface | None:  # type: ignore[override]
        column = self.book.scene.column(self.box.resource_id, self.box.starts) if self.isValid() else None
        return self.voice.column(column.key) if column else None

    def name(self) -> str:
        return self.box.spoken

    def area(self) -> QRect:
        book = self.book
        found = (item.body for item in book.scene.boxes_of(self.box.appointment_id) if item.box.key == self.box.key)
        return book.to_viewport(next(found, QRect())) & book.body()

    def state(self) -> QAccessible.State:
        state = super().state()
        if self.isValid():
            state.focusable = state.selectable = True
            state.selected = self.box.appointment_id == self.book.selected_id
            state.focused = self.book.hasFocus() and self.voice.target_node() is self
        return state


class SlotNode(Node):
    """The empty slot on which the cursor stands."""

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def name(self) -> str:
        slot, scene = self.book.cursor_target, self.book.scene
        column = scene.column(slot.resource_id, slot.starts) if slot else None
        if not isinstance(slot, Slot) or column is None:
            return ""
        what = scene.blocked_by(slot.resource_id, slot.starts) or self.book.tr(
            "free" if scene.is_open(slot.resource_id, slot.starts) else "closed"
        )
        return f"{time_words(slot.starts, scene.axis, scene.day.locale)}, {_said(column)}, {what}"

    def area(self) -> QRect:
        return self.book.to_viewport(self.book.target_rect()) & self.book.body()

    def state(self) -> QAccessible.State:
        state = super().state()
        if self.isValid():
            state.focusable = True
            state.focused = self.book.hasFocus()
        return state


def _said(column: BookColumn) -> str:
    return column.spoken or column.title
