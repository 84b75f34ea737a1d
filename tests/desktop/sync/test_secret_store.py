"""Where keys and tokens are kept: what is refused, what is noticed, and that nothing stands in clear."""

import base64
import json
import stat
from collections.abc import Callable
from pathlib import Path

import keyring.errors
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring

from desktop.sync.secret_store import KeyringSecrets, NoSecretStore, WrappedSecrets, WrongPassword
from shared.errors import StorageFault
from tests.support.full_disk import full_disk_for

PASSWORD = "correct horse battery"
SECRET = "a7c0ffee" * 8


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "keys.json"


@pytest.fixture
def kept(file: Path) -> Path:
    """A file with one secret."""
    store = WrappedSecrets(file)
    store.open(PASSWORD)
    store.set("key:book", SECRET)
    return file


def opened(file: Path, password: str = PASSWORD) -> WrappedSecrets:
    store = WrappedSecrets(file)
    store.open(password)
    return store


def test_a_secret_is_there_after_a_restart(kept: Path) -> None:
    assert opened(kept).get("key:book") == SECRET
    assert opened(kept).get("key:other") is None


def test_another_password_opens_nothing(kept: Path) -> None:
    before = kept.read_bytes()
    store = WrappedSecrets(kept)
    with pytest.raises(WrongPassword):
        store.open("correct horse batterie")
    assert store.get("key:book") is None
    with pytest.raises(WrongPassword):
        store.set("key:book", "overwritten")
    assert kept.read_bytes() == before


def test_nothing_stands_in_clear(kept: Path) -> None:
    told = json.loads(kept.read_text(encoding="utf-8"))
    raw = kept.read_bytes() + b"".join(base64.b64decode(part) for part in told.values())
    for word in (SECRET, "key:book", PASSWORD):
        assert word.encode() not in raw


def test_the_same_secrets_never_look_the_same(kept: Path) -> None:
    first = json.loads(kept.read_text(encoding="utf-8"))["sealed"]
    opened(kept).set("key:book", SECRET)
    assert json.loads(kept.read_text(encoding="utf-8"))["sealed"] != first


def test_only_the_person_may_read_the_file(kept: Path) -> None:
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("part", ["salt", "sealed"])
@pytest.mark.parametrize("place", [0, 8, -1])
def test_a_file_that_was_tampered_with_is_noticed(part: str, place: int, kept: Path) -> None:
    told = json.loads(kept.read_text(encoding="utf-8"))
    raw = bytearray(base64.b64decode(told[part]))
    raw[place] ^= 1
    kept.write_text(json.dumps(told | {part: base64.b64encode(raw).decode()}), encoding="utf-8")
    with pytest.raises(WrongPassword):
        opened(kept)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"salt": 1, "sealed": 2}', '{"salt": "*", "sealed": ""}']
)
def test_a_file_that_is_broken_says_so(text: str, kept: Path) -> None:
    kept.write_text(text, encoding="utf-8")
    with pytest.raises(StorageFault, match=r"keys\.json cannot be read. Nothing was changed"):
        opened(kept)
    assert kept.read_text(encoding="utf-8") == text


def test_a_file_that_was_cut_off_anywhere_says_so_and_opens_when_it_is_whole_again(kept: Path) -> None:
    whole = kept.read_bytes()
    for length in range(0, len(whole), 7):
        kept.write_bytes(whole[:length])
        with pytest.raises(StorageFault):
            opened(kept)
    kept.write_bytes(whole)
    assert opened(kept).get("key:book") == SECRET


@pytest.mark.parametrize("length", [0, 5, 12, 27, 28])
def test_what_is_sealed_was_cut_off(length: int, kept: Path) -> None:
    told = json.loads(kept.read_text(encoding="utf-8"))
    raw = base64.b64decode(told["sealed"])[:length]
    kept.write_text(json.dumps(told | {"sealed": base64.b64encode(raw).decode()}), encoding="utf-8")
    with pytest.raises((StorageFault, WrongPassword)):
        opened(kept)


def test_a_folder_in_its_place_is_said_and_left_alone(kept: Path) -> None:
    kept.unlink()
    kept.mkdir()
    with pytest.raises(StorageFault, match="cannot be read"):
        opened(kept)
    assert kept.is_dir()


def test_a_write_that_fails_changes_nothing(kept: Path) -> None:
    store = opened(kept)
    before = kept.read_bytes()
    with full_disk_for(kept):
        with pytest.raises(StorageFault):
            store.set("key:other", SECRET)
        with pytest.raises(StorageFault):
            store.rewrap("another")
    assert kept.read_bytes() == before
    assert dict(store.all()) == {"key:book": SECRET}
    store.set("key:other", SECRET)
    assert opened(kept).get("key:other") == SECRET


def test_another_password_takes_over_whole(kept: Path) -> None:
    store = opened(kept)
    salt = json.loads(kept.read_text(encoding="utf-8"))["salt"]
    store.rewrap("another")
    with pytest.raises(WrongPassword):
        opened(kept)
    store.set("session:book", "token")
    assert dict(opened(kept, "another").all()) == {"key:book": SECRET, "session:book": "token"}
    assert json.loads(kept.read_text(encoding="utf-8"))["salt"] != salt


def test_who_has_not_opened_the_file_cannot_give_it_another_password(kept: Path) -> None:
    before = kept.read_bytes()
    with pytest.raises(WrongPassword):
        WrappedSecrets(kept).rewrap("another")
    assert kept.read_bytes() == before


