"""One customer in full: what must be seen first, what there is to know, and what can be done."""

from collections.abc import Collection, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from desktop.models.people_rows import ConsentRow, CustomerDetail, Reach
from desktop.models.rows import Choice, NoteRow
from desktop.views.build import (
    Button,
    IconButton,
    clear,
    column,
    frame,
    inset,
    label,
    marked,
    named,
    part,
    row,
    show_facts,
)
from desktop.widgets.banner import Banner
from shared.model.base import LONGEST_TEXT


class CustomerPageView(QWidget):
    """Shows what it is given; everything that is done is said with a signal."""

    bookRequested = Signal()
    editRequested = Signal()
    waitRequested = Signal()
    deedRequested = Signal(str)
    """`block`, `unblock`, `archive` or `bring_back`."""
    noteAdded = Signal(str)
    consentSaid = Signal(str, bool)
    compareRequested = Signal(str)
    linkOpened = Signal(str)
    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: CustomerDetail | None = None
        self._alert = inset(Banner())
        self._name = marked(label("", "heading", wrap=True), "Customer's name")
        self._chips = row(space=6)
        self._mark = label("", "muted", wrap=True)
        self.book = Button("Book", kind="primary", icon_name="plus", tint="accent_text")
        self.edit = Button("Edit", icon_name="note")
        self.wait = Button("Waitlist", icon_name="hourglass")
        self._deeds = row()
        self._reaches, self._figures, self._visits = column(space=4), column(space=8), column(space=8)
        self._waits, self._consents = column(space=4), column(space=6)
        self._duplicates, self._others = column(space=6), column(space=6)
        self._begun: dict[str, str] = {}
        """Notes that are half written, by the customer."""
        self.note = named(QPlainTextEdit(), "New note about the customer")
        self.note.setPlaceholderText("Add a note")
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(56)
        self.add_note = Button("Add note")
        self._notes = column(space=8)
        self._waiting = _card("Waits for", self._waits)
        self._alike = _card("May be the same person", self._duplicates)
        self._apart = _card("Kept apart, found to be somebody else", self._others)
        self._build()
        self._connect()

    def _build(self) -> None:
        told = row(_card("Reached at", self._reaches), _card("In figures", self._figures), space=12)
        told.setStretch(0, 1)
        told.setStretch(1, 1)
        notes = column(self.note, row(self.add_note, None), self._notes, space=8)
        more = row(_card("Visits", self._visits), _card("Notes", notes), space=12)
        more.setStretch(0, 1)
        more.setStretch(1, 1)
        self.setLayout(
            column(
                self._alert,
                column(self._name, self._chips, self._mark, space=6),
                row(self.book, self.edit, self.wait, None, self._deeds),
                self._alike,
                told,
                self._waiting,
                more,
                _card("Agreed to", self._consents),
                self._apart,
                None,
                space=14,
                margins=(28, 22, 28, 24),
            )
        )

    def _connect(self) -> None:
        self.book.clicked.connect(self.bookRequested)
        self.edit.clicked.connect(self.editRequested)
        self.wait.clicked.connect(self.waitRequested)
        self.add_note.clicked.connect(self._add_note)
        self.note.textChanged.connect(self._typed)
        self._typed()

    def show_detail(self, shown: CustomerDetail) -> None:
        """Show a customer; what is half written stays with whom it was written about."""
        before, self._shown = self._shown, shown
        if before is None or before.id != shown.id:
            if before is not None:
                self._keep_note(before.id, self.note.toPlainText())
            self.note.setPlainText(self._begun.pop(shown.id, ""))
        self._name.setText(shown.name)
        self._say_alert(shown)
        clear(self._chips)
        for words in shown.tags:
            self._chips.addWidget(label(words, "chip"))
        self._chips.addStretch(1)
        self._mark.setText(shown.mark)
        self._mark.setVisible(bool(shown.mark))
        self.book.setEnabled(not shown.blocked)
        self.book.setToolTip("Blocked from booking." if shown.blocked else "Book a visit for this customer")
        clear(self._deeds)
        for deed in shown.deeds:
            self._deeds.addWidget(self._deed(deed.action, deed.text, deed.why_not))
        self._fill(shown)

    def _say_alert(self, shown: CustomerDetail) -> None:
        said = "\n".join(filter(None, ("Blocked from booking." if shown.blocked else "", shown.alert)))
        if said:
            self._alert.show_message(said, kind="danger" if shown.blocked else "warning")
        else:
            self._alert.clear()

    def _fill(self, shown: CustomerDetail) -> None:
        clear(self._reaches)
        for reach in shown.reaches:
            self._reaches.addLayout(self._reach(reach))
        if not shown.reaches:
            self._reaches.addWidget(label("No phone and no e-mail yet.", "muted", wrap=True))
        show_facts(self._figures, shown.figures)
        show_facts(self._visits, shown.visits)
        if not shown.visits:
            self._visits.addWidget(label("No visit yet.", "muted"))
        clear(self._waits)
        for words in shown.waits:
            self._waits.addWidget(label(words, wrap=True))
        self._waiting.setVisible(bool(shown.waits))
        clear(self._notes)
        for note in shown.notes:
            self._notes.addWidget(_note(note))
        clear(self._consents)
        for consent in shown.consents:
            self._consents.addLayout(self._consent(consent))
        for listed, card, alike in (
            (self._duplicates, self._alike, shown.duplicates),
            (self._others, self._apart, shown.kept_apart),
        ):
            clear(listed)
            for one in alike:
                listed.addLayout(self._duplicate(one, shown.merge_why_not))
            card.setVisible(bool(alike))

    def _deed(self, action: str, text: str, why_not: str) -> Button:
        made = Button(text)
        made.setEnabled(not why_not)
        made.setToolTip(why_not)
        made.setAccessibleDescription(why_not)
        made.clicked.connect(lambda: self.deedRequested.emit(action))
        return made

    def _reach(self, reach: Reach) -> QVBoxLayout:
        is_phone = reach.link.startswith("tel:")
        opened = IconButton("phone" if is_phone else "mail", f"{'Call' if is_phone else 'Write to'} {reach.text}")
        opened.clicked.connect(lambda: self.linkOpened.emit(reach.link))
        copied = Button("Copy", kind="quiet")
        named(copied, f"Copy {reach.text}")
        copied.clicked.connect(lambda: self.copied.emit(reach.text))
        return column(row(label(reach.text), None, opened, copied, space=4))

    def _consent(self, shown: ConsentRow) -> QVBoxLayout:
        line = row(label(shown.text, wrap=True), None, space=6)
        line.setStretch(0, 1)
        for words, given in (("Agrees", True), ("Declines", False)):
            made = Button(words)
            named(made, f"{words}: {shown.purpose}")
            made.setEnabled(shown.given is not given)
            made.clicked.connect(lambda _=False, said=given: self.consentSaid.emit(shown.purpose, said))
            line.addWidget(made)
        return column(line)

    def _duplicate(self, one: Choice, why_not: str) -> QVBoxLayout:
        compare = Button("Compare…")
        named(compare, f"Compare with {one.text}", why_not)
        compare.setEnabled(not why_not)
        compare.setToolTip(why_not)
        compare.clicked.connect(lambda: self.compareRequested.emit(one.id))
        words = column(label(one.text, "strong"), label(one.detail, "caption", wrap=True), space=1)
        line = row(part(words), compare)
        line.setStretch(0, 1)
        return column(line)

    def take_notes(self) -> dict[str, str]:
        """Everything that is half written, which is gone from here then: it is one person's."""
        if self._shown is not None:
            self._keep_note(self._shown.id, self.note.toPlainText())
        taken, self._begun, self._shown = self._begun, {}, None
        self.note.clear()
        return taken

    def give_notes(self, notes: Mapping[str, str]) -> None:
        """Let what was half written stand again with whom it was written about."""
        self._begun.update(notes)

    @property
    def noted(self) -> frozenset[str]:
        """About whom a note is half written."""
        shown = self._shown.id if self._shown is not None and self.note.toPlainText().strip() else ""
        return frozenset(filter(None, (*self._begun, shown)))

    def forget_notes(self, about: Collection[str]) -> None:
        """Let go of what is half written about these."""
        self._begun = {one: written for one, written in self._begun.items() if one not in about}
        if self._shown is not None and self._shown.id in about:
            self.note.clear()

    def take_note(self) -> str:
        """What is written, which is gone from here then: it is being saved."""
        taken = self.note.toPlainText()
        self.note.clear()
        return taken

    def give_back_note(self, customer_id: str, written: str) -> None:
        """Let what could not be saved stand again, before what is there now."""
        if self._shown is not None and self._shown.id == customer_id:
            self.note.setPlainText("\n".join(one for one in (written, self.note.toPlainText()) if one))
        else:
            self._keep_note(customer_id, written)

    def _keep_note(self, customer_id: str, written: str) -> None:
        if written.strip():
            self._begun[customer_id] = "\n".join(one for one in (written, self._begun.get(customer_id, "")) if one)

    def _typed(self) -> None:
        self.add_note.setEnabled(0 < len(self.note.toPlainText().strip()) <= LONGEST_TEXT)

    def _add_note(self) -> None:
        self.noteAdded.emit(self.note.toPlainText().strip())


def _card(title: str, content: QVBoxLayout) -> QWidget:
    return frame("card", column(label(title, "strong"), content, None, space=8, margins=(16, 12, 16, 14)))


def _note(note: NoteRow) -> QWidget:
    text = label(note.text, wrap=True)
    text.setAccessibleName(f"{note.made}: {note.text}")
    return frame("well", column(text, label(note.made, "caption", wrap=True), space=2, margins=(12, 8, 12, 8)))
