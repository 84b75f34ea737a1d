"""What the database's errors mean to the rest of the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import sqlalchemy.exc

from shared.errors import StorageFault

_WORLDS_FAULT: Final = frozenset(
    {
        "08",  # connections
        "25P03",  # out of time between two statements
        "25P04",  # out of time within a transaction
        "28",  # a login that is refused
        "3D",  # a database that is not there
        "40",  # deadlocks and the like
        "53",  # disk, memory, connections
        "55",  # locks
        "57",  # cancelled, out of time, shut down
        "58",  # input and output
        "XX001",  # damaged data
        "XX002",  # a damaged index
    }
)
"""States and classes of states, of PostgreSQL's appendix A, that are no doing of our statements."""
_OF_FILES: Final = frozenset({"md.c", "fd.c", "buffile.c", "slru.c", "xlog.c", "copydir.c"})
"""PostgreSQL's sources about files: a used up quota has the state of an internal error, a read-only disk that of a lack
of rights, as if a statement of ours were wrong (errcode_for_file_access)."""
# Of class 55, and the same for ever: asking anew is no cure for it.
_OUR_FAULT: Final = "55000"
_FOR_ITS_LENGTH: Final = frozenset({"57014", "25P03", "25P04"})
"""A statement that is cancelled, and a transaction that is ended, between two statements or within one."""


class TookTooLong(StorageFault):
    """A statement or a transaction was given up for its length. Of less at a time each may be done in time."""


@contextmanager
def as_storage_fault() -> Iterator[None]:
    """Raise StorageFault for what is the database's or the machine's trouble, and let bugs through."""
    try:
        yield
    except sqlalchemy.exc.TimeoutError as full:
        raise StorageFault("Every connection to the database is in use.") from full
    except (sqlalchemy.exc.DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) else error
        if not _is_the_worlds(cause):
            raise
        kind = TookTooLong if getattr(cause, "sqlstate", None) in _FOR_ITS_LENGTH else StorageFault
        raise kind(str(cause)) from error


def _is_the_worlds(error: BaseException | None) -> bool:
    state = getattr(error, "sqlstate", None)
    if state is None:
        # Said by the driver: the server did not answer.
        return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    if isinstance(error, psycopg.Error) and error.diag.source_file in _OF_FILES:
        return True
    return state != _OUR_FAULT and not _WORLDS_FAULT.isdisjoint((state, state[:2]))
