"""A folder that one process at a time may work in."""

import os
import sys
from pathlib import Path

from shared.errors import StorageFault

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Owner:
    """Holds a lock file until it is released or the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Take the lock; raises StorageFault where another process holds it."""
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageFault("The book on this computer cannot be opened.") from error
        try:
            _take(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            raise StorageFault("SmoothSchedule is open already: it works on this book in another window.") from error

    def release(self) -> None:
        """Let another process have it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
