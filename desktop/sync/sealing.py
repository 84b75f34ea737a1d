"""Encrypts under a key derived from a password: Argon2id (RFC 9106), ChaCha20-Poly1305 (RFC 8439)."""

import os
from typing import Any, Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

_NONCE_BYTES: Final = 12
_COST: Final[dict[str, Any]] = {"time_cost": 3, "memory_cost": 64 * 1024, "parallelism": 1}


def derived(password: str, salt: bytes) -> bytes:
    """The key of a password, 32 bytes; takes some tenths of a second on purpose."""
    return hash_secret_raw(password.encode(), salt, hash_len=32, type=Type.ID, **_COST)


def sealed(contents: bytes, key: bytes, bound: bytes) -> bytes:
    """A new nonce, the contents encrypted and their tag; opened only together with what they are `bound` to."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, contents, bound)


def unsealed(told: bytes, key: bytes, bound: bytes) -> bytes | None:
    """The contents; None where they were sealed under another key, bound to something else, changed or cut."""
    try:
        return ChaCha20Poly1305(key).decrypt(told[:_NONCE_BYTES], told[_NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        return None
