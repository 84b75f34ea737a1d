"""The first thing that a new desk shows: which server, which business, who."""

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.views.build import (
    Button,
    IconButton,
    IconLabel,
    column,
    field,
    fitting_card,
    frame,
    inset,
    label,
    marked,
    named,
    part,
    row,
)
from desktop.views.scrolling import scroller
from desktop.widgets import theme
from desktop.widgets.banner import Banner

LONGEST_CODE = 32
"""Characters of a code that a server takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInForm:
    """What a person typed."""

    server: str
    business: str
    email: str
    password: str
    code: str = ""
    """Of an authenticator app, or a recovery code; empty where it is not asked for."""


class PasswordField(QLineEdit):
    """A password: it can be pasted and revealed, and it says when Caps Lock seems to be on."""

    capsLockSeen = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Qt tells no state of Caps Lock: a capital without Shift, or a small letter with it, gives it away.
        typed = event.text()
        if len(typed) == 1 and typed.isalpha():
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.capsLockSeen.emit(typed.isupper() != shifted)
        super().keyPressEvent(event)


class PasswordPart(QWidget):
    """The field of a password under its label, with the eye that reveals it and the word on Caps Lock."""

    def __init__(self) -> None:
        super().__init__()
        self.editor = named(PasswordField(), "Password")
        self.reveal = IconButton("eye", "Show password")
        self.reveal.setCheckable(True)
        self.caps = label("Caps Lock seems to be on.", "caption")
        self.caps.hide()
        self._above = label("Password", "caption")
        self._above.setBuddy(self.editor)
        self.setLayout(column(self._above, row(self.editor, self.reveal, space=4), self.caps, space=4))
        self.reveal.toggled.connect(self._show)
        self.editor.capsLockSeen.connect(self.caps.setVisible)

    def ask_for(self, what: str) -> None:
        """Say what is to be entered: `Password`, or something beside it."""
        self._above.setText(what)
        self.editor.setAccessibleName(what)

    def forget(self) -> None:
        """Empty the field and cover it: whoever comes next reads nothing."""
        # What is cleared comes back by Ctrl+Z, which is read once the eye is pressed.
        self.editor.setText("")
        self.reveal.setChecked(False)
        self.caps.hide()

    def _show(self, shown: bool) -> None:  # noqa: FBT001 - the signature of the signal
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.editor.setEchoMode(mode)
        self.reveal.set_icon("eye-off" if shown else "eye")
        named(self.reveal, "Hide password" if shown else "Show password")
        self.reveal.setToolTip(self.reveal.accessibleName())


class CodePart(QWidget):
    """The field of a second factor's code under its label, shown once the server has asked for one."""

    def __init__(self) -> None:
        super().__init__()
        self.editor = named(QLineEdit(), "Code")
        self.editor.setPlaceholderText("123 456")
        self.editor.setMaxLength(LONGEST_CODE)
        self.editor.setInputMethodHints(Qt.InputMethodHint.ImhNoPredictiveText)
        above = label("Code", "caption")
        above.setBuddy(self.editor)
        self.setLayout(column(above, self.editor, space=4))
        self.hide()

    @property
    def is_asked(self) -> bool:
        """Whether a code is asked for, if the screen that holds this is shown or not."""
        return not self.isHidden()

    def forget(self) -> None:
        """Ask for none, until the server does."""
        self.editor.setText("")
        self.hide()


_SIGN_IN: Final = "Sign in"
_ALL: Final = "Server address, business, e-mail and password are all needed."
_FOR_A_LINK: Final = "Server address, business and e-mail are needed: a link for a new password is mailed to you."
_ALL_AND_CODE: Final = "Server address, business, e-mail, password and code are all needed."


