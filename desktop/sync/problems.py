"""What can stand between the desk and the server, beside that nobody is reached."""

from collections.abc import Mapping
from typing import Any

from shared.errors import AppError, NotSignedIn, ProtocolMismatch, Unreachable


class Busy(Unreachable):
    """The server asks to be left alone for some seconds."""

    def __init__(self, message: str, after: float) -> None:
        super().__init__(message)
        self.after = after


class PutBack(Busy):
    """The server was put back from a backup, and gives the other desks time to hand in what it has lost."""


class OlderServer(Busy):
    """The server is too old to give this program rows, and takes what waits as far as it knows it.

    `registered` is what it says of the replica all the same, where that was asked.
    """

    push_ok = True

    def __init__(self, message: str, after: float, *, registered: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, after)
        self.registered = registered


class TimedOut(Unreachable):
    """The server was reached, and has not answered within the time that it is given."""


class SignInRefused(AppError):
    """The server does not let this person in; the message says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Revoked(NotSignedIn):
    """The server has shut out this person, or with `whole_device` everybody who works here.

    With the `ticket` what waits can be handed in; empty where the server wants to see who it is first. `said` is why in
    the server's words, empty where it gives none.
    """

    def __init__(self, ticket: str = "", *, whole_device: bool = False, said: str = "") -> None:
        super().__init__("revoked")
        self.ticket, self.whole_device, self.said = ticket, whole_device, said


class TooLarge(ProtocolMismatch):
    """The batch is larger than the server takes: it is split."""


class ResetRequired(ProtocolMismatch):
    """What is asked for cannot be told as a difference: everything is loaded afresh."""


class OtherView(ProtocolMismatch):
    """The person at the desk may hold something else than this book, which others go on with: they need their own."""

    def __init__(self) -> None:
        super().__init__("What you may see has changed: your book is loaded anew.")


class Stopped(ProtocolMismatch):
    """Syncing cannot go on by itself; everything is kept. `code` is the server's word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UpgradeRequired(Stopped):
    """This program is too old to be given rows; `push_ok` says whether what waits is still taken.

    `registered` is what the server says of the replica all the same, where that was asked.
    """

    def __init__(
        self, code: str, message: str, *, push_ok: bool, registered: Mapping[str, Any] | None = None
    ) -> None:  # fmt: skip
        super().__init__(code, message)
        self.push_ok, self.registered = push_ok, registered
