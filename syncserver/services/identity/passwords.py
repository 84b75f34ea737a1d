"""How passwords are kept and compared: Argon2id."""

from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from shared.errors import AppError
from syncserver.services.identity.common_passwords import COMMON

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 1024
"""Characters, as the wire takes them at a sign-in."""
_HASHER: Final = PasswordHash((Argon2Hasher(),))
# Somebody who is not known costs the same work as somebody who is.
_NOBODY: Final = _HASHER.hash("nobody has this password")


class BadPassword(AppError):
    """A password that nobody should have; the message says why."""


def require_good(password: str, *, email: str) -> None:
    """Raise BadPassword for a new password that is too short or too long, the person's e-mail, or one that many have.

    Length and a list of what is guessed first, and nothing about kinds of characters (NIST SP 800-63B, 3.1.1.2).
    """
    if len(password) < SHORTEST_PASSWORD:
        raise BadPassword(f"A password has {SHORTEST_PASSWORD} characters or more.")
    if len(password) > LONGEST_PASSWORD:
        raise BadPassword(f"A password has {LONGEST_PASSWORD} characters at most.")
    plain = password.strip().casefold()
    if plain in (email.casefold(), email.casefold().partition("@")[0]):
        raise BadPassword("A password is not one's own e-mail.")
    if plain in COMMON or len(set(plain)) < 3:
        raise BadPassword("This password is one of the first that are guessed.")


def hash_password(password: str) -> str:
    """The text that a password is kept as; about 50 ms of work and 64 MiB of memory."""
    return _HASHER.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Whether the password is the one that was kept; None, for nobody, takes as long and is never right."""
    try:
        matches = _HASHER.verify(password, kept or _NOBODY)
    except UnknownHashError:
        return False
    return matches and kept is not None
