"""Where the desk keeps its files, and what it remembers of the account between two starts."""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from platformdirs import user_data_path

from shared import ids
from shared.errors import StorageFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who signs in where."""

    server: str
    tenant: str
    email: str

    @property
    def id(self) -> str:
        """The same for the same person at the same business, and says neither."""
        return ids.derived_id("login", self.server.rstrip("/"), self.tenant, self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The business and person that this computer is set up for; no secret is in it."""

    server: str
    tenant: str
    email: str
    replica: str
    user_name: str
    business_name: str = ""

    @property
    def login(self) -> Login:
        """Whose account it is."""
        return Login(server=self.server, tenant=self.tenant, email=self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the sign-in form holds where nobody has signed in yet."""

    server: str = ""
    tenant: str = ""
    email: str = ""


class Home:
    """The folder of one desk. Raises StorageFault where it cannot be read or written."""

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
        """The account that this computer is set up for."""
        told = self._read("account.json")
        try:
            return Account(**told) if told else None
        except TypeError:
            return None

    def keep_account(self, account: Account) -> None:
        """Remember the account as the one to open, beside those that were here before."""
        known = self._read("known.json") | {account.replica: json.dumps(asdict(account))}
        self._write("known.json", known)
        self._write("account.json", asdict(account))

    def forget_account(self) -> None:
        """Open nothing at the next start; what is known of the account stays."""
        try:
            (self.folder / "account.json").unlink(missing_ok=True)
        except OSError as error:
            raise StorageFault("The file account.json of this desk cannot be removed.") from error

    def known_accounts(self, login: Login) -> tuple[Account, ...]:
        """The accounts that this person had here, the first one first: unsent work may be waiting in their books."""
        known = (Account(**json.loads(text)) for text in self._read("known.json").values())
        return tuple(one for one in known if one.login.id == login.id)

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

    def _write(self, name: str, told: dict[str, str]) -> None:
        fresh = self.folder / f"{name}.new"
        try:
            fresh.write_text(json.dumps(told, indent=1), encoding="utf-8")
            fresh.replace(self.folder / name)
        except OSError as error:
            raise StorageFault(f"The file {name} of this desk cannot be written.") from error
