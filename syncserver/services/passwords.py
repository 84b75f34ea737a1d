"""How passwords are kept and compared: Argon2id."""

from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

_HASHER: Final = PasswordHash((Argon2Hasher(),))
# Somebody who is not known costs the same work as somebody who is.
_NOBODY: Final = _HASHER.hash("nobody has this password")


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
