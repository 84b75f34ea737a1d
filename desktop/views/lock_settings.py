"""When the desk locks, and the PIN of the person at it."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QWidget

from desktop.models.rows import Choice
from desktop.views.build import Button, column, field, label, marked, named, part, row, rule, titled
from desktop.views.sign_in import PasswordPart
from desktop.widgets import theme

_WIDTH = 440


@dataclass(frozen=True, slots=True, kw_only=True)
class PinForm:
    """What a person typed to have a PIN."""

    password: str
    pin: str
    again: str


def _pin_field(name: str) -> QLineEdit:
    made = named(QLineEdit(), name)
    made.setEchoMode(QLineEdit.EchoMode.Password)
    made.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
    made.setMaxLength(8)
    return made


class LockSettingsDialog(QDialog):
    """Shows what is set, and says what a person wants instead."""

    minutesChosen = Signal(str)
    """The id of a choice."""
    pinWanted = Signal(object)
    """A `PinForm`, once, until `show_result`."""
    removalWanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        titled(self, "Lock and PIN")
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self._minutes = named(QComboBox(), "Lock this desk")
        self._state = marked(label("", "muted", wrap=True), "What your PIN is for")
        self._password = PasswordPart()
        self.password = self._password.editor
        self.pin, self.again = _pin_field("New PIN"), _pin_field("New PIN once more")
        self._message = marked(label("", "error", wrap=True), "PIN message")
        self._said = marked(label("", "success", wrap=True), "PIN result")
        self._set = Button("Set PIN", kind="primary")
        self._remove = Button("Remove PIN")
        self._close = Button("Close")
        self._build()
        self._minutes.activated.connect(lambda place: self.minutesChosen.emit(str(self._minutes.itemData(place))))
        self._set.clicked.connect(self._send)
        self._remove.clicked.connect(self.removalWanted)
        self._close.clicked.connect(self.accept)
        self.finished.connect(self._forget)
        for editor in (self.password, self.pin, self.again):
            editor.returnPressed.connect(self._next_or_send)
            editor.textEdited.connect(lambda: self.show_message(""))

    def _build(self) -> None:
        self._message.hide()
        self._said.hide()
        pins = part(row(field("New PIN", self.pin), field("Once more", self.again), space=12))
        self._content = column(
            label("Lock and PIN", "heading"),
            field("Lock this desk", self._minutes),
            label("For everybody who works here. After a sleep it is locked, too.", "caption", wrap=True),
            rule(),
            label("Your PIN", "strong"),
            self._state,
            self._password,
            pins,
            self._message,
            self._said,
            row(self._remove, None, self._close, self._set),
            space=12,
            margins=(24, 22, 24, 20),
        )
        self.setLayout(self._content)

    def show_minutes(self, choices: tuple[Choice, ...], chosen: str) -> None:
        """Offer these; `chosen` is the id of the one that holds."""
        self._minutes.clear()
        for one in choices:
            self._minutes.addItem(one.text, one.id)
        self._minutes.setCurrentIndex(next(at for at, one in enumerate(choices) if one.id == chosen))

    def show_pin(self, words: str, *, is_set: bool) -> None:
        """Say what the PIN is for, and whether there is one."""
        self._state.setText(words)
        self._set.say("Change PIN" if is_set else "Set PIN")
        self._remove.setVisible(is_set)
        self._fit()

    def ask(self) -> None:
        """Open, with nothing typed yet."""
        self._forget()
        self.open()
        self._minutes.setFocus()

    def show_message(self, text: str, *, about: str = "") -> None:
        """Say what is wrong; `about` names the field that gets the focus: `password` or `pin`."""
        self._said.hide()
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self._set.setEnabled(True)
        fields = {"password": self.password, "pin": self.pin}
        for name, editor in fields.items():
            theme.set_property(editor, "invalid", bool(text) and name == about)
        if about in fields:
            fields[about].setFocus()
            fields[about].selectAll()
        self._fit()

    def show_result(self, text: str) -> None:
        """Say what was done; what was typed is gone."""
        self._forget()
        self._said.setText(text)
        self._said.show()
        self._fit()

    def _forget(self) -> None:
        self._password.forget()
        # What is cleared comes back by Ctrl+Z.
        self.pin.setText("")
        self.again.setText("")
        self.show_message("")

    def _fit(self) -> None:
        # A layout asks for too little where words are wrapped, and a dialog keeps the height that it was opened with.
        self.setFixedHeight(self._content.totalHeightForWidth(_WIDTH))

    def _next_or_send(self) -> None:
        missing = [one for one in (self.password, self.pin, self.again) if not one.text()]
        if missing:
            missing[0].setFocus()
        else:
            self._send()

    def _send(self) -> None:
        if self._set.isEnabled():
            self._set.setEnabled(False)
            self.pinWanted.emit(
                PinForm(password=self.password.text(), pin=self.pin.text(), again=self.again.text())
            )  # fmt: skip
