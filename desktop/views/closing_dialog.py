"""Closing the business: its short name and the owner's password are typed before it happens."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from desktop.views.build import Button, column, label, marked, named, row
from desktop.views.sign_in import PasswordPart
from desktop.widgets import theme

_WIDTH: Final = 460


class ClosingDialog(QDialog):
    """Asks for both; *Keep it open* is the default."""

    closeRequested = Signal(str)
    """The password, once, until `show_message`; the name is right by then."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Close the business")
        self.setAccessibleName("Close the business")
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self._name = ""
        self._title = label("", "heading", wrap=True)
        self._words = marked(label("", wrap=True), "What becomes of it")
        self.typed = named(QLineEdit(), "Short name")
        self._typed_label = label("", "caption", wrap=True)
        self._typed_label.setBuddy(self.typed)
        self._part = PasswordPart()
        self._part.ask_for("Your password")
        self.password = self._part.editor
        self._message = marked(label("", "error", wrap=True), "Closing message")
        self.keep, self.go = Button("Keep it open"), Button("Close the business", kind="danger")
        self._content = column(
            self._title, self._words, column(self._typed_label, self.typed, space=4), self._part, self._message,
            row(None, self.keep, self.go), space=14, margins=(24, 22, 24, 20),
        )  # fmt: skip
        self.setLayout(self._content)
        self.keep.clicked.connect(self.reject)
        self.go.clicked.connect(self._send)
        self.finished.connect(self._forget)
        self.password.returnPressed.connect(self._send)
        self.typed.returnPressed.connect(self.password.setFocus)
        for editor in (self.typed, self.password):
            editor.textEdited.connect(lambda: self.show_message(""))

    def ask(self, business: str, short_name: str, words: str) -> None:
        """Open, with nothing typed yet."""
        self._name = short_name
        self._title.setText(f"Close {business}?")
        self._words.setText(words)
        self._typed_label.setText(f"Type the short name “{short_name}” to go on")
        self._forget()
        self.open()
        self.typed.setFocus()

    def show_message(self, text: str, *, about: str = "") -> None:
        """Say what is wrong; `about` names the field that gets the focus: `typed` or `password`."""
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self.go.setEnabled(True)
        fields = {"typed": self.typed, "password": self.password}
        for name, editor in fields.items():
            theme.set_property(editor, "invalid", bool(text) and name == about)
        if about in fields:
            fields[about].setFocus()
            fields[about].selectAll()
        # A layout asks for too little where words are wrapped, and a dialog keeps the height that it was opened with.
        self._content.activate()
        self.setFixedHeight(self._content.totalHeightForWidth(_WIDTH))

    def _forget(self) -> None:
        self.typed.clear()
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
