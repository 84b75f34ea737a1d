"""What comes too late at the window: an answer, a wish or a deletion that was about who was at the desk before."""

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Any
from unittest import mock

import pytest
from PySide6.QtTest import QTest

from desktop import desk as desk_module
from desktop.config import Home
from desktop.desk import Desk, TookAnother
from desktop.presenters.turns import Earlier, Turns
from desktop.store.replica import Replica
from desktop.sync import people, unlocking
from desktop.sync.admission import Admitted
from desktop.sync.device_key import Device
from desktop.sync.session import Session
from desktop.sync.shut_out import Leaving, ShutOut
from desktop.sync.status import Connection
from shared.errors import StorageFault
from tests.desktop.presenters.conftest import Front
from tests.desktop.presenters.test_locking import enter, lock


def settle(front: Front) -> None:
    """Let what the background has answered come to the window."""
    front.until(lambda: not front.desktop._background._pool._work_queue.qsize())
    QTest.qWait(200)


def late(answer: Callable[..., Any]) -> tuple[Callable[..., Any], Event, Event]:
    """A function that answers once it is told to; the event that tells it, and the one that says that it has."""
    go, answered = Event(), Event()

    def waits(*given: Any) -> Any:
        assert go.wait(10)
        try:
            return answer(*given)
        finally:
            answered.set()

    return waits, go, answered


def shown_elsewhere(front: Front) -> Desk:
    """The desk of somebody who may hold another book now, and cannot get to it without a network."""
    desk = front.work.link.desk
    assert isinstance(desk, Desk)
    with mock.patch.object(Desk, "move", side_effect=TookAnother):
        desk.engine._show(connection=Connection.STOPPED, message="Other book.", may_hold=False, elsewhere=True)
        front.until(front.window.first_sync.isVisible)
        settle(front)
    return desk


def user_of(desk: Desk) -> tuple[mock.Mock, dict[str, str]]:
    """The device and the person as the server would name them."""
    identity = desk.do(lambda replica: replica.identity())
    device = mock.Mock(spec=Device)
    device.id = identity.device
    user = {"id": identity.user_id, "name": "Ana", "role": identity.role, "session": identity.session, "view": "less"}
    return device, user


def test_a_book_that_is_not_to_be_seen_stays_hidden_where_somebody_elses_coming_fails(front: Front) -> None:
    desk = shown_elsewhere(front)
    assert not front.window.is_working
    # Olga's session is over here: only the server can let her in, and it is away.
    front.secrets.delete(people.token_name(front.olga))
    front.window.first_sync._switch.click()
    front.choose("Olga")
    front.window.unlock.password.setText("hers")
    front.window.unlock._submit.click()
    front.until(lambda: front.window.unlock._message.text() != "")
    front.window.unlock._other.click()
    front.window.people._back.click()
    QTest.qWait(100)
    assert not front.window.is_working
    assert not desk.status.may_hold
    assert desk.status.elsewhere


def test_a_locked_desk_is_not_opened_for_who_has_not_waited(front: Front) -> None:
    """They were on the way to it as it was locked, and may have gone away."""
    waits, go, answered = late(unlocking.unlock)
    with mock.patch("desktop.presenters.turns.unlock", waits):
        front.switch("Olga", "hers")
        lock(front)
        go.set()
        front.until(answered.is_set)
        settle(front)
    assert front.window.is_locked
    enter(front, "his")
    front.until_at_work("Ana")


def test_nobody_is_asked_for_an_earlier_password_over_the_book_of_the_next(front: Front) -> None:
    lock(front)
    admitted = Admitted(
        login=front.ana.login,
        password="new",
        user={"name": "Ana"},
        refresh_token="token",
        device=mock.Mock(spec=Device),
    )
    waits, go, answered = late(lambda *_: Earlier(admitted=admitted))
    with mock.patch.object(Turns, "unlock", waits):
        enter(front, "new")
        front.switch("Olga", "hers")
        front.until_at_work("Olga")
        go.set()
        front.until(answered.is_set)
        settle(front)
    assert front.window.is_working
    assert front.window.navigation.account.name.text() == "Olga"


def test_who_signs_out_signs_nobody_out_who_has_come_meanwhile(front: Front) -> None:
    desk = front.work.link.desk
    go, inside = Event(), Event()
    real = Desk._begin_session

    def slow(self: Desk, *given: Any) -> None:
        inside.set()
        assert go.wait(10)
        real(self, *given)

    with mock.patch.object(Desk, "_begin_session", slow):
        front.switch("Olga", "hers")
        front.until(inside.is_set)
        front.ask()
        front.window.people._back.click()
        assert front.window.navigation.account.name.text() == "Ana"
        front.desktop.actions["sign_out"].trigger()
        go.set()
        front.until_at_work("Olga")
        settle(front)
    assert not desk.is_closed
    assert front.secrets.get(people.token_name(front.olga)) == "token"
    assert front.home.account() == front.olga
    front.until(lambda: front.window.is_working)


