"""The lock over the window: what is not there behind it, who takes it off, and what is there again."""

from dataclasses import replace
from datetime import timedelta
from threading import Event
from unittest import mock

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QClipboard
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel

from desktop.app import build_app
from desktop.config import Home, Login
from desktop.desk import Desk, TookAnother
from desktop.models.rows import NewCustomer
from desktop.operations import appointments
from desktop.presenters.lock_settings import set_pin
from desktop.presenters.turns import Turns
from desktop.runtime.idle import Idle
from desktop.runtime.system_lock import SystemLock
from desktop.sync.key_files import KeyFiles
from desktop.sync.pins import TRIES, Pin
from desktop.sync.problems import SignInRefused
from desktop.sync.status import Connection, SyncStatus
from desktop.views.actions import SPECS
from desktop.views.change_dialog import ChangeDialog
from desktop.views.cover import clear_copied
from desktop.views.lock_settings import PinForm
from shared import clock
from shared.errors import StorageFault
from tests.desktop.presenters.conftest import Front, is_gone, tomorrow
from tests.support.accessible import everything_said
from tests.support.moving_clock import FrozenClock, MovingClock
from tests.support.salon import ANA, CUT, LOCATION

PIN = "8205"


def lock(front: Front) -> None:
    QTest.keyClick(front.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert front.window.lock_page.isVisible()


def enter(front: Front, secret: str) -> None:
    view = front.window.lock_page
    view.secret.setText(secret)
    QTest.keyClick(view.secret, Qt.Key.Key_Return)


def give_pin(front: Front) -> None:
    desk = front.work.link.desk
    set_pin(front.desktop._session.turns(), desk, PinForm(password="his", pin=PIN, again=PIN))


def begin_booking(front: Front) -> None:
    front.work.booking.open_new()
    form = front.window.book_page.booking.form()
    front.work.booking._show(replace(form, new_customer=NewCustomer(name="Zora Zelt", phone="0171"), notes="by phone"))


def test_nothing_of_the_book_is_found_behind_the_lock(front: Front, qapp: QApplication) -> None:
    begin_booking(front)
    front.work.edits.say("Moved Mira Holm.", step=1)
    front.window.show_business("Salon Mitte")
    dialog = QDialog(front.window)
    QLabel("Jonas Berg", dialog)
    dialog.open()
    front.window.show_details()
    assert "Zora Zelt" in everything_said(qapp)
    front.desktop.actions["lock"].trigger()
    said = everything_said(qapp)
    assert "This desk is locked" in said
    for word in ("Zora Zelt", "by phone", "Mira Holm", "Jonas Berg", "Salon Mitte"):
        assert word not in said
    assert front.window.windowTitle() == "SmoothSchedule"
    assert [one for one in QApplication.topLevelWidgets() if one.isVisible()] == [front.window]
    # What comes meanwhile is not told either.
    front.work.edits.say("Moved Mira Holm.", step=1)
    front.window.show_business("Salon Mitte")
    assert "Mira Holm" not in everything_said(qapp)
    assert front.window.windowTitle() == "SmoothSchedule"
    enter(front, "his")
    front.until(lambda: front.window.is_working)
    assert dialog.isVisible()
    assert "Jonas Berg" in everything_said(qapp)
    assert front.window.windowTitle().startswith("Salon Mitte")
    dialog.reject()


@pytest.mark.parametrize("modal", [True, False])
def test_a_dialog_that_an_answer_opens_meanwhile_waits_behind_the_lock(
    front: Front, qapp: QApplication, *, modal: bool
) -> None:
    lock(front)
    dialog = QDialog(front.window)
    QLabel("Jonas Berg", dialog)
    (dialog.open if modal else dialog.show)()
    front.until(lambda: not dialog.isVisible())
    assert "Jonas Berg" not in everything_said(qapp)
    enter(front, "his")
    front.until(lambda: front.window.is_working and dialog.isVisible())
    assert dialog.isModal() is modal
    assert "Jonas Berg" in everything_said(qapp)
    dialog.reject()


def test_what_an_answer_opens_at_a_locked_desk_is_not_for_who_comes_next(front: Front, qapp: QApplication) -> None:
    lock(front)
    dates = front.work.series.dates
    dates.show_series("Visits of Jonas Berg", "Every week.", (), may_go_on=False)
    dates.open()
    front.until(lambda: not dates.isVisible())
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert "Jonas Berg" not in everything_said(qapp)


def save_and_lock(front: Front, qapp: QApplication) -> None:
    """Lock the desk after Save was pressed in the dialog of a change, which its answer closes behind the lock."""
    wish = appointments.wish(CUT.id, [ANA.id])
    one = front.work.link.desk.edit(appointments.book(location_id=LOCATION.id, start=tomorrow(10), segments=[wish]))
    front.work.book.step(1)
    front.until(lambda: front.work.book.booking(one.subject) is not None)
    front.work.card.choose(one.subject)
    front.until(front.window.actions_by_name["change_visit"].isEnabled)
    front.window.actions_by_name["change_visit"].trigger()
    dialog = next(each for each in front.window.findChildren(ChangeDialog) if each.isVisible())
    dialog.start.setTime(dialog.start.time().addSecs(15 * 60))
    front.until(dialog.yes.isEnabled)
    dialog.yes.click()
    front.desktop.actions["lock"].trigger()
    front.until(lambda: front.work.changing._dialog is None)
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_dialog_that_is_saved_behind_the_lock_comes_back_to_nobody(front: Front, qapp: QApplication) -> None:
    save_and_lock(front, qapp)
    enter(front, "his")
    front.until(lambda: front.window.is_working)
    assert not [one for one in front.window.findChildren(ChangeDialog) if one.isVisible()]


def test_a_dialog_that_is_saved_behind_the_lock_takes_nothing_half_typed_with_it(
    front: Front, qapp: QApplication
) -> None:
    begin_booking(front)
    save_and_lock(front, qapp)
    for name, password in (("Olga", "hers"), ("Ana", "his")):
        front.switch(name, password)
        front.until_at_work(name)
    assert front.window.book_page.booking.form().new_customer == NewCustomer(name="Zora Zelt", phone="0171")


@pytest.mark.parametrize("closed", ["finished", "deleted"])
def test_a_dialog_that_is_closed_behind_the_lock_is_not_brought_back(
    front: Front, qapp: QApplication, closed: str
) -> None:
    dialog = QDialog(front.window)
    dialog.open()
    front.desktop.actions["lock"].trigger()
    if closed == "finished":
        dialog.accept()
    else:
        dialog.deleteLater()
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    enter(front, "his")
    front.until(lambda: front.window.is_working)
    assert is_gone(dialog)


@pytest.mark.parametrize("owns", [True, False])
def test_what_was_copied_here_is_given_up_and_nothing_else(*, owns: bool) -> None:
    clipboard = mock.Mock(ownsClipboard=lambda: owns, ownsSelection=lambda: owns)
    clear_copied(clipboard)
    assert clipboard.clear.call_args_list == ([mock.call(), mock.call(QClipboard.Mode.Selection)] if owns else [])


def test_no_key_reaches_the_book_through_the_lock(front: Front) -> None:
    lock(front)
    pressed: list[str] = []
    front.desktop.actions.pressed.connect(pressed.append)
    for spec in SPECS:
        for keys in front.desktop.actions[spec.name].shortcuts():
            QTest.keySequence(front.window, keys)
            front.desktop.actions["close"].trigger()
    assert set(pressed) <= {"close", "lock", "switch_person"}
    front.window.show_work()
    front.window.show_first_sync()
    assert front.window.is_locked
    assert not front.window.is_working


def test_the_half_typed_booking_and_the_focus_are_there_again(front: Front) -> None:
    begin_booking(front)
    panel = front.window.book_page.booking
    panel.notes.setFocus()
    lock(front)
    enter(front, "his")
    front.until(lambda: front.window.is_working)
    assert front.window.book_page.open_panel == "booking"
    assert panel.form().new_customer == NewCustomer(name="Zora Zelt", phone="0171")
    assert panel.form().notes == "by phone"
    assert panel.notes.hasFocus()
    assert front.window.lock_page.secret.text() == ""


def test_a_wrong_password_opens_nothing_and_says_so_offline(front: Front) -> None:
    lock(front)
    enter(front, "hers")
    front.until(lambda: "not right" in front.window.lock_page._message.text())
    assert front.window.is_locked
    assert front.window.lock_page.secret.hasFocus()


def wants_code(*_: object) -> Desk:
    """A server that has taken the password, which this computer does not know yet."""
    raise SignInRefused("second_factor_required", "A code is needed.")


def test_where_only_the_server_knows_the_password_and_wants_a_code_the_whole_form_asks_for_it(front: Front) -> None:
    begin_booking(front)
    lock(front)
    form, given = front.window.sign_in, []

    def sign_in(turns: Turns, login: Login, password: str, *, code: str | None = None) -> Desk:
        given.append((login, password, code))
        assert turns.desk is not None
        return turns.desk

    with mock.patch.object(Turns, "unlock", wants_code), mock.patch.object(Turns, "sign_in", sign_in):
        enter(front, "a new one")
        front.until(form.isVisible)
        assert (form.email.text(), form.password.text(), form.asks_code) == (front.ana.email, "a new one", True)
        assert form.code.hasFocus()
        assert front.window.is_locked
        QTest.keyClicks(form.code, "123456")
        QTest.keyClick(form.code, Qt.Key.Key_Return)
        front.until_at_work("Ana")
    assert given == [(front.ana.login, "a new one", "123456")]
    assert not Home(front.home.folder).is_locked
    assert front.window.book_page.booking.form().notes == "by phone"


def test_who_has_no_code_at_hand_comes_back_to_the_lock(front: Front) -> None:
    lock(front)
    with mock.patch.object(Turns, "unlock", wants_code):
        enter(front, "a new one")
        front.until(front.window.sign_in.isVisible)
    front.desktop.actions["close"].trigger()
    front.desktop.actions["close"].trigger()
    assert front.window.lock_page.isVisible()
    assert front.window.lock_page.secret.text() == ""
    enter(front, "his")
    front.until(lambda: front.window.is_working)


def test_what_was_typed_at_the_lock_is_not_shown_to_who_takes_the_desk_meanwhile(front: Front) -> None:
    lock(front)
    taken = Event()

    def answers_late(*_: object) -> Desk:
        assert taken.wait(10)
        return wants_code()

    with mock.patch.object(Turns, "unlock", answers_late):
        enter(front, "a new one")
        front.switch("Olga", "hers")
        front.until_at_work("Olga")
        taken.set()
        front.until(lambda: front.window.lock_page._message.text() == "A code is needed.")
    assert front.window.is_working
    assert front.window.sign_in.password.text() == ""


def test_a_lock_is_not_taken_off_by_an_answer_to_who_was_there_before(front: Front) -> None:
    lock(front)
    taken, answered = Event(), Event()

    def answers_late(*_: object) -> None:
        assert taken.wait(10)
        answered.set()

    with mock.patch.object(Turns, "unlock", answers_late):
        enter(front, "his")
        front.switch("Olga", "hers")
        front.until_at_work("Olga")
        lock(front)
        taken.set()
        front.until(answered.is_set)
        QTest.qWait(100)
    assert front.window.is_locked
    assert front.window.lock_page.isVisible()
    enter(front, "hers")
    front.until_at_work("Olga")


def test_who_comes_back_to_the_lock_before_the_answer_can_give_their_password_again(front: Front) -> None:
    lock(front)
    gone, answered = Event(), Event()

    def too_late(*_: object) -> Desk:
        assert gone.wait(10)
        answered.set()
        raise TookAnother

    with mock.patch.object(Turns, "unlock", too_late):
        enter(front, "his")
        front.ask()
        front.window.people._back.click()
        gone.set()
        front.until(answered.is_set)
        front.until(front.window.lock_page._submit.isEnabled)
    assert front.window.is_locked
    assert front.window.lock_page._message.text() == ""
    enter(front, "his")
    front.until_at_work("Ana")


def test_the_pin_opens_it_and_five_misses_ask_for_the_password(front: Front) -> None:
    give_pin(front)
    lock(front)
    view = front.window.lock_page
    assert view.secret.accessibleName() == "PIN or password"
    for left in reversed(range(TRIES)):
        enter(front, "9713")
        front.until(lambda left=left: (f"{left} tr" if left else "5 times") in view._message.text())  # type: ignore[misc]
    assert view.secret.accessibleName() == "Password"
    enter(front, PIN)
    front.until(lambda: "password was wrong" in view._message.text() or "not right" in view._message.text())
    assert front.window.is_locked
    enter(front, "his")
    front.until(lambda: front.window.is_working)
    lock(front)
    enter(front, PIN)
    front.until(lambda: front.window.is_working)


def test_another_takes_a_locked_desk_by_two_keys_and_their_pin(front: Front) -> None:
    Pin(front.secrets, front.olga.login).set("3141")
    begin_booking(front)
    lock(front)
    QTest.keySequence(front.window, front.desktop.actions["switch_person"].shortcut())
    focused = front.window.people.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_2)
    assert front.window.unlock.password.accessibleName() == "PIN or password"
    QTest.keyClicks(front.window.unlock.password, "3141")
    QTest.keyClick(front.window.unlock.password, Qt.Key.Key_Return)
    front.until_at_work("Olga")
    assert not front.window.is_locked
    assert front.window.book_page.open_panel == ""
    front.switch("Ana", "his")
    front.until_at_work("Ana")
    assert front.window.book_page.booking.form().notes == "by phone"


