"""A keyring that does not answer at one start, and does at the next: what was entered before and between is sent."""

from pathlib import Path

import pytest

from desktop.config import Account, Home
from desktop.desk import Desk
from desktop.operations import customers
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import KeyringAway, NoSecretStore, SecretStore
from desktop.sync.unlocking import unlock
from shared.model.customer import Customer
from shared.model.member import Role
from tests.desktop.sync.computer import MANAGER, OWNER, STAFF, Computer
from tests.desktop.sync.stage import Stage
from tests.support.file_secrets import FileSecrets
from tests.support.shop import PASSWORD, Shop
from tests.support.waiting import until


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


def tuesday(monday: Computer, keyring: Keyring, *roles: Role) -> Computer:
    """These people, who cannot bring the keyring back, begin another book one after the other."""
    keyring.answers = False
    computer = without_keyring(monday, keyring)
    assert isinstance(computer.secrets, KeyFiles)
    for role in roles:
        computer.secrets.give_up_keyring(computer.login(role))
        computer.sign_in(role)
    return computer


def depend(computer: Computer, cause: Role, effect: Role) -> None:
    """Somebody enters a customer, and another one changes it; neither is sent."""
    computer.take(cause)
    desk = computer.desk
    assert desk is not None
    computer.go_offline()
    customer = desk.edit(customers.create(name="Cause")).subject
    computer.take(effect)
    seen = desk.do(lambda replica: replica.tx().find(Customer, customer))
    assert seen is not None
    desk.edit(customers.update(seen, {"name": "Effect"}))
    desk.edit(customers.create(name="Alone"))
    desk.close()
    computer.go_online()


def wednesday(monday: Computer, keyring: Keyring) -> Computer:
    keyring.answers = True
    return Computer(monday.stage, monday.shop, monday.home, keyring.secrets)


def close(computer: Computer) -> None:
    assert computer.desk is not None
    computer.desk.close()


@pytest.fixture
def shared(monday: Computer, keyring: Keyring) -> Computer:
    """The manager works on Monday's book as well."""
    keyring.answers = True
    monday.sign_in(MANAGER)
    monday.drained()
    close(monday)
    return monday


@pytest.mark.parametrize(("cause", "effect"), [(STAFF, MANAGER), (MANAGER, STAFF)])
def test_what_a_colleague_s_edit_stands_on_is_sent_before_it_whoever_comes_first(
    shared: Computer, keyring: Keyring, cause: Role, effect: Role
) -> None:
    depend(tuesday(shared, keyring, STAFF, MANAGER), cause, effect)
    after = wednesday(shared, keyring)
    after.sign_in(STAFF)
    after.drained()
    assert after.history()[-3:] == [
        ("Cause", "applied", cause.value),
        (None, "applied", effect.value),
        ("Alone", "applied", effect.value),
    ]
    close(after)


def test_what_stands_on_the_work_of_somebody_who_was_not_here_before_waits_for_them(
    monday: Computer, keyring: Keyring
) -> None:
    """And they join the first book: in the second every session is another device's, and would give no rights."""
    depend(tuesday(monday, keyring, STAFF, OWNER), OWNER, STAFF)
    after = wednesday(monday, keyring)
    after.sign_in(STAFF)
    after.drained()
    assert after.history()[-1] == ("Alone", "applied", STAFF.value)
    assert "Cause" not in names(after)
    first = after.desk
    after.sign_in(OWNER)
    assert after.desk is first
    after.drained()
    assert after.history()[-2:] == [("Cause", "applied", OWNER.value), (None, "applied", STAFF.value)]
    close(after)


def test_an_error_of_the_keyring_keeps_nobody_out_and_what_it_holds_back_is_gathered_later(
    monday: Computer, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.desk.SECONDS_TO_GATHER", 0.0)
    leave_unsent(tuesday(monday, keyring, STAFF), "Tuesday")
    after, gather = wednesday(monday, keyring), Desk._gather

    def gather_in_vain(desk: Desk, secrets: SecretStore, account: Account) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(keyring.secrets, "get", locked)
            gather(desk, secrets, account)

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "_gather", gather_in_vain)
        desk = after.sign_in(STAFF)
        after.drained()
        assert "Tuesday" not in names(after)
    desk.engine.sync_now()
    until(lambda: "Tuesday" in names(after), within=20)
    desk.close()


def locked(name: str) -> str:
    raise NoSecretStore("This computer's keyring is locked.")


def test_the_same_book_is_opened_by_each_way_in(monday: Computer, keyring: Keyring) -> None:
    """It is that of the device whose key the keyring has; what is open once does not change which one it is."""
    before = monday.account(STAFF).replica
    leave_unsent(tuesday(monday, keyring, STAFF), "Tuesday")
    after = wednesday(monday, keyring)
    for come in (after.sign_in, after.take, after.take, after.sign_in):
        assert come(STAFF).account.replica == before
        close(after)
        opened = Desk.open(monday.home, keyring.secrets)
        assert opened is not None
        assert opened.account.replica == before
        opened.close()
