"""Where the focus goes when what has it is hidden, cannot be used for a while, or is gone.

Qt gives it to the next part of its chain, which may be anywhere in the window: there letters are lost, and keys do
something else.
"""

from collections.abc import Callable, Iterator

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from desktop.views.reading_order import stands_in

_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
"""The keys by which somebody is done with a field."""
_BARE = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
_STRIKES = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride, QEvent.Type.InputMethod)


class FocusKeeper(QObject):
    """Keeps the focus within `root` while it is shown, for as long as nobody puts it elsewhere.

    What was made anew under the same name has it again, and what comes back has it back. Where neither is so,
    `home` puts it where one begins; it is told the nearest part still shown of those around what had it.

    Who was typing goes on doing so before they see that the field is gone. Their letters must do nothing: the focus
    stays where no letter is a key, until they go on by Tab, by Esc or with the mouse.
    """

    _fell = Signal()
    _turned = Signal()

    def __init__(self, root: QWidget, home: Callable[[QWidget], None]) -> None:
        super().__init__(root)
        self._root, self._home = root, home
        self._held: QWidget | None = None
        self._around: list[QWidget] = []
        """What is around the one that has the focus, the nearest first."""
        self._name = ""
        self._heard: QWidget | None = None
        """The field that has the focus."""
        self._is_typed_at = False
        """Whether somebody may be typing at the one that has the focus, or had it."""
        self._lost: QWidget | None = None
        self._holder: QWidget | None = None
        """What has the focus meanwhile, where nobody has put it elsewhere."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._look)
        # What is made anew is laid out once the present turn is over, and shown in the one after that.
        self._fell.connect(self._turned, Qt.ConnectionType.QueuedConnection)
        self._turned.connect(self._settle, Qt.ConnectionType.QueuedConnection)

    def _look(self, old: QWidget | None, now: QWidget | None) -> None:
        if not shiboken6.isValid(self._root):
            return
        held = now if now is not None and self._root.isAncestorOf(now) else None
        fell = self._held is not None and not _takes(self._held) and self._root.isVisible()
        # A window that comes forward again puts the focus where it was told to, or, without a word, where it begins.
        if fell and (old is not None or held is None):
            self._lost, self._held = self._held, None
            self._hold()
        elif now is not None:
            self._remember(held)

    def _remember(self, held: QWidget | None) -> None:
        self._held = held
        if held is None or held is not self._holder:
            self._await(None)
            self._name, self._around = (held.objectName(), list(self._above(held))) if held is not None else ("", [])
            self._listen(held)

    def _listen(self, held: QWidget | None) -> None:
        """Hear what is struck in a field, and nothing of what had the focus before."""
        if self._heard is not None and shiboken6.isValid(self._heard):
            self._heard.removeEventFilter(self)
        self._is_typed_at = held is not None and _is_field(held)
        self._heard = held if self._is_typed_at else None
        if self._heard is not None:
            self._heard.installEventFilter(self)

    def _above(self, part: QWidget) -> Iterator[QWidget]:
        parent = part.parentWidget()
        if part is not self._root and parent is not None:
            yield parent
            yield from self._above(parent)

    def _hold(self) -> None:
        # A part that takes no letters does no harm with them, and the keys of its page are its own.
        shown = (one for one in self._around if _takes(one) and not stands_in(one))
        holder = next((one for one in shown if not (self._is_typed_at and _has_keys(one))), self._root)
        self._await(None)
        self._await(holder)
        holder.setFocus()
        if self._is_typed_at:
            holder.installEventFilter(self)
        self._fell.emit()

    def _settle(self) -> None:
        if self._holder is None or QApplication.focusWidget() is not self._holder:
            # Somebody has put it elsewhere.
            return
        back = self._same()
        if back is not None:
            back.setFocus()
        elif self._lost is not None and shiboken6.isValid(self._lost) and self._lost.isVisible():
            # It cannot be used just now, while something is being sent perhaps.
            self._lost.installEventFilter(self)
        elif not self._is_typed_at:
            self._home(self._holder)

    def _same(self) -> QWidget | None:
        if self._lost is not None and _takes(self._lost):
            return self._lost
        if not self._name:
            return None
        shown = (one for one in self._around if _takes(one))
        found = (same for one in shown for same in one.findChildren(QWidget, self._name) if _takes(same))
        return next(found, None)

    def _await(self, holder: QWidget | None) -> None:
        for one in (self._lost, self._holder):
            if holder is None and one is not None and shiboken6.isValid(one):
                one.removeEventFilter(self)
        self._holder = holder

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._lost and event.type() in (QEvent.Type.EnabledChange, QEvent.Type.Hide):
            self._fell.emit()
        if watched is self._heard and event.type() in _STRIKES:
            self._is_typed_at = _key_of(event) not in _ENDS
        if watched is self._holder and event.type() in _STRIKES and _key_of(event) == Qt.Key.Key_Escape:
            # It closes what is open, and leads home where nothing is.
            self._is_typed_at = False
            self._fell.emit()
        return super().eventFilter(watched, event)


def _takes(part: QWidget) -> bool:
    """Whether it is there, and can be used."""
    return shiboken6.isValid(part) and part.isVisible() and part.isEnabled()


def _is_field(part: QWidget) -> bool:
    """Whether one types there."""
    return isinstance(part, QLineEdit | QPlainTextEdit | QTextEdit | QAbstractSpinBox) or (
        isinstance(part, QComboBox) and part.isEditable()
    )


def _has_keys(part: QWidget) -> bool:
    """Whether a letter or a digit alone does something while the focus is there."""
    within = Qt.ShortcutContext.WidgetWithChildrenShortcut
    keys = (key for action in part.actions() if action.shortcutContext() == within for key in action.shortcuts())
    # Any of them may be the page around it.
    parent = part.parentWidget()
    bare = any(key[0].keyboardModifiers() in _BARE for key in keys)  # type: ignore[index]  # the stubs lack it
    return bare or (parent is not None and _has_keys(parent))


def _key_of(event: QEvent) -> int | None:
    """The key; None for what is typed without one."""
    return event.key() if isinstance(event, QKeyEvent) else None
