"""Planted: a desk that begins again keeps what it sent to itself, though the server may have lost it: P29."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from desktop.store import fork
from desktop.store.database import Database
from desktop.sync import replica_store
from tests.sync.simulate.plants.all_actors import all_actors

_begin_again = fork.begin_again


def _with_the_queue_alone(database: Database, replica: str, *, offer_sent: bool) -> None:
    _begin_again(database, replica, offer_sent=offer_sent)
    database.run("DELETE FROM outbox WHERE was_version IS NOT NULL")


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with all_actors(), mock.patch.object(replica_store, "begin_again", _with_the_queue_alone):
        yield
