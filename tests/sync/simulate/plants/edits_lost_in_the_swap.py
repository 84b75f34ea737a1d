"""Planted: what was entered while a book was loaded is not carried into the new file: P11 of the pitfalls."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from desktop.store import load
from desktop.store.carrying import carry_over
from desktop.store.database import Database


def _too_early(old: Database, fresh: Database) -> None:
    carry_over(old, fresh)
    fresh.run("DELETE FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)")


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with mock.patch.object(load, "carry_over", _too_early):
        yield
