"""Planted: the next number is one more than what waits, so that it is given again once nothing does: P25."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

from desktop.store.meta import Meta, Stamp

_stamp = Meta.stamp


def _reused(self: Meta) -> Stamp:
    stamp = _stamp(self)
    ((last,),) = self._database.rows("SELECT coalesce(max(seq), 0) FROM outbox")
    return replace(stamp, seq=last + 1)


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with mock.patch.object(Meta, "stamp", _reused):
        yield
