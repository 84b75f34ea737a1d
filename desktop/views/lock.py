"""The lock over a desk: who is at it, and a field for what opens it again. Nothing of the book stands here."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.views.build import Button, IconLabel, column, fitting_card, inset, label, marked, row
from desktop.views.sign_in import PasswordPart
from desktop.widgets.banner import Banner


class LockView(QWidget):
    """Asks for a PIN or a password, or leads to the other people of the desk."""

    unlockRequested = Signal(str)
    switchRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._who = marked(label("", "strong", wrap=True), "Who is at the desk")
        self._why = label("Nothing is lost: it goes on where you were, and syncs meanwhile.", "muted", wrap=True)
        self._part = PasswordPart()
        self.secret = self._part.editor
        self._message = marked(label("", "error", wrap=True), "Lock message")
        self._told = inset(Banner())
        self._submit = Button("Unlock", kind="primary")
        self._submit.setMinimumHeight(36)
        self._switch = Button("Switch person…", kind="link")
        self._message.hide()
        content = column(
            row(IconLabel("lock", size=22), label("This desk is locked", "heading"), None),
            self._told,
            column(self._who, self._why, space=4),
            column(self._part, self._message, space=4),
            self._submit,
            self._switch,
            space=14,
            margins=(32, 28, 32, 24),
        )
        self._card = fitting_card(content)
        self.setLayout(row(None, column(None, self._card, None), None))
        self.secret.capsLockSeen.connect(lambda on: self._card.fit())
        self.secret.returnPressed.connect(self._send)
        self._submit.clicked.connect(self._send)
        self._switch.clicked.connect(self.switchRequested)

    def show_person(self, name: str, *, has_pin: bool) -> None:
        """Say who is at the desk, and by what they come back."""
        self._who.setText(name)
        self._part.forget()
        self.ask_for_pin(has_pin=has_pin)
        self.show_message("")

    def ask_for_pin(self, *, has_pin: bool) -> None:
        """Whether a PIN is enough."""
        self._part.ask_for("PIN or password" if has_pin else "Password")

    def show_message(self, text: str) -> None:
        """Say what went wrong; the focus stays in the field."""
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self._submit.setText("Unlock")
        self._submit.setEnabled(True)
        self._switch.setEnabled(True)
        self._card.fit()
        self.secret.setFocus()
        self.secret.selectAll()

    def tell(self, text: str) -> None:
        """Say something that has come to the locked desk; what is being typed goes on."""
        self._told.show_message(text, kind="info")
        self._card.fit()

    def forget(self) -> None:
        """Empty the field, and forget what has come."""
        self._part.forget()
        self._told.clear()
        self._card.fit()

    def _send(self) -> None:
        if self._submit.isEnabled() and self.secret.text():
            self._submit.setText("One moment…")
            self._submit.setEnabled(False)
            self._switch.setEnabled(False)
            self.unlockRequested.emit(self.secret.text())
