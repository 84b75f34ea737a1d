"""Whether anybody is at the desk, or goes: keys and pointers in the application's windows, a machine that slept."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QWindow

from desktop.runtime.ticker import Ticker
from shared import clock

_EVERY: Final = 5_000
"""Milliseconds between two looks."""
_SLEPT: Final = 60.0
"""Seconds between two looks that only a machine that slept lets pass."""
_USED: Final = frozenset(
    {
        QEvent.Type.KeyPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel,
        QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TabletMove, QEvent.Type.TabletPress,
    }
)  # fmt: skip


class Idle(QObject):
    """Says when nobody has touched the application for so long, and when the machine was asleep.

    It hears what the windows are given, not every event of every widget: that would cost each paint something.
    """

    passed = Signal()
    pressed = Signal()
    """The key was pressed where no shortcut of it acts: a dialog stands before the windows that have one."""

    def __init__(self, parent: QObject, key: QKeySequence) -> None:
        super().__init__(parent)
        self._key = key
        self._limit: float | None = None
        self._used = self._looked = clock.monotonic()
        self._ticker = Ticker(self, _EVERY, self.look)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._hear)

    def watch(self, limit: float | None) -> None:
        """Begin anew with `limit` seconds; None says nothing but that the machine slept."""
        self._limit = limit
        self._used = self._looked = clock.monotonic()
        self.hear_all()
        self._ticker.start()

    def stop(self) -> None:
        """Say nothing any more."""
        self._ticker.stop()

    def hear_all(self) -> None:
        """Hear every window that there is by now."""
        for window in QGuiApplication.topLevelWindows():
            self._hear(window)

    def look(self) -> None:
        """See how long nobody was there."""
        now = clock.monotonic()
        slept, self._looked = now - self._looked > _SLEPT, now
        self.hear_all()
        if slept or (self._limit is not None and now - self._used >= self._limit):
            self._used = now
            self.passed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _USED:
            self._used = clock.monotonic()
        if isinstance(event, QKeyEvent) and self._is_key(event):
            self.pressed.emit()
            return True
        return super().eventFilter(watched, event)

    def _is_key(self, event: QKeyEvent) -> bool:
        return event.type() == QEvent.Type.KeyPress and QKeySequence(event.keyCombination()) == self._key

    def _hear(self, window: QWindow | None) -> None:
        if window is not None:
            # Twice is once.
            window.installEventFilter(self)
