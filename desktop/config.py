"""Where the desk keeps its files, and what it remembers of the account between two starts."""

import json
import socket
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from platformdirs import user_data_path

from desktop.durable import sync_folder, write_whole
from shared import clock, ids
from shared.errors import StorageFault
from shared.model.registry import SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who signs in where."""

    server: str
    """The address that the server had when the business first came to this computer: it is known by that."""
    tenant: str
    email: str
    address: str = field(default="", compare=False)
    """The address of that server by now; empty where it is the same."""

    @property
    def reached(self) -> str:
        """Where the server is asked."""
        return self.address or self.server

    @property
    def id(self) -> str:
        """The same for the same person at the same business, and says neither."""
        return ids.derived_id("login", self.server.rstrip("/"), self.tenant, self.email)

    @property
    def person(self) -> str:
        """The same for the same person, whatever address the server of the business has."""
        return ids.derived_id("person", self.tenant, self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person of a business who works on this computer, and the replica that they work on; no secret is in it."""

    server: str
    tenant: str
    email: str
    replica: str
    user_name: str
    business_name: str = ""
    view: str = ""
    """What the replica holds, as the server names it; empty where that is not known."""
    schema: int = 0
    """The version of the columns that the name of the view is of: a newer one has other names for all."""
    business: str = ""
    """Which business it is, by the server's word; empty where that is not known."""
    user_id: str = ""
    """Who the person is to the server; empty where that is not known."""
    address: str = ""
    """As in `Login`."""
    is_set_aside: bool = False
    """Whether the server has another business under this name by now: the book is kept, and nobody works on it."""

    @property
    def known_view(self) -> str:
        """What the replica holds; empty where that is not known, or was known to another version of this program."""
        return self.view if self.schema == SCHEMA_VERSION else ""

    def is_of_another_view(self, view: str) -> bool:
        """Whether the replica is known to hold another view than this; an empty one is not known."""
        return "" not in (view, self.known_view) and view != self.known_view

    def with_view(self, view: str) -> "Account":
        """The same account, whose replica is known to hold this view; an empty one is not known."""
        return replace(self, view=view, schema=SCHEMA_VERSION)

    @property
    def login(self) -> Login:
        """Whose account it is."""
        return Login(server=self.server, tenant=self.tenant, email=self.email, address=self.address)

    def login_at(self, server: str) -> Login:
        """The same person's, whose server has this address now."""
        address = server.rstrip("/")
        return replace(self.login, address="" if address == self.server else address)

    def is_of(self, user: Mapping[str, Any]) -> bool:
        """Whether it is known to be of the person, and the business, that a server has let in as this user."""
        business = user.get("business", "")
        return self.user_id == user["id"] and (business == self.business or "" in (business, self.business))

    def is_known_to_be_of(self, user: Mapping[str, Any]) -> bool:
        """Whether it is known to be of the business that has let somebody in as this user.

        Where that does not say which it is, its name has to do.
        """
        return user.get("business", "") in ("", self.business)

    def is_named_as(self, login: Login) -> bool:
        """Whether it is of a business with the address and the name of this login's."""
        return (self.server, self.tenant) == (login.server.rstrip("/"), login.tenant)

    def is_of_another_business(self, login: Login, user: Mapping[str, Any]) -> bool:
        """Whether it has the name of the business that has let somebody in as this user, and is known to be of another.

        Where either does not say which it is, whoever is another user by the same login tells it: no business ever
        gives another id to one of its people.
        """
        if not self.is_named_as(login):
            return False
        business = user.get("business", "")
        if business and self.business:
            return bool(business != self.business)
        return self.login.id == login.id and self.user_id not in ("", user["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the sign-in form holds where nobody has signed in yet."""

    server: str = ""
    tenant: str = ""
    email: str = ""

    @property
    def reached(self) -> str:
        """As in `Login`."""
        return self.server


Notes = Mapping[str, Mapping[str, str]]
"""What is noted of books that go, by the names that `ShutOut` gives them."""

_CHANGING: Final = threading.RLock()
"""Held from reading a file to writing it, whichever `Home` of a folder does that: the engine notes what a book holds
while somebody comes to the desk."""


class Home:
    """The folder of one desk, for any thread. Raises StorageFault where it cannot be read or written."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take `folder`, or the place where the system keeps a program's data."""
        self.folder = folder or user_data_path("SmoothSchedule", appauthor=False)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageFault(f"The folder {self.folder} cannot be made.") from error

    @property
    def lock(self) -> Path:
        """Held while the desk is open."""
        return self.folder / "lock"

    @property
    def old_keys(self) -> Path:
        """The one file of keys that versions up to 0.1 had for everybody, where there is no keyring."""
        return self.folder / "keys.json"

    def keys(self, login: Login) -> Path:
        """A person's keys under their password, where there is no keyring."""
        return self.folder / f"keys-{login.id}.json"

    def replica(self, replica: str) -> Path:
        """The encrypted book of a replica."""
        return self.folder / f"book-{replica}.db"

    def account(self) -> Account | None:
        """The account that is opened at the next start."""
        return _account(self._read("account.json"))

    def keep_account(self, account: Account) -> None:
        """Remember the account as the one to open, beside those that were here before."""
        self.know(account)
        self._write("account.json", asdict(account))

    def forget_account(self) -> None:
        """Open nothing at the next start; what is known of the account stays."""
        try:
            (self.folder / "account.json").unlink(missing_ok=True)
            sync_folder(self.folder)
        except OSError as error:
            raise StorageFault("The file account.json of this desk cannot be removed.") from error

    def know(self, account: Account) -> None:
        """Remember that somebody works on a replica of this computer, and no more on one of another view."""
        with _CHANGING:
            known = self.every_account()
            before = next((one for one in known if _place(one) == _place(account)), account)
            # Whoever comes by what was read before it was noted takes nothing of it away.
            noted = replace(
                account, user_id=account.user_id or before.user_id, business=account.business or before.business
            )
            self._keep_known([*(one for one in known if not _gives_way(one, account, known)), noted])

    def note_book(self, replica: str, view: str, business: str) -> None:
        """Remember what a replica holds, and of which business; an empty one is not known.

        For everybody who works on it.
        """

        def noted(one: Account) -> Account:
            if one.replica != replica:
                return one
            return replace(one.with_view(view), business=business or one.business)

        with _CHANGING:
            known = self.every_account()
            after = [noted(one) for one in known]
            if list(known) != after:
                self._keep_known(after)

    def note_users(self, replica: str, users: Mapping[str, str]) -> None:
        """Remember who the people of a replica are to the server, by `Login.person`: earlier versions did not."""

        def noted(one: Account) -> Account:
            return replace(one, user_id=users.get(one.login.person, one.user_id)) if one.replica == replica else one

        with _CHANGING:
            known = self.every_account()
            after = [noted(one) for one in known]
            if list(known) != after:
                self._keep_known(after)

    def move_to(self, login: Login) -> None:
        """Reach the server of a business at the address of this login from now on, for everybody who works for it."""

        def moved(one: Account) -> Account:
            return replace(one, address=login.address) if one.is_named_as(login) else one

        with _CHANGING:
            self._keep_known([moved(one) for one in self.every_account()])
            open_next = self.account()
            if open_next is not None:
                self._write("account.json", asdict(moved(open_next)))

    def go_on_with(self, business: str, login: Login) -> None:
        """Know of those under the business name of a login who work for this business; an empty one is not known.

        The others are set aside with their books: the server has this one under the name of theirs. Whoever was set
        aside, and is of this one, is back.
        """

        def noted_of(one: Account) -> Account:
            is_set_aside = not business or one.business != business
            return replace(one, is_set_aside=is_set_aside) if one.is_named_as(login) else one

        with _CHANGING:
            noted = [noted_of(one) for one in self.every_account()]
            self._keep_known(noted)
            open_next = self.account()
            if open_next is not None and _place(open_next) in {_place(one) for one in noted if one.is_set_aside}:
                self.forget_account()

    def device_of(self, replica: str) -> str:
        """The device at which the server knows a book of this computer; empty where that is not known."""
        return self._read("books.json").get(replica, "")

    def note_device_of(self, replica: str, device: str) -> None:
        """Remember the device of a book, for those who cannot open it; an empty one is not known."""
        self._change("books.json", lambda kept: {one: name for one, name in {**kept, replica: device}.items() if name})

    def accounts(self) -> tuple[Account, ...]:
        """Everybody who has signed in here, with each replica that they have had: unsent work may wait in them."""
        return tuple(one for one in self.every_account() if not one.is_set_aside)

    def every_account(self) -> tuple[Account, ...]:
        """The same, and those whose book is kept and not worked on."""
        known = (_account(json.loads(text)) for text in self._read("known.json").values())
        return tuple(one for one in known if one is not None)

    def known_accounts(self, login: Login) -> tuple[Account, ...]:
        """The accounts that this person had here, the first one first."""
        return tuple(one for one in self.accounts() if one.login.id == login.id)

    def has_set_aside(self, business: str) -> bool:
        """Whether a book of this business is kept, and not worked on; an empty one is not known."""
        return bool(business) and any(one.is_set_aside and one.business == business for one in self.every_account())

    def _keep_known(self, accounts: list[Account]) -> None:
        self._write("known.json", {_place(one): json.dumps(asdict(one)) for one in accounts})

    def misses(self, login: Login) -> tuple[int, datetime]:
        """How often in a row somebody's password was wrong on this computer, and when for the last time."""
        kept = self._read("misses.json").get(login.person)
        if kept is None:
            return 0, clock.now()
        try:
            count, at = kept.split(" ")
            return int(count), clock.parse_instant(at)
        except (ValueError, AttributeError):
            # Whoever can write there can empty it: what it says wrongly is no reason to keep anybody out.
            return 0, clock.now()

    def keep_misses(self, login: Login, count: int, at: datetime) -> None:
        """Remember the misses of somebody, over restarts."""
        noted = {login.person: f"{count} {clock.instant_text(at)}"} if count else {}
        with _CHANGING:
            kept = {person: text for person, text in self._read("misses.json").items() if person != login.person}
            self._write("misses.json", kept | noted)

    @property
    def is_locked(self) -> bool:
        """Whether the desk was locked when the program was last there: ending it takes no lock off."""
        return bool(self._read("lock.json"))

    def keep_locked(self, *, locked: bool) -> None:
        """Remember whether the desk is locked, over restarts."""
        self._write("lock.json", {"locked": "yes"} if locked else {})

    def shut_out(self) -> dict[str, dict[str, str]]:
        """The notes of books that are to be handed in and deleted, by `ShutOut`'s names."""
        return _parsed(self._read("shut-out.json"))

    def change_shut_out(self, change: Callable[[Notes], Notes]) -> None:
        """Remember what `change` makes of such notes, and no others; none leave no file.

        The engine writes them, and whoever signs in.
        """
        self._change(
            "shut-out.json",
            lambda kept: {name: json.dumps(dict(note)) for name, note in change(_parsed(kept)).items()},
        )

    def gone(self) -> dict[str, str]:
        """What is to be said still of books that have gone, by `ShutOut`'s names."""
        return self._read("gone.json")

    def change_gone(self, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        """Remember what `change` makes of that; nothing leaves no file."""
        self._change("gone.json", change)

    def _change(self, name: str, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        with _CHANGING:
            before = self._read(name)
            after = dict(change(before))
            if after == before:
                return
            if after:
                self._write(name, after)
            else:
                self.remove(self.folder / name)

    def forget_accounts(self, gone: Collection[Account]) -> None:
        """Know nothing more of these; with the last one goes all that was noted for them."""
        with _CHANGING:
            open_next = self.account()
            if open_next is not None and _place(open_next) in {_place(one) for one in gone}:
                self.forget_account()
            stays = [one for one in self.every_account() if one not in gone]
            if stays:
                for replica in {one.replica for one in gone} - {one.replica for one in stays}:
                    self.note_device_of(replica, "")
                self._keep_known(stays)
                return
            for name in ("device.json", "misses.json", "lock.json", "keys.json", "books.json", "known.json"):
                self.remove(self.folder / name)

    def remove_replica(self, replica: str) -> None:
        """Delete a replica's file, what was to take its place, damaged ones of before, and what may lie beside them."""
        for one in sorted(self.folder.glob(f"{self.replica(replica).stem}.*")):
            self.remove(one)

    def remove(self, path: Path) -> None:
        """Delete a file of this home; one that is not there is no matter."""
        try:
            if path.exists():
                path.unlink()
                sync_folder(self.folder)
        except OSError as error:
            raise StorageFault(f"The file {path.name} of this desk cannot be removed.") from error

    def device(self) -> dict[str, str]:
        """This computer's name, and the id and public key of the first device that was made here, where there is one.

        Its id is this desk's name among the secrets from then on, whichever device the desk is later.
        """
        return {"name": socket.gethostname()[:200] or "Desk"} | self._read("device.json")

    def keep_device(self, told: dict[str, str]) -> None:
        """Remember a device as `device` gives it; no secret is in it."""
        self._write("device.json", told)

    def _read(self, name: str) -> dict[str, str]:
        try:
            told = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise StorageFault(f"The file {name} of this desk cannot be read.") from error
        return told if isinstance(told, dict) else {}

    def _write(self, name: str, told: dict[str, Any]) -> None:
        try:
            write_whole(self.folder / name, json.dumps(told, indent=1))
        except OSError as error:
            raise StorageFault(f"The file {name} of this desk cannot be written.") from error


_FIELDS: Final = frozenset(one.name for one in fields(Account))


def _parsed(kept: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: json.loads(note) for name, note in kept.items()}


def _place(account: Account) -> str:
    return f"{account.replica}:{account.login.person}"


def _gives_way(before: Account, account: Account, known: Collection[Account]) -> bool:
    """Whether an account is the same as one that follows, or of a view that its person does not have any more.

    One whose book is nobody else's stays: it may have been locked away, and nobody else would send what waits there.
    """
    if _place(before) == _place(account):
        return True
    if before.is_set_aside:
        return False
    others = any(one.replica == before.replica and one.login.person != before.login.person for one in known)
    return others and before.login.id == account.login.id and before.is_of_another_view(account.known_view)


def _account(told: dict[str, Any]) -> Account | None:
    """An account as it was kept; None where it is none. What a newer version wrote beside it is passed over."""
    try:
        return Account(**{name: kept for name, kept in told.items() if name in _FIELDS})
    except TypeError:
        return None
