"""Whether a server has an edit on disk before it answers: seen at its system calls, not taken from its manual."""

import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CALLS: Final = "fsync,fdatasync,sync_file_range,msync"
_ATTACHES: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """How many of so many edits, sent one by one, could be on disk by the calls that were seen; None: nobody looked."""

    edits: int
    calls: int | None

    def __str__(self) -> str:
        """In words."""
        if self.calls is None:
            return "unknown (no strace here)"
        return f"{'yes' if self.calls >= self.edits else 'no'} ({self.calls} calls for {self.edits} edits)"


def synced(processes: Sequence[int], work: Callable[[], object], edits: int) -> Synced:
    """What strace(1) counts at these processes and their threads while `work` sends so many edits, one by one."""
    if shutil.which("strace") is None:
        work()
        return Synced(edits=edits, calls=None)
    with tempfile.NamedTemporaryFile() as seen:
        watched = [part for pid in processes for part in ("-p", str(pid))]
        command = ["strace", "-f", "-qq", "-e", f"trace={_CALLS}", "-o", seen.name, *watched]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as watching:
            time.sleep(_ATTACHES)
            try:
                work()
            finally:
                watching.send_signal(signal.SIGINT)
        calls = len(re.findall(r"^\d+ +(?:\w*sync\w*)\(", Path(seen.name).read_text(errors="replace"), re.MULTILINE))
    return Synced(edits=edits, calls=calls)
