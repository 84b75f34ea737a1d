"""The book without a mouse: arrows walk over bookings and slots, Alt moves, Alt and Shift resize, Enter decides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from desktop.widgets.book.gestures import Ghost, Kind, asked_for, carried, nudged, taken
from desktop.widgets.book.layout import PlacedBox
from desktop.widgets.book.scene import Scene, Slot
from desktop.widgets.book_rows import BookBox
from desktop.widgets.buttons import was_struck_just_now

if TYPE_CHECKING:
    from desktop.widgets.day_book import DayBook

Target = BookBox | Slot

_ARROWS = {
    Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1), Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
}  # fmt: skip
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ALT, _SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier


class Keys:
    """Turns key presses into gestures, steps of the cursor and signals of its book."""

    def __init__(self, book: DayBook) -> None:
        self._book = book

    def wants(self, event: QKeyEvent) -> bool:
        """Whether the book needs this key more than a shortcut of the window does."""
        return (
            event.key() in _ARROWS
            or event.key() in _ENTER
            or (event.key() == Qt.Key.Key_Escape and self._book.ghost is not None)
        )

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key means here; False where it means nothing."""
        key, held = Qt.Key(event.key()), event.modifiers()
        if key == Qt.Key.Key_Escape:
            return self._book.cancel()
        if key in _ARROWS:
            return self._arrow(*_ARROWS[key], held)
        if key in _ENTER:
            # One that is held down, or the second of two, was meant elsewhere, and the focus has come here since.
            return event.isAutoRepeat() or was_struck_just_now() or self._enter()
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            return self._ends(last=key == Qt.Key.Key_End)
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            return self._leap(-2 if key == Qt.Key.Key_PageUp else 2)
        return self._letter(event)

    def _arrow(self, across: int, down: int, held: Qt.KeyboardModifier) -> bool:
        book, cursor = self._book, self._book.cursor_target
        if book.ghost and book.ghost_is_live:
            book.show_ghost(nudged(book.ghost, book.scene, steps=down, columns=across, resize=bool(held & _SHIFT)))
        elif held & _CONTROL:
            if across:
                book.dayStepRequested.emit(across)
            else:
                self._next_box(down)
        elif held & _ALT and isinstance(cursor, BookBox):
            resize = bool(held & _SHIFT)
            ghost = self._taken(cursor, Kind.END if resize else Kind.MOVE)
            book.show_ghost(nudged(ghost, book.scene, steps=down, columns=across, resize=resize))
        elif held & _SHIFT and isinstance(cursor, Slot) and down:
            ends = cursor.starts + timedelta(minutes=book.scene.day.slot_step)
            ghost = Ghost(kind=Kind.NEW, resource_id=cursor.resource_id, starts=cursor.starts, ends=ends)
            book.show_ghost(nudged(ghost, book.scene, steps=max(0, down), resize=True))
        else:
            book.put_cursor(step(book.scene, cursor, across, down), keyed=True)
        return True

    def _taken(self, cursor: BookBox, kind: Kind) -> Ghost:
        """A booking as the eye sees it: where it was just sent, though its rows may not have followed yet."""
        book, sent = self._book, self._book.sent(cursor.appointment_id)
        if sent is None:
            return taken(cursor, kind)
        row = book.scene.twin(sent.box or cursor, sent_to=sent.resource_id)
        return asked_for(sent, kind) if row in (None, cursor) else taken(carried(cursor, sent, row), kind)

    def _enter(self) -> bool:
        book, cursor = self._book, self._book.cursor_target
        if book.ghost and book.ghost_is_live:
            book.commit_ghost()
        elif isinstance(cursor, BookBox):
            book.activated.emit(cursor.appointment_id)
        elif cursor is not None:
            ends = book.scene.clamped(cursor.starts + timedelta(minutes=book.click_length()))
            book.show_ghost(Ghost(kind=Kind.NEW, resource_id=cursor.resource_id, starts=cursor.starts, ends=ends))
            book.commit_ghost()
        return True

    def _ends(self, *, last: bool) -> bool:
        number = _column(self._book.scene, self._book.cursor_target)
        boxes = self._book.scene.placed[number] if self._book.scene.placed else []
        if boxes:
            self._book.put_cursor(boxes[-1 if last else 0].box, keyed=True)
        return bool(boxes)

    def _leap(self, hours: int) -> bool:
        scene, cursor = self._book.scene, self._book.cursor_target or first(self._book.scene)
        if cursor is None:
            return False
        axis = scene.axes[_column(scene, cursor)]
        latest = axis.end - timedelta(minutes=scene.day.slot_step)
        instant = min(latest, max(axis.start, cursor.starts + timedelta(hours=hours)))
        self._book.put_cursor(_at(scene, cursor.resource_id, instant), keyed=True)
        return True

    def _next_box(self, down: int) -> None:
        scene, cursor = self._book.scene, self._book.cursor_target or first(self._book.scene)
        if cursor is None:
            return
        boxes = [item.box for item in scene.placed[_column(scene, cursor)]]
        if isinstance(cursor, BookBox) and cursor in boxes:
            index = boxes.index(cursor) + down
            found = boxes[index] if 0 <= index < len(boxes) else None
        elif down > 0:
            found = next((box for box in boxes if box.starts >= cursor.starts), None)
        else:
            found = next((box for box in reversed(boxes) if box.starts < cursor.starts), None)
        if found:
            self._book.put_cursor(found, keyed=True)

    def _letter(self, event: QKeyEvent) -> bool:
        cursor, words = self._book.cursor_target, event.text()
        plain = not event.modifiers() & (_CONTROL | _ALT | Qt.KeyboardModifier.MetaModifier)
        if plain and words.isprintable() and words.strip() and isinstance(cursor, BookBox):
            self._book.statusKeyPressed.emit(cursor.appointment_id, words)
            return True
        return False


