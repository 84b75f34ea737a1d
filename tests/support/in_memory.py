"""Files in memory, where there is room: what goes with its test needs no disk.

A disk's file system searches long for a number that no file had a minute ago, and a business is some eighty files: that
was most of what it took to make one. And a replica waits for the disk with each edit.
"""

import json
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Final

import psutil

_MEMORY: Final = Path("/dev/shm")
_ROOM: Final = 4 * 2**30
"""Bytes that are free where what a run writes is kept in memory."""
_NAMED: Final = "smoothschedule-tests"


def memory() -> Path | None:
    """The folder of files in memory; None where there is none, or little room, or nothing in it may be run."""
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _ROOM:
        return None
    return None if os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC else _MEMORY


def work_in_memory() -> None:
    """Let temporary files of this process and of those that it starts be there, unless the person said where."""
    folder = memory()
    if folder is not None and "TMPDIR" not in os.environ:
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def place_in_memory(data: Path) -> None:
    """Make a data folder whose PostgreSQL, once it is made, is in memory, where there is room."""
    data.mkdir(parents=True, exist_ok=True)
    folder = memory()
    if folder is None:
        return
    _clear(folder)
    cluster = folder / f"{_NAMED}-{os.getpid()}-{secrets.token_hex(6)}"
    (data / "postgres.json").write_text(json.dumps({"cluster": str(cluster)}))


def _clear(folder: Path) -> None:
    """Remove what tests that were killed have left."""
    for left in folder.glob(f"{_NAMED}-*-*"):
        if not psutil.pid_exists(int(left.name.split("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
