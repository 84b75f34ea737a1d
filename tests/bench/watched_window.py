"""The ordinary window, which tells when what has been painted."""

import json
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRect, QSocketNotifier, QTimer

from desktop.app import build_app
from desktop.config import Home
from desktop.widgets.day_book import DayBook
from tests.bench.held import held
from tests.bench.told import tell
from tests.support.file_secrets import FileSecrets


class Watch(QObject):
    """Looks at each painting of the book for bookings, or states of them, that were not there before."""

    def __init__(self, book: DayBook) -> None:
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
        if self._book.scene.day.boxes:
            # Whatever the hour: what is out of sight is not painted when it changes.
            whole = QRect(0, 0, self._book.scene.width, self._book.scene.height)
            top = min(placed.outer.top() for placed in self._book.scene.boxes_in(whole))
            self._book.verticalScrollBar().setValue(top)
        now = {f"{box.appointment_id} {box.status}" for box in self._book.scene.day.boxes}
        if fresh := now - self._known:
            self._known |= fresh
            tell(sorted(fresh))


def _answer() -> None:
    """A line of standard input asks what the process holds."""
    if sys.stdin.readline():
        print(json.dumps({"held": held()}), flush=True)


def main(folder: Path) -> int:
    """Run until the parent ends the process."""
    home = Home(folder)
    app, desktop = build_app(home, FileSecrets(home.folder / "secrets.json"))
    # Two screens wide: all columns are in sight, and what is not is not painted when it changes.
    desktop.window.resize(3840, 1080)
    watch = Watch(desktop.window.book_page.book)
    asked = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    asked.activated.connect(_answer)
    desktop.start()
    status = app.exec()
    del watch, asked
    return status
