"""What a screen reader is told of the book: a tree of the day, its columns and their bookings, and what changes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import shiboken6
from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QWindow

from desktop.widgets.announcing import announce
from desktop.widgets.book.clock_words import day_words, time_words
from desktop.widgets.book.frame_painting import AXIS
from desktop.widgets.book.scene import Slot
from desktop.widgets.book_rows import BookBox

if TYPE_CHECKING:
    from desktop.widgets.day_book import DayBook

_installed: list[bool] = []


class Node(QAccessibleInterface):
    """One thing in the tree of a book; the subclasses say what it is called, where it is and what it holds."""

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self.voice = voice

    @property
    def book(self) -> DayBook:
        return self.voice.book

    def isValid(self) -> bool:
        return shiboken6.isValid(self.voice.book)

    def object(self) -> QObject | None:
        return None

    def window(self) -> QWindow | None:
        return self.book.window().windowHandle() if self.isValid() else None

    def parent(self) -> QAccessibleInterface | None:
        return self.voice.root if self.isValid() else None

    def children(self) -> list[Node]:
        return []

    def childCount(self) -> int:
        return len(self.children()) if self.isValid() else 0

    def child(self, index: int) -> QAccessibleInterface | None:
        nodes = self.children() if self.isValid() else []
        return nodes[index] if 0 <= index < len(nodes) else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return next((number for number, node in enumerate(self.children()) if node is child), -1)

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:
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
            state.invalid = True  # type: ignore[assignment]
        elif self.area().isEmpty():
            state.offscreen = True  # type: ignore[assignment]
        return state


class Root(Node):
    """The book itself."""

    def object(self) -> QObject | None:
        return self.book if self.isValid() else None

    def parent(self) -> QAccessibleInterface | None:
        above = self.book.parentWidget() if self.isValid() else None
        return QAccessible.queryAccessibleInterface(above) if above else None

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.Grouping

    def name(self) -> str:
        day = self.book.scene.day
        return f"{day_words(day.day, day.locale)}, {self.voice.count_words()}"

    def area(self) -> QRect:
        return self.book.viewport().rect()

    def children(self) -> list[Node]:
        return [*self.voice.columns(), *self.voice.slot_nodes()]

    def focusChild(self) -> QAccessibleInterface | None:
        return self.voice.target_node() if self.isValid() and self.book.hasFocus() else None

    def state(self) -> QAccessible.State:
        state = super().state()
        if self.isValid():
            state.focusable = True  # type: ignore[assignment]
            state.focused = self.book.hasFocus()  # type: ignore[assignment]
        return state


class ColumnNode(Node):
    """A resource with its bookings in order of their start."""

    def __init__(self, voice: Voice, resource_id: str) -> None:
        super().__init__(voice)
        self.resource_id = resource_id

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.List

    def name(self) -> str:
        column = self.book.scene.column(self.resource_id)
        if column is None:
            return ""
        return ", ".join(part for part in (column.title, column.subtitle) if part)

    def area(self) -> QRect:
        scene = self.book.scene
        number = scene.index.get(self.resource_id)
        if number is None:
            return QRect()
        left, right = (AXIS + edge - self.book.offset().x() for edge in scene.edges[number : number + 2])
        seen = self.book.viewport().rect().adjusted(AXIS, 0, 0, 0)
        return QRect(QPoint(left, 0), QPoint(right - 1, seen.bottom())) & seen

    def children(self) -> list[Node]:
        return cast(list[Node], self.voice.boxes(self.resource_id))


class BoxNode(Node):
    """A booking: one sentence that says everything."""

    def __init__(self, voice: Voice, box: BookBox) -> None:
        super().__init__(voice)
        self.box = box

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def parent(self) -> QAccessibleInterface | None:
        return self.voice.column(self.box.resource_id) if self.isValid() else None

    def name(self) -> str:
        return self.box.spoken

    def area(self) -> QRect:
        book = self.book
        found = (item.body for item in book.scene.boxes_of(self.box.appointment_id) if item.box.key == self.box.key)
        return book.to_viewport(next(found, QRect())) & book.body()

    def state(self) -> QAccessible.State:
        state = super().state()
        if self.isValid():
            state.focusable = state.selectable = True  # type: ignore[assignment]
            state.selected = self.box.appointment_id == self.book.selected_id  # type: ignore[assignment]
            state.focused = self.book.hasFocus() and self.voice.target_node() is self  # type: ignore[assignment]
        return state


class SlotNode(Node):
    """The empty slot on which the cursor stands."""

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def name(self) -> str:
        slot, scene = self.book.cursor_target, self.book.scene
        column = scene.column(slot.resource_id) if slot else None
        if not isinstance(slot, Slot) or column is None:
            return ""
        free = self.book.tr("free") if scene.is_open(slot.resource_id, slot.starts) else self.book.tr("closed")
        return f"{time_words(slot.starts, scene.axis, scene.day.locale)}, {column.title}, {free}"

    def area(self) -> QRect:
        return self.book.to_viewport(self.book.target_rect()) & self.book.body()

    def state(self) -> QAccessible.State:
        state = super().state()
        if self.isValid():
            state.focusable = True  # type: ignore[assignment]
            state.focused = self.book.hasFocus()  # type: ignore[assignment]
        return state


class Voice:
    """Keeps a book's tree and says what changes.

    Qt's cache deletes the root with its widget. The other nodes belong to Python until Qt has heard of them, so each is
    registered at once and deleted through the cache: a node that Python collected would stay in it as a dead pointer.
    """

    def __init__(self, book: DayBook) -> None:
        self.book = book
        self.root: Root | None = None
        self._columns: dict[str, ColumnNode] = {}
        self._boxes: dict[tuple[object, ...], BoxNode] = {}
        self._slot: SlotNode | None = None
        self._ids: dict[int, int] = {}
        if not _installed:
            QAccessible.installFactory(_make)
            _installed.append(True)

    def column(self, resource_id: str) -> ColumnNode:
        if resource_id not in self._columns:
            self._columns[resource_id] = ColumnNode(self, resource_id)
            self._register(self._columns[resource_id])
        return self._columns[resource_id]

    def columns(self) -> list[ColumnNode]:
        return [self.column(column.resource_id) for column in self.book.scene.day.columns]

    def boxes(self, resource_id: str) -> list[BoxNode]:
        number = self.book.scene.index.get(resource_id)
        return [] if number is None else [self._box(item.box) for item in self.book.scene.placed[number]]

    def slot_nodes(self) -> list[SlotNode]:
        if not isinstance(self.book.cursor_target, Slot):
            return []
        if self._slot is None:
            self._slot = SlotNode(self)
            self._register(self._slot)
        return [self._slot]

    def target_node(self) -> Node | None:
        """The node on which the keyboard's cursor stands."""
        target = self.book.cursor_target
        return self._box(target) if isinstance(target, BookBox) else next(iter(self.slot_nodes()), None)

    def target_moved(self) -> None:
        """Say where the cursor is now."""
        if QAccessible.isActive() and self.book.hasFocus() and (node := self.target_node()):
            QAccessible.queryAccessibleInterface(self.book)
            QAccessible.updateAccessibility(QAccessibleEvent(node, QAccessible.Event.Focus))

    def rows_changed(self, *, another_day: bool) -> None:
        """Follow the book's rows; a new day is announced with its number of bookings."""
        keys = {box.key: box for box in self.book.scene.day.boxes}
        for key in [key for key in self._boxes if key not in keys]:
            self._forget(self._boxes.pop(key))
        for key, node in self._boxes.items():
            node.box = keys[key]
        for gone in [gone for gone in self._columns if gone not in self.book.scene.index]:
            self._forget(self._columns.pop(gone))
        if another_day:
            day = self.book.scene.day
            self.announce(f"{day_words(day.day, day.locale)}, {self.count_words()}")

    def announce(self, words: str) -> None:
        """Have a screen reader say something, politely."""
        announce(self.book, words)

    def count_words(self) -> str:
        count = len({box.appointment_id for box in self.book.scene.day.boxes})
        return self.book.tr("1 booking") if count == 1 else self.book.tr("{count} bookings").format(count=count)

    def _box(self, box: BookBox) -> BoxNode:
        if box.key not in self._boxes:
            self._boxes[box.key] = BoxNode(self, box)
            self._register(self._boxes[box.key])
        return self._boxes[box.key]

    def _register(self, node: Node) -> None:
        self._ids[id(node)] = QAccessible.registerAccessibleInterface(node)

    def _forget(self, node: Node) -> None:
        QAccessible.deleteAccessibleInterface(self._ids.pop(id(node)))


def _make(_class_name: str, thing: QObject) -> QAccessibleInterface | None:
    voice = getattr(thing, "voice", None)
    if not isinstance(voice, Voice):
        return None
    voice.root = Root(voice)
    return voice.root


