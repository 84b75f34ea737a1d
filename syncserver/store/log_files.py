"""A log file of lines that several processes write to, begun anew at a size, with some of the former ones kept."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from syncserver.store.appending import append_whole


class RotatingFile:
    """One such file; `name` is the newest, `name.1` the one before. Only its owner reads any of them."""

    def __init__(self, path: Path, *, most: int, kept: int) -> None:
        """`most` bytes of each, `kept` former ones."""
        self._path: Final = path
        self._most: Final = most
        self._kept: Final = kept

    def add(self, line: bytes) -> None:
        """Add a line, whole, from any thread and any process. Raises OSError."""
        with self._locked():
            if self._size() + len(line) > self._most:
                self._rotate()
            append_whole(self._path, line)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # A lock on the file itself would move away with it.
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self._path.with_name(f".{self._path.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def _rotate(self) -> None:
        for number in range(self._kept, 0, -1):
            former = self._former(number - 1) if number > 1 else self._path
            if former.exists():
                former.replace(self._former(number))

    def _former(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
