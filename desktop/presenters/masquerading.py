"""The ways into acting as somebody else, from the team or by a code, and what ends it from outside its window."""

from typing import Final

from PySide6.QtCore import QObject

from desktop.models.rows import Fact
from desktop.presenters.masquerade import RUNS, Acting
from desktop.presenters.session import SessionPresenter
from desktop.presenters.team import TEAM_ROLES, TeamPresenter, office_words
from desktop.runtime.qt import Background, MainThread
from desktop.sync import masquerade
from desktop.sync.masquerade import About, Begun, Whom
from desktop.sync.masquerade_link import BadLink, MasqueradeLink, read_code
from desktop.sync.problems import SignInRefused, Stopped
from desktop.views.actions import Actions
from desktop.views.main_window import MainWindow
from desktop.views.masquerade_dialogs import CodeDialog, ReasonDialog
from shared.errors import AppError

OPEN_ELSEWHERE: Final = (
    "SmoothSchedule is open already and did not take the link. Choose Paste code… there, under your name."
)
LOCKED: Final = "A link was not opened, because this desk is locked. Unlock it, then open the link again."
NOBODY_HERE: Final = "A link has come. What it is about is asked once somebody is at the desk."
_ONE_AT_A_TIME: Final = "Another link was not opened: answer this question first."
_WRONG: Final = "The code or the digits were wrong, or more than 60 seconds old. Ask for a new code."
EARLIER: Final = (
    "You act as somebody already: at another computer, or in a window that is gone because the program ended too soon. "
    "What was entered there stays. End it to begin this one; by itself it ends after 30 minutes."
)
_PLATFORM: Final = {
    "SUPERUSER": "Superuser", "PLATFORM_MANAGER": "Platform manager", "PLATFORM_SALES": "Platform sales",
    "PLATFORM_SUPPORT": "Platform support",
}  # fmt: skip