def test_a_read_that_fails_as_somebody_comes_shows_nothing_and_stops_nothing(front: Front) -> None:
    desk = front.work.link.desk
    assert isinstance(desk, Desk)
    with mock.patch.object(desk._replica_store, "hidden", side_effect=StorageFault("The disk reported an error.")):
        desk.hand_over(desk.secrets, front.olga)
    assert desk.account == front.olga
    assert not desk.status.may_hold
    assert desk.status.message == "The disk reported an error."
    assert desk.engine._may_begin()


def test_who_comes_is_at_the_desk_though_it_cannot_be_noted_at_which_device_the_book_is(front: Front) -> None:
    desk = front.work.link.desk
    assert isinstance(desk, Desk)
    with mock.patch.object(Home, "note_device_of", side_effect=StorageFault("The disk is full.")) as noted:
        desk.hand_over(desk.secrets, front.olga)
    assert noted.called
    assert desk.account == front.olga
    assert desk.do(Replica.identity).user_name == front.olga.user_name


def test_what_was_to_be_deleted_with_one_person_closes_no_desk_of_the_next(front: Front) -> None:
    desk = front.work.link.desk
    assert isinstance(desk, Desk)
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    notes, going = ShutOut(front.home), Leaving(replica=desk.account.replica, person=front.ana.login.person)
    notes.begin(going, "Salon Lind", desk.do(lambda replica: replica.meta.all()))
    notes.note_handed_in(going, 0)
    with pytest.raises(TookAnother):
        desk.clear(front.ana)
    assert not desk.is_closed
    assert front.window.is_working


def test_that_a_book_has_gone_is_not_said_of_who_comes_next(front: Front) -> None:
    desk = front.work.link.desk
    assert isinstance(desk, Desk)
    with mock.patch.object(Desk, "clear", side_effect=TookAnother):
        desk.engine._show(over=True, may_hold=False, message="Gone.")
        settle(front)
    desk.hand_over(desk.secrets, front.olga)
    assert not desk.status.over


def test_who_signs_out_while_their_book_moves_is_signed_out(front: Front) -> None:
    desk = front.work.link.desk
    assert isinstance(desk, Desk)
    device, user = user_of(desk)
    go, asked = Event(), Event()

    def refreshed(self: Session) -> dict[str, Any]:
        asked.set()
        assert go.wait(10)
        return {"user": user}

    with (
        mock.patch.object(Session, "_refreshed", refreshed),
        mock.patch.object(desk_module, "kept_device", return_value=device),
    ):
        desk.engine._show(elsewhere=True, may_hold=False)
        front.until(asked.is_set)
        front.desktop._session.signing_out.sign_out()
        QTest.qWait(200)
        go.set()
        front.until(lambda: desk.is_closed)
        front.until(lambda: front.home.account() is None)
        settle(front)
    assert front.desktop._session.desk is None
    assert front.secrets.get(people.token_name(front.ana)) is None


def test_a_book_that_was_moved_to_and_that_nobody_waits_for_is_closed_again(front: Front) -> None:
    desk = front.work.link.desk
    assert isinstance(desk, Desk)
    opened = mock.Mock(spec=Desk)
    waits, go, _ = late(lambda *_: opened)
    with mock.patch.object(Desk, "move", waits):
        desk.engine._show(elsewhere=True, may_hold=False)
        front.until(front.window.first_sync.isVisible)
        front.desktop._session._let_go()
        go.set()
        front.until(lambda: opened.close.called)
    assert front.desktop._session.desk is None


def test_closing_interrupts_who_comes_to_the_desk_and_waits_for_the_network(front: Front) -> None:
    desk = front.work.link.desk
    assert isinstance(desk, Desk)
    device, user = user_of(desk)
    answer = {"user": user, "refresh_token": "r", "access_token": "a", "expires_in": 60}
    # A request of the session is under way: it ends where it is interrupted, and not before.
    held = desk.session.session._lock
    held.acquire()
    real = desk._transport.interrupt

    def interrupted() -> None:
        real()
        if held.locked():
            held.release()

    with (
        mock.patch.object(desk_module, "sign_in", return_value=(device, answer)),
        mock.patch.object(desk_module, "keep_device"),
        mock.patch.object(desk_module, "_know_by"),
        mock.patch.object(desk._transport, "interrupt", interrupted),
    ):
        comes = Thread(target=lambda: desk.sign_in_again("his"))
        comes.start()
        time.sleep(0.2)
        closes = Thread(target=desk.close)
        closes.start()
        closes.join(20)
        comes.join(20)
    assert not closes.is_alive()
    assert desk.is_closed


def test_a_late_answer_frees_no_form_of_a_sign_out_that_is_under_way(front: Front) -> None:
    waits, go, answered = late(lambda *_: (_ for _ in ()).throw(TookAnother()))
    out = Event()

    def signs_out(self: Desk, account: object) -> int:
        assert out.wait(10)
        self.close()
        return 0

    with mock.patch.object(Turns, "take", waits), mock.patch.object(Desk, "sign_out", signs_out):
        front.switch("Olga", "hers")
        front.ask()
        front.window.people._back.click()
        front.desktop._session.signing_out.sign_out()
        assert not front.window.sign_in._submit.isEnabled()
        go.set()
        front.until(answered.is_set)
        settle(front)
        assert not front.window.sign_in._submit.isEnabled()
        out.set()
        front.until(front.window.people.isVisible)
