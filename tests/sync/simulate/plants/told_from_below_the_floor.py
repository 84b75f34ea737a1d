"""Planted: a difference is told to a desk whose cursor is older than the oldest pointer that is kept: P33."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

from syncserver.services.sync import pull
from syncserver.store.feeds import Snapshot
from tests.sync.simulate.plants.all_actors import all_actors

_require_told = pull._require_told


def _without_floor(version: int, now: Snapshot) -> None:
    _require_told(version, replace(now, floor=0))


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with all_actors(), mock.patch.object(pull, "_require_told", _without_floor):
        yield