def test_who_looks_for_another_person_comes_back_to_the_lock(front: Front) -> None:
    lock(front)
    front.window.lock_page._switch.click()
    assert front.window.people.isVisible()
    front.desktop.actions["close"].trigger()
    assert front.window.lock_page.isVisible()
    front.window.lock_page._switch.click()
    front.choose("Ana")
    assert front.window.lock_page.isVisible()
    assert not front.window.is_working


def test_it_locks_after_idle_minutes_and_any_key_or_pointer_puts_that_off(front: Front) -> None:
    idle = front.window.findChild(Idle)
    assert idle is not None
    still = FrozenClock(clock.now())
    with clock.using(still):
        front.desktop._lock.choose_minutes(5)
        handle = front.window.windowHandle()
        for _ in range(12):
            still.at += timedelta(seconds=50)
            idle.look()
            QTest.mouseMove(handle)
            QTest.keyClick(handle, Qt.Key.Key_Shift)
        assert not front.window.is_locked
        for _ in range(5):
            still.at += timedelta(seconds=50)
            idle.look()
        assert not front.window.is_locked
        still.at += timedelta(seconds=50)
        idle.look()
        assert front.window.is_locked


def test_it_locks_when_the_machine_slept_whatever_was_chosen(front: Front) -> None:
    idle = front.window.findChild(Idle)
    assert idle is not None
    moving = MovingClock()
    with clock.using(moving):
        front.desktop._lock.choose_minutes(None)
        moving.offset += timedelta(minutes=2)
        idle.look()
        assert front.window.is_locked


