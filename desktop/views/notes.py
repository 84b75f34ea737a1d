"""What was written down, with who and when, and a field to add to it: nothing here can be changed."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.models.rows import NoteRow
from desktop.views.build import Button, clear, column, frame, label, named, part, row
from shared.model.base import LONGEST_TEXT


class NotesPart(QWidget):
    """The notes of a visit and its customer. What is half written stays with the visit that it was written at."""

    addRequested = Signal(str, str)
    """What it is about, `appointment` or `customer`, and the text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drafts: dict[str, str] = {}
        self._subject = ""
        self._list = column(space=8)
        self.text = named(QPlainTextEdit(), "New note", "Ctrl+Enter adds it to the visit")
        self.text.setPlaceholderText("Add a note")
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(56)
        self.text.installEventFilter(self)
        self.text.textChanged.connect(self._typed)
        self._visit = Button("Add to visit")
        self._customer = Button("Add to customer")
        self._visit.clicked.connect(lambda: self._add("appointment"))
        self._customer.clicked.connect(lambda: self._add("customer"))
        self._buttons = part(row(self._visit, self._customer, None))
        self.setLayout(column(label("Notes", "caption"), self.text, self._buttons, self._list, space=6))
        self._typed()

    def show_notes(self, subject: str, notes: tuple[NoteRow, ...], *, of_customer: bool) -> None:
        """Show the notes of a visit; `of_customer` says whether there is a customer to write about."""
        if subject != self._subject:
            self._keep_draft()
            self._subject = subject
            self.text.setPlainText(self._drafts.pop(subject, ""))
        self._customer.setVisible(of_customer)
        clear(self._list)
        for note in notes:
            self._list.addWidget(_shown(note))

    def focus_text(self) -> None:
        """Put the focus where a note is written."""
        self.text.setFocus()

    def take_text(self) -> str:
        """What is written, which is gone from here then: it is being saved, and what is written now is another note."""
        taken = self.text.toPlainText()
        self.text.clear()
        return taken

    def give_back(self, subject: str, written: str) -> None:
        """Let what could not be saved stand again at the visit that it was written at, before what is there now."""
        if subject == self._subject:
            self.text.setPlainText("\n".join(one for one in (written, self.text.toPlainText()) if one))
        else:
            self._drafts[subject] = "\n".join(one for one in (written, self._drafts.get(subject, "")) if one)

    def take_drafts(self) -> dict[str, str]:
        """Everything that is half written, which is gone from here then: it is one person's."""
        self._keep_draft()
        taken, self._drafts, self._subject = self._drafts, {}, ""
        self.text.clear()
        return taken

    def give_drafts(self, drafts: Mapping[str, str]) -> None:
        """Let what was half written stand again at the visits that it was written at."""
        self._drafts.update(drafts)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or not _adds(event):
            return super().eventFilter(watched, event)
        # While a note is written the key is its own, whatever it does elsewhere in the window.
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            self._add("appointment")
        return True

    def _keep_draft(self) -> None:
        if self._subject and self.text.toPlainText().strip():
            self._drafts[self._subject] = self.text.toPlainText()

    def _typed(self) -> None:
        written = self.text.toPlainText()
        self._buttons.setVisible(bool(written.strip()))
        fits = len(written.strip()) <= LONGEST_TEXT
        for one in (self._visit, self._customer):
            one.setEnabled(fits)
            one.setToolTip("" if fits else f"A note has at most {LONGEST_TEXT:,} characters.")

    def _add(self, about: str) -> None:
        written = self.text.toPlainText().strip()
        if written and len(written) <= LONGEST_TEXT:
            self.addRequested.emit(about, written)


def _adds(event: QKeyEvent) -> bool:
    entered = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    return entered and event.modifiers() == Qt.KeyboardModifier.ControlModifier


def _shown(note: NoteRow) -> QWidget:
    text = label(note.text, wrap=True)
    text.setAccessibleName(f"{note.made}: {note.text}")
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return frame("well", column(text, label(note.made, "caption", wrap=True), space=2, margins=(12, 8, 12, 8)))