class SignInView(QWidget):
    """Asks for server, business, e-mail and password, and says in a sentence what went wrong."""

    signInRequested = Signal(object)
    """A `SignInForm`, once, until `set_busy` is taken back."""
    backRequested = Signal()
    agreed = Signal()
    """To what `ask` has asked, once, until `set_busy` is taken back."""
    declined = Signal()
    """The same, where its other answer was chosen."""
    linkRequested = Signal(object)
    """A `SignInForm` without a password, of whoever has forgotten theirs, once, until `set_busy` is taken back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._busy, self._answer = False, ""
        self.server = named(QLineEdit(), "Server address")
        self.server.setPlaceholderText("https://book.example.com")
        self.business = named(QLineEdit(), "Business")
        self.business.setPlaceholderText("acme")
        self.email = named(QLineEdit(), "E-mail")
        self.email.setInputMethodHints(Qt.InputMethodHint.ImhEmailCharactersOnly)
        self._part = PasswordPart()
        self.password = self._part.editor
        self._code_part = CodePart()
        self.code = self._code_part.editor
        self._message = inset(Banner())
        self._storage = label("", "caption", wrap=True)
        self._submit = Button(_SIGN_IN, kind="primary")
        self._submit.setMinimumHeight(36)
        self._otherwise = Button("", kind="link")
        self._back = Button("Choose another person", kind="link")
        self.forgotten = Button("Forgotten your password?", kind="link")
        self._build()
        self._submit.clicked.connect(self._send)
        self._otherwise.clicked.connect(lambda: self._tell(self.declined))
        self._back.clicked.connect(self.backRequested)
        self.forgotten.clicked.connect(self._ask_for_link)
        for editor in (self.server, self.business, self.email, self.password, self.code):
            editor.returnPressed.connect(self._next_or_send)
            editor.textEdited.connect(lambda: self.show_message(""))

    def _build(self) -> None:
        self._storage.hide()
        self._otherwise.hide()
        self._back.hide()
        card = frame(
            "card",
            column(
                label("Sign in", "heading"),
                label("The book is then kept on this computer and works without a network.", "muted", wrap=True),
                self._message,
                field("Server address", self.server),
                field("Business", self.business),
                field("E-mail", self.email),
                self._part,
                self._code_part,
                self._storage,
                self._submit,
                self._otherwise,
                self.forgotten,
                self._back,
                space=14,
                margins=(32, 28, 32, 28),
            ),
        )
        card.setFixedWidth(420)
        brand = row(None, IconLabel("calendar", size=26, tint="accent"), label("SmoothSchedule", "title"), None)
        middle = column(None, brand, card, None, space=20)
        self._area = scroller(part(row(None, middle, None)))
        self.setLayout(column(self._area))

    # What it is told

    def show_values(self, server: str, business: str, email: str) -> None:
        """Fill in what was used last; the focus goes to the first empty field."""
        self.server.setText(server)
        self.business.setText(business)
        self.email.setText(email)
        self._code_part.forget()
        self.focus_first()

    def show_password(self, password: str) -> None:
        """Fill in what was typed elsewhere a moment ago."""
        self.password.setText(password)

    def ask_code(self, text: str) -> None:
        """Ask for a code of the second factor as well, and say why; what was typed stays."""
        self._code_part.show()
        self.show_message(text, about="code", kind="info")

    def ask(self, text: str, answer: str, *, otherwise: str = "") -> None:
        """Ask before it goes on: the button says `answer`, until something else is shown or typed.

        `otherwise` is another answer; empty where there is none but to leave it: then no key that was meant for the
        form gives it unread.
        """
        self.show_message(text, kind="warning")
        self._answer = answer
        self._submit.setText(answer)
        self._otherwise.setText(otherwise)
        self._otherwise.setVisible(bool(otherwise))
        (self._submit if otherwise else self).setFocus()

    @property
    def asks_code(self) -> bool:
        """Whether a code is asked for."""
        return self._code_part.is_asked

    def _needed(self) -> tuple[QLineEdit, ...]:
        always = (self.server, self.business, self.email, self.password)
        return (*always, self.code) if self.asks_code else always

    def focus_first(self) -> None:
        """Put the focus where typing goes on."""
        editors = self._needed()
        next((one for one in editors if not one.text()), editors[-1]).setFocus()

    def show_message(self, text: str, *, about: str = "", kind: str = "danger") -> None:
        """Say what went wrong; `about` names the field that gets the focus, as `SignInForm` does."""
        self._answer = ""
        self._otherwise.hide()
        if not self._busy:
            self._submit.setText(_SIGN_IN)
        if text:
            self._message.show_message(text, kind=kind)
            self._area.verticalScrollBar().setValue(0)
        else:
            self._message.clear()
        fields = {
            "server": self.server, "business": self.business, "email": self.email, "password": self.password,
            "code": self.code,
        }  # fmt: skip
        for name, editor in fields.items():
            theme.set_property(editor, "invalid", bool(text) and name == about and kind == "danger")
        if about in fields:
            fields[about].setFocus()
            fields[about].selectAll()

    def show_storage(self, text: str) -> None:
        """Say what becomes of the password on this computer; empty where the keyring keeps the sign-in."""
        self._storage.setText(text)
        self._storage.setVisible(bool(text))

    def show_way_back(self, *, shown: bool) -> None:
        """Offer the people of this computer, where there are any."""
        self._back.setVisible(shown)

    def go_back(self) -> None:
        """Go back to the people of this computer, where they are offered and no answer is awaited."""
        if not self._back.isHidden() and self._back.isEnabled():
            self.backRequested.emit()

    def set_busy(self, *, busy: bool, said: str = "Signing in…") -> None:
        """Show that the server is being asked; nothing can be sent meanwhile."""
        self._busy = busy
        self._submit.setEnabled(not busy)
        self._submit.setText(said if busy else self._answer or _SIGN_IN)
        self._otherwise.setEnabled(not busy)
        self._back.setEnabled(not busy)
        self.forgotten.setEnabled(not busy)
        for editor in (self.server, self.business, self.email, self.password, self.code):
            editor.setReadOnly(busy)

    def forget_password(self) -> None:
        """Empty the fields of password and code."""
        self._part.forget()
        self._code_part.forget()

    # What a person does

    def _next_or_send(self) -> None:
        missing = [one for one in self._needed() if not one.text().strip()]
        if missing:
            missing[0].setFocus()
        else:
            self._send()

    def _send(self) -> None:
        if self._busy:
            return
        if self._answer:
            self._tell(self.agreed)
            return
        form = self._typed(password=self.password.text(), code=self.code.text().strip())
        if not all(one.text().strip() for one in self._needed()):
            self.show_message(_ALL_AND_CODE if self.asks_code else _ALL)
            self.focus_first()
            return
        self.set_busy(busy=True)
        self.signInRequested.emit(form)

    def _tell(self, answer: SignalInstance) -> None:
        self.set_busy(busy=True, said="One moment…")
        answer.emit()

    def _ask_for_link(self) -> None:
        needed = (self.server, self.business, self.email)
        missing = [one for one in needed if not one.text().strip()]
        if missing:
            self.show_message(_FOR_A_LINK)
            missing[0].setFocus()
        elif not self._busy:
            self.set_busy(busy=True, said="Asking for a link…")
            self.linkRequested.emit(self._typed())

    def _typed(self, *, password: str = "", code: str = "") -> SignInForm:
        server, business, email = (one.text().strip() for one in (self.server, self.business, self.email))
        return SignInForm(server=server, business=business, email=email, password=password, code=code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Why a password is asked for, and what can be answered."""

    title: str
    why: str
    submit: str
    busy: str
    other: str
    """The way out beside it."""
    goes_back: bool = False
    """Whether the way out leads back to where one was: then Esc takes it, too."""
    what: str = "Password"
    """What can be entered."""