def test_it_locks_when_the_system_does(front: Front) -> None:
    system = front.window.findChild(SystemLock)
    assert system is not None
    front.desktop._lock.choose_minutes(None)
    system.lock()
    assert front.window.lock_page.isVisible()


def test_what_the_server_says_meanwhile_takes_no_lock_off(front: Front) -> None:
    lock(front)
    session = front.desktop._session
    hidden = SyncStatus(connection=Connection.STOPPED, message="Not for this account.", may_hold=False)
    session.showing._progress(hidden)
    assert front.window.lock_page.isVisible()
    session.showing._progress(SyncStatus(connection=Connection.ONLINE))
    assert front.window.lock_page.isVisible()
    session.showing._progress(hidden)
    enter(front, "his")
    front.until(front.window.first_sync.isVisible)
    assert front.window.first_sync._message.text().startswith("Not for this account.")


def test_ending_the_program_takes_no_lock_off(front: Front) -> None:
    lock(front)
    front.desktop.stop()
    _, again = build_app(front.home, front.secrets)
    again.start()
    front.until(lambda: again.window.lock_page._who.text() == "Ana")
    assert again.window.lock_page.isVisible()
    assert not again.window.is_working
    again.window.lock_page.unlockRequested.emit("his")
    front.until(lambda: again.window.is_working)
    assert not Home(front.home.folder).is_locked
    again.stop()
    again.window.close()


