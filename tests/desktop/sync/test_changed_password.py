"""Without a keyring: a password that was changed on the server, and two people at one computer, through the window."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from sqlalchemy import select, update

from desktop.config import Home, Login, Offer
from desktop.operations import customers
from desktop.presenters.session import SessionPresenter
from desktop.presenters.words_of_errors import WRONG
from desktop.runtime.qt import Background, MainThread
from desktop.sync.device_key import Device, kept_device
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import WrongPassword
from desktop.sync.status import Connection
from desktop.views.actions import Actions
from desktop.views.main_window import MainWindow
from desktop.views.sign_in import SignInForm
from shared.model.member import Role
from syncserver.services.identity.passwords import hash_password
from syncserver.store.tables.control import sessions, users
from tests.desktop.sync.stage import Stage
from tests.support.faults import Fault
from tests.support.shop import PASSWORD, Shop
from tests.support.windows import discard

NEW = "an entirely new one"


class Computer:
    """A computer without a keyring, started as often as a test wants."""

    def __init__(self, stage: Stage, shop: Shop, folder: Path, qtbot: QtBot) -> None:
        self.home, self.stage, self._shop, self._qtbot = Home(folder), stage, shop, qtbot
        self._stack = ExitStack()

    def start(self) -> None:
        """Start the application anew."""
        self.end()
        self.window = MainWindow(Actions())
        self.window.show()
        background = Background()
        self.session = SessionPresenter(
            self.home, KeyFiles(self.home), self.window, MainThread(self.window), background, self.window,
            offer=Offer(),
        )  # fmt: skip
        self.opened: list[str] = []
        self.session.opened.connect(lambda link, identity: self.opened.append(identity.user_name))
        for step in (lambda: discard(self.window), self.window.close, background.stop, self.session.stop):
            self._stack.callback(step)
        self.session.start()

    def end(self) -> None:
        self._stack.close()

    def login(self, role: Role) -> Login:
        return Login(server=self.stage.url, tenant=self._shop.tenant.slug, email=self._shop.email(role))

    def sign_in(self, password: str, role: Role = Role.TENANT_MANAGER) -> None:
        """Fill in the form and send it."""
        login = self.login(role)
        form = SignInForm(server=login.server, business=login.tenant, email=login.email, password=password)
        self.window.sign_in.show_message("")
        self.window.sign_in.signInRequested.emit(form)

    def unlock(self, password: str) -> None:
        """Answer the question for a password."""
        self.window.unlock.show_message("")
        self.window.unlock.unlockRequested.emit(password)

    def until(self, holds: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(holds, timeout=20_000)

    def until_opened(self) -> None:
        self.until(lambda: len(self.opened) == 1)

    def change_password(self, password: str, role: Role = Role.TENANT_MANAGER) -> None:
        """What support does in the server's admin."""
        with self.stage.engine.begin() as connection:
            mine = users.c.id == self._shop.users[role]
            connection.execute(update(users).where(mine).values(password_hash=hash_password(password)))

    def opens(self, password: str, role: Role = Role.TENANT_MANAGER) -> bool:
        """Whether a password opens the person's keys on this computer."""
        try:
            KeyFiles(self.home).open(self.login(role), password)
        except WrongPassword:
            return False
        return True

    def device(self, password: str) -> Device:
        """The device whose key a password opens."""
        kept = kept_device(self.home, KeyFiles(self.home).open(self.login(Role.TENANT_MANAGER), password))
        assert kept is not None
        return kept

    def live_sessions(self) -> set[str]:
        """The devices on which the manager is signed in, as the server knows it."""
        mine = (sessions.c.user_id == self._shop.users[Role.TENANT_MANAGER]) & sessions.c.ended_at.is_(None)
        with self.stage.engine.begin() as connection:
            return set(connection.execute(select(sessions.c.device_id).where(mine)).scalars())


@pytest.fixture
def computer(stage: Stage, shop: Shop, tmp_path: Path, qtbot: QtBot) -> Iterator[Computer]:
    """A computer on which the manager has signed in, started again and asking for the password."""
    made = Computer(stage, shop, tmp_path / "home", qtbot)
    made.start()
    made.sign_in(PASSWORD)
    made.until_opened()
    made.start()
    stage.faults.heal()
    yield made
    made.end()


def test_a_second_person_begins_a_file_and_the_first_finds_everything_again(computer: Computer) -> None:
    first = computer.home.keys(computer.login(Role.TENANT_MANAGER))
    before = first.read_bytes()
    computer.window.unlock.otherPersonRequested.emit()
    computer.sign_in(PASSWORD, Role.TENANT_STAFF)
    computer.until_opened()
    assert first.read_bytes() == before
    computer.start()
    assert computer.opens(PASSWORD, Role.TENANT_STAFF)
    account = computer.home.account()
    assert account is not None
    assert account.email == computer.login(Role.TENANT_STAFF).email
    assert account.user_name in computer.window.unlock._who.text()
    computer.window.unlock.otherPersonRequested.emit()
    computer.sign_in(PASSWORD)
    computer.until_opened()
    assert len(computer.home.known_accounts(computer.login(Role.TENANT_MANAGER))) == 1


