"""Planted: a desk that has nothing to do asks again after a second, for ever: P18 of the pitfalls."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from desktop.sync import engine


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with mock.patch.object(engine, "EVERY", 1.0):
        yield
