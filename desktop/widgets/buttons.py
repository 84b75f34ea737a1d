"""Buttons that Enter presses, too: Qt lets that do so in dialogs alone."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QToolButton

from shared import clock

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STRUCK = "struck"
"""What a window calls the time in milliseconds at which a key was last struck on a button of it."""
_STRUCK_AT = "struck at"
"""What the application calls the time in seconds, by our clock, at which that was on any button."""
_LEFT_BY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
"""How the focus goes from a button that somebody leaves."""


class PushButton(QPushButton):
    """A push button that Space and Enter press. A double click on it is one click, and so are two strokes of a key.

    The second would meet what the first has led to: the next step of a visit, the next pair of customers.
    """

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _is_second(self, event) and not _entered(self, event):
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        # Where it is hidden or cannot be used any more, Qt leads on as by Tab, and nobody has gone anywhere.
        if event.reason() in _LEFT_BY and self.isVisible() and self.isEnabled():
            self.window().setProperty(_STRUCK, None)
        super().focusOutEvent(event)


class ToolButton(QToolButton):
    """A button of a bar that Space and Enter press, as often as they are struck: a day on, and one more."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _entered(self, event):
            super().keyPressEvent(event)


def was_struck_just_now() -> bool:
    """Whether a key was struck on a button less than a double click ago.

    A field to which that has led, in a dialog or in the book, does nothing at a second stroke either.
    """
    application = QApplication.instance()
    at = None if application is None else application.property(_STRUCK_AT)
    return isinstance(at, float) and 0 <= clock.monotonic() - at < QApplication.doubleClickInterval() / 1000


def _is_second(button: QAbstractButton, event: QKeyEvent) -> bool:
    """Whether a key was struck less than a double click ago, on this button or on one whose place it has taken."""
    if event.isAutoRepeat() or not (_is_enter(event) or event.key() == Qt.Key.Key_Space):
        return False
    window = button.window()
    # What comes from no keyboard has no time of its own.
    at = clock.monotonic()
    before, now = window.property(_STRUCK), event.timestamp() or round(at * 1000)
    window.setProperty(_STRUCK, now)
    QApplication.instance().setProperty(_STRUCK_AT, at)  # type: ignore[union-attr]  # there are no buttons without one
    return isinstance(before, int) and 0 <= now - before < QApplication.doubleClickInterval()


def _entered(button: QAbstractButton, event: QKeyEvent) -> bool:
    if not _is_enter(event):
        return False
    if not event.isAutoRepeat():
        # One that is held down has chosen in the field before, and the focus has come here since.
        button.click()
    return True


def _is_enter(event: QKeyEvent) -> bool:
    plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
    return plain and event.key() in _ENTER
