"""Planted: a push's reply takes the edits out of the queue, before any pull has brought what came of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from desktop.sync.exchange import Exchange

_push_all = Exchange._push_all


def _push_and_forget(self: Exchange, *told: Any, **more: Any) -> int:
    pushed_to = _push_all(self, *told, **more)
    store: Any = self._store
    store._ask(lambda replica: replica.database.run("DELETE FROM outbox WHERE seq <= ?", (pushed_to,)))
    return pushed_to


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with mock.patch.object(Exchange, "_push_all", _push_and_forget):
        yield
