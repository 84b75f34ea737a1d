"""Planted: a push's reply takes the edits out of the queue, before any pull has brought what came of them."""

from typing import Any

from desktop.sync.exchange import Exchange
from desktop.sync.replica_store import ReplicaStore

_push_all = Exchange._push_all


def _push_and_forget(self: Exchange, *told: Any, **more: Any) -> int:
    pushed_to = _push_all(self, *told, **more)
    store: Any = self._store
    if isinstance(store, ReplicaStore):
        store._ask(lambda replica: replica.database.run("DELETE FROM outbox WHERE seq <= ?", (pushed_to,)))
    return pushed_to


Exchange._push_all = _push_and_forget  # type: ignore[method-assign]
