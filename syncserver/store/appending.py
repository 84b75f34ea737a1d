"""Adds to files that only their owner reads."""

import errno
import fcntl
import os
from pathlib import Path


def append_whole(path: Path, content: bytes, *, sync: bool = False) -> None:
    """Add to a file, never mixed with what another process adds; with `sync` it survives a power cut.

    Makes the file and its folder where they are missing. Raises OSError, for half a write too.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # On a folder that hosts share, each would else write where it last saw the end.
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.write(file, content) < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if sync:
            os.fsync(file)
    finally:
        os.close(file)
