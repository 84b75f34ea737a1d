"""How a desk comes to somebody: unlocked on this computer, or where that is not enough let in by the server."""

from dataclasses import dataclass
from typing import Final

from desktop.config import Account, Home, Login
from desktop.desk import Desk
from desktop.sync import people
from desktop.sync.admission import Admitted, ask_in
from desktop.sync.key_files import KeyFiles
from desktop.sync.problems import SignInRefused
from desktop.sync.secret_store import SecretStore, WrongPassword
from desktop.sync.unlocking import NeverHere, unlock
from shared.errors import AppError, NotSignedIn, Unreachable

NEEDS_NETWORK = (
    "The server cannot be reached, and only it can let you in now: you have not signed in on this computer yet, or you "
    "have signed out here. Somebody who is still signed in can open the book meanwhile."
)

_WRONG: Final = "sign_in_failed"
"""The server's word for a password that is not right."""


class NeedsNetwork(AppError):
    """Only the server can let this person in, and it is not reached."""

    def __init__(self) -> None:
        super().__init__(NEEDS_NETWORK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Somebody whom the server has let in, and whose keys here still lie under an earlier password."""

    admitted: Admitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """What opens a desk on this computer; `desk` is the one that is open, whose person is somebody else."""

    home: Home
    secrets: SecretStore | KeyFiles
    desk: Desk | None

    def take(self, account: Account, password: str) -> Desk | Earlier:
        """The desk for somebody who has signed in here before, asking the server only where nothing else helps.

        Raises WrongPassword, TooManyTries, NeedsNetwork, SignInRefused, Busy and StorageFault.
        """
        wrong: WrongPassword | None = None
        try:
            return self._given(unlock(self.home, self.secrets, account, password), account)
        except (NeverHere, NotSignedIn):
            pass
        except WrongPassword as error:
            # It may have been changed on the server.
            wrong = error
        try:
            return self.sign_in(account.login, password)
        except (Unreachable, SignInRefused) as error:
            if wrong is not None and getattr(error, "code", _WRONG) == _WRONG:
                raise wrong from error
            if isinstance(error, Unreachable):
                raise NeedsNetwork from error
            raise

    def sign_in(self, login: Login, password: str, *, code: str | None = None) -> Desk | Earlier:
        """The desk for somebody whom the server lets in. Raises SignInRefused, Unreachable, Busy, StorageFault."""
        kept = _opened(self.secrets, login, password)
        admitted = ask_in(self.home, self._at_device(kept, login), login, password, code=code)
        return Earlier(admitted=admitted) if kept is None else self.enter(kept, admitted)

    def _at_device(self, kept: SecretStore | None, login: Login) -> SecretStore | None:
        return kept if kept is None or self.desk is None or self.desk.is_closed else self.desk.device_for(kept, login)

    def enter(self, kept: SecretStore, admitted: Admitted) -> Desk:
        """The desk for somebody whom the server has let in: the open one, where they share its book."""
        if self.desk is not None and not self.desk.is_closed:
            if self.desk.shares_with(kept, admitted):
                self.desk.admit(kept, admitted)
                return self.desk
            self.desk.close()
        return Desk.enter(self.home, kept, admitted)

    def _given(self, kept: SecretStore, account: Account) -> Desk:
        replicas = (one for one in self.home.known_accounts(account.login))
        theirs = next((one for one in replicas if kept.get(people.key_name(one.replica)) is not None), None)
        if theirs is None:
            raise NeverHere
        if self.desk is not None and self.desk.account.replica == theirs.replica:
            self.desk.hand_over(kept, theirs)
            return self.desk
        if self.desk is not None:
            self.desk.close()
        return Desk.open_for(self.home, kept, theirs)


def _opened(secrets: SecretStore | KeyFiles, login: Login, password: str) -> SecretStore | None:
    """Where the person's keys are kept; None where the password does not open them: it may be newer than they are."""
    if not isinstance(secrets, KeyFiles):
        return secrets
    try:
        return secrets.open(login, password)
    except WrongPassword:
        return None
