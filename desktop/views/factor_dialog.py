"""A second factor: drawn, confirmed by a code of it, and given up; the secret and the recovery codes are shown once."""

import io
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from desktop.views.build import Button, column, field, label, marked, named, part, row
from desktop.views.form_dialog import FormDialog
from desktop.views.sign_in import LONGEST_CODE, PasswordPart

_WIDTH: Final = 460
_QR_PIXELS: Final = 5
"""For each square of it."""
_QUIET: Final = 4
"""Squares of the margin without which a phone does not find it (ISO/IEC 18004, section 5.3.8)."""
_ASKED: Final = (
    "A code of an authenticator app on your phone is asked beside your password, whenever you sign in at the server. "
    "Enter your password to set it up, or to go on without."
)
_DRAWN: Final = "Scan this with the app, or type the secret into it. Then enter the code that the app shows."
_KEPT: Final = (
    "From now on you sign in with your password and a code. Keep these recovery codes where you find them without your "
    "phone: each is good once, in place of a code. They are shown this once."
)
_IS_ON: Final = "You have a second factor. To go on without, enter a code of your app or a recovery code."


class FactorDialog(FormDialog):
    """Leads through it step by step; what the step before has shown is gone."""

    beginRequested = Signal(str)
    """The password."""
    confirmRequested = Signal(str)
    """A code of the secret that was shown."""
    endRequested = Signal(str, str)
    """The password, and a code or a recovery code."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Second factor", _WIDTH, "Second factor message", parent)
        self._words = marked(label("", wrap=True), "What this is about")
        self._picture = named(QLabel(), "QR code of the secret")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.secret = _copied("Secret")
        self.codes = _copied("Recovery codes")
        self._password = PasswordPart()
        self.password = self._password.editor
        self.code = named(QLineEdit(), "Code")
        self.code.setMaxLength(LONGEST_CODE)
        self.code.setPlaceholderText("123 456")
        self._code_part = part(field("Code", self.code))
        self._close, self.go = Button("Close"), Button("Go on", kind="primary")
        content = column(
            label("Second factor", "heading"), self._words, self._picture, self.secret, self.codes, self._password,
            self._code_part, self._message, row(None, self._close, self.go), space=14, margins=(24, 22, 24, 20),
        )  # fmt: skip
        self._arrange(content, sent_by=self.go, fields={"password": self.password, "code": self.code})
        self._step = "ask"
        self._close.clicked.connect(self.reject)
        self.go.clicked.connect(self._send)
        self.finished.connect(self._forget)
        for editor in (self.password, self.code):
            editor.returnPressed.connect(self._send)

    def ask(self) -> None:
        """Open, with nothing typed yet."""
        self._forget()
        self.open()
        self.password.setFocus()

    def show_drawn(self, secret: str, uri: str) -> None:
        """Show the secret of an authenticator app, and ask for a code of it."""
        self._show("confirm", _DRAWN, "Confirm", self._picture, self.secret, self._code_part)
        self._picture.setPixmap(_qr(uri))
        self.secret.setText(" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)))
        self._password.forget()
        self.code.setFocus()
        self.show_message("")

    def show_codes(self, codes: Sequence[str]) -> None:
        """Show the recovery codes, which nobody can ask for again."""
        self._show("done", _KEPT, "", self.codes)
        self.codes.setText("\n".join(codes))
        self._close.setFocus()
        self.show_message("")

    def ask_to_end(self) -> None:
        """Say that there is one already, and ask for what ends it."""
        self._show("end", _IS_ON, "Go on without", self._code_part)
        self.code.setFocus()
        self.show_message("")

    def _show(self, step: str, words: str, go: str, *parts: QWidget) -> None:
        self._step = step
        self._words.setText(words)
        for one in (self._picture, self.secret, self.codes, self._password, self._code_part):
            one.setVisible(one in parts)
        self.go.setVisible(bool(go))
        self.go.say(go)
        # What is cleared comes back by Ctrl+Z.
        self.code.setText("")
        self._picture.clear()
        self.secret.setText("")
        self.codes.setText("")

    def _forget(self) -> None:
        self._show("ask", _ASKED, "Go on", self._password)
        self._password.forget()
        self.show_message("")

    def _send(self) -> None:
        if not self.go.isEnabled() or self.go.isHidden():
            return
        password, code = self.password.text(), self.code.text().strip()
        if self._step == "ask" and not password:
            self.show_message("Enter your password first.", about="password")
        elif self._step != "ask" and not code:
            self.show_message("Enter a code first.", about="code")
        else:
            self.go.setEnabled(False)
            self._tell(password, code)

    def _tell(self, password: str, code: str) -> None:
        if self._step == "ask":
            self.beginRequested.emit(password)
        elif self._step == "confirm":
            self.confirmRequested.emit(code)
        else:
            self.endRequested.emit(password, code)


def _copied(name: str) -> QLabel:
    """Words that somebody copies, by keyboard too."""
    made = marked(label("", "strong", wrap=True), name)
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return made


def _qr(text: str) -> QPixmap:
    """A picture that a phone reads: black on white in either theme."""
    # Nobody needs it before somebody sets this up.
    import segno

    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=_QR_PIXELS, border=_QUIET)
    made = QPixmap()
    made.loadFromData(drawn.getvalue(), "PNG")
    return made
