"""Where there is no keyring: a file of keys for each account on this computer, opened by that person's password."""

from itertools import count

from desktop.config import Home, Login
from desktop.sync.secret_store import WrappedSecrets
from shared.errors import StorageFault


class KeyFiles:
    """The files of one desk; each has one owner, and opening one touches no other."""

    def __init__(self, home: Home) -> None:
        self._home = home

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
        path = self._home.keys(login)
        if path.exists():
            free = (path.with_suffix(f".aside-{number}") for number in count(1))
            try:
                path.rename(next(one for one in free if not one.exists()))
            except OSError as error:
                raise StorageFault(f"The file {path.name} of this desk cannot be set aside.") from error
        kept = self._of(login)
        kept.open(password)
        return kept

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
