"""Planted: the session of whoever is at the desk is put on edits that another has made: P24."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

from desktop.store.replica import Replica

_unsent = Replica.unsent


def _as_the_current_person(self: Replica, limit: int, after: int = 0) -> Sequence[Mapping[str, Any]]:
    return [{**one, "author": self.identity().session} for one in _unsent(self, limit, after)]


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with mock.patch.object(Replica, "unsent", _as_the_current_person):
        yield
