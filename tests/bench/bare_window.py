"""The limit of a start: a window of nothing."""

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from tests.bench.told import tell


class Bare(QWidget):
    """A window without anything."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and tell so once it is on the screen."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), "#ffffff")
        painter.end()
        QTimer.singleShot(0, lambda: tell([]))


def main() -> int:
    """Run until the parent ends the process."""
    app = QApplication([])
    bare = Bare()
    bare.resize(1440, 900)
    bare.show()
    return app.exec()
