"""Whether somebody who has signed in here before is who they say they are, without asking the server."""

import base64
import hmac
import json
import os
from datetime import timedelta
from typing import Final

from desktop.config import Account, Home, Login
from desktop.sync import people
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import SecretStore, WrappedSecrets, WrongPassword
from shared import clock
from shared.errors import AppError

_SALT_BYTES: Final = 16
_FREE: Final = 5
"""Misses that cost nothing (design: access, Credentials)."""
_LONGEST: Final = 300.0
"""Seconds."""
_DOUBLINGS: Final = 10
"""By then the wait is the longest, however many misses there are."""


class NeverHere(AppError):
    """This computer knows nothing by which it could tell the person's password: only the server can."""


class TooManyTries(AppError):
    """The password was wrong several times in a row; `seconds` is how long to wait."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"The password was wrong several times. Try again in {_duration(seconds)}.")


def _duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 90:
        return f"{whole} second{'' if whole == 1 else 's'}"
    return f"{round(whole / 60)} minutes"


class Misses:
    """Counts the wrong passwords of each person on this computer; the wait grows with them, and is over some time."""

    def __init__(self, home: Home, login: Login) -> None:
        self._home, self._login = home, login

    def require_patience(self) -> None:
        """Raise TooManyTries before the wait is over."""
        count, at = self._home.misses(self._login)
        wait = min(2.0 ** min(count - _FREE + 1, _DOUBLINGS), _LONGEST) if count >= _FREE else 0.0
        now = clock.now()
        if wait and now < at:
            # A clock that was set back does not shorten the wait: it begins anew, and ends without the clock's help.
            self._home.keep_misses(self._login, count, now)
        passed = max(timedelta(), now - at).total_seconds()
        if passed < wait:
            raise TooManyTries(wait - passed)

    def add(self) -> None:
        """One more."""
        count, _ = self._home.misses(self._login)
        self._home.keep_misses(self._login, count + 1, clock.now())

    def forget(self) -> None:
        """The right password was given."""
        if self._home.misses(self._login)[0]:
            self._home.keep_misses(self._login, 0, clock.now())


def unlock(home: Home, store: SecretStore | KeyFiles, account: Account, password: str) -> SecretStore:
    """The secrets of somebody who has signed in here before. Raises WrongPassword, TooManyTries and StorageFault.

    Raises NeverHere where only the server could tell whether the password is right, and KeyringAway.
    """
    misses = Misses(home, account.login)
    misses.require_patience()
    try:
        kept = _opened(home, store, account, password)
    except WrongPassword:
        misses.add()
        raise
    misses.forget()
    return kept


def _opened(home: Home, store: SecretStore | KeyFiles, account: Account, password: str) -> SecretStore:
    login = account.login
    if isinstance(store, KeyFiles):
        keyring = store.keyring_of(login)
        if keyring is None:
            if not store.holds(login):
                raise NeverHere
            return store.open(login, password)
        store = keyring
    is_known = _is_known(store, account, password)
    try:
        came = KeyFiles(home).bring_in(login, password, store)
    except WrongPassword:
        if not is_known:
            raise
        # It is still under an earlier password: it waits for who gives that.
        return store
    if came:
        remember(store, account, password)
    elif not is_known:
        raise NeverHere
    return store


def _is_known(keyring: SecretStore, account: Account, password: str) -> bool:
    """Whether the keyring knows a password; False where it has nothing to know it by. Raises WrongPassword."""
    verifier = keyring.get(people.verifier_name(account))
    if verifier is None:
        return False
    salt, kept = (base64.b64decode(part) for part in json.loads(verifier))
    if not hmac.compare_digest(_derived(password, salt), kept):
        raise WrongPassword("The password is not right.")
    return True


def remember(store: SecretStore | KeyFiles, account: Account, password: str) -> None:
    """Keep in the keyring by what a password that the server took is known again; a file of keys needs no more."""
    if isinstance(store, (KeyFiles, WrappedSecrets)):
        return
    salt = os.urandom(_SALT_BYTES)
    parts = [base64.b64encode(part).decode() for part in (salt, _derived(password, salt))]
    store.set(people.verifier_name(account), json.dumps(parts))


def _derived(password: str, salt: bytes) -> bytes:
    # Most starts ask for no password, and need no cryptography for one.
    from desktop.sync import sealing

    return sealing.derived(password, salt)
