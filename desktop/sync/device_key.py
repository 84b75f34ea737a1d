"""Which device this desk is to the server: an id and a key pair of its own, which never leave the secret store."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desktop.config import Home
from desktop.sync.secret_store import SecretStore
from shared import ids
from shared.protocol.proofs import KEY_BYTES, base64url, raw_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device as the server knows it, and what it proves itself with."""

    id: str
    name: str
    private_key: str = field(repr=False)
    """32 bytes as base64url."""

    @property
    def public_key(self) -> str:
        """What the server knows it by, as it travels."""
        return base64url(self._pair().public_key().public_bytes_raw())

    def sign(self, text: bytes) -> str:
        """The proof of a text of `shared.protocol.proofs`."""
        return base64url(self._pair().sign(text))

    def _pair(self) -> "Ed25519PrivateKey":
        # Who speaks with the server first loads this, and that is the network's thread, once the book is on the screen.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(raw_of(self.private_key) or b"")


def secret_name(home: Home) -> str:
    """Under which name a secret store keeps the device of this desk: other desks may share the store."""
    return f"device:{home.device().get('id', '')}"


def kept_device(home: Home, secrets: SecretStore) -> Device | None:
    """The device of this desk whose key a secret store has; None where it has none, or none that can be read."""
    try:
        told = json.loads(secrets.get(secret_name(home)) or "{}")
        device = Device(id=told["id"], name=told["name"], private_key=told["private_key"])
        return device if ids.is_id(device.id) and len(raw_of(device.private_key) or b"") == KEY_BYTES else None
    except (ValueError, KeyError, TypeError):
        return None


def device_of(home: Home, secrets: SecretStore | None) -> Device:
    """The device that somebody with these secrets is at; a new one where they hold no key, and nothing is kept yet."""
    kept = None if secrets is None else kept_device(home, secrets)
    if kept is not None:
        return kept
    told = home.device()
    # An id without a key is of a time before devices had them: its next sign-in gives it this one.
    return _made(told, told["id"] if "id" in told and "public_key" not in told else ids.new_id())


def another_device(home: Home) -> Device:
    """A device that the server has not heard of: for a desk whose key is not the one that is known by its id."""
    return _made(home.device(), ids.new_id())


def _made(told: Mapping[str, str], device: str) -> Device:
    return Device(id=device, name=told["name"], private_key=ids.secret_token(KEY_BYTES))


def keep_device(home: Home, secrets: SecretStore, device: Device) -> None:
    """Keep a device that the server has taken. The key is for the secrets alone."""
    if kept_device(home, secrets) == device:
        return
    told = home.device()
    if "public_key" not in told:
        home.keep_device({"id": device.id, "public_key": device.public_key} | told)
    secrets.set(
        secret_name(home), json.dumps({"id": device.id, "name": device.name, "private_key": device.private_key})
    )  # fmt: skip
