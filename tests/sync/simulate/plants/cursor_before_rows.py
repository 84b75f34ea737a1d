"""Planted: the cursor is saved before the rows that it stands for: P5 of the pitfalls."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from desktop.store.rebase import Rebase

_run = Rebase.run


def _cursor_first(self: Rebase, lines: Iterator[Any]) -> Any:
    kept = list(lines)
    if kept and kept[-1]["kind"] == "tail":
        with self._database.transaction():
            self._meta.set("cursor", kept[-1]["cursor"])
            self._meta.set("version", str(kept[-1]["version"]))
    return _run(self, iter(kept))


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with mock.patch.object(Rebase, "run", _cursor_first):
        yield
