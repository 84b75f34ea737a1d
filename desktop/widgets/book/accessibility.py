"""What a screen reader is told of the book: a tree of the day, its columns and bookings, and what changes in it."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface

from desktop.widgets.announcing import announce
from desktop.widgets.book.clock_words import day_words
from desktop.widgets.book.nodes import BoxNode, ColumnNode, HourNode, Node, Root, SlotNode
from desktop.widgets.book.scene import Slot
from desktop.widgets.book_rows import BookBox, BoxKey, ColumnKey

if TYPE_CHECKING:
    from desktop.widgets.day_book import DayBook

_installed: list[bool] = []


class Voice:
    """Keeps a book's tree and says what changes.

    Qt's cache points to the nodes and does not keep them: one that Python collected would be a dead pointer there, for
    whoever reads the screen and for the end of the program. So all that it has heard of are held until they are deleted
    through it, be it after this, whose book they know no more. Qt deletes the root with its widget.
    """

    def __init__(self, book: DayBook) -> None:
        self.book = book
        self.root: Root | None = None
        self._columns: dict[ColumnKey, ColumnNode] = {}
        self._boxes: dict[BoxKey, BoxNode] = {}
        self._hours: list[HourNode] = []
        self._slot: SlotNode | None = None
        self._held: set[Node] = set()
        weakref.finalize(self, _delete, self._held)
        if not _installed:
            QAccessible.installFactory(_make)
            _installed.append(True)

    def hours(self) -> list[HourNode]:
        """A node for each hour of the day's axis; a shorter day leaves the last ones unused."""
        count = len(self.book.scene.axis.hours)
        while len(self._hours) < count:
            self._hours.append(HourNode(self, len(self._hours)))
            self._register(self._hours[-1])
        return self._hours[:count]

    def column(self, key: ColumnKey) -> ColumnNode:
        if key not in self._columns:
            self._columns[key] = ColumnNode(self, key)
            self._register(self._columns[key])
        return self._columns[key]

    def columns(self) -> list[ColumnNode]:
        return [self.column(column.key) for column in self.book.scene.day.columns]

    def boxes(self, key: ColumnKey) -> list[BoxNode]:
        """The bookings of a column; one that runs past midnight belongs to the day on which it begins."""
        scene = self.book.scene
        number = scene.number_of(key)
        if number is None:
            return []
        boxes = (item.box for item in scene.placed[number])
        return [self._box(box) for box in boxes if scene.number(box.resource_id, box.starts) == number]

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
        shown = {column.key for column in self.book.scene.day.columns}
        for gone in [gone for gone in self._columns if gone not in shown]:
            self._forget(self._columns.pop(gone))
        if another_day:
            self.announce(self.title_words())

    def announce(self, words: str) -> None:
        """Have a screen reader say something, politely."""
        announce(self.book, words)

    def title_words(self) -> str:
        """What is shown, and how many bookings it has."""
        day = self.book.scene.day
        return f"{day.title or day_words(day.day, day.locale)}, {self.count_words()}"

    def count_words(self) -> str:
        count = len({box.appointment_id for box in self.book.scene.day.boxes})
        return self.book.tr("1 booking") if count == 1 else self.book.tr("{count} bookings").format(count=count)

    def _box(self, box: BookBox) -> BoxNode:
        if box.key not in self._boxes:
            self._boxes[box.key] = BoxNode(self, box)
            self._register(self._boxes[box.key])
        return self._boxes[box.key]

    def made_root(self) -> Root:
        """The top of the tree, for Qt, which registers it."""
        self.root = Root(self)
        self._held.add(self.root)
        return self.root

    def _register(self, node: Node) -> None:
        self._held.add(node)
        QAccessible.registerAccessibleInterface(node)

    def _forget(self, node: Node) -> None:
        _delete({node})
        self._held.remove(node)


def _make(_class_name: str, thing: QObject) -> QAccessibleInterface | None:
    voice = getattr(thing, "voice", None)
    return voice.made_root() if isinstance(voice, Voice) else None


def _delete(nodes: set[Node]) -> None:
    """Delete what Qt has not deleted by itself, through its cache."""
    for node in nodes:
        if shiboken6.isValid(node):
            QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(node))
