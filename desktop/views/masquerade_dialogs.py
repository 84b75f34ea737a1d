"""What is asked before somebody acts as somebody else: why; or by which code, and the two digits that go with it."""

from PySide6.QtCore import QRegularExpression, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from desktop.models.rows import Fact
from desktop.views.build import Button, column, field, frame, label, marked, named, part, row, show_facts, titled
from desktop.widgets import theme

_WIDTH = 480
_LONGEST_REASON = 500
RECORDED = (
    "All that is done is recorded with both names. It lasts 30 minutes at most, works while the server answers, and "
    "leaves nothing on this computer."
)


class ReasonDialog(QDialog):
    """Asks why somebody wants to act as one of their staff."""

    beginRequested = Signal(str, str)
    """Whom, and the reason."""
    insteadRequested = Signal(str, str)
    """The same, where an earlier one is to be ended first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self._whom = ""
        self._instead = False
        self._title = label("", "heading", wrap=True)
        self.reason = named(QLineEdit(), "Reason")
        self.reason.setMaxLength(_LONGEST_REASON)
        self.reason.setPlaceholderText("Such as: Ana rang, she cannot see Tuesday")
        self._message = marked(label("", "error", wrap=True), "Masquerade message")
        self._cancel, self.begin = Button("Cancel"), Button("Masquerade", kind="primary")
        content = column(
            self._title, label(RECORDED, "muted", wrap=True), column(field("&Reason", self.reason), self._message,
            space=4), row(None, self._cancel, self.begin), space=14, margins=(24, 22, 24, 20),
        )  # fmt: skip
        self.setLayout(content)
        self._cancel.clicked.connect(self.reject)
        self.begin.clicked.connect(self._send)
        self.reason.returnPressed.connect(self._send)
        self.reason.textEdited.connect(lambda: self.show_message(""))

    def ask(self, whom: str, name: str) -> None:
        """Ask why somebody is to be acted as."""
        self._whom = whom
        title = f"Act as {name}"
        titled(self, title, self._title)
        # What is cleared comes back by Ctrl+Z.
        self.reason.setText("")
        self._offer(instead=False)
        self.show_message("")
        self.open()
        self.reason.setFocus()

    def show_message(self, text: str) -> None:
        """Say what is in the way."""
        self.begin.setEnabled(True)
        self._message.setText(text)
        self._message.setVisible(bool(text))
        theme.set_property(self.reason, "invalid", bool(text))
        _fit(self)

    def offer_instead(self, text: str) -> None:
        """Say that an earlier one is not over, and offer to end it."""
        self._offer(instead=True)
        self.show_message(text)
        theme.set_property(self.reason, "invalid", False)

    def _offer(self, *, instead: bool) -> None:
        self._instead = instead
        words = "End that one and begin" if instead else "Masquerade"
        self.begin.say(words)

    def _send(self) -> None:
        reason = " ".join(self.reason.text().split())
        if not reason:
            self.show_message("A reason is needed: it is recorded.")
            self.reason.setFocus()
        elif self.begin.isEnabled():
            self.begin.setEnabled(False)
            wanted = self.insteadRequested if self._instead else self.beginRequested
            wanted.emit(self._whom, reason)


class CodeDialog(QDialog):
    """Takes a link or its code, shows what it is about, and asks for the two digits that go with it."""

    codeGiven = Signal(str)
    openRequested = Signal(str)
    """The two digits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        titled(self, "Act as somebody else")
        self.code = named(QLineEdit(), "Link or code")
        self.code.setMaxLength(2000)
        self._first = part(
            column(
                label("Paste the link or the code that the administration shows. It is good for 60 seconds.", "muted",
                      wrap=True), field("&Link or code", self.code), space=10,
            )
        )  # fmt: skip
        self._facts = column(space=10)
        self.digits = named(QLineEdit(), "Two digits")
        self.digits.setMaxLength(2)
        self.digits.setFixedWidth(72)
        self.digits.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]{0,2}"), self))
        asked = label("Open it only where you know all of this. The two digits stand beside the code in the "
                      "administration; wrong ones use it up.", "muted", wrap=True)  # fmt: skip
        self._second = part(
            column(frame("well", column(self._facts, margins=(14, 12, 14, 12))), asked,
                   field("Two &digits", self.digits), space=12)
        )  # fmt: skip
        self._message = marked(label("", "error", wrap=True), "Code message")
        self._cancel, self.go = Button("Cancel"), Button("Continue", kind="primary")
        content = column(
            label("Act as somebody else", "heading"), self._first, self._second, self._message,
            row(None, self._cancel, self.go), space=14, margins=(24, 22, 24, 20),
        )  # fmt: skip
        self.setLayout(content)
        self._cancel.clicked.connect(self.reject)
        self.go.clicked.connect(self._send)
        for editor in (self.code, self.digits):
            editor.returnPressed.connect(self._send)
            editor.textEdited.connect(lambda: self.show_message(""))
        self.finished.connect(self._forget)

    def ask(self) -> None:
        """Ask for a link or a code."""
        self._forget()
        self.open()
        self.code.setFocus()

    def show_about(self, facts: tuple[Fact, ...]) -> None:
        """Show what a code is about, and ask for the digits."""
        show_facts(self._facts, facts)
        self._first.hide()
        self._second.show()
        self.go.say("Open")
        self.show_message("")
        self.digits.setFocus()

    def show_message(self, text: str) -> None:
        """Say what is in the way."""
        self.go.setEnabled(True)
        self._message.setText(text)
        self._message.setVisible(bool(text))
        _fit(self)

    def show_refusal(self, text: str) -> None:
        """The code is good for nothing: another is needed."""
        self._forget()
        self.show_message(text)
        self.code.setFocus()

    def _forget(self) -> None:
        self.code.setText("")
        self.digits.setText("")
        show_facts(self._facts, ())
        self._second.hide()
        self._first.show()
        self.go.say("Continue")
        self.show_message("")

    def _send(self) -> None:
        if not self.go.isEnabled():
            return
        if not self._first.isHidden():
            if self.code.text().strip():
                self.go.setEnabled(False)
                self.codeGiven.emit(self.code.text())
            else:
                self.show_message("Paste the link or the code first.")
        elif len(self.digits.text()) == 2:
            self.go.setEnabled(False)
            self.openRequested.emit(self.digits.text())
        else:
            self.show_message("Enter both digits.")
            self.digits.setFocus()


def _fit(dialog: QDialog) -> None:
    # A layout asks for too little where words are wrapped, and a dialog keeps the height that it was opened with.
    layout = dialog.layout()
    if layout is not None:
        layout.invalidate()
        layout.activate()
        dialog.setFixedHeight(max(1, layout.totalHeightForWidth(_WIDTH)))