def test_the_pin_is_set_after_the_password_and_removed(front: Front) -> None:
    front.desktop.actions["lock_settings"].trigger()
    view = front.window.lock_settings
    assert view.isVisible()
    for password, pin, again, said in (
        ("", PIN, PIN, "Enter your password"), ("his", PIN, "8206", "not the same"), ("his", "1234", "1234", "guessed"),
        ("hers", PIN, PIN, "not right"),
    ):  # fmt: skip
        view.password.setText(password)
        view.pin.setText(pin)
        view.again.setText(again)
        view._set.click()
        front.until(lambda said=said: said in view._message.text())  # type: ignore[misc]
    view.password.setText("his")
    view._set.click()
    front.until(view._said.isVisible)
    assert (view.password.text(), view.pin.text()) == ("", "")
    assert Pin(front.secrets, front.ana.login).is_usable
    view._remove.click()
    assert not Pin(front.secrets, front.ana.login).is_set
    view.reject()


def test_the_key_locks_where_a_dialog_stands_before_the_window_too(front: Front) -> None:
    dialog = front.window.lock_settings
    front.desktop.actions["lock_settings"].trigger()
    dialog.pin.setText("82")
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert front.window.is_locked
    assert not dialog.isVisible()
    front.window.lock_page.unlockRequested.emit("his")
    front.until(dialog.isVisible)
    assert dialog.pin.text() == "82"
    dialog.reject()


