"""The child: the ordinary window over a desk's folder, which tells when what has been painted.

`python -m tests.bench.window_process HOME`; with `bare` for a folder a window of nothing: the limit.
"""

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from desktop.widgets.day_book import DayBook


class Bare(QWidget):
    """A window without anything."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and tell so once it is on the screen."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), "#ffffff")
        painter.end()
        QTimer.singleShot(0, lambda: _tell([]))


class Watch(QObject):
    """Looks at each painting of the book for bookings, or states of them, that were not there before."""

    def __init__(self, book: "DayBook") -> None:
        super().__init__()
        self._book = book
        self._known: set[str] = set()
        book.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look once the painting is done."""
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._look)
        return False

    def _look(self) -> None:
        now = {f"{box.appointment_id} {box.status}" for box in self._book.scene.day.boxes}
        if fresh := now - self._known:
            self._known |= fresh
            _tell(sorted(fresh))


def _tell(fresh: list[str]) -> None:
    print(json.dumps({"at": perf_counter(), "fresh": fresh}), flush=True)


def _answer() -> None:
    """A line of standard input asks what the process holds."""
    from tests.bench.held import held

    if sys.stdin.readline():
        print(json.dumps({"held": held()}), flush=True)


def main() -> int:
    """Run until the parent ends the process."""
    if sys.argv[1] == "bare":
        app = QApplication([])
        bare = Bare()
        bare.resize(1440, 900)
        bare.show()
        return app.exec()
    # As in the product, nothing of ours is imported before it is needed.
    from desktop.app import build_app
    from desktop.config import Home
    from tests.support.file_secrets import FileSecrets

    home = Home(Path(sys.argv[1]))
    app, desktop = build_app(home, FileSecrets(home.folder / "secrets.json"))
    desktop.window.resize(1440, 900)
    watch = Watch(desktop.window.book_page.book)
    asked = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    asked.activated.connect(_answer)
    desktop.start()
    status = app.exec()
    del watch, asked
    return status


if __name__ == "__main__":
    sys.exit(main())
