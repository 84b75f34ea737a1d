"""Where the desk keeps its secrets: the computer's keyring, or a file that the person's password opens."""

import base64
import json
import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Final, Protocol

import keyring
import keyring.errors
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.backends.chainer import ChainerBackend

from desktop.durable import write_whole
from shared import ids
from shared.errors import AppError, StorageFault

SERVICE: Final = "SmoothSchedule"
_SALT_BYTES, _LEAST_BYTES = 16, 28
_ALLOWED: Final = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.macOS.Keyring",
    }
)


class NoSecretStore(StorageFault):
    """This computer has no keyring that can be trusted to keep a secret, or it does not answer now."""


class KeyringAway(NoSecretStore):
    """The keyring does not answer, and somebody's keys are in it."""

    def __init__(self) -> None:
        super().__init__(
            "This computer's keyring does not answer, and the keys of your book are in it. Unlock the keyring, then "
            "try again. Everything on this computer is kept."
        )


class WrongPassword(AppError):
    """The password does not open what is kept on this computer."""


class SecretStore(Protocol):
    """Keeps small secrets by name; what was set is there after a restart."""

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, secret: str) -> None: ...

    def delete(self, name: str) -> None: ...


class KeyringSecrets:
    """The operating system's keyring."""

    def __init__(self, backend: KeyringBackend | None = None) -> None:
        """Take the computer's keyring; raises NoSecretStore where there is none that keeps what it is given."""
        found = backend or _keyring()
        if isinstance(found, ChainerBackend):
            found = next((one for one in found.backends if _name(one) in _ALLOWED), found)
        if _name(found) not in _ALLOWED:
            raise NoSecretStore("This computer has no keyring that SmoothSchedule can use.")
        self._backend = found
        self._prove()

    def _prove(self) -> None:
        # Some keyrings take a secret and lose it: only one that gives it back is believed. Another start of the program
        # may be asking the same at this moment, so each has a name of its own.
        name, probe = f"probe-{ids.secret_token(9)}", ids.secret_token(16)
        try:
            self._backend.set_password(SERVICE, name, probe)
            try:
                kept = self._backend.get_password(SERVICE, name)
            finally:
                # Whatever it answers: each start would leave another one behind.
                self._backend.delete_password(SERVICE, name)
        except Exception as error:
            raise NoSecretStore("This computer's keyring does not answer.") from error
        if kept != probe:
            raise NoSecretStore("This computer's keyring does not keep what it is given.")

    def get(self, name: str) -> str | None:
        """The secret of a name."""
        try:
            return self._backend.get_password(SERVICE, name)
        except keyring.errors.KeyringError as error:
            raise NoSecretStore("This computer's keyring is locked.") from error

    def set(self, name: str, secret: str) -> None:
        """Keep a secret. Raises NoSecretStore where the keyring does not give it back: the key of a book is one."""
        try:
            self._backend.set_password(SERVICE, name, secret)
            kept = self._backend.get_password(SERVICE, name)
        except keyring.errors.KeyringError as error:
            raise NoSecretStore("This computer's keyring did not take a secret.") from error
        if kept != secret:
            raise NoSecretStore("This computer's keyring does not keep what it is given.")

    def delete(self, name: str) -> None:
        """Forget a secret; one that is not there is no matter."""
        try:
            self._backend.delete_password(SERVICE, name)
        except keyring.errors.PasswordDeleteError:
            return
        except keyring.errors.KeyringError as error:
            raise NoSecretStore("This computer's keyring is locked.") from error


def _keyring() -> KeyringBackend:
    found = keyring.get_keyring()
    if isinstance(found, fail.Keyring):
        # The library asks once what there is: the service may have begun since.
        viable = (kind for kind in KeyringBackend.get_viable_backends() if _kind_name(kind) in _ALLOWED)
        return next((kind() for kind in viable), found)
    return found


def _name(backend: KeyringBackend) -> str:
    return _kind_name(type(backend))


