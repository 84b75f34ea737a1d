"""A disk that is full as one file is written, for what runs in this process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock


@contextmanager
def full_disk_for(path: Path) -> Iterator[None]:
    """Let no whole file take the place of `path` inside the block."""
    real = Path.replace

    def replaced(fresh: Path, target: Path) -> Path:
        if target == path:
            raise OSError(28, os.strerror(28))
        return real(fresh, target)

    with mock.patch.object(Path, "replace", replaced):
        yield
