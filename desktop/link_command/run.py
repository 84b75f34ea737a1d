"""Which system this is, and what is said about what was done to it."""

import importlib
import sys
from pathlib import Path
from typing import Final

from desktop.link_command import windows, xdg
from desktop.link_command.command import SCHEME, command
from shared.errors import AppError

MAC: Final = (
    f"On macOS a link belongs to an app bundle, and SmoothSchedule has none yet: nothing was changed. "
    f"Open one by: smoothschedule open '{SCHEME}://…'"
)
_DONE: Final = f"Links that begin with {SCHEME}:// open in SmoothSchedule from now on, for you alone."
_UNDO: Final = "Take it back by: smoothschedule links unregister"


class NotHere(AppError):
    """This system has no way to do that; the message says why."""


def register(home: Path | None) -> str:
    """Have the system open the links; what was done. Raises NotHere, StorageFault."""
    words = command(home)
    if sys.platform == "darwin":
        raise NotHere(MAC)
    if sys.platform == "win32":
        places: tuple[object, ...] = (windows.register(importlib.import_module("winreg"), words),)
    else:
        places = xdg.register(words)
    return "\n".join((_DONE, *(f"  {place}" for place in places), _UNDO))


def unregister() -> str:
    """Take that back; what was done. Raises NotHere, StorageFault."""
    if sys.platform == "darwin":
        raise NotHere(MAC)
    if sys.platform == "win32":
        was_there = windows.unregister(importlib.import_module("winreg"))
    else:
        was_there = xdg.unregister()
    return f"SmoothSchedule opens no {SCHEME}:// links any more." if was_there else "There was nothing to take back."
