"""The team: its people and invites, the devices of the business, and where one is signed in oneself."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.models.rows import Choice, Deed, TeamRow
from desktop.views.build import Button, clear, column, field, frame, label, marked, named, part, row
from desktop.views.lease_choice import LeaseChoice
from desktop.views.people import avatar
from desktop.views.question import Question
from desktop.views.scrolling import scrolled
from desktop.widgets import theme
from desktop.widgets.banner import Banner
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.empty_state import EmptyState

_WIDTH = 980


class TeamLine(QFrame):
    """One person, invite, device or session, with what can be done about it."""

    wanted = Signal(str, str)
    """What is to be done, and the id of the row."""

    def __init__(self, shown: TeamRow, *, pictured: bool) -> None:
        super().__init__()
        self.setProperty("role", "line")
        named(self, ", ".join(filter(None, (shown.title, shown.detail, *shown.chips))))
        title, detail = ElidedLabel(shown.title), ElidedLabel(shown.detail)
        title.setProperty("role", "muted" if shown.muted else "strong")
        detail.setProperty("role", "caption")
        inside = QHBoxLayout(self)
        inside.setContentsMargins(12, 8, 8, 8)
        inside.setSpacing(10)
        if pictured:
            inside.addWidget(avatar(shown.title))
        inside.addLayout(column(title, detail, space=1), 1)
        for words in shown.chips:
            inside.addWidget(label(words, "chip"), 0, Qt.AlignmentFlag.AlignVCenter)
        for deed in shown.deeds:
            inside.addWidget(self._button(shown, deed))

    def _button(self, shown: TeamRow, deed: Deed) -> Button:
        made = Button(deed.text, icon_name="eye" if deed.action == "masquerade" else "")
        named(made, f"{deed.text.rstrip('…')}: {shown.title}", deed.why_not)
        made.setToolTip(deed.why_not)
        made.setEnabled(not deed.why_not)
        made.clicked.connect(lambda: self.wanted.emit(deed.action, shown.id))
        return made


class TeamPart(QWidget):
    """A heading and the lines under it; hidden where there are none."""

    wanted = Signal(str, str)

    def __init__(self, title: str, *, pictured: bool = False) -> None:
        super().__init__()
        self._pictured = pictured
        self._lines = column(space=6)
        self.setLayout(column(label(title, "title"), self._lines, space=8))
        self.hide()

    def show_rows(self, rows: tuple[TeamRow, ...]) -> None:
        """Show these lines in place of those before."""
        clear(self._lines)
        for one in rows:
            line = TeamLine(one, pictured=self._pictured)
            line.wanted.connect(self.wanted)
            self._lines.addWidget(line)
        self.setVisible(bool(rows))


class TeamView(QWidget):
    """Shows what it is given, and says what somebody wants done."""

    wanted = Signal(str, str)
    """What is to be done, and to which row."""
    inviteRequested = Signal(str, str)
    """E-mail and role."""
    refreshRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "Team")
        self.banner = Banner()
        self.email = named(QLineEdit(), "E-mail of who is invited")
        self.email.setPlaceholderText("name@business.example")
        self.role = named(QComboBox(), "Role of who is invited")
        self.send = Button("Send invite", kind="primary", icon_name="mail", tint="accent_text")
        self._invite_message = marked(label("", "error", wrap=True), "Invite message")
        self._as_of = label("", "caption")
        self.refresh = Button("Refresh", kind="quiet", icon_name="sync")
        self.people = TeamPart("People", pictured=True)
        self.invites = TeamPart("Open invites")
        self.devices = TeamPart("Devices")
        self.lease = LeaseChoice()
        self.sessions = TeamPart("Where you are signed in")
        self._empty = EmptyState()
        self.question = Question(self)
        self._build()
        for one in (self.people, self.invites, self.devices, self.sessions):
            one.wanted.connect(self.wanted)
        self.send.clicked.connect(self._invite)
        self.email.returnPressed.connect(self._invite)
        self.email.textEdited.connect(lambda: self.show_invite_message(""))
        self.refresh.clicked.connect(self.refreshRequested)
        self.banner.actionRequested.connect(self.refreshRequested)
        self.show_nothing("The team is asked of the server.")

    def _build(self) -> None:
        top = row(label("Team", "heading"), None, self._as_of, self.refresh)
        asked = row(field("Invite by e-mail", self.email), field("As", self.role), space=12)
        asked.setStretch(0, 1)
        asked.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        self._inviting = frame("card", column(asked, self._invite_message, space=6, margins=(14, 12, 14, 12)))
        self._invite_message.hide()
        self._content = part(
            column(self._inviting, self.people, self.invites, self.devices, self.lease, self.sessions, None, space=22)
        )
        page = QWidget()
        page.setMaximumWidth(_WIDTH)
        page.setLayout(column(top, self._content, self._empty, space=14, margins=(28, 22, 28, 28)))
        self._area = scrolled(page)
        layout: QVBoxLayout = column(self.banner, self._area, space=0)
        self.setLayout(layout)

    def focus_first(self) -> None:
        """Put the focus where one begins, which is nowhere until it is told what there is."""
        (self.email if self.email.isVisible() else self).setFocus()

    def show_roles(self, choices: tuple[Choice, ...]) -> None:
        """Which roles somebody can be invited as."""
        self.role.clear()
        for one in choices:
            self.role.addItem(one.text, one.id)

    def show_busy(self, *, busy: bool) -> None:
        """Whether the server is being asked."""
        if busy:
            self._as_of.setText("Asking the server…")
        self.refresh.setEnabled(not busy)
        self.send.setEnabled(not busy)
        if not busy and self.hasFocus():
            (self.email if self.email.isVisible() else self.refresh).setFocus()

    def show_rows(
        self,
        people: tuple[TeamRow, ...],
        invites: tuple[TeamRow, ...],
        devices: tuple[TeamRow, ...],
        sessions: tuple[TeamRow, ...],
    ) -> None:
        """Show the four lists."""
        self._content.show()
        self._empty.hide()
        self.people.show_rows(people)
        self.invites.show_rows(invites)
        self.devices.show_rows(devices)
        self.sessions.show_rows(sessions)

    def show_nothing(self, sentence: str) -> None:
        """Say why nobody is shown."""
        self._content.hide()
        self._empty.show_state("users", sentence)
        self._empty.show()
        for one in (self.people, self.invites, self.devices, self.sessions):
            one.show_rows(())

    def show_as_of(self, words: str) -> None:
        """Say how old it is."""
        self._as_of.setText(words)

    def show_invite_message(self, text: str, *, kind: str = "error") -> None:
        """Say what is wrong with an invite, or that it went out."""
        theme.set_property(self._invite_message, "role", kind)
        self._invite_message.setText(text)
        self._invite_message.setVisible(bool(text))

    def clear_invite(self) -> None:
        """It went out: the next one begins empty."""
        # What is cleared comes back by Ctrl+Z.
        self.email.setText("")

    def take_email(self) -> str:
        """Who is half invited, which is gone from here then: it is one person's."""
        taken = self.email.text()
        self.clear_invite()
        return taken

    def give_email(self, email: str) -> None:
        """Let who was half invited stand there again."""
        self.email.setText(email)

    def _invite(self) -> None:
        if not self.email.text().strip():
            self.show_invite_message("Enter the e-mail of whom you invite.")
            self.email.setFocus()
        elif self.send.isEnabled():
            self.inviteRequested.emit(self.email.text().strip(), str(self.role.currentData()))
