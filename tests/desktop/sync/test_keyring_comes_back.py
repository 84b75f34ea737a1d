"""A keyring that does not answer at one start, and does at the next: what was entered before and between is sent."""

from pathlib import Path

import pytest

from desktop.config import Account, Home
from desktop.desk import Desk
from desktop.operations import customers
from desktop.store.damage import Replaced, note_damaged
from desktop.sync import people
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import KeyringAway, NoSecretStore, SecretStore
from desktop.sync.unlocking import unlock
from tests.desktop.sync.computer import STAFF, Computer
from tests.desktop.sync.stage import Stage
from tests.support.damaged import spoil
from tests.support.file_secrets import FileSecrets
from tests.support.shop import PASSWORD, Shop


class Keyring:
    """The computer's keyring, and whether it answers."""

    def __init__(self, folder: Path) -> None:
        self.secrets = FileSecrets(folder / "secrets.json")
        self.answers = True

    def __call__(self) -> SecretStore:
        if not self.answers:
            raise NoSecretStore("This computer's keyring does not answer.")
        return self.secrets


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "desk")


@pytest.fixture
def monday(stage: Stage, shop: Shop, home: Home, keyring: Keyring) -> Computer:
    """What somebody entered last is not sent when they close the program, and then the keyring does not answer."""
    computer = Computer(stage, shop, home, keyring.secrets)
    computer.sign_in(STAFF).edit(customers.create(name="Monday"))
    computer.drained()
    leave_unsent(computer, "Monday late")
    keyring.answers = False
    return computer


def leave_unsent(computer: Computer, name: str) -> None:
    desk = computer.desk
    assert desk is not None
    computer.go_offline()
    desk.edit(customers.create(name=name))
    desk.close()
    computer.go_online()


def names(computer: Computer) -> list[str]:
    return [name for name, _, _ in computer.history()]


def without_keyring(computer: Computer, keyring: Keyring) -> Computer:
    files = KeyFiles(computer.home, keyring=keyring)
    return Computer(computer.stage, computer.shop, computer.home, files)


def test_no_second_book_is_begun_while_it_does_not_answer(monday: Computer, keyring: Keyring) -> None:
    tuesday = without_keyring(monday, keyring)
    for come in (tuesday.sign_in, tuesday.take):
        with pytest.raises(KeyringAway):
            come(STAFF)
    assert len(monday.home.accounts()) == 1
    keyring.answers = True
    tuesday.take(STAFF)
    tuesday.drained()
    assert "Monday late" in names(tuesday)
    assert tuesday.desk is not None
    tuesday.desk.close()


def test_what_was_entered_without_it_is_sent(monday: Computer, keyring: Keyring) -> None:
    tuesday = without_keyring(monday, keyring)
    # They cannot bring it back today, and load their book again.
    assert isinstance(tuesday.secrets, KeyFiles)
    tuesday.secrets.give_up_keyring(tuesday.login(STAFF))
    tuesday.sign_in(STAFF)
    leave_unsent(tuesday, "Tuesday")
    assert Desk.open(monday.home, keyring.secrets) is None, "the password is asked once more"
    wednesday = Computer(monday.stage, monday.shop, monday.home, keyring.secrets)
    wednesday.sign_in(STAFF)
    wednesday.drained()
    assert {"Monday late", "Tuesday"} <= set(names(wednesday))
    assert not list(monday.home.folder.glob("keys-*.json"))
    assert wednesday.desk is not None
    wednesday.desk.close()


def test_it_is_all_in_one_book_without_a_network_too(monday: Computer, keyring: Keyring) -> None:
    tuesday = without_keyring(monday, keyring)
    assert isinstance(tuesday.secrets, KeyFiles)
    tuesday.secrets.give_up_keyring(tuesday.login(STAFF))
    tuesday.sign_in(STAFF)
    leave_unsent(tuesday, "Tuesday")
    account = monday.home.account()
    assert account is not None
    desk = Desk.open(monday.home, unlock(monday.home, keyring.secrets, account, PASSWORD))
    assert desk is not None
    labels = [one.args["name"] for one in desk.do(lambda replica: replica.outbox.all())]
    assert sorted(labels) == ["Monday late", "Tuesday"]
    shown = desk.do(lambda replica: replica.database.rows("SELECT name FROM customer ORDER BY name"))
    assert ("Monday late",) in shown
    desk.close()
    again = Desk.open(monday.home, keyring.secrets)
    assert again is not None
    assert again.do(lambda replica: replica.outbox.count()) == 2
    again.close()


def test_an_error_of_the_keyring_in_a_gathering_keeps_nobody_out(
    monday: Computer, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuesday = without_keyring(monday, keyring)
    assert isinstance(tuesday.secrets, KeyFiles)
    tuesday.secrets.give_up_keyring(tuesday.login(STAFF))
    tuesday.sign_in(STAFF)
    leave_unsent(tuesday, "Tuesday")
    wednesday, gather = Computer(monday.stage, monday.shop, monday.home, keyring.secrets), Desk._gather

    def gather_in_vain(desk: Desk, secrets: SecretStore, account: Account) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(keyring.secrets, "get", locked)
            gather(desk, secrets, account)

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "_gather", gather_in_vain)
        desk = wednesday.sign_in(STAFF)
        wednesday.drained()
    assert "Tuesday" not in names(wednesday)
    desk.close()


def locked(name: str) -> str:
    raise NoSecretStore("This computer's keyring is locked.")


@pytest.fixture
def wednesday(monday: Computer, keyring: Keyring) -> Computer:
    """The keyring answers again, beside whom a second book has been begun."""
    tuesday = without_keyring(monday, keyring)
    assert isinstance(tuesday.secrets, KeyFiles)
    tuesday.secrets.give_up_keyring(tuesday.login(STAFF))
    tuesday.sign_in(STAFF)
    leave_unsent(tuesday, "Tuesday")
    keyring.answers = True
    unlock(monday.home, keyring.secrets, tuesday.account(STAFF), PASSWORD)
    return Computer(monday.stage, monday.shop, monday.home, keyring.secrets)


def beside(computer: Computer) -> Path:
    """The book that is not gone on with; in each waits one edit."""
    _, path = [computer.home.replica(one.replica) for one in computer.home.known_accounts(computer.login(STAFF))]
    return path


@pytest.mark.parametrize("come", ["sign_in", "take"])
@pytest.mark.parametrize("what", ["it was noted", "outbox", "sent"])
def test_a_book_beside_that_is_damaged_gives_way_and_is_gathered(
    wednesday: Computer, keyring: Keyring, come: str, what: str
) -> None:
    """It is said as of the book that is open; whoever tries again has all that could be read."""
    path = beside(wednesday)
    if what == "it was noted":
        note_damaged(path)
    else:
        spoil(path, f"SELECT * FROM {what}", key_of(path, keyring))
    is_whole = what != "outbox"
    with pytest.raises(Replaced) as said:
        getattr(wednesday, come)(STAFF)
    assert said.value.is_whole is is_whole
    assert path.with_suffix(".damaged-1").exists()
    desk = getattr(wednesday, come)(STAFF)
    wednesday.drained()
    waited = {"Monday late", "Tuesday"} & set(names(wednesday))
    assert len(waited) == (2 if is_whole else 1)
    assert len(names(wednesday)) == 1 + len(waited)
    desk.close()


def key_of(book: Path, keyring: Keyring) -> bytes:
    key = keyring.secrets.get(people.key_name(book.stem.removeprefix("book-")))
    assert key is not None
    return bytes.fromhex(key)
