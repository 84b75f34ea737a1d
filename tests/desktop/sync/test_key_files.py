"""A computer without a keyring: each account has a file of its own, and what earlier versions kept is carried over."""

from pathlib import Path

import pytest

from desktop.config import Account, Home, Login
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import KeyringAway, NoSecretStore, SecretStore, WrappedSecrets, WrongPassword
from shared.errors import StorageFault
from tests.support.full_disk import full_disk_for

SERVER = "https://book.example"
ANA = Login(server=SERVER, tenant="salon", email="ana@salon.example")
ANA_ELSEWHERE = Login(server=SERVER, tenant="clinic", email="ana@salon.example")
BEN = Login(server=SERVER, tenant="salon", email="ben@salon.example")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def files(home: Home) -> KeyFiles:
    return KeyFiles(home)


def know(home: Home, login: Login, replica: str) -> None:
    """Have had this account on the computer."""
    home.keep_account(
        Account(server=login.server, tenant=login.tenant, email=login.email, replica=replica, user_name=login.email)
    )


@pytest.fixture
def old(home: Home) -> WrappedSecrets:
    """What an earlier version kept of two people, both under Ana's password."""
    know(home, ANA, "one")
    know(home, BEN, "two")
    made = WrappedSecrets(home.old_keys)
    made.open("ana's")
    made.set_all({"key:one": "1", "session:one": "s1", "key:two": "2", "session:two": "s2"})
    return made


@pytest.mark.parametrize("second", [BEN, ANA_ELSEWHERE])
def test_two_accounts_keep_their_keys_side_by_side(home: Home, files: KeyFiles, second: Login) -> None:
    files.open(ANA, "ana's").set("key:one", "1")
    first = home.keys(ANA).read_bytes()
    assert not files.holds(second)
    files.open(second, "second's").set("key:two", "2")
    assert home.keys(ANA).read_bytes() == first
    assert files.open(ANA, "ana's").all() == {"key:one": "1"}
    assert files.open(second, "second's").all() == {"key:two": "2"}
    with pytest.raises(WrongPassword):
        files.open(ANA, "second's")


def test_a_slash_at_the_end_of_the_address_makes_no_other_account(files: KeyFiles) -> None:
    files.open(ANA, "ana's").set("key:one", "1")
    assert files.holds(Login(server=SERVER + "/", tenant=ANA.tenant, email=ANA.email))


def test_a_password_leaves_nothing_behind_before_a_key_is_kept(home: Home, files: KeyFiles) -> None:
    files.open(ANA, "a wrong one, for all that is known")
    assert list(home.folder.iterdir()) == []


def test_the_name_of_a_file_says_nobody(home: Home) -> None:
    assert not {"ana", "salon"} & set(home.keys(ANA).name.replace("-", ".").split("."))


def test_a_file_of_another_account_put_in_its_place_is_said(home: Home, files: KeyFiles) -> None:
    files.open(ANA, "same").set("key:one", "1")
    files.open(BEN, "same").set("key:two", "2")
    ours, theirs = home.keys(ANA).read_bytes(), home.keys(BEN).read_bytes()
    home.keys(ANA).write_bytes(theirs)
    with pytest.raises(StorageFault, match="belongs to another account"):
        files.open(ANA, "same")
    assert home.keys(ANA).read_bytes() == theirs
    home.keys(ANA).write_bytes(ours)
    assert files.open(ANA, "same").get("key:one") == "1"


def test_what_an_earlier_version_kept_is_carried_over_to_whom_it_belongs(
    home: Home, files: KeyFiles, old: WrappedSecrets
) -> None:
    assert files.holds(ANA)
    assert files.open(ANA, "ana's").all() == {"key:one": "1", "session:one": "s1"}
    # Ben's stays where it is, until he comes with the password that opens it.
    kept = WrappedSecrets(home.old_keys)
    kept.open("ana's")
    assert kept.all() == {"key:two": "2", "session:two": "s2"}
    with pytest.raises(WrongPassword):
        files.open(BEN, "ben's")
    assert files.open(BEN, "ana's").all() == {"key:two": "2", "session:two": "s2"}
    assert not home.old_keys.exists()
    assert files.open(ANA, "ana's").all() == {"key:one": "1", "session:one": "s1"}


