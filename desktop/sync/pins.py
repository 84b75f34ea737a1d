"""The PIN by which somebody opens a locked desk: a short way back to what their password has opened before.

It wraps no key. What tells it lies with the person's other secrets, and so does how often it was wrong.
"""

import base64
import hmac
import json
import os
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from desktop.config import Login
from desktop.sync.secret_store import SecretStore
from shared.errors import AppError

SHORTEST, LONGEST = 4, 8
"""Digits."""
TRIES: Final = 5
"""Misses after which the password is asked, until it was given (design: access, Credentials)."""
NAME: Final = "pin:"
_SALT_BYTES: Final = 16


class WrongPin(AppError):
    """The PIN is not right; `left` tries are left before the password is asked."""

    def __init__(self, left: int) -> None:
        self.left = left
        super().__init__(_wrong_words(left))


class WeakPin(AppError):
    """The PIN is none, or one of the first that anybody would try; the message says which."""


def _wrong_words(left: int) -> str:
    if not left:
        return f"The PIN was wrong {TRIES} times. Enter your password."
    tries = "1 try is" if left == 1 else f"{left} tries are"
    return f"The PIN is not right. {tries} left, then your password is asked."


def looks_like_pin(text: str) -> bool:
    """Whether a text can be a PIN at all."""
    return text.isascii() and text.isdigit() and SHORTEST <= len(text) <= LONGEST


def require_strong(pin: str) -> None:
    """Raise WeakPin for what is no PIN, or too simple for one."""
    if not looks_like_pin(pin):
        raise WeakPin(f"A PIN has {SHORTEST} to {LONGEST} digits.")
    if len(set(pin)) == 1:
        raise WeakPin("The same digit again and again is guessed first. Take another PIN.")
    if {(int(after) - int(before)) % 10 for before, after in pairwise(pin)} in ({1}, {9}):
        raise WeakPin("Digits that follow one another are guessed first. Take another PIN.")
    if any(pin == pin[:size] * (len(pin) // size) for size in range(1, len(pin) // 2 + 1)):
        raise WeakPin("Digits that repeat are guessed first. Take another PIN.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    salt: bytes
    told: bytes
    misses: int


class Pin:
    """One person's PIN at one business. Every method may raise StorageFault or NoSecretStore."""

    def __init__(self, secrets: SecretStore, login: Login) -> None:
        self._secrets, self._name = secrets, f"{NAME}{login.id}"

    @property
    def is_set(self) -> bool:
        """Whether the person has one."""
        return self._read() is not None

    @property
    def is_usable(self) -> bool:
        """Whether the person has one, and has not missed it too often."""
        kept = self._read()
        return kept is not None and kept.misses < TRIES

    def set(self, pin: str) -> None:
        """Let this be the PIN from now on; the caller has seen the password. Raises WeakPin."""
        require_strong(pin)
        salt = os.urandom(_SALT_BYTES)
        self._keep(_Kept(salt=salt, told=_derived(pin, salt), misses=0))

    def remove(self) -> None:
        """Let the person have none."""
        self._secrets.delete(self._name)

    def check(self, pin: str) -> None:
        """Raise WrongPin where this is not the PIN, or where the password is asked."""
        kept = self._read()
        if kept is None or kept.misses >= TRIES:
            raise WrongPin(0)
        # Charged before it is looked at: who ends the program in between has had their try.
        self._keep(replace(kept, misses=kept.misses + 1))
        if not hmac.compare_digest(_derived(pin, kept.salt), kept.told):
            raise WrongPin(TRIES - kept.misses - 1)
        self._keep(replace(kept, misses=0))

    def forget_misses(self) -> None:
        """The password was given."""
        kept = self._read()
        if kept is not None and kept.misses:
            self._keep(replace(kept, misses=0))

    def _read(self) -> _Kept | None:
        text = self._secrets.get(self._name)
        if text is None:
            return None
        try:
            told = json.loads(text)
            salt, derived = (base64.b64decode(told[name], validate=True) for name in ("salt", "told"))
            return _Kept(salt=salt, told=derived, misses=int(told["misses"]))
        except (ValueError, KeyError, TypeError):
            # What cannot be read opens nothing; the password does, and sets another.
            return None

    def _keep(self, kept: _Kept) -> None:
        salt, told = (base64.b64encode(part).decode() for part in (kept.salt, kept.told))
        self._secrets.set(self._name, json.dumps({"salt": salt, "told": told, "misses": kept.misses}))


def _derived(pin: str, salt: bytes) -> bytes:
    # A start that asks for nothing needs no cryptography.
    from desktop.sync import sealing

    return sealing.derived(pin, salt)
