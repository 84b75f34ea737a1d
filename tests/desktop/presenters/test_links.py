"""A link that comes from outside, from this start or another: where it is asked about, and where it is not."""

from pathlib import Path
from unittest import mock

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop import app as application
from desktop.app import build_app
from desktop.config import Home, Offer
from desktop.desk import Desk
from desktop.presenters.masquerading import LOCKED, NOBODY_HERE, OPEN_ELSEWHERE
from tests.desktop.presenters.conftest import Front
from tests.desktop.runtime.test_door import second_start
from tests.support.file_secrets import FileSecrets
from tests.support.windows import discard

LINK = "smoothschedule://masquerade?server=http://127.0.0.1:1&code=b5Jx-0123456789_abcdefghij"
FOREIGN = LINK.replace("127.0.0.1:1", "evil.example")


def hand(front: Front, link: str) -> int:
    """Start the program a second time with a link; its exit status is 1 where nobody took it."""
    second = second_start(front.home.folder, link)
    front.until(lambda: second.poll() is not None)
    return int(second.returncode)


def test_a_second_start_asks_at_the_desk_that_is_open(front: Front) -> None:
    code = front.desktop.masquerade.code
    front.window.showMinimized()
    assert hand(front, LINK) == 0
    assert not front.window.isMinimized()
    assert code.isVisible()
    # The server of this desk is away: its answer is the one that a pasted link gets.
    front.until(lambda: "cannot be reached" in code._message.text())
    assert front.desktop.masquerade.acting is None


def test_a_link_of_another_server_is_not_even_asked_about(front: Front) -> None:
    assert hand(front, FOREIGN) == 0
    assert "nobody at this computer has signed in to" in front.desktop.masquerade.code._message.text()


def test_a_second_link_takes_the_place_of_no_question(front: Front) -> None:
    code = front.desktop.masquerade.code
    hand(front, FOREIGN)
    said = code._message.text()
    hand(front, LINK)
    assert code._message.text() == said
    assert front.window.toast.text().startswith("Another link was not opened")
    code.reject()
    hand(front, FOREIGN)
    assert code.isVisible()


def test_a_locked_desk_says_so_and_keeps_the_link_out(front: Front) -> None:
    front.desktop.actions["lock"].trigger()
    front.window.lock_page.secret.setText("hi")
    assert hand(front, LINK) == 0
    assert front.window.is_locked
    assert front.window.lock_page._told.text() == LOCKED
    assert front.window.lock_page._told.isVisible()
    assert front.window.lock_page.secret.text() == "hi"
    assert not front.desktop.masquerade.code.isVisible()
    front.desktop._session.go_on()
    assert front.window.is_working
    assert not front.desktop.masquerade.code.isVisible()
    front.desktop.actions["lock"].trigger()
    assert not front.window.lock_page._told.isVisible()


def test_a_link_waits_until_somebody_is_back_at_the_book(front: Front) -> None:
    front.ask()
    assert hand(front, LINK) == 0
    assert not front.desktop.masquerade.code.isVisible()
    front.window.people.go_back()
    front.until(lambda: front.window.is_working)
    assert front.desktop.masquerade.code.isVisible()


def test_a_start_with_a_link_asks_once_its_book_is_there(front: Front) -> None:
    front.desktop.stop()
    _, again = build_app(front.home, front.secrets)
    again.start(LINK)
    front.until(lambda: again.window.is_working)
    assert again.masquerade.code.isVisible()
    again.stop()
    again.window.close()
    discard(again.window)


def test_a_link_that_nobody_is_there_for_is_told_of(tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> None:
    _, made = build_app(Home(tmp_path / "new"), FileSecrets(tmp_path / "none.json"))
    made.start(LINK)
    qtbot.waitUntil(lambda: made.window.sign_in._message.text() == NOBODY_HERE)
    made.stop()
    made.window.close()
    discard(made.window)


def test_a_first_start_that_does_not_take_it_is_named(front: Front) -> None:
    _, second = build_app(front.home, front.secrets)
    second.start(LINK)
    assert second.window.sign_in._message.text() == OPEN_ELSEWHERE
    assert not second.masquerade.code.isVisible()
    second.stop()
    second.window.close()
    discard(second.window)


def test_a_start_whose_link_was_taken_opens_no_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "hand_over", lambda folder, link: True)
    with mock.patch.object(Desk, "open", side_effect=AssertionError):
        assert application.run(Home(tmp_path), Offer(), LINK) == 0
