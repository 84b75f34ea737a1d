"""Pictures of the lock, of what opens it, and of how long a desk goes on alone."""

from datetime import timedelta
from typing import Final

from PySide6.QtWidgets import QWidget

from desktop.presenters.lease import lease_words
from desktop.presenters.lock_settings import HAS_PIN, NO_PIN, lock_choices
from desktop.presenters.masquerading import LOCKED
from desktop.presenters.words import Words
from desktop.store.lease import Lease
from desktop.sync.pins import WrongPin
from desktop.views.factor_dialog import FactorDialog
from desktop.views.main_window import MainWindow
from desktop.views.password_dialog import PasswordDialog
from desktop.views.sign_in import SWITCH_BY_PIN
from tests.support.scenes.doors import PEOPLE
from tests.support.scenes.stage import ALONE, SEVEN, Scene, work


def _lock(window: MainWindow) -> QWidget:
    work(window)
    window.lock_pages()
    window.lock_page.show_person("Ana Lindqvist", has_pin=True)
    return window


def _lock_missed(window: MainWindow) -> QWidget:
    _lock(window)
    window.lock_page.ask_for_pin(has_pin=False)
    window.lock_page.show_message(str(WrongPin(0)))
    return window


def _lock_link(window: MainWindow) -> QWidget:
    _lock(window)
    window.lock_page.tell(LOCKED)
    return window


def _people_locked(window: MainWindow) -> QWidget:
    window.show_people()
    window.people.show_people(PEOPLE, may_go_back=True, is_locked=True)
    return window


def _switch_by_pin(window: MainWindow) -> QWidget:
    window.show_unlock()
    window.unlock.show_person("Chloe Martin · chloe@acme.example", SWITCH_BY_PIN)
    return window


def _lock_settings(window: MainWindow) -> QWidget:
    work(window)
    view = window.lock_settings
    view.show_minutes(lock_choices(), "5")
    view.show_pin(NO_PIN, is_set=False)
    view.ask()
    return view


def _lock_settings_weak(window: MainWindow) -> QWidget:
    _lock_settings(window)
    view = window.lock_settings
    view.show_pin(HAS_PIN, is_set=True)
    view.password.setText("secret word")
    view.pin.setText("1234")
    view.again.setText("1234")
    view.show_message("Digits that follow one another are guessed first. Take another PIN.", about="pin")
    return view


def _change_password(window: MainWindow) -> QWidget:
    work(window)
    view = PasswordDialog(window)
    view.ask()
    view.old.setText("secret word")
    view.show_message("A password has 12 characters or more.", about="new")
    return view


def _second_factor(window: MainWindow) -> QWidget:
    work(window)
    view = FactorDialog(window)
    view.ask()
    view.show_drawn("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "otpauth://totp/SmoothSchedule:ana?secret=JBSWY3DPEHPK3PXP")
    return view


def _recovery_codes(window: MainWindow) -> QWidget:
    work(window)
    view = FactorDialog(window)
    view.ask()
    view.show_codes([f"ABCD-EFGH-IJKL-MNO{number}" for number in range(2, 8)])
    return view


def _lease_of(passed: timedelta, forward: timedelta = timedelta(0)) -> Scene:
    lease = Lease(now=SEVEN + passed, confirmed=SEVEN, length=timedelta(days=7), set_forward=forward)

    def scene(window: MainWindow) -> QWidget:
        work(window)
        window.pill.show_facts(ALONE)
        kind = "danger" if lease.is_over else "warning"
        window.book_page.banner.show_message(lease_words(lease, Words()), kind=kind, action="Sync now")
        if lease.is_over:
            window.book_page.bar.allow_more(allowed=False)
            window.navigation.allow_attention(allowed=False)
            window.book_page.open_booking()
            window.book_page.booking.setEnabled(False)
        return window

    return scene


SCENES: Final[dict[str, Scene]] = {
    "lock": _lock,
    "lock-missed": _lock_missed,
    "lock-link": _lock_link,
    "lock-people": _people_locked,
    "lock-switch": _switch_by_pin,
    "lock-settings": _lock_settings,
    "lock-settings-weak": _lock_settings_weak,
    "change-password": _change_password,
    "second-factor": _second_factor,
    "recovery-codes": _recovery_codes,
    "lease-told": _lease_of(timedelta(days=4)),
    "lease-over": _lease_of(timedelta(days=9), timedelta(days=8)),
}
