"""The book with a column for each resource, or each day of one: driven by mouse or keys, read by a screen reader."""

from datetime import datetime

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip, QWidget

from desktop.widgets import theme
from desktop.widgets.book import accessibility, overlay_painting
from desktop.widgets.book.canvas import BookCanvas
from desktop.widgets.book.changes import differing, same_frame
from desktop.widgets.book.clock_words import span_words
from desktop.widgets.book.gestures import Ghost, Kind, asked_for
from desktop.widgets.book.keyboard import Keys, Target, first
from desktop.widgets.book.layout import PlacedBox
from desktop.widgets.book.overlay_painting import Verdict
from desktop.widgets.book.pointer import Pointer
from desktop.widgets.book.scene import Scene, Slot
from desktop.widgets.book_rows import BookBox, BookDay

_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class DayBook(BookCanvas):
    """Shows a `BookDay` and says what a person wants done; it changes nothing itself.

    Instants in signals are aware. A slot may take fewer arguments than its signal has.
    """

    spanDragged = Signal(object, object, object)
    """resource_id, start, end: a new booking was clicked or entered; `clear_ghost` takes its shape away."""
    spanMarked = Signal(object, object, object, object)
    """resource_id, start, end, and the QPoint on the screen: a span was drawn, and stays marked."""
    rescheduleRequested = Signal(object, object, object, object)
    """resource_id, start, end, and the `BookBox` as the eye saw it taken."""
    ghostMoved = Signal(object, object, object, object)
    """resource_id, start, end, and the `BookBox` taken, or None: answer with `set_verdict`."""
    activated = Signal(object)
    """appointment_id: a double click or Enter."""
    selected = Signal(object)
    """appointment_id, or None when nothing is selected any more."""
    dayStepRequested = Signal(int)
    """Days to go, -1 or 1."""
    statusKeyPressed = Signal(object, str)
    """appointment_id and the letter that was pressed on it."""
    menuRequested = Signal(object, object, object, object)
    """appointment_id or None, resource_id, instant, and the QPoint on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ghost_is_live = self.is_read_only = False
        self._ghost_is_held = False
        self._sent: dict[str, Ghost] = {}
        """Where visits were sent to, by appointment_id, as long as their rows may not have followed."""
        self._length: int | None = None
        self._pointer = Pointer(self)
        self._keys = Keys(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.voice = accessibility.Voice(self)

    # What it is told

    def show_day(self, day: BookDay) -> None:
        """Show a day, or the same day with other rows: then only what differs is painted again."""
        old = self.scene
        new = Scene(day, self.body().width(), theme.text_scale(), before=old)
        another_day = old.day.key != day.key
        if same_frame(old, new):
            for area in differing(old, new):
                self.spoil(area)
            self.scene = new
            self.update_now(old.day.now, day.now)
        else:
            self.scene = new
            self.relaid()
        self._keep_target(old)
        self._keep_ghost(another_day=another_day)
        self.voice.rows_changed(another_day=another_day)

    def set_now(self, now: datetime | None) -> None:
        """Move the now-line."""
        before = self.scene.day.now
        self.scene.set_now(now)
        self.update_now(before, now)

    def select(self, appointment_id: str | None) -> None:
        """Select a booking, or none, without a signal, and bring it into view."""
        self.update_target()
        self.selected_id = appointment_id
        boxes = self.scene.boxes_of(appointment_id) if appointment_id else []
        held = self.cursor_target
        if boxes and not (isinstance(held, BookBox) and held.appointment_id == appointment_id):
            self.cursor_target = boxes[0].box
            self.show_rect(boxes[0].body)
        self.update_target()

    def set_verdict(self, text: str, ok: bool) -> None:  # noqa: FBT001 - a setter says what it sets
        """Answer the ghost: whether its place is free, and if not why."""
        if self.ghost and (self.verdict.text, self.verdict.ok) != (text, ok):
            self.update_ghost()
            self.verdict = Verdict(text=text, ok=ok)
            self.update_ghost()
            self.voice.announce(text)

    def set_read_only(self) -> None:
        """Let it be looked at alone: from here on no gesture draws, moves or pulls anything."""
        self.is_read_only = True

    def set_click_length(self, minutes: int | None) -> None:
        """How long a booking is that is made with a click; None is one slot."""
        self._length = minutes

    def click_length(self) -> int:
        return self._length or self.scene.day.slot_step

    def show_plan(self, resource_id: str, starts: datetime, ends: datetime, verdict: Verdict) -> None:
        """Show where a booking would come that is being entered beside the book; a gesture's own ghost stays."""
        if self.ghost_is_live:
            return
        self.update_ghost()
        before, here = self.ghost, self.scene.shows(resource_id) and self.scene.start <= starts < self.scene.end
        self.ghost = Ghost(kind=Kind.NEW, resource_id=resource_id, starts=starts, ends=ends) if here else None
        self.verdict = verdict if here else Verdict()
        self.update_ghost()
        if self.ghost is not None and self.ghost != before:
            self.show_rect(overlay_painting.ghost_rect(self.scene, self.ghost), gently=True)

    def hold_ghost(self, *, held: bool) -> None:
        """Keep what was sent where it was sent to, whatever rows come, as long as its move is being made."""
        self._ghost_is_held = held

    def clear_ghost(self) -> None:
        """Take the ghost away: what it stood for was made or given up."""
        self.update_ghost()
        self.ghost, self.ghost_is_live, self.verdict = None, False, Verdict()
        self._pointer.drop()

    # What its gestures do

    def put_cursor(self, target: Target | None, *, keyed: bool = False) -> None:
        """Put the cursor on a booking, which selects it, or on a slot."""
        if self.ghost and not self.ghost_is_live:
            self.clear_ghost()
        self.update_target()
        self.cursor_target, self._keyed = target, keyed
        self.choose(target.appointment_id if isinstance(target, BookBox) else None)
        if keyed:
            self.show_rect(self.target_rect())
        self.update_target()
        self.voice.target_moved()

    def show_ghost(self, ghost: Ghost) -> None:
        """Show what a gesture would do, and ask whether its place is free."""
        if self.is_read_only or (self.ghost == ghost and self.ghost_is_live):
            return
        self.update_ghost()
        self.ghost, self.ghost_is_live, self.verdict = ghost, True, Verdict()
        self.update_ghost()
        self.show_hover(None, None)
        self.show_rect(overlay_painting.ghost_rect(self.scene, ghost), gently=True)
        self.voice.announce(span_words(ghost.starts, ghost.ends, self.scene.axis, self.scene.day.locale))
        self.ghostMoved.emit(ghost.resource_id, ghost.starts, ghost.ends, ghost.box)

    def commit_ghost(self, *, drawn_to: QPoint | None = None) -> None:
        """Ask for what the ghost shows; it stays until the rows have changed.

        `drawn_to` is where in the viewport a span was let go that the mouse has drawn.
        """
        ghost = self.ghost
        if ghost is None:
            return
        self.ghost_is_live = False
        if ghost.box is None and drawn_to is not None:
            at = self.viewport().mapToGlobal(drawn_to)
            self.spanMarked.emit(ghost.resource_id, ghost.starts, ghost.ends, at)
        elif ghost.box is None:
            self.spanDragged.emit(ghost.resource_id, ghost.starts, ghost.ends)
        elif ghost.changed:
            self._sent[ghost.box.appointment_id] = ghost
            self.rescheduleRequested.emit(ghost.resource_id, ghost.starts, ghost.ends, ghost.box)
        else:
            self._let_go()

    def sent(self, appointment_id: str) -> Ghost | None:
        """Where a visit was sent to, as long as its rows may not have followed."""
        return self._sent.get(appointment_id)

    def sent_at(self, point: QPoint) -> PlacedBox | None:
        """The box that the eye sees at a point where one was just sent, though its rows have not followed yet."""
        ghost = None if self.ghost_is_live else self.ghost
        if ghost is None or ghost.box is None:
            return None
        body, box = overlay_painting.ghost_rect(self.scene, ghost), asked_for(ghost, Kind.MOVE).box
        return PlacedBox(box=box, body=body, outer=body) if box and body.contains(point) else None

    def cancel(self) -> bool:
        """Give up the gesture, or else the selection; False where there was neither."""
        if self.ghost_is_live:
            self._let_go()
            return True
        if self.ghost:
            self.clear_ghost()
            return True
        chosen = self.selected_id
        self.update_target()
        self.choose(None)
        return chosen is not None

    def _let_go(self) -> None:
        """End the gesture and ask for nothing; what was sent before it stays where it was sent to."""
        ghost = self.ghost
        self.clear_ghost()
        self.ghost = self.sent(ghost.appointment_id) if ghost and ghost.appointment_id else None
        self.update_ghost()

    def marked_span(self, slot: Slot) -> Ghost | None:
        """The span that was drawn and holds a slot, where nothing was made of it yet."""
        ghost = self.ghost
        if ghost is None or ghost.box is not None or ghost.resource_id != slot.resource_id:
            return None
        return ghost if ghost.starts <= slot.starts < ghost.ends else None

    def show_hover(self, box: PlacedBox | None, slot: Slot | None) -> None:
        """Mark what lies under the pointer."""
        if self.hovered != (box, slot):
            self.update_hover()
            self.hovered = (box, slot)
            self.update_hover()

    def choose(self, appointment_id: str | None) -> None:
        """Select a booking, or none, and say so."""
        if appointment_id != self.selected_id:
            self.selected_id = appointment_id
            self.selected.emit(appointment_id)

    def _keep_ghost(self, *, another_day: bool) -> None:
        ghost = self.ghost
        if another_day or not self._ghost_is_held:
            self._sent.clear()
        if ghost is None:
            return
        if ghost.box is not None:
            is_over = not self._ghost_is_held
        else:
            is_over = self.scene.covering(ghost.resource_id, ghost.starts) is not None
        if another_day or (not self.ghost_is_live and is_over):
            self.clear_ghost()

    def _keep_target(self, old: Scene) -> None:
        held = self.cursor_target
        if not isinstance(held, BookBox):
            # What was selected as soon as it was saved has its row now.
            chosen = self.scene.boxes_of(self.selected_id) if self.selected_id else []
            self.cursor_target = chosen[0].box if chosen else held
            return
        sent = self._sent.get(held.appointment_id)
        found = self.scene.twin(held, sent_to=sent.resource_id if sent else "")
        if found is None and old.day.key == self.scene.day.key:
            found_slot = Slot(resource_id=held.resource_id, starts=self.scene.clamped(held.starts))
            self.cursor_target = found_slot if self.scene.shows(held.resource_id) else None
        else:
            self.cursor_target = found
        self.hovered = (None, None)

    # Events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pointer.press(event.position().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer.move(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pointer.release()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        item = self.scene.box_at(self.to_content(event.position().toPoint()))
        if item and event.button() == Qt.MouseButton.LeftButton:
            self.activated.emit(item.box.appointment_id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyed = event.reason() == QContextMenuEvent.Reason.Keyboard
        at = self.to_viewport(self.target_rect()).center() if keyed else event.pos()
        item, slot = self.scene.box_at(self.to_content(at)), self.scene.slot_at(self.to_content(at))
        if slot and (item or self.marked_span(slot) is None):
            self.put_cursor(item.box if item else slot)
        if slot:
            chosen = item.box.appointment_id if item else None
            self.menuRequested.emit(chosen, slot.resource_id, slot.starts, self.viewport().mapToGlobal(at))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._keys.press(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._keyed = event.reason() in _BY_KEY
        if self.cursor_target is None:
            self.cursor_target = first(self.scene)
        self.update_target()
        self.voice.target_moved()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update_target()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._pointer.leave()
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event.pos(), event.globalPos())
            return True
        return super().viewportEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._keys.wants(event):
            event.accept()
            return True
        return super().event(event)

    def _show_tip(self, at: QPoint, on_screen: QPoint) -> None:
        item = self.scene.box_at(self.to_content(at)) if self.body().contains(at) else None
        if item and not self.ghost:
            QToolTip.showText(on_screen, item.box.tooltip or item.box.spoken, self, self.to_viewport(item.body))
        else:
            QToolTip.hideText()