def test_what_stood_open_at_the_lock_opens_again_for_the_next_person(front: Front, qapp: QApplication) -> None:
    dialogs = {"lock_settings": front.window.lock_settings, "keys": front.window._keys}
    for action, dialog in dialogs.items():
        front.desktop.actions[action].trigger()
        assert dialog.isVisible()
    front.window.lock_settings.password.setText("his")
    front.window.lock_pages()
    front.ask()
    front.choose("Olga")
    front.window.unlock.password.setText("hers")
    front.window.unlock._submit.click()
    front.until_at_work("Olga")
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not any(one.isVisible() for one in dialogs.values())
    for action, dialog in dialogs.items():
        front.desktop.actions[action].trigger()
        assert dialog.isVisible()
        dialog.reject()
    assert front.window.lock_settings.password.text() == ""


def test_a_pin_is_for_who_is_still_signed_in(front: Front) -> None:
    give_pin(front)
    front.secrets.delete(f"session:{front.ana.replica}:{front.ana.login.person}")
    lock(front)
    assert front.window.lock_page.secret.accessibleName() == "Password"


def test_without_a_keyring_a_pin_opens_what_a_password_has_opened_before(front: Front) -> None:
    files = KeyFiles(front.home)
    desk = front.work.link.desk
    with mock.patch.object(front.desktop._session, "_secrets", files):
        kept = files.open(front.olga.login, "hers")
        assert front.desktop._session.turns().pin_of(front.olga) is None
        kept.set(f"session:{front.olga.replica}:{front.olga.login.person}", "token")
        Pin(kept, front.olga.login).set("3141")
        assert front.desktop._session.turns().pin_of(front.olga) is None
        front.desktop._session._opened[front.olga.login.id] = kept
        assert front.desktop._session.turns().pin_of(front.olga) is not None
    assert desk.account == front.ana


@pytest.mark.parametrize("kept", ["", "x", "7", "-5", "never"])
def test_an_odd_setting_is_the_default(front: Front, kept: str) -> None:
    front.desktop._lock._settings.setValue("lock_after_minutes", kept)
    assert front.desktop._lock.minutes == (None if kept == "never" else 5)


def test_whoever_is_shut_out_has_nothing_of_the_book_left_over_the_page_that_says_so(
    front: Front, qapp: QApplication
) -> None:
    begin_booking(front)
    dialog = QDialog(front.window)
    QLabel("Jonas Berg", dialog)
    dialog.open()
    said = "This device or account may not be used any more."
    front.desktop._session.showing._progress(SyncStatus(connection=Connection.SIGN_IN, message=said, may_hold=False))
    assert front.window.first_sync.isVisible()
    assert not dialog.isVisible()
    heard = everything_said(qapp)
    assert said in heard
    for word in ("Zora Zelt", "Jonas Berg", "by phone"):
        assert word not in heard
    dialog.deleteLater()


def test_where_the_book_had_to_be_closed_on_the_way_the_people_are_shown(front: Front) -> None:
    lock(front)
    desk = front.work.link.desk

    def closes(*_: object) -> None:
        desk.close()
        raise StorageFault("The disk is full.")

    with mock.patch("desktop.presenters.turns.Turns.unlock", closes):
        enter(front, "his")
        front.until(lambda: front.window.people.isVisible())
    assert front.window.people._message.text() == "The disk is full."
    assert not front.window.is_working
    front.choose("Ana")
    front.window.unlock.password.setText("his")
    front.window.unlock._submit.click()
    front.until_at_work("Ana")
    assert not front.window.is_locked
