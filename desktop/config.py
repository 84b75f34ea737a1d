"""Where the desk keeps its files, and what it remembers of the account between two starts."""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from platformdirs import user_data_path

from shared import ids
from shared.errors import StorageFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The business and person that this computer is set up for; no secret is in it."""

    server: str
    tenant: str
    email: str
    replica: str
    user_name: str
    business_name: str = ""


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
    def wrapped_secrets(self) -> Path:
        """Keys under the person's password, where there is no keyring."""
        return self.folder / "keys.json"

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
        """Remember the account."""
        self._write("account.json", asdict(account))

    def device(self) -> dict[str, str]:
        """This computer as the server knows it: an id that it made once, and its name."""
        told = self._read("device.json")
        if not told:
            told = {"id": ids.new_id(), "name": socket.gethostname()[:200] or "Desk"}
            self._write("device.json", told)
        return told

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