AT_START = Asking(
    title="Open the book",
    why="This computer has no keyring, so the password is asked at every start. It works without a network.",
    submit="Open the book",
    busy="Opening…",
    other="Sign in as somebody else",
)
SESSION_ENDED = Asking(
    title="Sign in again",
    why="Your session has ended. Everything on this computer is kept.",
    submit="Sign in",
    busy="Signing in…",
    other="Back to the book",
    goes_back=True,
)
SWITCH = Asking(
    title="Your password",
    why="It is enough without a network, where you have signed in on this computer before.",
    submit="Take the desk",
    busy="One moment…",
    other="Choose another person",
    goes_back=True,
)
SWITCH_BY_PIN = replace(SWITCH, title="Your PIN or password", what="PIN or password")
EARLIER_PASSWORD = Asking(
    title="Enter the earlier password",
    why=(
        "The server took your password, but the book on this computer still opens with the one before. Enter that one "
        "once more; from then on the new one opens it.\n\n"
        "If it is forgotten, the book can be loaded again. What this computer had not sent stays locked in the old one."
    ),
    submit="Open the book",
    busy="Opening…",
    other="Load the book again",
)
KEYRING_AWAY = Asking(
    title="The keyring does not answer",
    why=(
        "The keys of your book are in this computer's keyring. Unlock it, then enter your password once more. "
        "Everything on this computer is kept.\n\n"
        "If it stays away, the book can be loaded again. What this computer had not sent is sent once the keyring "
        "answers again."
    ),
    submit="Try again",
    busy="Opening…",
    other="Load the book again",
)
FROM_FILE = replace(
    AT_START,
    why=(
        "This computer's keyring did not answer for a while, and the keys of your book were kept in a file. Your "
        "password brings them back into the keyring."
    ),
)


