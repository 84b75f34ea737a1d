"""What is said where somebody is not let in."""

from typing import Final

from desktop.sync.problems import SignInRefused
from shared.errors import AppError, NotSignedIn, Unreachable

WRONG: Final = "The business, the e-mail or the password is not right."
UNREACHABLE: Final = "The server cannot be reached. Check the address and the network, then try again."


def words_of(error: AppError) -> str:
    """The sentence of an error: the same one for whatever was wrong about a sign-in."""
    if isinstance(error, Unreachable):
        return UNREACHABLE
    wrong = isinstance(error, (SignInRefused, NotSignedIn)) and error.code in ("", "sign_in_failed", "reauth")
    return WRONG if wrong else str(error)
