"""Signing in and out on one computer: nobody gets in without a password, and nobody's unsent work is lost."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from desktop.config import Home
from desktop.desk import Desk
from desktop.operations import customers
from desktop.store.damage import MAY_LACK, REPLACED, Replaced
from desktop.store.replica import Replica
from desktop.sync.problems import SignInRefused
from desktop.sync.status import Connection
from shared.errors import StorageFault
from shared.model.member import Role
from tests.desktop.sync.book import on_desk, on_server, sent
from tests.desktop.sync.stage import Stage
from tests.support.damaged import spoil
from tests.support.faults import Fault
from tests.support.file_secrets import FileSecrets
from tests.support.shop import PASSWORD, Shop
from tests.support.waiting import until

SignIn = Callable[..., Desk]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "desk")


@pytest.fixture
def secrets(tmp_path: Path) -> FileSecrets:
    return FileSecrets(tmp_path / "secrets.json")


@pytest.fixture
def sign_in(stage: Stage, shop: Shop, home: Home, secrets: FileSecrets) -> Iterator[SignIn]:
    """Signs somebody in at the one computer, and waits for the book."""
    with ExitStack() as stack:

        def make(role: Role = Role.TENANT_STAFF, *, password: str = PASSWORD) -> Desk:
            form = {"tenant": shop.tenant.slug, "email": shop.email(role), "password": password}
            made = Desk.sign_in(home, secrets, server=stage.url, **form)
            stack.callback(made.close)
            made.start()
            until(lambda: made.do(lambda replica: replica.is_usable), within=20)
            return made

        yield make


def test_whoever_signed_out_is_asked_again(sign_in: SignIn, home: Home, secrets: FileSecrets) -> None:
    sign_in().sign_out()
    assert Desk.open(home, secrets) is None


def test_whoever_did_not_is_not_asked(sign_in: SignIn, home: Home, secrets: FileSecrets) -> None:
    sign_in().close()
    again = Desk.open(home, secrets)
    assert again is not None
    again.start()
    until(lambda: again.status.connection is Connection.ONLINE, within=20)
    again.close()


def test_a_wrong_password_leaves_nothing_behind(sign_in: SignIn, home: Home, secrets: FileSecrets) -> None:
    with pytest.raises(SignInRefused):
        sign_in(password="wrong")
    assert home.account() is None
    assert not list(home.folder.glob("book-*"))
    assert Desk.open(home, secrets) is None


def unsent(stage: Stage, sign_in: SignIn) -> Desk:
    """A desk with one edit that no push takes to the server."""
    desk = sign_in()
    stage.faults.spoil("/push", *[Fault.LOST_REQUEST] * 1000)
    desk.edit(customers.create(name="Unsent"))
    assert desk.status.waiting == 1
    return desk


def test_unsent_work_outlives_a_sign_out_and_is_taken_after_the_next_sign_in(
    stage: Stage, shop: Shop, sign_in: SignIn
) -> None:
    """The session that made it has ended: the same person's next one answers for it."""
    first = unsent(stage, sign_in)
    first.sign_out()
    stage.faults.heal()
    again = sign_in()
    until(lambda: again.status.waiting == 0 and again.status.connection is Connection.ONLINE, within=20)
    assert sent(again) == [(1, "applied")]
    assert on_desk(again) == on_server(stage, shop)


def test_another_person_goes_on_with_the_same_book_and_sends_what_the_first_left(stage: Stage, sign_in: SignIn) -> None:
    first = unsent(stage, sign_in)
    assert first.sign_out() == 1
    stage.faults.heal()
    other = sign_in(Role.TENANT_MANAGER)
    assert other.account.replica == first.account.replica
    until(lambda: sent(other) == [(1, "applied")], within=20)
    other.sign_out()
    assert sign_in().account.replica == first.account.replica


def test_a_second_process_is_told_that_the_book_is_open(sign_in: SignIn, home: Home, secrets: FileSecrets) -> None:
    sign_in()
    with pytest.raises(StorageFault, match="open already"):
        Desk.open(home, secrets)


def test_a_sign_out_without_the_server_is_a_sign_out_all_the_same(
    stage: Stage, sign_in: SignIn, home: Home, secrets: FileSecrets
) -> None:
    desk = sign_in()
    stage.faults.spoil("/sign-out", Fault.LOST_REQUEST)
    desk.sign_out()
    assert Desk.open(home, secrets) is None


def test_a_desk_that_never_synced_can_be_closed(sign_in: SignIn, home: Home, secrets: FileSecrets) -> None:
    sign_in().close()
    opened = Desk.open(home, secrets)
    assert opened is not None
    opened.close()


@pytest.mark.parametrize("what", ["nothing can be read", "who worked here", "what waits"])
def test_a_damaged_book_gives_way_to_a_new_one_and_the_damaged_one_is_kept(
    stage: Stage, shop: Shop, sign_in: SignIn, home: Home, secrets: FileSecrets, what: str
) -> None:
    """It is said once; whoever tries again has a book, and what waited is sent where it could be read."""
    desk = unsent(stage, sign_in)
    path, key = home.replica(desk.account.replica), secrets.get(f"key:{desk.account.replica}")
    desk.close()
    assert key is not None
    tables = {"who worked here": "person", "what waits": "outbox"}
    if what in tables:
        spoil(path, f"SELECT * FROM {tables[what]}", bytes.fromhex(key))
    else:
        path.write_bytes(path.read_bytes()[:100])
    damaged = path.read_bytes()
    is_sent = what == "who worked here"
    with pytest.raises(Replaced) as said:
        Desk.open(home, secrets)
    assert str(said.value) == (REPLACED if is_sent else REPLACED + MAY_LACK)
    assert path.with_suffix(".damaged-1").read_bytes() == damaged
    again = Desk.open(home, secrets)
    if again is not None:
        again.close()
    stage.faults.heal()
    desk = sign_in()
    until(lambda: desk.status.waiting == 0 and desk.status.connection is Connection.ONLINE, within=20)
    assert sent(desk) == ([(1, "applied")] if is_sent else [])
    assert on_desk(desk) == on_server(stage, shop)


def test_a_book_that_was_noted_as_damaged_gives_way_at_the_next_start(
    stage: Stage, sign_in: SignIn, home: Home, secrets: FileSecrets
) -> None:
    desk = unsent(stage, sign_in)
    desk.do(Replica.note_damaged)
    desk.close()
    with pytest.raises(Replaced, match="has taken its place"):
        Desk.open(home, secrets)
    stage.faults.heal()
    again = Desk.open(home, secrets)
    assert again is not None
    again.start()
    until(lambda: again.status.waiting == 0 and again.status.connection is Connection.ONLINE, within=20)
    assert sent(again) == [(1, "applied")]
    again.close()
