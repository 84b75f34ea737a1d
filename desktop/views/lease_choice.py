"""How long the desks of the business work without the server: what holds, and another length."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame

from desktop.models.rows import Choice
from desktop.views.build import Button, column, label, marked, named, row

_SENTENCE = "A desk works without the server for"
_WHAT_IT_IS = "Past it today and tomorrow can be read, and no change is taken until the server is reached."


class LeaseChoice(QFrame):
    """Shows what it is given, and says which length somebody wants."""

    wanted = Signal(str)
    """The id of the length."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.length = named(QComboBox(), _SENTENCE, _WHAT_IT_IS)
        self.change = named(Button("Change"), "Change how long a desk works without the server")
        self.note = marked(label("", "caption", wrap=True), "Lease note")
        self._holds = ""
        sentence = label(_SENTENCE)
        sentence.setBuddy(self.length)
        asked = row(sentence, self.length, self.change, None, space=10)
        self.setLayout(column(asked, self.note, space=6, margins=(14, 12, 14, 12)))
        self.length.currentIndexChanged.connect(self._look)
        # A wheel or an arrow key that passes over lengths is no wish yet.
        self.change.clicked.connect(lambda: self.wanted.emit(self._shown))
        self.hide()

    @property
    def _shown(self) -> str:
        return str(self.length.currentData() or "")

    def show_lengths(self, choices: tuple[Choice, ...], holds: str) -> None:
        """Which lengths there are, and the id of the one that holds."""
        self._holds = holds
        self.length.clear()
        for one in choices:
            self.length.addItem(one.text, one.id)
        self.length.setCurrentIndex(self.length.findData(holds))
        self.allow(allowed=True, note=_WHAT_IT_IS)

    def allow(self, *, allowed: bool, note: str) -> None:
        """Whether another length can be chosen now, and a sentence below."""
        self.length.setEnabled(allowed)
        self.note.setText(note)
        self._look()

    def _look(self) -> None:
        self.change.setEnabled(self.length.isEnabled() and self._shown not in ("", self._holds))
