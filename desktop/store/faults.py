"""Turns the database's exceptions into the world's faults, said plainly."""

from collections.abc import Mapping
from types import TracebackType
from typing import Final

from sqlcipher3 import dbapi2

from shared.errors import StorageFault

SENTENCES: Final[Mapping[str, str]] = {
    "file is not a database": "The book on this computer cannot be opened with the key that this computer keeps.",
    "disk is full": "The disk is full. What was saved before is safe; this change was not saved.",
    "database is locked": "The book on this computer is in use by another program.",
    "malformed": "The book on this computer is damaged. The server still has everything that it accepted.",
    "readonly database": "The book on this computer may not be written to.",
    "unable to open": "The book on this computer cannot be opened.",
    "disk I/O error": "The disk reported an error. This change was not saved.",
    "closed database": "The book on this computer cannot be opened.",
}
_CLOSED: Final = "closed database"
"""So says the driver of a file that could not be opened again after another had taken its place."""
_FAULTS: Final = (dbapi2.OperationalError, dbapi2.InternalError)
_BUGS: Final = ("no such", "syntax error", "has no column", "already exists")


class DamagedFile(StorageFault):
    """What stands in the file is no database any more, or none that this key opens."""


class FullDisk(StorageFault):
    """There is no room for what was to be written."""


class BrokenDisk(StorageFault):
    """The disk could not read or write what stands in the file."""


_KINDS: Final[Mapping[str, type[StorageFault]]] = {
    "malformed": DamagedFile,
    "file is not a database": DamagedFile,
    "disk is full": FullDisk,
    "disk I/O error": BrokenDisk,
}


class AsStorageFault:
    """The block of `as_storage_fault`; a generator would cost more than many a statement inside."""

    is_damaged = False
    """Whether it has raised DamagedFile."""

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        # A damaged or wrongly keyed file raises the base class itself; its other children are faults of a statement.
        text = str(error)
        if not (isinstance(error, _FAULTS) or type(error) is dbapi2.DatabaseError or _CLOSED in text):
            return
        if any(sign in text for sign in _BUGS):
            return
        said = next((said for sign, said in SENTENCES.items() if sign in text), "The book on this computer failed.")
        kind_of_fault = next((one for sign, one in _KINDS.items() if sign in text), StorageFault)
        self.is_damaged |= kind_of_fault is DamagedFile
        raise kind_of_fault(said) from error


def as_storage_fault() -> AsStorageFault:
    """A block that raises StorageFault for what the disk or the file does; a statement that is wrong stays a bug."""
    return AsStorageFault()
