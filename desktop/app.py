"""The one place that builds everything: the window, its presenters, and the desk behind them."""

import logging
import sys
from collections.abc import Sequence
from types import TracebackType

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from desktop.config import Home, Offer
from desktop.presenters.forgotten import ForgottenPresenter
from desktop.presenters.held import Held
from desktop.presenters.link import DeskLink
from desktop.presenters.lock_settings import LockSettingsPresenter
from desktop.presenters.locking import LockPresenter
from desktop.presenters.masquerading import OPEN_ELSEWHERE, MasqueradePresenter
from desktop.presenters.own_account import OwnAccountPresenter
from desktop.presenters.session import SessionPresenter
from desktop.presenters.shell import LookPresenter, Workplace
from desktop.runtime.door import Door, hand_over
from desktop.runtime.garbage import MainThreadCollector
from desktop.runtime.qt import Background, MainThread
from desktop.store.meta import Identity
from desktop.sync.key_files import KeyFiles
from desktop.sync.masquerade_link import is_link
from desktop.sync.secret_store import KeyringSecrets, NoSecretStore, SecretStore
from desktop.views.actions import Actions
from desktop.views.main_window import MainWindow
from shared import ids

log = logging.getLogger(__name__)


class Desktop:
    """The running application: one window, and at most one open book."""

    def __init__(self, app: QApplication, home: Home, secrets: SecretStore | KeyFiles, offer: Offer) -> None:
        """Build everything; `start` shows it."""
        self._app = app
        self.actions = Actions(app)
        settings = QSettings(str(home.folder / "window.ini"), QSettings.Format.IniFormat)
        self._look = LookPresenter(app, self.actions, settings)
        self.window = MainWindow(self.actions)
        self._background = Background()
        main = MainThread(self.window)
        self._session = SessionPresenter(home, secrets, self.window, main, self._background, self.window, offer=offer)
        ForgottenPresenter(self._session.jobs, self.window)
        self._lock = LockPresenter(self._session, home, self.window, self.actions, settings)
        self._lock_settings = LockSettingsPresenter(self._session, self._lock, self.window, self.actions)
        self.own_account = OwnAccountPresenter(self._session, self.window, self.actions)
        self.masquerade = MasqueradePresenter(self._session, self.window, self.actions, main, self._background)
        self.window.closing.connect(self.masquerade.shut)
        self._home = home
        self._door = Door(home.folder, is_link, self.window)
        self._door.handed.connect(self.masquerade.take_link)
        self._workplace: Workplace | None = None
        self._held: dict[tuple[str, str], Held] = {}
        """By the business and the person's id: what each had begun when another took the desk."""
        self._session.opened.connect(self._open)
        self._session.closed.connect(self._leave)
        self._session.shutOut.connect(self._forget_shut_out)
        self.actions["sign_out"].triggered.connect(self._session.signing_out.ask)
        self.actions["switch_person"].triggered.connect(self._session.ask_who_is_there)
        app.aboutToQuit.connect(self.stop)

    def start(self, link: str = "") -> None:
        """Show the window and open the book, or ask who is there; `link` is what this start was asked to open."""
        self.window.show()
        is_first = self._door.open()
        self._lock.start()
        self._session.start()
        if link and not is_first:
            self.window.sign_in.show_message(OPEN_ELSEWHERE, kind="info")
        elif link:
            self.masquerade.open_link(link)

    def stop(self) -> None:
        """Close the book; what waits stays for the next start."""
        self._door.close()
        self._lock.stop()
        self.masquerade.shut()
        self._session.stop()
        self._background.stop()

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Say that something went wrong which nobody foresaw; the log has what it was, under the same incident."""
        incident = ids.new_id()[-8:]
        log.error("desktop.bug", exc_info=(kind, error, trace), extra={"incident": incident})
        said = f"Something went wrong here (incident {incident}). What was saved on this computer is safe."
        self.window.toast.show_message(said)

    def _open(self, link: DeskLink, identity: Identity) -> None:
        self._workplace = Workplace(link, identity, self.window, self.actions, self._background)
        if (place := self._session.showing.days.place) is not None:
            self._workplace.book.begin_at(*place)
        self.masquerade.watch(self._workplace.team)
        self._workplace.status.signInWanted.connect(self._session.sign_in_again)
        if (held := self._held.pop(_whose(identity), None)) is not None:
            self._workplace.give_back(held)

    def _leave(self) -> None:
        if self._workplace is not None:
            self._held[_whose(self._workplace.identity)] = self._workplace.let_go()
            self._workplace.deleteLater()
            self._workplace = None

    def _forget_shut_out(self, known: frozenset[str]) -> None:
        """Keep nothing of people who may not come to a desk of this computer any more."""
        self._held = {whose: held for whose, held in self._held.items() if held.login in known}


def _whose(identity: Identity) -> tuple[str, str]:
    return identity.tenant, identity.user_id


def build_app(
    home: Home, secrets: SecretStore | KeyFiles, argv: Sequence[str] = (), *, offer: Offer | None = None
) -> tuple[QApplication, Desktop]:
    """The application and its desktop, ready to `start`; tests give their own folder and secret store."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(["smoothschedule", *argv])
    app.setApplicationName("SmoothSchedule")
    app.setApplicationDisplayName("SmoothSchedule")
    return app, Desktop(app, home, secrets, offer or Offer())


def secrets_of(home: Home) -> SecretStore | KeyFiles:
    """The computer's keyring, or the files that each person's password opens where there is none."""
    try:
        return KeyringSecrets()
    except NoSecretStore:
        return KeyFiles(home, keyring=KeyringSecrets)


def run(home: Home, offer: Offer, link: str = "") -> int:
    """Run the desktop until its window is closed, and open a link where one is given; the exit status.

    Where it is open already, that one is given the link, and this one ends.
    """
    if link and hand_over(home.folder, link):
        return 0
    app, desktop = build_app(home, secrets_of(home), offer=offer)
    sys.excepthook = desktop.report
    MainThreadCollector(app).start()
    desktop.start(link)
    return app.exec()