class UnlockView(QWidget):
    """Asks for a password alone, of somebody who is known here: to open the book, or to sign in again."""

    unlockRequested = Signal(str)
    otherPersonRequested = Signal()
    backRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label("", "heading")
        self._asking = AT_START
        self._who = label("", "strong", wrap=True)
        self._why = label("", "muted", wrap=True)
        self._part = PasswordPart()
        self.password = self._part.editor
        self._message = marked(label("", "error", wrap=True), "Unlock message")
        self._submit = Button(AT_START.submit, kind="primary")
        self._submit.setMinimumHeight(36)
        self._other = Button(AT_START.other, kind="link")
        self._back = Button("Back", kind="link")
        self._build()
        self.password.capsLockSeen.connect(lambda on: self._card.fit())
        self.password.returnPressed.connect(self._send)
        self._submit.clicked.connect(self._send)
        self._other.clicked.connect(self.otherPersonRequested)
        self._back.clicked.connect(self.backRequested)

    def _build(self) -> None:
        self._message.hide()
        self._back.hide()
        content = column(
            row(IconLabel("lock", size=22), self._title, None),
            column(self._who, self._why, space=4),
            column(self._part, self._message, space=4),
            self._submit,
            self._other,
            self._back,
            space=14,
            margins=(32, 28, 32, 24),
        )
        self._card = fitting_card(content)
        self.setLayout(row(None, column(None, self._card, None), None))

    def show_person(self, who: str, asking: Asking = AT_START, *, way_back: bool = False) -> None:
        """Say whose book it is, and why the password is asked; `way_back` where the way out leads somewhere else."""
        self._asking = asking
        self._who.setText(who)
        self._why.setText(asking.why)
        self._title.setText(asking.title)
        self._other.setText(asking.other)
        self._back.setVisible(way_back)
        self._part.ask_for(asking.what)
        self._part.forget()
        self.show_message("")

    def show_message(self, text: str) -> None:
        """Say what went wrong; the focus stays in the password."""
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self._submit.setText(self._asking.submit)
        self._submit.setEnabled(True)
        self._other.setEnabled(True)
        self._back.setEnabled(True)
        self._card.fit()
        self.password.setFocus()
        self.password.selectAll()

    def go_back(self) -> None:
        """Go back to where one was, where a way leads there and no answer is awaited."""
        if not self._other.isEnabled():
            return
        if self._asking.goes_back:
            self.otherPersonRequested.emit()
        elif not self._back.isHidden():
            self.backRequested.emit()

    def set_busy(self) -> None:
        """Show that an answer is awaited, and take no other until `show_message`."""
        self._submit.setText(self._asking.busy)
        self._submit.setEnabled(False)
        self._other.setEnabled(False)
        self._back.setEnabled(False)

    def _send(self) -> None:
        if self._submit.isEnabled() and self.password.text():
            self.set_busy()
            self.unlockRequested.emit(self.password.text())
