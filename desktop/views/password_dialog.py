"""Another password, for whoever knows the one before."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.views.build import Button, column, label, row
from desktop.views.form_dialog import FormDialog
from desktop.views.sign_in import PasswordPart

_WIDTH: Final = 440
_NOW, _NEW, _AGAIN = "Your password now", "New password", "New password once more"
_MEANING: Final = "You are signed out everywhere else, and sign in there with the new one."
_RULE: Final = "12 characters or more. A few words are easy to remember and hard to guess."


class PasswordDialog(FormDialog):
    """Asks for the password of now and, twice, for another one."""

    changeRequested = Signal(str, str)
    """The password of now and the new one, once, until `show_message`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Change password", _WIDTH, "Password message", parent)
        self._parts = {what: PasswordPart() for what in (_NOW, _NEW, _AGAIN)}
        for what, part in self._parts.items():
            part.ask_for(what)
        self.old, self.new, self.again = (part.editor for part in self._parts.values())
        self._cancel, self.change = Button("Cancel"), Button("Change password", kind="primary")
        now, new, again = self._parts.values()
        content = column(
            label("Change password", "heading"), label(_MEANING, "muted", wrap=True), now,
            column(new, label(_RULE, "caption", wrap=True), space=4), again, self._message,
            row(None, self._cancel, self.change), space=14, margins=(24, 22, 24, 20),
        )  # fmt: skip
        fields = {"old": self.old, "new": self.new, "again": self.again}
        self._arrange(content, sent_by=self.change, fields=fields)
        self._cancel.clicked.connect(self.reject)
        self.change.clicked.connect(self._send)
        self.finished.connect(self._forget)
        for editor in fields.values():
            editor.returnPressed.connect(self._next_or_send)

    def ask(self) -> None:
        """Open, with nothing typed yet."""
        self._forget()
        self.open()
        self.old.setFocus()

    def _forget(self) -> None:
        for part in self._parts.values():
            part.forget()
        self.show_message("")

    def _next_or_send(self) -> None:
        missing = [one for one in (self.old, self.new, self.again) if not one.text()]
        if missing:
            missing[0].setFocus()
        else:
            self._send()

    def _send(self) -> None:
        if not self.change.isEnabled():
            return
        if not self.old.text():
            self.show_message("Enter your password of now first.", about="old")
        elif not self.new.text():
            self.show_message("Enter a new password.", about="new")
        elif self.new.text() != self.again.text():
            self.show_message("The two new passwords are not the same.", about="again")
        else:
            self.change.setEnabled(False)
            self.changeRequested.emit(self.old.text(), self.new.text())
