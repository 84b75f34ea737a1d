"""A desk in a process of its own that kills itself (SIGKILL) in the middle of a load, or of the swap that ends it.

`python -m tests.support.dying_desk HOME SECRETS STEP`: it opens the book of HOME, syncs, and dies before STEP is done.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from desktop.config import Home
from desktop.desk import Desk
from desktop.store import carrying
from desktop.store import load as load_module
from desktop.store.load import Load
from desktop.store.meta import Meta
from desktop.store.rebase import Rebase
from desktop.store.replica import Replica
from tests.support.file_secrets import FileSecrets

STEPS: Final[dict[str, tuple[Any, str, int]]] = {
    "the second line of rows": (Load, "_put", 2),
    "the fourth line of rows": (Load, "_put", 4),
    "the indexes": (load_module, "create_indexes", 1),
    "the mark that all has come": (Load, "_save", 8),
    "the closing difference": (Load, "catch_up", 1),
    "the copying of what waits": (load_module, "carry_over", 1),
    "the replay": (Rebase, "replay_after", 1),
    "the end of the old file": (Replica, "close", 1),
    "the file on the disk": (carrying, "sync_file", 1),
    "the folder on the disk": (carrying, "sync_folder", 1),
    "the renaming": (carrying, "rename", 1),
    "the name on the disk": (carrying, "sync_folder", 2),
    "the opening of the new file": (Replica, "_open", 2),
    "the last mark": (Meta, "delete", 1),
}
"""What is called, and at which call of it the process ends."""


def die_before(owner: Any, name: str, call: int) -> None:
    """End the process where a function is called for the so-manieth time."""
    done: Callable[..., Any] = getattr(owner, name)
    left = [call]

    def dying(*args: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done(*args, **named)

    setattr(owner, name, dying)


def main(argv: list[str]) -> None:
    """Sync until it dies; a minute at most."""
    home, secrets, step = argv
    load_module.SAVED_EVERY = 0.0  # type: ignore[misc]
    die_before(*STEPS[step])
    desk = Desk.open(Home(Path(home)), FileSecrets(Path(secrets)))
    assert desk is not None
    desk.start()
    time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1:])
