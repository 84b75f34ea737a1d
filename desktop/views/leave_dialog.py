"""Asked before somebody signs out whose edits the server does not have yet: what becomes of them."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop.views.build import Button, column, label, marked, row, titled


class LeaveDialog(QDialog):
    """Says what happens with what waits; staying is the default."""

    signOutRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        titled(self, "Sign out")
        self.setModal(True)
        self.setFixedWidth(460)
        self._title = label("", "heading", wrap=True)
        self._text = marked(label("", wrap=True), "What becomes of it")
        self._stay = Button("Stay signed in", kind="primary")
        self._leave = Button("Sign out")
        buttons = row(None, self._leave, self._stay)
        self._content = column(self._title, self._text, buttons, space=16, margins=(24, 22, 24, 20))
        self.setLayout(self._content)
        self._stay.clicked.connect(self.reject)
        self._leave.clicked.connect(self.accept)
        self.accepted.connect(self.signOutRequested)

    def ask(self, title: str, text: str) -> None:
        """Open with these words."""
        self._title.setText(title)
        self._text.setText(text)
        self.ensurePolished()
        for words in (self._title, self._text):
            words.ensurePolished()
        # What was measured before it had its font and these words would cut them off.
        self._content.invalidate()
        self._content.activate()
        self.setFixedHeight(self._content.totalHeightForWidth(self.width()))
        self.open()
        self._stay.setFocus()
