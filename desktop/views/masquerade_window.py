"""The window in which somebody acts as somebody else: a frame that nothing hides, both names, the time, one way out."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.views.actions import ACTING, Actions
from desktop.views.build import Button, column, fitting_card, frame, label, marked, named, row
from desktop.views.cover import OWN, Cover
from desktop.views.main_window import MainWindow
from desktop.widgets import theme
from desktop.widgets.announcing import announce
from desktop.widgets.elided_label import ElidedLabel

FRAME = 8
"""Logical pixels of the frame on each side."""


class MasqueradeWindow(QWidget):
    """Holds a whole book window inside its frame, until it is over: then it holds a sentence, and nothing of the book.

    The frame is this window's own ground: whatever is shown stands inside it.
    """

    stopRequested = Signal()
    lockRequested = Signal()
    closed = Signal()

    def __init__(self, names: str, place: str, reason: str) -> None:
        """`names` are both, as in *Sam Support as Ana Lopez*; `place` is the business."""
        super().__init__()
        self.setProperty("role", "masquerade")
        self.setProperty(OWN, True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(f"{names} – {place}")
        named(self, f"Masquerade: {names}, {place}")
        self.resize(1360, 900)
        self.is_over = False
        self.actions_by_name = Actions(self, ACTING)
        self.book = MainWindow(self.actions_by_name)
        self.book.setWindowFlags(Qt.WindowType.Widget)
        self.book.setProperty(OWN, False)
        self._cover = Cover(self)
        self._names = ElidedLabel(names)
        self._names.setProperty("role", "masquerade-strong")
        self._about = ElidedLabel(f"{place} · {reason}")
        self._about.setProperty("role", "masquerade")
        self._about.setToolTip(reason)
        self._busy = marked(label("", "masquerade"), "What the server is asked")
        self._left = marked(label("", "masquerade-strong"), "Time left")
        self.stop = Button("Stop", kind="masquerade")
        self.stop.setToolTip(f"Stop acting as another ({self.actions_by_name.keys_of('stop')})")
        bar = row(
            column(self._names, self._about, space=0), self._busy, self._left, self.stop, space=18,
            margins=(10, 4, 6, FRAME),
        )  # fmt: skip
        bar.setStretch(0, 1)
        # A window inside another paints no ground of its own: the frame's would show through.
        self._ground = frame("ground", column(self.book, space=0))
        self._layout: QVBoxLayout = column(bar, self._ground, space=0, margins=(FRAME, FRAME, FRAME, FRAME))
        self._layout.setStretch(1, 1)
        self.setLayout(self._layout)
        self.addAction(self.actions_by_name["stop"])
        self.stop.clicked.connect(self._act)
        self.actions_by_name["stop"].triggered.connect(self._act)
        self.actions_by_name["lock"].triggered.connect(self.lockRequested)
        theme.dress(self)

    def show_left(self, words: str) -> None:
        """Show how much time is left, `29:59`."""
        self._left.setText(words)
        self._left.setAccessibleName(f"Time left {words}")

    def tell(self, words: str) -> None:
        """Say something in passing, aloud too."""
        self.book.toast.show_message(words)
        announce(self, words)

    def show_busy(self, words: str) -> None:
        """Say what the server is asked; nothing where it is asked nothing."""
        self._busy.setText(words)

    def show_over(self, title: str, text: str) -> None:
        """It is over: let go of the whole book, and say why."""
        self.is_over = True
        self._cover.drop()
        self._layout.removeWidget(self._ground)
        self._ground.hide()
        self._ground.deleteLater()
        del self.book
        self._busy.clear()
        self._left.clear()
        self.stop.setText("Close")
        self.stop.setEnabled(True)
        named(self.stop, "Close")
        card = fitting_card(
            column(
                label(title, "heading", wrap=True), marked(label(text, wrap=True), "Why it is over"), space=12,
                margins=(32, 28, 32, 28),
            ),
            460,
        )  # fmt: skip
        self._ground = frame("ground", row(None, column(None, card, None), None))
        self._layout.addWidget(self._ground, 1)
        card.fit()
        self.setAccessibleDescription(f"{title} {text}")
        self.stop.setFocus()
        announce(self, f"{title} {text}")

    def put_away(self) -> None:
        """The desk is locked: nothing of this is to be seen or read."""
        self._cover.put_away()
        self.hide()

    def bring_back(self) -> None:
        """The lock is off."""
        self.show()
        self._cover.bring_back()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.is_over:
            event.accept()
            self.closed.emit()
        else:
            # Closing is no way around the end: it is the end.
            event.ignore()
            self.stopRequested.emit()

    def _act(self) -> None:
        if self.is_over:
            self.close()
        else:
            self.stop.setEnabled(False)
            self.show_busy("Stopping…")
            self.stopRequested.emit()