def test_a_wrong_password_changes_nothing(computer: Computer) -> None:
    before = {file: file.read_bytes() for file in computer.home.folder.glob("keys-*")}
    computer.unlock("wrong")
    computer.until(lambda: "does not open" in computer.window.unlock._message.text())
    computer.window.unlock.otherPersonRequested.emit()
    computer.sign_in("wrong")
    computer.until(lambda: computer.window.sign_in._message.text() == WRONG)
    assert {file: file.read_bytes() for file in computer.home.folder.glob("keys-*")} == before
    assert computer.opened == []


def test_an_unknown_person_and_a_wrong_password_are_one_sentence(computer: Computer, shop: Shop) -> None:
    computer.window.unlock.otherPersonRequested.emit()
    form, right = computer.window.sign_in, computer.login(Role.TENANT_MANAGER)
    computer.window.activateWindow()
    for tenant, email in ((right.tenant, right.email), (right.tenant, "no@where.example"), ("nowhere", right.email)):
        form.show_values(right.server, tenant, email)
        form.password.setText("wrong")
        form.server.setFocus()
        for _ in range(5):
            QTest.keyClick(form.password, Qt.Key.Key_Return)
        computer.until(form._message.isVisible)
        assert form._message.text() == WRONG
        assert form.password.hasFocus()
        assert form.password.hasSelectedText()
        form.show_message("")
    assert computer.stage.faults.count("/auth/sign-in") == 3


def test_the_password_before_still_opens_the_book_offline(computer: Computer) -> None:
    computer.change_password(NEW)
    computer.stage.faults.spoil("", *[Fault.LOST_REQUEST] * 1000)
    computer.unlock(PASSWORD)
    computer.until_opened()


def test_signing_in_with_the_new_password_asks_for_the_one_before_and_takes_its_place(computer: Computer) -> None:
    device = computer.device(PASSWORD)
    computer.change_password(NEW)
    computer.window.unlock.otherPersonRequested.emit()
    computer.sign_in(NEW)
    computer.until(computer.window.unlock.isVisible)
    assert "earlier password" in computer.window.unlock._title.text()
    computer.unlock("wrong")
    computer.until(lambda: "does not open" in computer.window.unlock._message.text())
    assert computer.opens(PASSWORD)
    computer.unlock(PASSWORD)
    computer.until_opened()
    assert (computer.opens(PASSWORD), computer.opens(NEW)) == (False, True)
    assert computer.device(NEW) == device
    assert computer.live_sessions() == {device.id}
    assert len(computer.home.known_accounts(computer.login(Role.TENANT_MANAGER))) == 1
    computer.start()
    computer.unlock(NEW)
    computer.until_opened()


def test_a_password_that_the_server_does_not_take_asks_for_no_other(computer: Computer) -> None:
    computer.change_password(NEW)
    computer.window.unlock.otherPersonRequested.emit()
    computer.sign_in(PASSWORD)
    computer.until(lambda: computer.window.sign_in._message.text() == WRONG)
    assert computer.opens(PASSWORD)


def test_where_the_one_before_is_forgotten_the_book_is_loaded_again_and_the_old_one_kept(computer: Computer) -> None:
    computer.change_password(NEW)
    books = set(computer.home.folder.glob("book-*.db"))
    computer.window.unlock.otherPersonRequested.emit()
    computer.sign_in(NEW)
    computer.until(computer.window.unlock.isVisible)
    computer.window.unlock.otherPersonRequested.emit()
    computer.until_opened()
    assert books < set(computer.home.folder.glob("book-*.db"))
    assert len(list(computer.home.folder.glob("keys-*.aside-*"))) == 1
    # The next sign-in finds the new book, not the old one.
    account = computer.home.account()
    computer.start()
    computer.window.unlock.otherPersonRequested.emit()
    computer.sign_in(NEW)
    computer.until_opened()
    assert computer.home.account() == account


def test_signing_in_again_at_an_open_desk_takes_the_new_password(computer: Computer) -> None:
    computer.unlock(PASSWORD)
    computer.until_opened()
    link = computer.session._link
    assert link is not None
    link.desk.edit(customers.create(name="Kept"))
    computer.change_password(NEW)
    computer.session.sign_in_again()
    computer.unlock(NEW)
    computer.until(lambda: computer.opens(NEW))
    computer.until(lambda: link.desk.status.waiting == 0 and link.desk.status.connection is Connection.ONLINE)
    assert not computer.opens(PASSWORD)
