"""The form of a customer, and two records beside one another before they are made one."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLineEdit, QPlainTextEdit, QRadioButton, QWidget

from desktop.models.people_rows import CustomerForm, MergeSide
from desktop.models.rows import Choice
from desktop.views.build import Button, clear, column, field, frame, label, marked, named, row, show_facts
from desktop.views.choosing import offer
from desktop.widgets import theme


class CustomerFormView(QWidget):
    """Edits a customer, or enters a new one."""

    saveRequested = Signal(object)
    """The `CustomerForm`."""
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label("", "heading")
        self.name = named(QLineEdit(), "Name")
        self.phones = named(QPlainTextEdit(), "Phones, one a line")
        self.emails = named(QPlainTextEdit(), "E-mails, one a line")
        for one in (self.phones, self.emails):
            one.setTabChangesFocus(True)
            one.setFixedHeight(64)
        self.tags = named(QLineEdit(), "Tags, with commas between them")
        self.alert = named(QPlainTextEdit(), "Alert")
        self.alert.setPlaceholderText("What must be seen before booking")
        self.alert.setTabChangesFocus(True)
        self.alert.setFixedHeight(56)
        self.preferred = named(QComboBox(), "Preferred person")
        self._message = marked(label("", "error", wrap=True), "Customer message")
        self.save, self.back = Button("Save", kind="primary"), Button("Cancel")
        both = row(field("Phones, one a line", self.phones), field("E-mails, one a line", self.emails), space=12)
        self.setLayout(
            column(
                self._title,
                field("Name", self.name),
                both,
                field("Alert", self.alert),
                field("Tags, with commas between them", self.tags),
                field("Likes to be served by", self.preferred),
                self._message,
                row(self.save, self.back, None),
                None,
                space=14,
                margins=(28, 22, 28, 24),
            )
        )
        self.save.clicked.connect(self._save)
        self.name.returnPressed.connect(self._save)
        self.back.clicked.connect(self.cancelled)

    def show_form(self, title: str, form: CustomerForm, people: tuple[Choice, ...]) -> None:
        """Show what is known; `people` are whom somebody can prefer."""
        self._fill(title, form, people)
        self.name.setFocus()

    def _fill(self, title: str, form: CustomerForm, people: tuple[Choice, ...]) -> None:
        self._title.setText(title)
        self.name.setText(form.name)
        self.phones.setPlainText("\n".join(form.phones))
        self.emails.setPlainText("\n".join(form.emails))
        self.tags.setText(", ".join(form.tags))
        self.alert.setPlainText(form.alert)
        offer(self.preferred, (Choice(id="", text="Anybody"), *people), form.preferred_id)
        self.show_message("")

    def show_sending(self, *, sending: bool) -> None:
        """Take nothing more while it is being saved: it would be of nothing that is sent."""
        if sending == self.name.isEnabled():
            if sending:
                self.save.setFocus(Qt.FocusReason.OtherFocusReason)
            for one in (self.name, self.phones, self.emails, self.tags, self.alert, self.preferred):
                one.setEnabled(not sending)
            if not sending:
                self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """Let nothing stand in it any more: it is one person's."""
        self.show_sending(sending=False)
        self._fill("", CustomerForm(), ())

    def show_message(self, text: str) -> None:
        """Say what is wrong with what is entered."""
        self._message.setText(text)
        self._message.setVisible(bool(text))

    def form(self) -> CustomerForm:
        """What stands in it."""
        return CustomerForm(
            name=self.name.text().strip(),
            phones=_lines(self.phones.toPlainText()),
            emails=_lines(self.emails.toPlainText()),
            tags=_several(self.tags.text().split(",")),
            alert=self.alert.toPlainText().strip(),
            preferred_id=str(self.preferred.currentData() or ""),
        )

    def _save(self) -> None:
        if self.form().name:
            self.saveRequested.emit(self.form())
        else:
            self.show_message("A name is needed.")
            self.name.setFocus()


def _lines(text: str) -> tuple[str, ...]:
    return _several(text.splitlines())


def _several(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in texts if one.strip()))


_MERGED = "Merged, whatever belongs to either, visits, notes, payments, phones and tags, is the kept one's."
_KEPT = "Kept apart, they are not suggested any more."
_FOUND_APART = "Somebody found them to be two people."
_APART, _AGAIN = "Keep apart", "Suggest again"


class MergeView(QWidget):
    """Two records side by side: one is chosen to be kept."""

    mergeRequested = Signal(str, str)
    """The one to keep, and the one that is merged into it."""
    apartRequested = Signal(str, str)
    """They are two people."""
    suggestRequested = Signal(str, str)
    """They are to be suggested again, who were kept apart."""
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sides: tuple[MergeSide, ...] = ()
        self._are_apart = False
        self._cards = [column(space=8), column(space=8)]
        self.keep = [named(QRadioButton(), f"Keep the {which} record") for which in ("left", "right")]
        self._group = QButtonGroup(self)
        both = row(space=12)
        for number, (card, choice) in enumerate(zip(self._cards, self.keep, strict=True)):
            self._group.addButton(choice, number)
            both.addWidget(frame("card", column(choice, card, None, space=10, margins=(16, 14, 16, 16))), 1)
        self._told = label("", "muted", wrap=True)
        self.merge, self.apart, self.back = Button("Merge…", kind="primary"), Button(_APART), Button("Back")
        self.setLayout(
            column(
                label("Are these one person?", "heading"),
                self._told,
                both,
                row(self.merge, self.apart, self.back, None),
                None,
                space=14,
                margins=(28, 22, 28, 24),
            )
        )
        self.merge.clicked.connect(self._merge)
        self.apart.clicked.connect(self._keep_apart)
        self.back.clicked.connect(self.cancelled)

    def show_sides(self, left: MergeSide, right: MergeSide, *, are_apart: bool = False) -> None:
        """Show both; the left one is kept unless a person says otherwise.

        `are_apart` says that somebody has found them to be two people.
        """
        self._sides, self._are_apart = (left, right), are_apart
        self._told.setText(f"{_FOUND_APART} {_MERGED}" if are_apart else f"{_MERGED} {_KEPT}")
        words, why = (_AGAIN, "Suggest them again as one person") if are_apart else (_APART, _KEPT)
        self.apart.say(words, why)
        self.apart.setToolTip(why)
        for side, card, choice in zip(self._sides, self._cards, self.keep, strict=True):
            clear(card)
            show_facts(card, side.facts)
            choice.setText(f"Keep “{side.name}”")
            named(choice, f"Keep {side.name}")
            theme.set_property(choice, "role", "strong")
        self.keep[0].setChecked(True)
        self.keep[0].setFocus()

    def _keep_apart(self) -> None:
        said = self.suggestRequested if self._are_apart else self.apartRequested
        said.emit(self._sides[0].id, self._sides[1].id)

    def _merge(self) -> None:
        kept = self._group.checkedId()
        self.mergeRequested.emit(self._sides[kept].id, self._sides[1 - kept].id)
