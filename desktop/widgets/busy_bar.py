"""Progress of something that takes its time: a thin bar, a sentence, and a way to stop it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from desktop.widgets import theme
from desktop.widgets.buttons import PushButton
from desktop.widgets.tokens import SPACE


class BusyBar(QWidget):
    """Hidden while nothing goes on."""

    cancelRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._words = QLabel(self)
        theme.set_property(self._words, "role", "caption")
        self._cancel = PushButton(self.tr("Cancel"), self)
        theme.set_property(self._cancel, "kind", "quiet")
        self._cancel.clicked.connect(self.cancelRequested)
        line = QHBoxLayout()
        line.addWidget(self._words, 1)
        line.addWidget(self._cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.xs)
        column.addWidget(self._bar)
        column.addLayout(line)
        self.hide()

    def show_progress(self, words: str, done: int = 0, total: int = 0, *, cancellable: bool = False) -> None:
        """Show how far it is; a `total` of 0 is not known, the bar then stands still at a third (no motion)."""
        self._bar.setRange(0, max(1, total))
        self._bar.setValue(min(done, total))
        if total == 0:
            self._bar.setRange(0, 3)
            self._bar.setValue(1)
        self._words.setText(words)
        self._bar.setAccessibleName(words)
        self.setAccessibleName(words)
        self._cancel.setVisible(cancellable)
        self.show()

    def finish(self) -> None:
        """Nothing goes on any more."""
        self.hide()
