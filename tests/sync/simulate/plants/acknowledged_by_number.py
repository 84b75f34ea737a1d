"""Planted: the word about a number is taken for one about the edit that waits under it here, in a copied book: P28."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from desktop.store import rebase


def _whosever_they_are(*given: object) -> None:
    """Numbers are not looked at."""


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with mock.patch.object(rebase, "require_own_edits", _whosever_they_are):
        yield
