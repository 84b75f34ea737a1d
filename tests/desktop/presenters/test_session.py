"""From the start of the application to an open book, without a server: unlocking, refusals, no keyring."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from pytestqt.qtbot import QtBot

from desktop.config import Account, Home, Login, Offer
from desktop.desk import Desk
from desktop.presenters.session import BEGIN_ANEW, KEYRING_STILL_AWAY, MOVED, NO_KEYRING, SessionPresenter
from desktop.presenters.turns import Anew, Earlier, NotThatServer, Turns
from desktop.presenters.words_of_errors import NEEDS_CODE, SHUT_OUT, UNREACHABLE, WRONG_CODE
from desktop.runtime.qt import Background, MainThread
from desktop.store.damage import REPLACED
from desktop.store.meta import hidden_name
from desktop.store.replica import Replica
from desktop.sync.admission import Admitted
from desktop.sync.device_key import Device
from desktop.sync.key_files import KeyFiles
from desktop.sync.problems import Revoked, SignInRefused
from desktop.sync.secret_store import KeyringAway, NoSecretStore, WrappedSecrets
from desktop.sync.shut_out import Leaving, ShutOut
from desktop.sync.status import Connection, SyncStatus
from desktop.sync.unlocking import remember
from desktop.views.actions import Actions
from desktop.views.main_window import MainWindow
from desktop.views.sign_in import FROM_FILE, KEYRING_AWAY, SignInForm
from shared.errors import AppError, StorageFault
from tests.desktop.presenters.conftest import open_desk
from tests.support.damaged import spoil
from tests.support.file_secrets import FileSecrets
from tests.support.moving_clock import moved
from tests.support.replicas import KEY
from tests.support.salon import made_id
from tests.support.windows import discard

FORM = SignInForm(server="http://127.0.0.1:1", business="salon", email="ana@salon.example", password="first")


class Start:
    """An application's start: its window, and whether a book was opened."""

    def __init__(self, home: Home, secrets: FileSecrets | KeyFiles, qtbot: QtBot) -> None:
        self.window = MainWindow(Actions())
        self.window.show()
        self.home = home
        self.background = Background()
        main = MainThread(self.window)
        self.session = SessionPresenter(home, secrets, self.window, main, self.background, self.window, offer=Offer())
        self.opened: list[object] = []
        self.session.opened.connect(lambda link, identity: self.opened.append(identity.user_name))
        self._qtbot = qtbot

    def until(self, holds: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(holds, timeout=5000)

    def end(self) -> None:
        self.session.stop()
        self.background.stop()
        self.window.close()
        discard(self.window)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A computer with a book on it, which no process has open."""
    open_desk(tmp_path).close()
    return Home(tmp_path / "home")


def keep_keys(kept: WrappedSecrets) -> None:
    """Keep the keys of that book under the password `first`."""
    kept.open("first")
    kept.set(f"key:{made_id('replica')}", KEY.hex())
    kept.set(f"session:{made_id('replica')}", "token")


@pytest.fixture
def locked(home: Home, qtbot: QtBot) -> Iterator[Start]:
    account = home.account()
    assert account is not None
    keep_keys(WrappedSecrets(home.keys(account.login), owner=account.login.id))
    made = Start(home, KeyFiles(home), qtbot)
    made.session.start()
    yield made
    made.end()


def test_without_a_keyring_the_password_opens_the_book_offline(locked: Start) -> None:
    assert locked.window.unlock.isVisible()
    locked.window.unlock.unlockRequested.emit("first")
    locked.until(lambda: locked.opened == ["Ana"])


def test_a_wrong_password_opens_nothing_and_says_so(locked: Start) -> None:
    locked.window.unlock.unlockRequested.emit("second")
    locked.until(lambda: "does not open" in locked.window.unlock._message.text())
    assert locked.opened == []
    locked.window.unlock.unlockRequested.emit("first")
    locked.until(lambda: locked.opened == ["Ana"])


def test_with_a_secret_store_nothing_is_asked(home: Home, tmp_path: Path, qtbot: QtBot) -> None:
    secrets = FileSecrets(tmp_path / "secrets.json")
    secrets.set(f"session:{made_id('replica')}", "token")
    start = Start(home, secrets, qtbot)
    start.session.start()
    start.until(lambda: start.opened == ["Ana"])
    start.end()


def test_a_damaged_book_is_said_once_and_the_next_start_has_a_new_one(home: Home, tmp_path: Path, qtbot: QtBot) -> None:
    (book,) = home.folder.glob("book-*.db")
    spoil(book, "SELECT * FROM person")
    secrets = FileSecrets(tmp_path / "secrets.json")
    start = Start(home, secrets, qtbot)
    start.session.start()
    start.until(lambda: start.window.sign_in._message.text() == REPLACED)
    assert start.window.sign_in.isVisible()
    start.end()
    again = Start(home, secrets, qtbot)
    again.session.start()
    again.until(again.window.sign_in.isVisible)
    assert again.window.sign_in._message.text() == ""
    again.end()


def test_what_became_of_a_book_of_any_business_is_told_once(home: Home, tmp_path: Path, qtbot: QtBot) -> None:
    """The next book could not be deleted, or a program without a window had deleted it."""
    secrets, nord = FileSecrets(tmp_path / "secrets.json"), Home(home.folder / "businesses" / "nord")
    nord.change_gone(lambda _: {"one::0": "Its book is deleted."})
    start = Start(home, secrets, qtbot)
    start.session.start()
    assert start.window.sign_in._message.text() == "Its book is deleted."
    start.end()
    again = Start(home, secrets, qtbot)
    again.session.start()
    again.until(lambda: again.opened == ["Ana"])
    again.end()
    assert nord.gone() == {}


def test_what_goes_as_the_book_is_opened_is_told_where_somebody_has_to_sign_in(
    home: Home, tmp_path: Path, qtbot: QtBot
) -> None:
    secrets = FileSecrets(tmp_path / "secrets.json")
    start = Start(home, secrets, qtbot)
    (account,) = home.accounts()
    going, notes = Leaving(replica=account.replica), ShutOut(home)

    def hands_in(home: Home, secrets: FileSecrets) -> Desk | None:
        notes.begin(going, "Salon Lind", {})
        notes.note_handed_in(going, 3)
        return opened(home, secrets)

    opened = Desk.open
    with mock.patch.object(Desk, "open", hands_in):
        start.session.start()
        start.until(lambda: "3 changes" in start.window.sign_in._message.text())
    assert notes.gone() == {}
    start.end()


def with_a_hidden_book(home: Home, folder: Path, why: str) -> FileSecrets:
    """The keys of a computer whose book is not shown any more."""
    secrets = FileSecrets(folder / "secrets.json")
    secrets.set(f"session:{made_id('replica')}", "token")
    desk = Desk.open(home, secrets)
    assert desk is not None
    desk.do(lambda replica: replica.meta.set(hidden_name(replica.identity().user_id), why))
    desk.close()
    return secrets


def test_without_a_network_a_book_whose_week_is_over_is_hidden_and_keeps_nobody_from_signing_in(
    home: Home, tmp_path: Path, qtbot: QtBot
) -> None:
    secrets = with_a_hidden_book(home, tmp_path, "It may not be used any more.")
    (account,) = home.accounts()
    with moved(timedelta(days=-10)):
        ShutOut(home).begin(Leaving(replica=account.replica, person=account.login.person), "Salon Lind", {})
    start = Start(home, secrets, qtbot)
    start.session.start()
    start.until(start.window.first_sync.isVisible)
    # Why it is hidden, or, once the engine has looked, that somebody has to sign in.
    assert not start.window.is_working
    start.window.first_sync.switchRequested.emit()
    start.until(start.window.people.isVisible)
    start.window.people.somebodyElseRequested.emit()
    assert start.window.sign_in.isVisible()
    assert start.opened == []
    assert home.replica(account.replica).exists(), "it is tried for some minutes first"
    start.end()


def test_the_network_waits_until_the_book_is_there(home: Home, tmp_path: Path, qtbot: QtBot) -> None:
    secrets = FileSecrets(tmp_path / "secrets.json")
    secrets.set(f"session:{made_id('replica')}", "token")
    start = Start(home, secrets, qtbot)
    begun: list[list[object]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Desk, "start", lambda desk: begun.append(list(start.opened)))
        start.session.start()
        start.until(lambda: bool(begun))
        start.end()
    assert begun == [["Ana"]]


def test_a_book_that_may_not_be_held_any_more_is_not_shown(home: Home, tmp_path: Path, qtbot: QtBot) -> None:
    secrets = FileSecrets(tmp_path / "secrets.json")
    secrets.set(f"session:{made_id('replica')}", "token")
    start = Start(home, secrets, qtbot)
    window = start.window
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Desk, "start", lambda desk: None)
        start.session.start()
        start.until(lambda: start.opened == ["Ana"])
        window.show_work()
        link = start.session._link
        assert link is not None
        refused = SyncStatus(connection=Connection.STOPPED, message="Not for this account.", may_hold=False)
        link.statusChanged.emit(refused)
        assert window._pages.currentWidget() is window.first_sync
        assert window.first_sync._message.text().startswith("Not for this account.")
        link.statusChanged.emit(replace(refused, connection=Connection.OFFLINE))
        assert window._pages.currentWidget() is window.first_sync
        link.statusChanged.emit(SyncStatus(connection=Connection.ONLINE))
        assert window.is_working
        start.end()


def test_a_book_that_may_not_be_held_is_not_shown_after_a_start_without_the_server(
    home: Home, tmp_path: Path, qtbot: QtBot
) -> None:
    secrets = with_a_hidden_book(home, tmp_path, "Not for this account.")
    start = Start(home, secrets, qtbot)
    window = start.window
    with pytest.MonkeyPatch.context() as patch:
        begun: list[Desk] = []
        patch.setattr(Desk, "start", lambda desk: begun.append(desk))
        start.session.start()
        start.until(lambda: bool(begun))
        assert window._pages.currentWidget() is window.first_sync
        assert window.first_sync._message.text().startswith("Not for this account.")
        link = start.session._link
        assert link is not None
        link.changed.emit({"customer": frozenset()})
        begun[0].do(lambda replica: None)
        assert start.opened == []
        link.statusChanged.emit(SyncStatus(connection=Connection.ONLINE))
        start.until(lambda: start.opened == ["Ana"])
        start.end()


@pytest.fixture
def fresh(tmp_path: Path, qtbot: QtBot) -> Iterator[Start]:
    """A computer without a keyring on which nobody has signed in."""
    home = Home(tmp_path / "fresh")
    made = Start(home, KeyFiles(home), qtbot)
    made.session.start()
    yield made
    made.end()


def test_the_first_window_asks_who_is_there_and_says_what_becomes_of_the_password(fresh: Start) -> None:
    assert fresh.window.sign_in.isVisible()
    assert fresh.window.sign_in._storage.text() == NO_KEYRING


def test_a_server_that_cannot_be_reached_is_said_beside_its_address(fresh: Start) -> None:
    fresh.window.sign_in.signInRequested.emit(FORM)
    fresh.until(lambda: fresh.window.sign_in._message.text() == UNREACHABLE)
    assert fresh.window.sign_in.server.property("invalid") is True


def test_a_password_that_was_refused_does_not_lock_the_file(fresh: Start) -> None:
    fresh.window.sign_in.signInRequested.emit(FORM)
    fresh.until(lambda: fresh.window.sign_in._message.text() == UNREACHABLE)
    fresh.window.sign_in.show_message("")
    fresh.window.sign_in.signInRequested.emit(replace(FORM, password="second"))
    fresh.until(fresh.window.sign_in._message.isVisible)
    assert not list(fresh.home.folder.glob("keys*"))


def test_the_one_file_of_an_earlier_version_still_opens_the_book(home: Home, qtbot: QtBot) -> None:
    keep_keys(WrappedSecrets(home.old_keys))
    start = Start(home, KeyFiles(home), qtbot)
    start.session.start()
    assert start.window.unlock.isVisible()
    start.window.unlock.unlockRequested.emit("first")
    start.until(lambda: start.opened == ["Ana"])
    start.end()
    account = home.account()
    assert account is not None
    assert not home.old_keys.exists()
    assert KeyFiles(home).open(account.login, "first").get(f"key:{made_id('replica')}") == KEY.hex()


def test_who_has_their_keys_in_a_keyring_that_does_not_answer_can_try_again(
    home: Home, tmp_path: Path, qtbot: QtBot
) -> None:
    keyring, answers = FileSecrets(tmp_path / "secrets.json"), [False]
    keyring.set(f"session:{made_id('replica')}", "token")
    account = home.account()
    assert account is not None
    remember(keyring, account, "first")

    def asked() -> FileSecrets:
        if not answers[0]:
            raise NoSecretStore("locked")
        return keyring

    start = Start(home, KeyFiles(home, keyring=asked), qtbot)
    start.session.start()
    page, form = start.window.unlock, start.window.sign_in
    assert form._storage.text() == str(KeyringAway())
    form.signInRequested.emit(
        SignInForm(server=account.server, business=account.tenant, email=account.email, password="first")
    )
    start.until(lambda: page.isVisible() and page._title.text() == KEYRING_AWAY.title)
    page.unlockRequested.emit("first")
    start.until(lambda: page._message.text() == KEYRING_STILL_AWAY)
    assert not list(home.folder.glob("keys*"))
    answers[0] = True
    page.unlockRequested.emit("first")
    start.until(lambda: start.opened == ["Ana"])
    assert start.session.opens_unasked
    start.end()


def test_who_loads_the_book_again_without_the_keyring_is_asked_of_the_server(home: Home, qtbot: QtBot) -> None:
    account = home.account()
    assert account is not None
    start = Start(home, KeyFiles(home), qtbot)
    start.session.start()
    start.window.sign_in.signInRequested.emit(
        SignInForm(server=account.server, business=account.tenant, email=account.email, password="first")
    )
    page = start.window.unlock
    start.until(lambda: page.isVisible() and page._title.text() == KEYRING_AWAY.title)
    page.otherPersonRequested.emit()
    start.until(lambda: page._message.text() == UNREACHABLE)
    start.end()


def test_whose_keyring_stays_away_leaves_the_page_to_the_others(home: Home, qtbot: QtBot) -> None:
    account = home.account()
    assert account is not None
    start = Start(home, KeyFiles(home), qtbot)
    start.session.start()
    form, page = start.window.sign_in, start.window.unlock
    typed = SignInForm(server=account.server, business=account.tenant, email=account.email, password="first")
    for leave in (page.go_back, page._back.click):
        form.signInRequested.emit(typed)
        start.until(lambda: page.isVisible() and page._title.text() == KEYRING_AWAY.title)
        leave()
        start.until(form.isVisible)
    start.end()


def test_who_goes_back_from_the_keyring_that_stays_away_is_where_they_came_from(home: Home, qtbot: QtBot) -> None:
    """After a sign-out nobody is known who would open the book: what was typed is all there is."""
    account = home.account()
    assert account is not None
    home.keep_account(replace(account, email="ben@salon.example", user_name="Ben"))
    home.forget_account()
    start = Start(home, KeyFiles(home), qtbot)
    start.session.start()
    form, page, people = start.window.sign_in, start.window.unlock, start.window.people
    start.until(people.isVisible)
    people.personChosen.emit(account.login.id)
    start.until(page.isVisible)
    page.unlockRequested.emit("first")
    start.until(lambda: page._title.text() == KEYRING_AWAY.title)
    page._back.click()
    start.until(people.isVisible)
    people.somebodyElseRequested.emit()
    form.signInRequested.emit(
        SignInForm(server=account.server, business=account.tenant, email=account.email, password="first")
    )
    start.until(lambda: page.isVisible() and page._title.text() == KEYRING_AWAY.title)
    page._back.click()
    start.until(form.isVisible)
    shown = (form.server.text(), form.business.text(), form.email.text(), form.password.text())
    assert shown == (account.server, account.tenant, account.email, "")
    form._back.click()
    start.until(people.isVisible)
    start.end()


@pytest.mark.parametrize("has_key", [False, True], ids=["of another book", "of the same book"])
def test_keys_from_while_the_keyring_did_not_answer_are_brought_back_by_the_password(
    home: Home, tmp_path: Path, qtbot: QtBot, *, has_key: bool
) -> None:
    account = home.account()
    assert account is not None
    if not has_key:
        (tmp_path / "secrets.json").write_text("{}", encoding="utf-8")
    keep_keys(WrappedSecrets(home.keys(account.login), owner=account.login.id))
    start = Start(home, FileSecrets(tmp_path / "secrets.json"), qtbot)
    start.session.start()
    page = start.window.unlock
    start.until(lambda: page.isVisible() and page._why.text() == FROM_FILE.why)
    page.unlockRequested.emit("second")
    start.until(lambda: "does not open" in page._message.text())
    page.unlockRequested.emit("first")
    start.until(lambda: start.opened == ["Ana"])
    start.end()
    assert not list(home.folder.glob("keys*"))
    again = Start(home, FileSecrets(tmp_path / "secrets.json"), qtbot)
    again.session.start()
    again.until(lambda: again.opened == ["Ana"])
    again.end()


@pytest.mark.parametrize("spoilt", ["folder", "cut off"])
def test_keys_that_cannot_be_read_are_said_where_the_password_is_asked(locked: Start, spoilt: str) -> None:
    (file,) = locked.home.folder.glob("keys-*.json")
    whole = file.read_bytes()
    file.unlink()
    if spoilt == "folder":
        file.mkdir()
    else:
        file.write_bytes(whole[:40])
    locked.window.unlock.unlockRequested.emit("first")
    locked.until(lambda: "cannot be read. Nothing was changed" in locked.window.unlock._message.text())
    assert locked.opened == []
    if spoilt == "folder":
        file.rmdir()
    file.write_bytes(whole)
    locked.window.unlock.unlockRequested.emit("first")
    locked.until(lambda: locked.opened == ["Ana"])


def test_a_book_that_is_open_elsewhere_says_so(home: Home, tmp_path: Path, qtbot: QtBot) -> None:
    secrets = FileSecrets(tmp_path / "secrets.json")
    secrets.set(f"session:{made_id('replica')}", "token")
    first, second = Start(home, secrets, qtbot), Start(home, secrets, qtbot)
    first.session.start()
    first.until(lambda: bool(first.opened))
    second.session.start()
    second.until(lambda: "open already" in second.window.sign_in._message.text())
    first.end()
    second.end()


def test_a_book_of_a_newer_version_is_left_as_it_is_and_said_so(home: Home, qtbot: QtBot) -> None:
    (book,) = home.folder.rglob("*.db")
    replica = Replica(book, KEY)
    with replica.database.transaction():
        replica.meta.set("replica_version", "99")
    replica.close()
    before = book.read_bytes()
    start = Start(home, FileSecrets(home.folder.parent / "secrets.json"), qtbot)
    start.session.start()
    message = start.window.sign_in._message
    start.until(message.isVisible)
    assert "The book on this computer was written by a newer version of SmoothSchedule." in message.text()
    assert (start.opened, book.read_bytes()) == ([], before)
    start.end()


def test_a_code_is_asked_for_where_the_server_wants_one(fresh: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str | None] = []

    def sign_in(self: Turns, login: Login, password: str, *, code: str | None = None) -> Desk:
        given.append(code)
        raise SignInRefused("second_factor_required" if code is None else "sign_in_failed", "")

    monkeypatch.setattr(Turns, "sign_in", sign_in)
    view = fresh.window.sign_in
    view.show_values(FORM.server, FORM.business, FORM.email)
    view.password.setText(FORM.password)
    view._send()
    fresh.until(lambda: view.asks_code)
    assert view._message.text() == NEEDS_CODE
    assert view.password.text() == FORM.password
    view.code.setText("123456")
    view._send()
    fresh.until(lambda: view._message.text() == WRONG_CODE)
    assert given == [None, "123456"]
    assert view.asks_code


def test_whoever_is_of_another_business_is_asked_before_they_begin_with_a_new_book(
    fresh: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Anew] = []

    def sign_in(self: Turns, login: Login, password: str, *, code: str | None = None) -> Anew:
        device = Device(id=made_id("device"), name="", private_key="")
        admitted = Admitted(login=login, password=password, device=device, refresh_token="", user={"name": "Ana"})
        return Anew(admitted=admitted, secrets=FileSecrets(fresh.home.folder / "secrets.json"))

    def begin_anew(self: Turns, anew: Anew) -> Desk:
        begun.append(anew)
        raise StorageFault("No room.")

    monkeypatch.setattr(Turns, "sign_in", sign_in)
    monkeypatch.setattr(Turns, "begin_anew", begin_anew)
    view = fresh.window.sign_in
    view.show_values(FORM.server, FORM.business, FORM.email)
    view.password.setText(FORM.password)
    view._send()
    fresh.until(lambda: view._message.text() == BEGIN_ANEW)
    assert (view._submit.text(), view.email.text(), view.password.text()) == ("Begin with a new book", FORM.email, "")
    view._submit.click()
    fresh.until(lambda: view._message.text() == "No room.")
    assert len(begun) == 1
    assert view._submit.text() == "Sign in"


MOVED_FORM = replace(FORM, server="http://127.0.0.1:2")


@pytest.fixture
def moving(fresh: Start, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the server is asked, where somebody signs in with the form whose book is of another address."""
    fresh.home.know(Account(server=FORM.server, tenant=FORM.business, email=FORM.email, replica="one", user_name="Ana"))
    asked: list[str] = []

    def sign_in(self: Turns, login: Login, password: str, *, code: str | None = None) -> Desk:
        asked.append(f"another at {login.reached} {code}")
        raise SignInRefused("second_factor_required" if code is None else "sign_in_failed", "")

    def sign_in_moved(self: Turns, account: Account, server: str, password: str, *, code: str | None = None) -> Desk:
        asked.append(f"{account.replica} at {server} {code}")
        if code is None:
            raise SignInRefused("second_factor_required", "")
        raise NotThatServer(server)

    monkeypatch.setattr(Turns, "sign_in", sign_in)
    monkeypatch.setattr(Turns, "sign_in_moved", sign_in_moved)
    view = fresh.window.sign_in
    view.show_values(MOVED_FORM.server, MOVED_FORM.business, MOVED_FORM.email)
    view.password.setText(MOVED_FORM.password)
    view._send()
    asks = MOVED.format(business=FORM.business, before=FORM.server, now=MOVED_FORM.server)
    assert (view._message.text(), asked) == (asks, [])
    return asked


def test_whoever_says_that_the_server_has_moved_is_asked_once_and_again_after_a_slip(
    fresh: Start, moving: list[str]
) -> None:
    view = fresh.window.sign_in
    view._submit.click()
    fresh.until(lambda: view.asks_code)
    view.code.setText("123456")
    view._send()
    fresh.until(lambda: "nothing has changed" in view._message.text())
    assert moving == [f"one at {MOVED_FORM.server} None", f"one at {MOVED_FORM.server} 123456"]
    view._send()
    assert view._otherwise.isVisible()


def test_whoever_says_that_it_is_another_business_signs_in_to_that(fresh: Start, moving: list[str]) -> None:
    view = fresh.window.sign_in
    view._otherwise.click()
    fresh.until(lambda: view.asks_code)
    assert not view._otherwise.isVisible()
    view.code.setText("123456")
    view._send()
    fresh.until(lambda: view._message.text() == WRONG_CODE)
    assert moving == [f"another at {MOVED_FORM.server} None", f"another at {MOVED_FORM.server} 123456"]


def test_what_somebody_was_asked_is_not_answered_by_who_comes_to_the_form_next(fresh: Start, moving: list[str]) -> None:
    view = fresh.window.sign_in
    fresh.session.ask_who_is_there()
    fresh.window.people.somebodyElseRequested.emit()
    assert view.isVisible()
    view._submit.click()
    fresh.session.jobs.submit(lambda: moving.append("asked by then"), lambda _: None, lambda _: None)
    fresh.until(lambda: "asked by then" in moving)
    assert moving == ["asked by then"]


def test_nobody_goes_back_to_a_book_that_was_closed_for_who_comes_with_an_earlier_password(
    home: Home, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has moved: the open book asks at the address of before."""

    def sign_in_moved(self: Turns, account: Account, server: str, password: str, *, code: str | None = None) -> Earlier:
        assert self.desk is not None
        self.desk.close()
        device = Device(id=made_id("device"), name="", private_key="")
        login = account.login_at(server)
        return Earlier(
            admitted=Admitted(login=login, password=password, device=device, refresh_token="", user={"name": "Ana"})
        )

    monkeypatch.setattr(Turns, "sign_in_moved", sign_in_moved)
    secrets = FileSecrets(tmp_path / "secrets.json")
    secrets.set(f"session:{made_id('replica')}", "token")
    start, account = Start(home, secrets, qtbot), home.account()
    assert account is not None
    start.session.start()
    start.until(lambda: start.opened == ["Ana"])
    form = replace(FORM, server="http://127.0.0.1:2", business=account.tenant, email=account.email)
    start.session._sign_in(form)
    start.window.sign_in._submit.click()
    start.until(start.window.unlock.isVisible)
    assert start.session.desk is None
    start.end()


def test_where_all_books_were_set_aside_and_the_new_one_could_not_be_begun_somebody_can_sign_in(fresh: Start) -> None:
    fresh.home.know(Account(server=FORM.server, tenant=FORM.business, email=FORM.email, replica="one", user_name="Ana"))
    fresh.home.go_on_with("", Login(server=FORM.server, tenant=FORM.business, email=FORM.email))
    fresh.session.ask_who_is_there()
    fresh.window.people.somebodyElseRequested.emit()
    assert fresh.window.sign_in.isVisible()


def test_a_book_that_was_closed_for_a_question_that_nobody_waits_for_any_more_is_let_go(
    home: Home, tmp_path: Path, qtbot: QtBot
) -> None:
    secrets = FileSecrets(tmp_path / "secrets.json")
    secrets.set(f"session:{made_id('replica')}", "token")
    start, asked = Start(home, secrets, qtbot), list[object]()
    start.session.start()
    start.until(lambda: start.opened == ["Ana"])
    desk = start.session.desk
    assert desk is not None

    def closes() -> str:
        desk.close()
        return "a question"

    start.session._try(closes, asked.append, asked.append)
    start.session.give_up_asking()
    start.until(lambda: desk.is_closed)
    start.until(lambda: start.session.desk is None)
    assert asked == []
    start.end()


def test_who_was_shut_out_reads_a_sentence_and_their_password_is_not_said_to_be_wrong(
    fresh: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sign_in(self: Turns, login: Login, password: str, *, code: str | None = None) -> Desk:
        raise Revoked

    monkeypatch.setattr(Turns, "sign_in", sign_in)
    view = fresh.window.sign_in
    view.show_values(FORM.server, FORM.business, FORM.email)
    view.password.setText(FORM.password)
    view._send()
    fresh.until(lambda: bool(view._message.text()))
    assert view._message.text() == SHUT_OUT
    assert not view.password.property("invalid")


def test_where_a_password_alone_was_asked_for_the_whole_form_asks_for_the_code(
    locked: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a session has ended, or somebody takes the desk whom only the server can let in."""
    account = locked.home.account()
    assert account is not None
    failed: list[AppError] = []
    refused = locked.session._or_code(account.login, "typed", failed.append)
    refused(SignInRefused("sign_in_failed", ""))
    assert len(failed) == 1
    refused(SignInRefused("second_factor_required", ""))
    view = locked.window.sign_in
    assert view.isVisible()
    assert (view.email.text(), view.password.text(), view.asks_code) == (account.email, "typed", True)
