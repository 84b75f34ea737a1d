"""Planted: what desks hand in again is decided newest first, not in the order that it had before."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from syncserver.store import recoveries
from tests.sync.simulate.plants.all_actors import all_actors


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    backwards = recoveries._NEXT.replace("ORDER BY was_version", "ORDER BY was_version DESC")
    with all_actors(), mock.patch.object(recoveries, "_NEXT", backwards):
        yield
