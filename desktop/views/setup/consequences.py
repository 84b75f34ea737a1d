"""What a change leaves without hours or room, before it is made: nothing of it is deleted, each can be opened."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop.models.setup_rows import ConcernedRow
from desktop.views.build import Button, column, label, marked, named, row, titled
from desktop.views.reading_order import InReadingOrder
from desktop.views.scrolling import scrolled
from desktop.views.setup.lines import VisitLines

SAVE = "Save anyway"
_WIDTH, _HEIGHT = 520, 460


class ConsequencesDialog(InReadingOrder, QDialog):
    """Asks whether to go on; the safe answer is the default."""

    opened = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.resize(_WIDTH, _HEIGHT)
        self._then: Callable[[], None] = lambda: None
        self._left: Callable[[], object] = lambda: None
        self._title = label("", "heading", wrap=True)
        self._text = marked(label("", wrap=True), "What becomes of them")
        self.lines = VisitLines()
        self.no, self.yes = (
            named(Button("Leave it as it is"), "Leave it as it is"),
            Button(SAVE, kind="primary"),
        )
        holder = QWidget()
        holder.setLayout(column(self.lines, None))
        self.setLayout(
            column(
                self._title, self._text, scrolled(holder), row(None, self.no, self.yes), space=14,
                margins=(24, 22, 24, 20),
            )
        )  # fmt: skip
        self.no.clicked.connect(self.reject)
        self.rejected.connect(lambda: self._left())
        self.yes.clicked.connect(self._sure)
        self.lines.opened.connect(self._open)

    def ask(
        self,
        title: str,
        text: str,
        rows: Sequence[ConcernedRow],
        then: Callable[[], None],
        *,
        yes: str = SAVE,
        left: Callable[[], object] = lambda: None,
    ) -> None:
        """Show the visits; `then` is called where somebody goes on, which the button `yes` says, else `left`."""
        self._then, self._left = then, left
        self.yes.say(yes)
        titled(self, title, self._title)
        self._text.setText(text)
        self.lines.show_rows(rows)
        self.open()
        self.no.setFocus(Qt.FocusReason.OtherFocusReason)

    def _sure(self) -> None:
        self.accept()
        self._then()

    def _open(self, appointment_id: str) -> None:
        self.reject()
        self.opened.emit(appointment_id)
