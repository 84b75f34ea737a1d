"""Planted: of two people who change one visit apart the later one is not held against what the first has made of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from shared.mutations.appointment import place


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with mock.patch.object(place, "met", lambda reads, now, args: args):
        yield
