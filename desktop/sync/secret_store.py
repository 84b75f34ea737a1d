"""Where the desk keeps its secrets: the computer's keyring, or a file that the person's password opens."""

import base64
import json
import os
from pathlib import Path
from typing import Any, Final, Protocol

import keyring
import keyring.errors
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend

from shared import ids
from shared.errors import AppError, StorageFault

SERVICE: Final = "SmoothSchedule"
_SALT_BYTES: Final = 16
_ALLOWED: Final = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.macOS.Keyring",
    }
)


class NoSecretStore(AppError):
    """This computer has no keyring that can be trusted to keep a secret."""


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
        found = backend or keyring.get_keyring()
        if isinstance(found, ChainerBackend):
            found = next((one for one in found.backends if _name(one) in _ALLOWED), found)
        if _name(found) not in _ALLOWED:
            raise NoSecretStore("This computer has no keyring that SmoothSchedule can use.")
        self._backend = found
        self._prove()

    def _prove(self) -> None:
        # Some keyrings take a secret and lose it: only one that gives it back is believed.
        probe = ids.secret_token(16)
        try:
            self._backend.set_password(SERVICE, "probe", probe)
            kept = self._backend.get_password(SERVICE, "probe")
            self._backend.delete_password(SERVICE, "probe")
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
        """Keep a secret."""
        try:
            self._backend.set_password(SERVICE, name, secret)
        except keyring.errors.KeyringError as error:
            raise NoSecretStore("This computer's keyring did not take a secret.") from error

    def delete(self, name: str) -> None:
        """Forget a secret; one that is not there is no matter."""
        try:
            self._backend.delete_password(SERVICE, name)
        except keyring.errors.PasswordDeleteError:
            return
        except keyring.errors.KeyringError as error:
            raise NoSecretStore("This computer's keyring is locked.") from error


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


class WrappedSecrets:
    """A file whose contents are encrypted under a key derived from the person's password (Argon2id, RFC 9106)."""

    _COST: Final = {"time_cost": 3, "memory_cost": 64 * 1024, "parallelism": 1}

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None
        self._salt = b""
        self._secrets: dict[str, str] = {}

    @property
    def exists(self) -> bool:
        """Whether there is anything to open."""
        return self._path.exists()

    @property
    def is_open(self) -> bool:
        """Whether the password was given, and has something behind it: one that nothing was kept under may be wrong."""
        return self._key is not None and self.exists

    def open(self, password: str) -> None:
        """Open the file, or begin one under this password; raises WrongPassword and StorageFault."""
        if not self.exists:
            self._salt = os.urandom(_SALT_BYTES)
            self._key = self._derived(password)
            return
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            self._salt, sealed = (base64.b64decode(kept[name]) for name in ("salt", "sealed"))
            if len(self._salt) != _SALT_BYTES:
                raise ValueError("salt")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StorageFault("The file that keeps this computer's keys cannot be read.") from error
        key = self._derived(password)
        try:
            opened = ChaCha20Poly1305(key).decrypt(sealed[:12], sealed[12:], self._salt)
        except InvalidTag as error:
            raise WrongPassword("The password does not open the book on this computer.") from error
        self._key, self._secrets = key, json.loads(opened)

    def _derived(self, password: str) -> bytes:
        cost: dict[str, Any] = dict(self._COST)
        return hash_secret_raw(password.encode(), self._salt, hash_len=32, type=Type.ID, **cost)

    def get(self, name: str) -> str | None:
        """The secret of a name."""
        return self._secrets.get(name)

    def set(self, name: str, secret: str) -> None:
        """Keep a secret."""
        self._secrets[name] = secret
        self._write()

    def delete(self, name: str) -> None:
        """Forget a secret."""
        if self._secrets.pop(name, None) is not None:
            self._write()

    def _write(self) -> None:
        if self._key is None:
            raise WrongPassword("The password has not been given yet.")
        nonce = os.urandom(12)
        sealed = nonce + ChaCha20Poly1305(self._key).encrypt(nonce, json.dumps(self._secrets).encode(), self._salt)
        kept = {"salt": base64.b64encode(self._salt).decode(), "sealed": base64.b64encode(sealed).decode()}
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                json.dump(kept, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            raise StorageFault("The file that keeps this computer's keys cannot be written.") from error