class MasqueradePresenter(QObject):
    """Opens one masquerade at most, and only while somebody is at the desk."""

    def __init__(
        self, session: SessionPresenter, window: MainWindow, actions: Actions, main: MainThread, background: Background
    ) -> None:
        super().__init__(window)
        self._session, self._window, self._actions = session, window, actions
        self._main, self._background = main, background
        self.reason, self.code = ReasonDialog(window), CodeDialog(window)
        self.acting: Acting | None = None
        self._link: MasqueradeLink | None = None
        self._waiting = ""
        """A link that has come before somebody was at the desk."""
        actions["paste_code"].triggered.connect(self.ask_code)
        self.reason.beginRequested.connect(self._begin)
        self.reason.insteadRequested.connect(self._begin_instead)
        self.code.codeGiven.connect(self._look_at)
        self.code.openRequested.connect(self._redeem)
        self.code.finished.connect(lambda _: self._forget())
        window.lockChanged.connect(self._locked)
        window.workShown.connect(self._open_waiting)
        session.closed.connect(self._leave)

    def watch(self, team: TeamPresenter) -> None:
        """Hear whom the person at the desk wants to act as."""
        team.masqueradeWanted.connect(self._ask_reason)

    def open_link(self, text: str) -> None:
        """A link has come from outside: show what it is about, once somebody is at the desk; a lock keeps it out."""
        self._waiting = ""
        if self._window.is_locked:
            self._window.lock_page.tell(LOCKED)
        elif self.code.isVisible():
            # What somebody reads just now is what their digits are for.
            self._window.toast.show_message(_ONE_AT_A_TIME)
        elif self.acting is not None:
            self._window.toast.show_message(RUNS)
        else:
            self._waiting = text
            self._open_waiting()
            if self._waiting and self._window.sign_in.isVisible():
                self._window.sign_in.show_message(NOBODY_HERE, kind="info")

    def take_link(self, text: str) -> None:
        """Another start of the program has handed over a link: come forward with it."""
        self._window.come_forward()
        self.open_link(text)

    def ask_code(self) -> None:
        """Ask for a link or a code."""
        if self._is_free():
            self.code.ask()

    def shut(self) -> None:
        """The program ends."""
        if self.acting is not None:
            self.acting.shut()

    def _is_free(self) -> bool:
        if self.acting is not None:
            self._window.toast.show_message(RUNS)
            return False
        return self._session.desk is not None and not self._window.is_locked

    # From the team

    def _ask_reason(self, whom: str, name: str) -> None:
        if self._is_free():
            self.reason.ask(whom, name)

    def _begin(self, whom: str, reason: str) -> None:
        desk = self._session.desk
        if desk is not None:
            self._session.jobs.submit(lambda: desk.office.act_as(whom, reason), self._open, self._not_begun)

    def _begin_instead(self, whom: str, reason: str) -> None:
        desk = self._session.desk
        if desk is None:
            return
        office = desk.office

        def job() -> Begun:
            office.stop_own()
            return office.act_as(whom, reason)

        self._session.jobs.submit(job, self._open, self._not_begun)

    def _not_begun(self, error: AppError) -> None:
        if isinstance(error, Stopped) and error.code == "masquerading":
            self.reason.offer_instead(EARLIER)
        else:
            self.reason.show_message(_words(error))

    # By a code

    def _open_waiting(self) -> None:
        if self._waiting and self._window.is_working and self._is_free():
            text, self._waiting = self._waiting, ""
            self.code.ask()
            self._look_at(text)

    def _look_at(self, text: str) -> None:
        desk = self._session.desk
        if desk is None:
            return
        try:
            link = self._link = read_code(text, desk.server, self._session.servers())
        except BadLink as bad:
            self.code.show_message(str(bad))
            return
        self._session.jobs.submit(
            lambda: masquerade.look(link.server, link.code), lambda about: self._show(link, about), self._not_opened
        )

    def _show(self, link: MasqueradeLink, about: About) -> None:
        # Whoever has closed the dialog meanwhile, or pasted another, is not shown this one.
        if link is self._link:
            self.code.show_about(facts_of(link, about))

    def _redeem(self, digits: str) -> None:
        link = self._link
        if link is not None:
            self._session.jobs.submit(
                lambda: masquerade.redeem(link.server, link.code, digits), self._open, self._not_opened
            )

    def _not_opened(self, error: AppError) -> None:
        self._forget()
        self.code.show_refusal(_words(error))

    def _forget(self) -> None:
        self._link = None

    # The one that runs

    def _open(self, begun: Begun) -> None:
        self.reason.accept()
        self.code.accept()
        self.acting = Acting(begun, self._main, self._background, self)
        self.acting.over.connect(self._is_over)
        self.acting.window.lockRequested.connect(self._lock)
        self.acting.start()
        if self._session.desk is None:
            self.acting.leave()
        elif self._window.is_locked:
            self.acting.window.put_away()

    def _lock(self) -> None:
        self._actions["lock"].trigger()
        self._window.activateWindow()

    def _locked(self, locked: bool) -> None:  # noqa: FBT001 - the signature of the signal
        if self.acting is not None and locked:
            self.acting.window.put_away()
        elif self.acting is not None:
            self.acting.window.bring_back()

    def _leave(self) -> None:
        if self.acting is not None:
            self.acting.leave()

    def _is_over(self) -> None:
        acting, self.acting = self.acting, None
        if acting is not None:
            acting.deleteLater()


def facts_of(link: MasqueradeLink, about: About) -> tuple[Fact, ...]:
    """Everything that somebody has to know before they open it."""
    told = (
        ("Who acts", _person(about.actor)), ("As whom", _person(about.target)), ("Business", about.business),
        ("Reason", about.reason), ("Server", link.server),
    )  # fmt: skip
    return tuple(Fact(label=label, text=text) for label, text in told)


def _person(one: Whom) -> str:
    role = TEAM_ROLES.get(one.role) or _PLATFORM.get(one.role) or one.role
    return f"{one.name} · {one.email} · {role}"


def _words(error: AppError) -> str:
    if isinstance(error, SignInRefused) and error.code == "wrong_code":
        return _WRONG
    return office_words(error)
