"""What the database's errors mean to the rest of the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import sqlalchemy.exc

from shared.errors import StorageFault

_WORLDS_FAULT: Final = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
"""Locks, time limits, lost connections, full disks and pools: what may go well the next time. All else is a bug."""


@contextmanager
def as_storage_fault() -> Iterator[None]:
    """Raise StorageFault for what is the database's or the machine's trouble, and let bugs through."""
    try:
        yield
    except _WORLDS_FAULT as trouble:
        raise StorageFault(str(getattr(trouble, "orig", None) or trouble)) from trouble