def first(scene: Scene) -> Target | None:
    """Where the cursor begins: now, else the first booking, else the first open slot."""
    if not scene.day.columns:
        return None
    now = scene.day.now
    if now is not None and scene.start <= now < scene.end:
        return _at(scene, scene.day.columns[0].resource_id, now)
    if scene.flat:
        return min((item.box for item in scene.flat), key=lambda box: box.starts)
    return _at(scene, scene.day.columns[0].resource_id, scene.first_open())


def step(scene: Scene, cursor: Target | None, across: int, down: int) -> Target | None:
    """The booking or slot one step from the cursor; the cursor itself at the edges of the day."""
    if cursor is None:
        return first(scene)
    if across:
        here = _column(scene, cursor)
        number = min(len(scene.day.columns) - 1, max(0, here + across))
        instant = scene.beside(here, number, cursor.starts)
        return cursor if number == here else _at(scene, scene.day.columns[number].resource_id, instant)
    column = scene.placed[_column(scene, cursor)]
    if isinstance(cursor, BookBox):
        return _from_box(scene, column, cursor, down)
    shift = timedelta(minutes=scene.day.slot_step)
    target = cursor.starts + down * shift
    if not scene.start <= target < scene.end:
        return cursor
    passed = [i.box for i in column if _between(i.box, cursor.starts, target)]
    return passed[0 if down > 0 else -1] if passed else _at(scene, cursor.resource_id, target)


def _from_box(scene: Scene, column: list[PlacedBox], cursor: BookBox, down: int) -> Target:
    # Overlapping bookings are walked in the order of their starts, so that none is stepped over.
    boxes = [item.box for item in column]
    index = boxes.index(cursor)
    if down > 0:
        reach = max(box.ends for box in boxes[: index + 1])
        if index + 1 < len(boxes) and boxes[index + 1].starts <= reach:
            return boxes[index + 1]
        return _at(scene, cursor.resource_id, reach) if reach < scene.end else cursor
    if any(box.ends >= cursor.starts for box in boxes[:index]):
        return boxes[index - 1]
    before = cursor.starts - timedelta(seconds=1)
    return _at(scene, cursor.resource_id, before) if before >= scene.start else cursor


def _between(box: BookBox, one: datetime, other: datetime) -> bool:
    """Whether a step from `one` to `other` would pass over this box or land in it."""
    if one < other:
        return one < box.starts <= other or box.starts <= other < box.ends
    return other < box.ends <= one or box.starts <= other < box.ends


def _at(scene: Scene, resource_id: str, instant: datetime) -> Target:
    if item := scene.covering(resource_id, instant):
        return item.box
    axis = scene.axes[scene.number(resource_id, instant) or 0]
    return Slot(resource_id=resource_id, starts=axis.floored(instant, scene.day.slot_step))


def _column(scene: Scene, cursor: Target | None) -> int:
    return (scene.number(cursor.resource_id, cursor.starts) or 0) if cursor else 0
