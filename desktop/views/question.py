"""A plain question before something that is not easily taken back: the safe answer is the default."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QWidget

from desktop.models.rows import Choice
from desktop.views.build import Button, column, field, label, marked, named, part, row, titled
from desktop.views.choosing import offer

_WIDTH = 460


class Question(QDialog):
    """Asks, with a choice where there is one to make, and calls what was asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self._then: Callable[[str], None] = lambda chosen: None
        self._title = label("", "heading", wrap=True)
        self._text = marked(label("", wrap=True), "What becomes of it")
        self.choice = named(QComboBox(), "Choice")
        self._field = part(field("Role", self.choice))
        self.typed = named(QLineEdit(), "Name")
        self._typed_label = label("", "caption", wrap=True)
        self._typed_label.setBuddy(self.typed)
        self._typing = part(column(self._typed_label, self.typed, space=4))
        self._wanted = ""
        self.no, self.yes = Button("Keep"), Button("Do it", kind="danger")
        self._content = column(
            self._title,
            self._text,
            self._field,
            self._typing,
            row(None, self.no, self.yes),
            space=16,
            margins=(24, 22, 24, 20),
        )
        self.setLayout(self._content)
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self._sure)
        self.typed.textChanged.connect(self._look_at_typed)

    def ask(self, title: str, text: str, *, yes: str, no: str, then: Callable[[str], None]) -> None:
        """Ask; `yes` and `no` are what the buttons say."""
        self._ask(title, text, (yes, no), then)
        self._open(self.no)

    def ask_typed(
        self, title: str, text: str, wanted: str, *, yes: str, no: str, then: Callable[[str], None]
    ) -> None:  # fmt: skip
        """Ask what cannot be taken back: only whoever has typed what is `wanted` can say yes."""
        self._ask(title, text, (yes, no), then)
        self._wanted = _plain(wanted)
        self._typed_label.setText(f"Type “{wanted}” to go on")
        self._typing.show()
        # What is cleared comes back by Ctrl+Z.
        self.typed.setText("")
        self._look_at_typed()
        self._open(self.typed)

    def ask_which(
        self, title: str, text: str, choices: tuple[Choice, ...], chosen: str, then: Callable[[str], None]
    ) -> None:
        """Ask which of several it is to be; `then` gets its id."""
        self._ask(title, text, ("Change role", "Leave as it is"), then)
        offer(self.choice, choices, chosen)
        self._field.show()
        self._open(self.choice)

    def _ask(self, title: str, text: str, buttons: tuple[str, str], then: Callable[[str], None]) -> None:
        self._then, self._wanted = then, ""
        self._field.hide()
        self._typing.hide()
        self.yes.setEnabled(True)
        titled(self, title, self._title)
        self._text.setText(text)
        for button, words in zip((self.yes, self.no), buttons, strict=True):
            button.say(words)

    def _open(self, first: QWidget) -> None:
        # A layout asks for too little where words are wrapped.
        self._content.activate()
        self.setFixedHeight(self._content.totalHeightForWidth(_WIDTH))
        self.open()
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _look_at_typed(self) -> None:
        self.yes.setEnabled(not self._wanted or _plain(self.typed.text()) == self._wanted)

    def _sure(self) -> None:
        self.accept()
        self._then(str(self.choice.currentData() or ""))


def _plain(text: str) -> str:
    """A text without what nobody means by it: letters' case, and blanks more than one."""
    return " ".join(text.casefold().split())
