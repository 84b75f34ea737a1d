"""How syncing stands, for the status line."""

from datetime import datetime
from enum import StrEnum

from shared.model.base import value


class Connection(StrEnum):
    """How the desk stands with its server."""

    STARTING = "starting"
    ONLINE = "online"
    OFFLINE = "offline"
    SIGN_IN = "sign_in"
    STOPPED = "stopped"


class Trouble(StrEnum):
    """What is wrong, where it is not the network."""

    DAMAGED = "damaged"
    DISK_FULL = "disk_full"
    STORAGE = "storage"
    """Something that is kept on this computer cannot be read or written for another reason: the book, or its keys."""
    PUT_BACK = "put_back"
    """The server waits for what it lost."""
    MISMATCH = "mismatch"
    """The book is not the server's, whatever was done about it."""


@value
class SyncStatus:
    """The three facts that are always shown, and what else there is to say."""

    connection: Connection = Connection.STARTING
    waiting: int = 0
    """Edits that are saved on this computer and not accepted by the server yet."""
    offline_since: datetime | None = None
    last_contact: datetime | None = None
    progress: tuple[int, int] | None = None
    """Rows loaded and rows in all, while a first sync runs."""
    syncing: bool = False
    message: str = ""
    """A sentence, where something needs a person."""
    trouble: Trouble | None = None
    """What the message speaks of, where the network is not to blame."""
    may_hold: bool = True
    """Whether the person at the desk may have the book; where the server says no, it is not shown."""
    over: bool = False
    """Whether the book is to be deleted now: what waited was handed in, or could not be for too long."""
    closed: bool = False
    """Whether the business is closed or suspended: nothing is taken until whoever runs the server opens it again."""
    elsewhere: bool = False
    """Whether the person at the desk needs a book of their own: what they may hold is not what this one has."""