def test_a_wrong_password_leaves_the_old_file_as_it_was(home: Home, files: KeyFiles, old: WrappedSecrets) -> None:
    before = home.old_keys.read_bytes()
    with pytest.raises(WrongPassword):
        files.open(ANA, "wrong")
    assert home.old_keys.read_bytes() == before
    assert not home.keys(ANA).exists()


def test_somebody_who_was_never_here_leaves_the_old_file_alone(
    home: Home, files: KeyFiles, old: WrappedSecrets
) -> None:
    before = home.old_keys.read_bytes()
    assert not files.holds(ANA_ELSEWHERE)
    files.open(ANA_ELSEWHERE, "elsewhere").set("key:three", "3")
    assert home.old_keys.read_bytes() == before


def test_a_disk_that_is_full_while_carrying_over_loses_nothing(
    home: Home, files: KeyFiles, old: WrappedSecrets
) -> None:
    before = home.old_keys.read_bytes()
    with full_disk_for(home.keys(ANA)), pytest.raises(StorageFault):
        files.open(ANA, "ana's")
    assert home.old_keys.read_bytes() == before
    # Killed after the new file was written, before the old one was: both have it, and the new one is read.
    with full_disk_for(home.old_keys), pytest.raises(StorageFault):
        files.open(ANA, "ana's")
    assert files.open(ANA, "ana's").all() == {"key:one": "1", "session:one": "s1"}
    assert home.old_keys.read_bytes() == before


def test_an_old_file_that_cannot_be_read_is_said(home: Home, files: KeyFiles) -> None:
    know(home, ANA, "one")
    home.old_keys.mkdir()
    with pytest.raises(StorageFault, match=r"keys\.json cannot be read"):
        files.open(ANA, "ana's")


def test_keys_whose_password_is_forgotten_are_set_aside_and_not_deleted(home: Home, files: KeyFiles) -> None:
    for password in ("first", "second"):
        files.begin_anew(ANA, password).set("key:one", password)
    files.begin_anew(ANA, "third").set("key:one", "third")
    assert files.open(ANA, "third").all() == {"key:one": "third"}
    aside = sorted(home.folder.glob("keys-*.aside-*"))
    assert len(aside) == 2
    for file, password in zip(aside, ("first", "second"), strict=True):
        kept = WrappedSecrets(file, owner=ANA.id)
        kept.open(password)
        assert kept.all() == {"key:one": password}


class Keyring(dict[str, str]):
    """A keyring that answers again, which can be full."""

    limit = 100

    def set(self, name: str, secret: str) -> None:
        if len(self) == self.limit:
            raise NoSecretStore("full")
        self[name] = secret

    def delete(self, name: str) -> None:
        self.pop(name, None)


def test_what_a_file_kept_for_a_while_is_brought_into_the_keyring(home: Home, files: KeyFiles) -> None:
    files.open(ANA, "ana's").set_all({"key:two": "2", "device:one": "another"})
    keyring = Keyring({"key:one": "1", "device:one": "this"})
    with pytest.raises(WrongPassword):
        files.bring_in(ANA, "ben's", keyring)
    assert files.holds(ANA)
    keyring.limit = 2
    with pytest.raises(NoSecretStore):
        files.bring_in(ANA, "ana's", keyring)
    assert files.holds(ANA)
    keyring.limit = 100
    assert files.bring_in(ANA, "ana's", keyring)
    assert keyring == {"key:one": "1", "key:two": "2", "device:one": "this"}
    assert not home.keys(ANA).exists()
    assert not files.bring_in(ANA, "ana's", keyring)


def test_whose_keys_are_in_a_keyring_begins_no_file_beside_it(home: Home) -> None:
    keyring, answers = Keyring(), [False]

    def asked() -> SecretStore:
        if not answers[0]:
            raise NoSecretStore("locked")
        return keyring

    files = KeyFiles(home, keyring=asked)
    before = files.are_all
    assert files.keyring_of(ANA) is None, "nobody was here before"
    know(home, ANA, "one")
    know(home, BEN, "one")
    assert (before, files.are_all) == (True, False)
    for one in (ANA, BEN):
        with pytest.raises(KeyringAway):
            files.keyring_of(one)
    files.at(home).give_up_keyring(BEN)
    assert files.keyring_of(BEN) is None
    answers[0] = True
    assert files.keyring_of(ANA) is keyring
    # Nothing is begun yet: a keyring that answers after all has the book that they know.
    assert files.keyring_of(BEN) is keyring
