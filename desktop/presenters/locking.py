"""The lock: by key, after idle minutes, with the system's own, and when the machine slept; off by PIN or password."""

import logging
from typing import Final

from PySide6.QtCore import QObject, QSettings

from desktop.config import Home
from desktop.desk import Desk, TookAnother
from desktop.presenters.session import SessionPresenter
from desktop.presenters.words_of_errors import needs_code
from desktop.runtime.idle import Idle
from desktop.runtime.system_lock import SystemLock
from desktop.views.actions import Actions
from desktop.views.main_window import MainWindow
from shared.errors import AppError, StorageFault

log = logging.getLogger(__name__)

MINUTES: Final = (1, 2, 5, 10, 15, 30, 60)
"""What can be chosen."""
DEFAULT: Final = 5
_SETTING: Final = "lock_after_minutes"


def lock_after(settings: QSettings) -> int | None:
    """After how many idle minutes this desk locks; None for never."""
    kept = str(settings.value(_SETTING, DEFAULT))
    if kept == "never":
        return None
    return int(kept) if kept.isdecimal() and int(kept) in MINUTES else DEFAULT


class LockPresenter(QObject):
    """Locks the window over the desk of the session, and unlocks it for the person at it."""

    def __init__(
        self, session: SessionPresenter, home: Home, window: MainWindow, actions: Actions, settings: QSettings
    ) -> None:
        super().__init__(window)
        self._session, self._home, self._window, self._settings = session, home, window, settings
        self._idle = Idle(self, actions["lock"].shortcut())
        self._idle.passed.connect(self.lock)
        self._idle.pressed.connect(self.lock)
        self._system = SystemLock(self)
        self._system.locked.connect(lambda _: self.lock())
        actions["lock"].triggered.connect(self.lock)
        window.lock_page.unlockRequested.connect(self._unlock)
        window.lock_page.switchRequested.connect(session.ask_who_is_there)
        window.lockChanged.connect(self._note)
        session.taken.connect(self._taken)
        session.closed.connect(self._idle.stop)

    def start(self) -> None:
        """Begin locked where the desk was left so, unless its keys need a password anyway."""
        if self._session.opens_unasked and self._home.is_locked:
            self._window.lock_pages()
        self._system.listen()

    def stop(self) -> None:
        """The program ends."""
        self._system.stop()

    def lock(self) -> None:
        """Lock, where somebody is at the desk."""
        if self._session.desk is not None and not self._window.is_locked:
            # Whoever was on the way to the desk has perhaps gone away: it is not opened to nobody.
            self._session.give_up_asking()
            self._window.lock_pages()
            self._show_person(self._session.desk)

    @property
    def minutes(self) -> int | None:
        """After how many idle minutes it locks; None for never."""
        return lock_after(self._settings)

    def choose_minutes(self, minutes: int | None) -> None:
        """Lock after so many idle minutes from now on; None for never."""
        self._settings.setValue(_SETTING, "never" if minutes is None else minutes)
        self._watch()

    def _watch(self) -> None:
        minutes = self.minutes
        self._idle.watch(None if minutes is None else minutes * 60.0)

    def _taken(self) -> None:
        self._watch()
        if self._window.is_locked and self._session.desk is not None:
            self._show_person(self._session.desk)

    def _show_person(self, desk: Desk) -> None:
        has_pin = self._session.turns().pin_of(desk.account) is not None
        self._window.lock_page.show_person(desk.account.user_name, has_pin=has_pin)

    def _note(self, locked: bool) -> None:  # noqa: FBT001 - the signature of the signal
        try:
            self._home.keep_locked(locked=locked)
        except StorageFault:
            # It is locked all the same, or not: only the next start does not know.
            log.exception("lock.not_noted")

    def _unlock(self, given: str) -> None:
        desk = self._session.desk
        if desk is None:
            return
        turns, account = self._session.turns(), desk.account

        def opened(told: object) -> None:
            if isinstance(told, Desk) or (told is not None and turns.is_wanted()):
                self._session.let_in(told)
            elif told is not None:
                # The page is for whoever comes back to it.
                self._window.lock_page.show_message("")
            elif self._session.desk is desk and desk.account.login.id == account.login.id:
                # Nobody else has come to the desk, and locked it in turn.
                self._session.go_on()
                self._watch()

        def failed(error: AppError) -> None:
            # Whoever has gone on to another page meanwhile is not shown what was typed on this one.
            if needs_code(error) and self._window.lock_page.isVisible():
                self._show_person(desk)
                self._session.ask_code(account.login, given)
            else:
                self._not_opened(error)

        self._session.jobs.submit(lambda: turns.unlock(account, given), opened, failed)

    def _not_opened(self, error: AppError) -> None:
        self._session.let_go_if_closed()
        desk, view = self._session.desk, self._window.lock_page
        if desk is None:
            # The book had to be closed on the way: whoever comes next opens it again.
            self._session.show_people(str(error))
            return
        view.ask_for_pin(has_pin=self._session.turns().pin_of(desk.account) is not None)
        # Who had gone on before the answer came is told nothing of it, and finds the page as it was.
        view.show_message("" if isinstance(error, TookAnother) else str(error))
