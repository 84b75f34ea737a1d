"""Files in memory, where there is room: what goes with its test needs no disk.

A disk's file system searches long for a number that no file had a minute ago, and a business is some eighty files: that
was most of what it took to make one.
"""

import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Final

import psutil

_MEMORY: Final = Path("/dev/shm")
_ROOM: Final = 4 * 2**30
"""Bytes that are free where a run's databases are kept in memory."""
_NAMED: Final = "smoothschedule-tests"


def memory() -> Path | None:
    """The folder of files in memory; None where there is none, or little room."""
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else None


def place_in_memory(data: Path) -> None:
    """Let the PostgreSQL that a data folder is still to have be made in memory, where there is room."""
    folder = memory()
    if folder is None:
        return
    _clear(folder)
    cluster = folder / f"{_NAMED}-{os.getpid()}-{secrets.token_hex(6)}"
    data.mkdir(parents=True, exist_ok=True)
    (data / "postgres.json").write_text(json.dumps({"cluster": str(cluster)}))


def _clear(folder: Path) -> None:
    """Remove what tests that were killed have left."""
    for left in folder.glob(f"{_NAMED}-*-*"):
        if not psutil.pid_exists(int(left.name.split("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
