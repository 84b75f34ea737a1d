"""That something was begun before, and what can be done with it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.models.rows import Choice
from desktop.views.build import Button, clear, column, label, marked, row
from desktop.widgets.announcing import announce


class BegunNotice(QFrame):
    """A sentence over its choices; hidden where nothing was begun."""

    chosen = Signal(str)
    """The id of a choice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "well")
        self._text = marked(label("", wrap=True), "What was begun before")
        self._choices = row(space=4)
        self.setLayout(column(self._text, self._choices, space=2, margins=(12, 9, 12, 4)))
        self.hide()

    def show_begun(self, text: str, choices: tuple[Choice, ...]) -> None:
        """Say what was begun, and offer what can be done; empty where there is nothing."""
        if text == self._text.text():
            return
        self._text.setText(text)
        clear(self._choices)
        for choice in choices:
            link = Button(choice.text, kind="link")
            link.clicked.connect(lambda _=False, chosen=choice.id: self.chosen.emit(chosen))
            self._choices.addWidget(link)
            # Where others stand already they would come a turn of the loop later.
            link.show()
        self._choices.addStretch(1)
        self.setVisible(bool(text))
        if text:
            announce(self, text)

    def text(self) -> str:
        """What it says."""
        return self._text.text()
