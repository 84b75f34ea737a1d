"""A repeating or single tick for widgets that need one: to scroll while dragging, to take a message away."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Ticker(QObject):
    """Calls `tick` every `interval` milliseconds while it runs, or once where it is `single`."""

    def __init__(self, parent: QObject, interval: int, tick: Callable[[], None], *, single: bool = False) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(interval)
        self._timer.setSingleShot(single)
        self._timer.timeout.connect(tick)

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    def start(self) -> None:
        """Start, or start again from the full interval."""
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
