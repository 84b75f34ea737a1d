"""Planted: a desk that the server does not know begins again, and so forgets whose history it remembers: P29, P30."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

from desktop.store import fork
from desktop.store.database import Database
from desktop.store.meta import Meta
from desktop.sync import engine, replica_store
from tests.sync.simulate.plants.all_actors import all_actors

_begin_again = fork.begin_again


def _and_forget(database: Database, replica: str, *, offer_sent: bool) -> None:
    _begin_again(database, replica, offer_sent=offer_sent)
    Meta(database).delete("epoch")


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with ExitStack() as stack:
        stack.enter_context(all_actors())
        stack.enter_context(mock.patch.object(replica_store, "begin_again", _and_forget))
        stack.enter_context(mock.patch.dict(engine._BEGIN_AGAIN, {"not_found": False}))
        yield
