"""Where there is no keyring: a file of keys for each account on this computer, opened by that person's password."""

from collections.abc import Callable
from itertools import count

from desktop.config import Home, Login
from desktop.sync.secret_store import KeyringAway, NoSecretStore, SecretStore, WrappedSecrets
from shared.errors import StorageFault


def _no_keyring() -> SecretStore:
    raise NoSecretStore("This computer has no keyring.")


class KeyFiles:
    """The files of one desk; each has one owner, and opening one touches no other.

    A keyring that did not answer at a start may answer later: whoever had been here before has their keys in it, and is
    given no file beside it unless they give it up.
    """

    def __init__(self, home: Home, *, keyring: Callable[[], SecretStore] = _no_keyring) -> None:
        """`keyring` asks the computer's keyring again; it raises NoSecretStore while there is none that answers."""
        self._home, self._keyring = home, keyring
        self._given_up: set[str] = set()

    def at(self, home: Home) -> "KeyFiles":
        """The files of another desk on the same computer."""
        files = KeyFiles(home, keyring=self._keyring)
        files._given_up = self._given_up
        return files

    @property
    def are_all(self) -> bool:
        """Whether everybody who was here before has their keys in files: else there was a keyring."""
        return all(self.holds(one.login) for one in self._home.accounts())

    def keyring_of(self, login: Login) -> SecretStore | None:
        """The computer's keyring for somebody whose keys are in it, now that it answers again; None for anybody else.

        Raises KeyringAway where it does not: under another key they would begin a second book, and what waits in the
        first would be forgotten with it.
        """
        if self.holds(login) or not self._home.known_accounts(login):
            return None
        try:
            return self._keyring()
        except NoSecretStore as error:
            if login.id in self._given_up:
                return None
            raise KeyringAway from error

    def give_up_keyring(self, login: Login) -> None:
        """Let somebody begin a file although their keys are in a keyring: they load their book again.

        Until they have, the keyring may still answer: what they gave up is taken all the same.
        """
        self._given_up.add(login.id)

    def bring_in(self, login: Login, password: str, keyring: SecretStore) -> bool:
        """Take what somebody's file holds into the keyring, which answers again; whether there was anything.

        Raises WrongPassword and StorageFault, and the file stays.
        """
        if not self.holds(login):
            return False
        kept = self.open(login, password)
        for name, secret in kept.all().items():
            if keyring.get(name) is None:
                keyring.set(name, secret)
        # Only once all of it is safe there; a crash in between leaves it in both.
        kept.remove()
        return True

    def holds(self, login: Login) -> bool:
        """Whether there is anything here that a password of this person would open."""
        return self._of(login).exists or self._is_in_old(login)

    def open(self, login: Login, password: str) -> WrappedSecrets:
        """The person's keys, ready to be read and written; begun where there are none yet.

        Raises WrongPassword, and StorageFault where the file cannot be read or is another account's. Nothing is
        written before the first key is kept.
        """
        kept = self._of(login)
        if not kept.exists and self._is_in_old(login):
            self._carry_over(login, kept, password)
        kept.open(password)
        return kept

    def begin_anew(self, login: Login, password: str) -> WrappedSecrets:
        """Keys under a new password where the earlier one is forgotten; what it opened is set aside, not deleted."""
        self.set_aside(login)
        kept = self._of(login)
        kept.open(password)
        return kept

    def set_aside(self, login: Login) -> None:
        """Open somebody's file no more; it is not deleted. Raises StorageFault."""
        path = self._home.keys(login)
        if path.exists():
            free = (path.with_suffix(f".aside-{number}") for number in count(1))
            try:
                path.rename(next(one for one in free if not one.exists()))
            except OSError as error:
                raise StorageFault(f"The file {path.name} of this desk cannot be set aside.") from error

    def _of(self, login: Login) -> WrappedSecrets:
        return WrappedSecrets(self._home.keys(login), owner=login.id)

    def _is_in_old(self, login: Login) -> bool:
        return self._home.old_keys.exists() and bool(self._home.known_accounts(login))

    def _carry_over(self, login: Login, kept: WrappedSecrets, password: str) -> None:
        """Take what is this person's out of the one file that earlier versions had for everybody."""
        old = WrappedSecrets(self._home.old_keys)
        old.open(password)
        replicas = {one.replica for one in self._home.known_accounts(login)}
        own = {name: secret for name, secret in old.all().items() if name.partition(":")[2] in replicas}
        if not own:
            return
        kept.open(password)
        kept.set_all(own)
        # Only what is safe in the new file leaves the old one; a crash in between leaves it in both.
        old.delete_all(own)
        if not old.all():
            old.remove()
