"""Closing the business: its short name and the owner's password are typed before it happens."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.views.build import Button, column, label, marked, named, row
from desktop.views.form_dialog import FormDialog
from desktop.views.sign_in import PasswordPart

_WIDTH: Final = 460


class ClosingDialog(FormDialog):
    """Asks for both; *Keep it open* is the default."""

    closeRequested = Signal(str)
    """The password, once, until `show_message`; the name is right by then."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Close the business", _WIDTH, "Closing message", parent)
        self._name = ""
        self._title = label("", "heading", wrap=True)
        self._words = marked(label("", wrap=True), "What becomes of it")
        self.typed = named(QLineEdit(), "Short name")
        self._typed_label = label("", "caption", wrap=True)
        self._typed_label.setBuddy(self.typed)
        self._part = PasswordPart()
        self._part.ask_for("Your password")
        self.password = self._part.editor
        self.keep, self.go = Button("Keep it open"), Button("Close the business", kind="danger")
        content = column(
            self._title, self._words, column(self._typed_label, self.typed, space=4), self._part, self._message,
            row(None, self.keep, self.go), space=14, margins=(24, 22, 24, 20),
        )  # fmt: skip
        self._arrange(content, sent_by=self.go, fields={"typed": self.typed, "password": self.password})
        self.keep.clicked.connect(self.reject)
        self.go.clicked.connect(self._send)
        self.finished.connect(self._forget)
        self.password.returnPressed.connect(self._send)
        self.typed.returnPressed.connect(self.password.setFocus)

    def ask(self, business: str, short_name: str, words: str) -> None:
        """Open, with nothing typed yet."""
        self._name = short_name
        self._title.setText(f"Close {business}?")
        self._words.setText(words)
        self._typed_label.setText(f"Type the short name “{short_name}” to go on")
        self._forget()
        self.open()
        self.typed.setFocus()

    def _forget(self) -> None:
        # What is cleared comes back by Ctrl+Z.
        self.typed.setText("")
        self._part.forget()
        self.show_message("")

    def _send(self) -> None:
        if not self.go.isEnabled():
            return
        if self.typed.text().strip().casefold() != self._name.casefold():
            self.show_message(f"That is not the short name of the business, “{self._name}”.", about="typed")
        elif not self.password.text():
            self.show_message("Enter your password.", about="password")
        else:
            self.go.setEnabled(False)
            self.closeRequested.emit(self.password.text())