def test_a_file_of_somebody_else_is_not_opened(kept: Path) -> None:
    """Not even where two people have the same password, and not where the name in it was changed."""
    before = kept.read_bytes()
    with pytest.raises(StorageFault, match="belongs to another account"):
        WrappedSecrets(kept, owner="ben").open(PASSWORD)
    assert kept.read_bytes() == before
    kept.write_text(json.dumps(json.loads(before) | {"owner": "ben"}), encoding="utf-8")
    with pytest.raises(WrongPassword):
        WrappedSecrets(kept, owner="ben").open(PASSWORD)


def test_a_secret_that_was_deleted_is_gone(kept: Path) -> None:
    opened(kept).delete("key:book")
    assert opened(kept).get("key:book") is None
    opened(kept).delete("key:book")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = opened(tmp_path / "file" / "keys.json")
    with pytest.raises(StorageFault):
        store.set("key:book", SECRET)


class Keyring(KeyringBackend):
    """A keyring of the operating system, in memory; `spoil` is raised by what is named."""

    priority = 1.0

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.spoil: dict[str, Exception] = {}
        self.forgets = False

    def _meet(self, call: str) -> None:
        if call in self.spoil:
            raise self.spoil[call]

    def get_password(self, service: str, username: str) -> str | None:
        self._meet("get")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._meet("set")
        if not self.forgets:
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._meet("delete")
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("none")


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    """A keyring that has the name of the Secret Service's."""
    monkeypatch.setattr(Keyring, "__module__", "keyring.backends.SecretService")
    return Keyring()


class PlaintextKeyring(Keyring):
    """Named as the well-known one that keeps everything readable."""


PlaintextKeyring.__module__ = "keyrings.alt.file"


@pytest.mark.parametrize("backend", [NullKeyring, FailKeyring, PlaintextKeyring, Keyring, ChainerBackend])
def test_a_keyring_that_is_not_known_to_keep_secrets_is_refused(
    backend: type[KeyringBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    null: Callable[[], KeyringBackend] = NullKeyring
    monkeypatch.setattr(ChainerBackend, "backends", (null(), PlaintextKeyring()))
    make: Callable[[], KeyringBackend] = backend
    given = make()
    with pytest.raises(NoSecretStore):
        KeyringSecrets(given)
    assert getattr(given, "kept", {}) == {}


def test_a_chain_is_searched_for_one_that_is_known(trusted: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChainerBackend, "backends", (PlaintextKeyring(), trusted))
    chain: Callable[[], KeyringBackend] = ChainerBackend
    KeyringSecrets(chain()).set("key:book", SECRET)
    assert list(trusted.kept.values()) == [SECRET]


def test_a_keyring_that_keeps_is_used(trusted: Keyring) -> None:
    store = KeyringSecrets(trusted)
    assert trusted.kept == {}
    store.set("key:book", SECRET)
    assert KeyringSecrets(trusted).get("key:book") == SECRET
    store.delete("key:book")
    store.delete("key:book")
    assert store.get("key:book") is None


def test_a_keyring_that_forgets_is_refused(trusted: Keyring) -> None:
    trusted.forgets = True
    with pytest.raises(NoSecretStore):
        KeyringSecrets(trusted)


def test_a_keyring_that_gives_nothing_back_is_left_without_what_it_was_tried_with(trusted: Keyring) -> None:
    trusted.spoil["get"] = keyring.errors.KeyringLocked("locked")
    with pytest.raises(NoSecretStore):
        KeyringSecrets(trusted)
    assert trusted.kept == {}


def test_a_keyring_that_forgets_later_is_noticed_when_a_secret_is_kept(trusted: Keyring) -> None:
    store = KeyringSecrets(trusted)
    store.set("key:book", SECRET)
    trusted.forgets = True
    with pytest.raises(NoSecretStore):
        store.set("session:book", "token")
    assert store.get("key:book") == SECRET


def test_a_chain_that_holds_nothing_but_a_plain_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = PlaintextKeyring()
    monkeypatch.setattr(ChainerBackend, "backends", (plain,))
    chain: Callable[[], KeyringBackend] = ChainerBackend
    with pytest.raises(NoSecretStore):
        KeyringSecrets(chain())
    assert plain.kept == {}


@pytest.mark.parametrize("call", ["get", "set", "delete"])
@pytest.mark.parametrize(
    "error",
    [
        keyring.errors.InitError,
        keyring.errors.KeyringError,
        keyring.errors.KeyringLocked,
        keyring.errors.NoKeyringError,
        keyring.errors.PasswordSetError,
    ],
)
def test_a_keyring_that_fails_later_is_said(call: str, error: type[Exception], trusted: Keyring) -> None:
    store = KeyringSecrets(trusted)
    trusted.spoil[call] = error("locked")
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: store.get("key:book"),
        "set": lambda: store.set("key:book", SECRET),
        "delete": lambda: store.delete("key:book"),
    }
    with pytest.raises(NoSecretStore):
        calls[call]()


def test_two_starts_at_one_moment_find_the_same_keyring(trusted: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    keeps = Keyring.set_password

    def keeps_while_another_starts(store: Keyring, service: str, username: str, password: str) -> None:
        keeps(store, service, username, password)
        monkeypatch.setattr(Keyring, "set_password", keeps)
        KeyringSecrets(store)

    monkeypatch.setattr(Keyring, "set_password", keeps_while_another_starts)
    KeyringSecrets(trusted)
    assert trusted.kept == {}


def test_a_keyring_whose_service_began_after_the_program_is_found(
    trusted: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "get_keyring", FailKeyring)
    monkeypatch.setattr(KeyringBackend, "get_viable_backends", lambda: [PlaintextKeyring])
    with pytest.raises(NoSecretStore):
        KeyringSecrets()
    monkeypatch.setattr(KeyringBackend, "get_viable_backends", lambda: [PlaintextKeyring, type(trusted)])
    KeyringSecrets().set("key:book", SECRET)