def _kind_name(kind: type[KeyringBackend]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


class WrappedSecrets:
    """A file whose contents are encrypted under a key derived from the person's password."""

    def __init__(self, path: Path, *, owner: str = "") -> None:
        """`owner` is whose file it is: one that was written for somebody else is not opened."""
        self._path, self._owner = path, owner
        self._key: bytes | None = None
        self._salt = b""
        self._secrets: dict[str, str] = {}
        # The sync engine keeps new tokens while a person may be giving a new password.
        self._lock = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether there is anything to open."""
        return self._path.exists()

    def open(self, password: str) -> None:
        """Open the file, or begin one under this password; raises WrongPassword and StorageFault."""
        if not self.exists:
            self._salt = os.urandom(_SALT_BYTES)
            self._key = _sealing().derived(password, self._salt)
            return
        salt, sealed = self._read()
        key = _sealing().derived(password, salt)
        opened = _sealing().unsealed(sealed, key, self._bound(salt))
        if opened is None:
            raise WrongPassword(
                "The password does not open the book on this computer. If it was changed lately, try the one before."
            )
        self._salt, self._key, self._secrets = salt, key, json.loads(opened)

    def rewrap(self, password: str) -> None:
        """Keep everything under another password from now on; the file is the old one or the new one at any instant."""
        with self._lock:
            self._require_open()
            salt = os.urandom(_SALT_BYTES)
            self._write(self._secrets, _sealing().derived(password, salt), salt)

    def get(self, name: str) -> str | None:
        """The secret of a name."""
        return self._secrets.get(name)

    def all(self) -> Mapping[str, str]:
        """Every secret by its name."""
        return dict(self._secrets)

    def set(self, name: str, secret: str) -> None:
        """Keep a secret."""
        self.set_all({name: secret})

    def set_all(self, secrets: Mapping[str, str]) -> None:
        """Keep several secrets at once: all or none."""
        with self._lock:
            self._change(self._secrets | dict(secrets))

    def delete(self, name: str) -> None:
        """Forget a secret."""
        self.delete_all([name])

    def delete_all(self, names: Iterable[str]) -> None:
        """Forget several secrets at once; those that are not there are no matter."""
        gone = set(names)
        with self._lock:
            if not gone.isdisjoint(self._secrets):
                self._change({name: secret for name, secret in self._secrets.items() if name not in gone})

    def remove(self) -> None:
        """Delete the file."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageFault(f"The file of keys {self._path.name} cannot be removed.") from error

    def _read(self) -> tuple[bytes, bytes]:
        """The salt, and what is sealed."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            salt, sealed = (base64.b64decode(kept[name], validate=True) for name in ("salt", "sealed"))
            owner = kept.get("owner", "")
            if len(salt) != _SALT_BYTES or len(sealed) < _LEAST_BYTES:
                raise ValueError("cut off")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StorageFault(
                f"The file of keys {self._path.name} cannot be read. Nothing was changed: bring it back from a backup."
            ) from error
        if owner != self._owner:
            raise StorageFault(
                f"The file of keys {self._path.name} belongs to another account. Nothing was changed: put back the one "
                "that was there."
            )
        return salt, sealed

    def _bound(self, salt: bytes) -> bytes:
        return salt + self._owner.encode()

    def _require_open(self) -> bytes:
        if self._key is None:
            raise WrongPassword("The password has not been given yet.")
        return self._key

    def _change(self, secrets: dict[str, str]) -> None:
        self._write(secrets, self._require_open(), self._salt)

    def _write(self, secrets: dict[str, str], key: bytes, salt: bytes) -> None:
        sealed = _sealing().sealed(json.dumps(secrets).encode(), key, self._bound(salt))
        kept = {"owner": self._owner} if self._owner else {}
        kept |= {"salt": base64.b64encode(salt).decode(), "sealed": base64.b64encode(sealed).decode()}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(kept))
        except OSError as error:
            raise StorageFault(f"The file of keys {self._path.name} cannot be written.") from error
        # Only what is on the disk is held to be kept.
        self._secrets, self._key, self._salt = secrets, key, salt


def _sealing() -> ModuleType:
    # Where there is a keyring nobody needs the cryptography of these files.
    from desktop.sync import sealing

    return sealing
