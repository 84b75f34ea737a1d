"""The businesses of one computer: each has a folder of its own, with its books, its keys and its device."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from desktop.config import Account, Home, Login
from desktop.durable import write_whole
from shared import ids
from shared.errors import StorageFault

_FILE: Final = "businesses.json"
_FOLDER: Final = "businesses"


class Businesses:
    """The first business is at home in the program's own folder, each later one in a folder below it.

    Raises StorageFault where they cannot be read or written.
    """

    def __init__(self, root: Home) -> None:
        self._root = root

    def homes(self) -> tuple[Home, ...]:
        """The folder of each business that somebody has signed in to, the first one first."""
        below = sorted((self._root.folder / _FOLDER).glob("*/known.json"))
        return (self._root, *(Home(one.parent) for one in below))

    def homes_left(self) -> tuple[Home, ...]:
        """The same, and those of which nothing is left but what is to be done or told of books that go."""
        names = ("known.json", "shut-out.json", "gone.json")
        below = {one.parent for name in names for one in (self._root.folder / _FOLDER).glob(f"*/{name}")}
        return (self._root, *(Home(one) for one in sorted(below)))

    def accounts(self) -> tuple[Account, ...]:
        """Everybody who has signed in on this computer, at each business."""
        return tuple(account for home in self.homes() for account in home.accounts())

    def home_for(self, login: Login) -> Home:
        """The folder of the business that somebody signs in to; a new one for a business that is not here yet."""
        wanted = _business(login)
        homes = self.homes()
        known = next((one for one in homes if wanted in {_business(kept.login) for kept in one.every_account()}), None)
        if known is not None:
            return known
        if not self._root.every_account():
            return self._root
        return Home(self._root.folder / _FOLDER / ids.derived_id("business", *wanted))

    def login_of(self, typed: Login) -> Login:
        """The login of somebody by which their business is known here, where its server has the typed address now."""
        address = typed.server.rstrip("/")
        here = (one for one in self._every_account() if one.tenant == typed.tenant and one.login.reached == address)
        known = next(here, None)
        return typed if known is None else replace(known.login, email=typed.email)

    def elsewhere(self, login: Login) -> Account | None:
        """What somebody has here whose business may be the one of this login: its name and theirs, another address.

        None where the business is known at this address; nothing but its server can say whether it is the same.
        """
        named = [one for one in self._every_account() if one.tenant == login.tenant]
        if any(one.login.reached == login.reached.rstrip("/") for one in named):
            return None
        return next((one for one in named if one.login.person == login.person and not one.is_set_aside), None)

    def _every_account(self) -> Iterator[Account]:
        return (account for home in self.homes() for account in home.every_account())

    def current(self) -> Home:
        """The folder of the business that was open last."""
        try:
            told = json.loads((self._root.folder / _FILE).read_text(encoding="utf-8"))
            name = str(told["current"])
        except (OSError, ValueError, KeyError, TypeError):
            # It says only where to begin: whoever is asked for can be chosen then.
            return self._root
        return next((one for one in self.homes() if one.folder.name == name), self._root)

    def keep_current(self, home: Home) -> None:
        """Begin with this business at the next start."""
        if home.folder == self.current().folder:
            return
        try:
            write_whole(self._root.folder / _FILE, json.dumps({"current": home.folder.name}))
        except OSError as error:
            raise StorageFault(f"The file {_FILE} of this desk cannot be written.") from error


def _business(login: Login) -> tuple[str, str]:
    return login.server.rstrip("/"), login.tenant
