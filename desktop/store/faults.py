"""Turns the database's exceptions into the world's faults, said plainly."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
}
_FAULTS: Final = (dbapi2.OperationalError, dbapi2.InternalError)
_BUGS: Final = ("no such", "syntax error", "has no column", "already exists")


@contextmanager
def as_storage_fault() -> Iterator[None]:
    """Raise StorageFault for what the disk or the file does; a statement that is wrong stays a bug."""
    try:
        yield
    except dbapi2.DatabaseError as error:
        # A damaged or wrongly keyed file raises the base class itself; its other children are faults of a statement.
        if not (isinstance(error, _FAULTS) or type(error) is dbapi2.DatabaseError):
            raise
        text = str(error)
        if any(sign in text for sign in _BUGS):
            raise
        said = next((said for sign, said in SENTENCES.items() if sign in text), "The book on this computer failed.")
        raise StorageFault(said) from error
