"""The whole application as it is built: what it shows first, and what becomes of a fault that nobody foresaw."""

import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import Desktop, build_app
from desktop.config import Home, Offer
from desktop.desk import Desk
from desktop.presenters.book import BookPresenter
from desktop.presenters.booking import BookingPresenter
from desktop.presenters.card import CardPresenter
from desktop.presenters.import_menu import ImportPresenter
from desktop.presenters.link import Link
from desktop.presenters.shell import Workplace
from desktop.store.replica import Replica
from tests.desktop.presenters.conftest import open_desk
from tests.support.file_secrets import FileSecrets
from tests.support.salon import made_id
from tests.support.windows import discard


@pytest.fixture
def desktop(tmp_path: Path, qapp: QApplication) -> Iterator[Desktop]:
    """An application over a computer with a book on it."""
    open_desk(tmp_path).close()
    secrets = FileSecrets(tmp_path / "secrets.json")
    secrets.set(f"session:{made_id('replica')}", "token")
    _, made = build_app(Home(tmp_path / "home"), secrets)
    yield made
    made.stop()
    made.window.close()
    discard(made.window)


def test_a_start_leads_to_the_book_without_a_question(desktop: Desktop, qtbot: QtBot) -> None:
    desktop.start()
    qtbot.waitUntil(lambda: desktop.window.is_working, timeout=5000)
    qtbot.waitUntil(lambda: len(desktop.window.book_page.book.scene.day.columns) == 2, timeout=5000)
    assert desktop.window.navigation.account.name.text() == "Ana"


def of_a_desk() -> list[object]:
    """What lives that belongs to an open desk."""
    gc.collect()
    kinds = (Desk, Replica, Link, Workplace, BookPresenter, BookingPresenter, CardPresenter, ImportPresenter)
    return [one for one in gc.get_objects() if type(one) in kinds]


def test_a_desk_that_was_signed_out_is_let_go(desktop: Desktop, tmp_path: Path, qtbot: QtBot) -> None:
    before = of_a_desk()
    home, secrets = Home(tmp_path / "home"), FileSecrets(tmp_path / "secrets.json")
    account = home.account()
    assert account is not None
    for _ in range(4):
        secrets.set(f"session:{made_id('replica')}", "token")
        home.keep_account(account)
        desktop._session.start()
        qtbot.waitUntil(lambda: desktop.window.is_working, timeout=5000)
        desktop._session.signing_out.sign_out()
        qtbot.waitUntil(lambda: not desktop.window.sign_in._busy, timeout=5000)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert [one for one in of_a_desk() if not any(one is other for other in before)] == []


def test_who_is_alone_on_a_computer_and_signs_out_gives_the_password_alone_to_come_back(
    desktop: Desktop, qtbot: QtBot
) -> None:
    desktop.start()
    qtbot.waitUntil(lambda: desktop.window.is_working, timeout=5000)
    desktop._session.signing_out.sign_out()
    form = desktop.window.sign_in
    qtbot.waitUntil(lambda: form.isVisible() and not form._busy, timeout=5000)
    assert (form.server.text(), form.business.text(), form.email.text(), form.password.text()) == (
        "http://127.0.0.1:1",
        "salon",
        "ana@salon.example",
        "",
    )
    assert form.password.hasFocus()


def test_an_address_that_the_start_was_given_stands_in_the_form(tmp_path: Path, qtbot: QtBot) -> None:
    offer = Offer(server="http://127.0.0.1:1", tenant="salon", email="ana@salon.example")
    _, made = build_app(Home(tmp_path / "new"), FileSecrets(tmp_path / "none.json"), offer=offer)
    made.start()
    qtbot.waitUntil(lambda: made.window.sign_in.email.text() == "ana@salon.example", timeout=5000)
    made.stop()
    made.window.close()
    discard(made.window)


def test_an_unforeseen_fault_is_logged_and_said_with_its_incident(
    desktop: Desktop, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    desktop.start()
    qtbot.waitUntil(lambda: desktop.window.is_working, timeout=5000)
    fault = KeyError("nobody foresaw this")
    with caplog.at_level(logging.ERROR):
        desktop.report(KeyError, fault, None)
    incident = getattr(caplog.records[-1], "incident", "")
    assert incident
    assert incident in desktop.window.toast.text()
    assert "nobody foresaw this" not in desktop.window.toast.text()


def test_the_look_that_was_chosen_is_there_at_the_next_start(tmp_path: Path, qapp: QApplication) -> None:
    home, secrets = Home(tmp_path / "new"), FileSecrets(tmp_path / "none.json")
    _, first = build_app(home, secrets)
    first.actions["look_dark"].trigger()
    _, second = build_app(home, secrets)
    assert second.actions["look_dark"].isChecked()
    second.actions["look_light"].trigger()
    for made in (first, second):
        made.stop()
        discard(made.window)
