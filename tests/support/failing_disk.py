"""Writes and syncs of a replica, or of PostgreSQL, that fail by a small library that is preloaded into the process."""

import ctypes
from pathlib import Path
from typing import Final

from tests.support.compiled import compiled

_SOURCE: Final = Path(__file__).with_suffix(".c")


def build(folder: Path) -> Path:
    """The library for LD_PRELOAD, made in a folder."""
    return compiled(_SOURCE, folder)


def arm(*, syncs: bool, after: int, times: int, error: int) -> None:
    """Let `times` calls fail with an errno after the next `after`; in a process into which the library is preloaded.

    With `syncs` those of fsync and fdatasync, else those that write. None fail any more where `times` is 0.
    """
    ctypes.CDLL(None).failing_disk_arm(int(syncs), after, times, error)
