"""Asks for a reason before something is done; what it is for stands above the field."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from desktop.views.build import Button, column, field, label, marked, named, row, titled
from desktop.widgets.buttons import was_struck_just_now
from shared.model.base import LONGEST_LINE

_WIDTH = 460


class AskReason(QDialog):
    """One line and two buttons; where a reason is needed, the second waits for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self._then: Callable[[str], None] = lambda reason: None
        self._needed = False
        self._title = label("", "heading", wrap=True)
        self._text = marked(label("", wrap=True), "What becomes of it")
        self.reason = named(QLineEdit(), "Reason")
        self.reason.setMaxLength(LONGEST_LINE)
        self.no, self.yes = Button("Keep"), Button("Do it", kind="danger")
        self.setLayout(
            column(
                self._title, self._text, field("Reason", self.reason), row(None, self.no, self.yes), space=16,
                margins=(24, 22, 24, 20),
            )
        )  # fmt: skip
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self._sure)
        self.reason.textChanged.connect(self._typed)
        self.reason.returnPressed.connect(self._entered)

    def ask(self, title: str, text: str, *, yes: str, no: str, needed: bool, then: Callable[[str], None]) -> None:
        """Ask; `yes` and `no` are what the buttons say, `then` gets the reason, which may be empty unless `needed`."""
        self._then, self._needed = then, needed
        titled(self, title, self._title)
        self._text.setText(text)
        for button, words in ((self.yes, yes), (self.no, no)):
            button.say(words)
        # What is cleared comes back by Ctrl+Z.
        self.reason.setText("")
        self.reason.setPlaceholderText("" if needed else "Optional")
        self._typed()
        self.open()
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def _typed(self) -> None:
        self.yes.setEnabled(bool(self.reason.text().strip()) or not self._needed)

    def _entered(self) -> None:
        if not was_struck_just_now():
            self._sure()

    def _sure(self) -> None:
        if self.yes.isEnabled():
            self.accept()
            self._then(self.reason.text().strip())
