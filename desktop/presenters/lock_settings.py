"""Choosing when the desk locks, and a PIN to come back by."""

from PySide6.QtCore import QObject

from desktop.desk import Desk
from desktop.models.rows import Choice
from desktop.presenters.locking import MINUTES, LockPresenter
from desktop.presenters.session import SessionPresenter
from desktop.presenters.turns import Turns
from desktop.sync.pins import Pin, WeakPin, looks_like_pin, require_strong
from desktop.sync.secret_store import WrongPassword
from desktop.sync.unlocking import NeverHere, unlock
from desktop.views.actions import Actions
from desktop.views.lock_settings import PinForm
from desktop.views.main_window import MainWindow
from shared.errors import AppError

_NEVER = "never"
NO_PIN = "With a PIN of 4 to 8 digits you come back to a locked desk, and take it from another. You have none yet."
HAS_PIN = "You come back to a locked desk by it, and take it from another. After five misses your password is asked."
_TIRED = "It was wrong five times: your password is asked, until you have given it once on the lock screen."
_SERVER_FIRST = "This computer cannot tell your password yet. Sign out and in again once, then set a PIN."


class LockSettingsPresenter(QObject):
    """Carries what is chosen in the dialog to the lock and to the secrets of the person at the desk."""

    def __init__(self, session: SessionPresenter, lock: LockPresenter, window: MainWindow, actions: Actions) -> None:
        super().__init__(window)
        self._session, self._lock, self._view = session, lock, window.lock_settings
        actions["lock_settings"].triggered.connect(self.ask)
        self._view.minutesChosen.connect(self._choose)
        self._view.pinWanted.connect(self._set)
        self._view.removalWanted.connect(self._remove)

    def ask(self) -> None:
        """Show what is set."""
        if self._session.desk is not None:
            self._view.show_minutes(lock_choices(), _id(self._lock.minutes))
            self._show_pin()
            self._view.ask()

    def _choose(self, chosen: str) -> None:
        self._lock.choose_minutes(None if chosen == _NEVER else int(chosen))

    def _show_pin(self) -> None:
        pin = self._pin()
        words = NO_PIN if pin is None or not pin.is_set else HAS_PIN if pin.is_usable else _TIRED
        self._view.show_pin(words, is_set=pin is not None and pin.is_set)

    def _pin(self) -> Pin | None:
        desk = self._session.desk
        return None if desk is None else Pin(desk.secrets, desk.account.login)

    def _set(self, form: PinForm) -> None:
        desk = self._session.desk
        if desk is None:
            return
        if not form.password:
            self._view.show_message("Enter your password first.", about="password")
        elif form.pin != form.again:
            self._view.show_message("The two PINs are not the same.", about="pin")
        else:
            turns = self._session.turns()
            self._session.jobs.submit(lambda: set_pin(turns, desk, form), self._was_set, self._not_set)

    def _was_set(self, _: object) -> None:
        self._show_pin()
        self._view.show_result("Your PIN is set.")

    def _not_set(self, error: AppError) -> None:
        said = _SERVER_FIRST if isinstance(error, NeverHere) else str(error)
        about = {WeakPin: "pin", WrongPassword: "password"}.get(type(error), "")
        self._view.show_message(said, about=about)

    def _remove(self) -> None:
        pin = self._pin()
        if pin is not None:
            pin.remove()
            self._show_pin()
            self._view.show_result("You have no PIN any more: your password is asked.")


def set_pin(turns: Turns, desk: Desk, form: PinForm) -> None:
    """Give the person at the desk a PIN. Raises WeakPin, and what telling their password raises."""
    # Nobody's password is asked, and missed, for what would be refused anyway.
    require_strong(form.pin)
    if looks_like_pin(form.password):
        raise WeakPin("Your password is digits alone: the lock could not tell it from a PIN. Change it first.")
    unlock(turns.home, turns.secrets, desk.account, form.password)
    Pin(desk.secrets, desk.account.login).set(form.pin)


def lock_choices() -> tuple[Choice, ...]:
    """When a desk can lock."""
    after = [
        Choice(id=str(one), text=f"After {one} minute{'' if one == 1 else 's'} without anybody") for one in MINUTES
    ]
    return (*after, Choice(id=_NEVER, text="Only by Ctrl+L"))


def _id(minutes: int | None) -> str:
    return _NEVER if minutes is None else str(minutes)
