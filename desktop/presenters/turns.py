"""How a desk comes to somebody: unlocked on this computer, or where that is not enough let in by the server."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from desktop.businesses import Businesses
from desktop.config import Account, Home, Login
from desktop.desk import Desk, TookAnother
from desktop.store.people import AnotherBusiness
from desktop.sync import people
from desktop.sync.admission import Admitted, ask_in, at_own_device, send_away
from desktop.sync.key_files import KeyFiles
from desktop.sync.pins import Pin, looks_like_pin
from desktop.sync.problems import SignInRefused
from desktop.sync.secret_store import SecretStore, WrongPassword
from desktop.sync.unlocking import NeverHere, unlock
from shared.errors import AppError, NotSignedIn, Unreachable

T = TypeVar("T")
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


class NeedsPassword(AppError):
    """A PIN is not enough: what it would open is not open here."""

    def __init__(self) -> None:
        super().__init__("Your PIN is not enough just now. Enter your password.")


class NotThatServer(AppError):
    """What answers at an address is not the server that somebody's book is of."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"At {address} there is another business than the one of your book, or it was set up anew: you are "
            "somebody else there. Nothing of the book was sent, and nothing has changed."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Somebody whom the server has let in, and whose keys here still lie under an earlier password."""

    admitted: Admitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """Somebody whom another business has let in than the one whose books are here under its name.

    They are asked before they begin with a book of their own.
    """

    admitted: Admitted
    secrets: SecretStore


Came = Desk | Earlier | Anew
"""What comes of asking for the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """What opens a desk on this computer; `desk` is the one that is open, `opened` has the secrets of who was at it."""

    home: Home
    secrets: SecretStore | KeyFiles
    desk: Desk | None
    opened: dict[str, SecretStore] = field(default_factory=dict)
    businesses: Businesses | None = None
    """Where people of other businesses are at home on this computer; None for a home that stands alone."""
    is_wanted: Callable[[], bool] = lambda: True
    """Whether whoever asks still waits for it; else nobody is to come to the desk by it."""

    def at(self, login: Login) -> "Turns":
        """The same at the business of somebody, which may be another than the one that is open."""
        home = self.home if self.businesses is None else self.businesses.home_for(login)
        if home.folder == self.home.folder:
            return self
        secrets = self.secrets.at(home) if isinstance(self.secrets, KeyFiles) else self.secrets
        return replace(self, home=home, secrets=secrets, businesses=None)

    def take(self, account: Account, given: str) -> Came:
        """The desk for somebody who has signed in here before, asking the server only where nothing else helps.

        `given` is their password, or their PIN where they have one. Raises WrongPassword, WrongPin, TooManyTries,
        NeedsNetwork, SignInRefused, Busy and StorageFault; TookAnother where it is wanted no more.
        """
        there = self.at(account.login)
        return there._known(account, given, lambda kept: there._given(kept, account))

    def unlock(self, account: Account, given: str) -> Came | None:
        """Let the person at the desk go on. None: nothing has changed; else what the server's word has made of it.

        Raises what `take` raises.
        """
        return self._known(account, given, lambda kept: None)

    def pin_of(self, account: Account) -> Pin | None:
        """The PIN by which somebody can come to the desk; None where they have none, or must give their password."""
        secrets = self.secrets_of(account.login)
        # Who has signed out comes back by their password: their PIN was for a desk that they had left open.
        if secrets is None or secrets.get(people.token_name(account)) is None:
            return None
        pin = Pin(secrets, account.login)
        return pin if pin.is_usable else None

    def secrets_of(self, login: Login) -> SecretStore | None:
        """The secrets of somebody that are open now; None where only their password opens them."""
        if not isinstance(self.secrets, KeyFiles):
            return self.secrets
        return self._at_desk(login) or self.opened.get(login.id)

    def _at_desk(self, login: Login) -> SecretStore | None:
        is_here = self.desk is not None and self.desk.account.login.id == login.id
        return self.desk.secrets if self.desk is not None and is_here else None

    def _known(self, account: Account, given: str, then: Callable[[SecretStore], T]) -> Came | T:
        pin = self.pin_of(account) if looks_like_pin(given) else None
        if pin is not None:
            return self._by_pin(pin, account, given, then)
        return self._by_password(account, given, then)

    def _by_pin(self, pin: Pin, account: Account, given: str, then: Callable[[SecretStore], T]) -> T:
        pin.check(given)
        try:
            return then(self._open_secrets(account.login))
        except (NeverHere, NotSignedIn) as error:
            raise NeedsPassword from error

    def _open_secrets(self, login: Login) -> SecretStore:
        secrets = self.secrets_of(login)
        if secrets is None:
            raise NeverHere
        return secrets

    def _by_password(self, account: Account, password: str, then: Callable[[SecretStore], T]) -> Came | T:
        wrong: WrongPassword | None = None
        try:
            kept = unlock(self.home, self.secrets, account, password)
            Pin(self._at_desk(account.login) or kept, account.login).forget_misses()
            return then(kept)
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

    def sign_in(self, login: Login, password: str, *, code: str | None = None) -> Came:
        """The desk for somebody whom the server lets in.

        Raises SignInRefused, Unreachable, Busy, StorageFault, and KeyringAway before anything is asked.
        """
        there = self.at(login)
        kept, admitted = there._asked_in(login, password, code)
        return Earlier(admitted=admitted) if kept is None else there.enter(kept, admitted)

    def sign_in_moved(self, account: Account, server: str, password: str, *, code: str | None = None) -> Came:
        """The desk for somebody who has said that the server of their business has this address now: its book goes on.

        Nothing of the book goes there before it has answered that they are who they were. Raises as `sign_in`, and
        NotThatServer; nothing has changed then.
        """
        login = account.login_at(server)
        there = self.at(login)
        kept, admitted = there._asked_in(login, password, code)
        if not account.is_of(admitted.user):
            send_away(admitted)
            raise NotThatServer(login.reached)
        there._require_wanted()
        if there.desk is not None:
            # It asks at the address of before.
            there.desk.close()
        there.home.move_to(login)
        return Earlier(admitted=admitted) if kept is None else there.enter(kept, admitted)

    def _asked_in(self, login: Login, password: str, code: str | None) -> tuple[SecretStore | None, Admitted]:
        """Where the person's keys are kept, as `_opened` has it, and what the server gave to them."""
        kept = self._opened(login, password)
        return kept, ask_in(self.home, self._at_device(kept, login), login, password, code=code)

    def sign_in_by_earlier(self, earlier: Earlier, password: str) -> Desk | Anew:
        """The desk for somebody whose file of keys opens by the password that they had before. Raises as `sign_in`."""
        login, there = earlier.admitted.login, self.at(earlier.admitted.login)
        kept: SecretStore
        if isinstance(there.secrets, KeyFiles):
            kept = wrapped = there.secrets.open(login, password)
            # It opens by the password that the server takes before anything is opened with it.
            wrapped.rewrap(earlier.admitted.password)
        else:
            kept = there.secrets
            KeyFiles(there.home).bring_in(login, password, kept)
        return there.enter(kept, at_own_device(there.home, kept, earlier.admitted))

    def sign_in_without(self, earlier: Earlier) -> Desk | Anew:
        """The desk for them where that password is forgotten: what it opened is set aside. Raises as `sign_in`."""
        admitted, there = earlier.admitted, self.at(earlier.admitted.login)
        if isinstance(there.secrets, KeyFiles):
            return there.enter(there.secrets.begin_anew(admitted.login, admitted.password), admitted)
        KeyFiles(there.home).set_aside(admitted.login)
        return there.enter(there.secrets, at_own_device(there.home, there.secrets, admitted))

    def _opened(self, login: Login, password: str) -> SecretStore | None:
        """Where the person's keys are kept; None where the password does not open them: it may be newer than they are.

        What a file holds from when the keyring did not answer is taken into it. Raises KeyringAway and StorageFault.
        """
        try:
            if isinstance(self.secrets, KeyFiles):
                return self.secrets.keyring_of(login) or self.secrets.open(login, password)
            KeyFiles(self.home).bring_in(login, password, self.secrets)
        except WrongPassword:
            return None
        return self.secrets

    def _at_device(self, kept: SecretStore | None, login: Login) -> SecretStore | None:
        if kept is None or self.desk is None or self.desk.is_closed or self.desk.home.folder != self.home.folder:
            return kept
        return self.desk.device_for(kept, login)

    def enter(self, kept: SecretStore, admitted: Admitted) -> Desk | Anew:
        """The desk for somebody whom the server has let in: the open one, where they share its book."""
        anew = Anew(admitted=admitted, secrets=kept)
        if self.home.has_set_aside(people.business_of(admitted.user)):
            # It was kept for this, and its person was told that it goes on.
            return self.begin_anew(anew)
        self._require_wanted()
        self._keep_open(admitted.login)
        try:
            if self.desk is not None and not self.desk.is_closed:
                if self.desk.shares_with(kept, admitted):
                    self.desk.admit(kept, admitted, is_wanted=self.is_wanted)
                    return self.desk
                self.desk.close()
            return Desk.enter(self.home, kept, admitted)
        except AnotherBusiness:
            return anew

    def begin_anew(self, anew: Anew) -> Desk:
        """The desk for them, once they have said so: the books of the other business are set aside, and kept.

        Where one of theirs was set aside before, and the server was put back since, they go on with it. Raises
        StorageFault.
        """
        admitted = anew.admitted
        there = self.at(admitted.login)
        there._require_wanted()
        there._keep_open(admitted.login)
        if there.desk is not None:
            there.desk.close()
        there.home.go_on_with(people.business_of(admitted.user), admitted.login)
        return Desk.enter(there.home, anew.secrets, admitted)

    def _given(self, kept: SecretStore, account: Account) -> Desk:
        replicas = (one for one in self.home.known_accounts(account.login))
        theirs = next((one for one in replicas if kept.get(people.key_name(one.replica)) is not None), None)
        if theirs is None:
            raise NeverHere
        self._require_wanted()
        self._keep_open(account.login)
        if self.desk is not None and self.desk.account.replica == theirs.replica:
            self.desk.hand_over(kept, theirs, is_wanted=self.is_wanted)
            return self.desk
        if self.desk is not None:
            self.desk.close()
        return Desk.open_for(self.home, kept, theirs)

    def _require_wanted(self) -> None:
        if not self.is_wanted():
            raise TookAnother

    def _keep_open(self, comes: Login) -> None:
        """Keep the secrets of who leaves the desk to another: their PIN lets them come back."""
        if self.desk is not None:
            self.opened[self.desk.account.login.id] = self.desk.secrets
        # From now on the desk has theirs, which may be newer ones.
        self.opened.pop(comes.id, None)
