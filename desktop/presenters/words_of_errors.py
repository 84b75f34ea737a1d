"""What is said where somebody is not let in."""

from typing import Final

from desktop.sync.problems import SignInRefused
from shared.errors import AppError, NotSignedIn, Unreachable

WRONG: Final = "The business, the e-mail or the password is not right."
UNREACHABLE: Final = "The server cannot be reached. Check the address and the network, then try again."
NEEDS_CODE: Final = "Enter the code that your authenticator app shows now, or one of your recovery codes."
SHUT_OUT: Final = "This account or computer may not be used any more. Ask the owner of the business."
WRONG_CODE: Final = "The password or the code is not right. Each code is good once: wait for the next one."


def needs_code(error: AppError) -> bool:
    """Whether the server asks for a code of the second factor as well."""
    return isinstance(error, SignInRefused) and error.code == "second_factor_required"


def is_wrong(error: AppError) -> bool:
    """Whether what somebody gave is not right; the server does not say what of it."""
    return isinstance(error, (SignInRefused, NotSignedIn)) and error.code in ("", "sign_in_failed", "reauth")


def is_shut_out(error: AppError) -> bool:
    """Whether the server lets the person, or the computer, in no more: whatever they give."""
    return isinstance(error, NotSignedIn) and error.code == "revoked"


def words_of(error: AppError) -> str:
    """The sentence of an error: the same one for whatever was wrong about a sign-in."""
    if isinstance(error, Unreachable):
        return UNREACHABLE
    if is_shut_out(error):
        return SHUT_OUT
    return WRONG if is_wrong(error) else str(error)
