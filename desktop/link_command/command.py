"""The command line that the system runs for a link, with the link as its last argument."""

import sys
from pathlib import Path
from typing import Final

SCHEME: Final = "smoothschedule"


def command(home: Path | None) -> tuple[str, ...]:
    """The words before the link; `home` is the folder of the desk, where it is not this user's own."""
    at_home = () if home is None else ("--home", str(home.absolute()))
    # After `--` a link is a link, whatever it begins with.
    return (*_program(), *at_home, "open", "--")


def _program() -> tuple[str, ...]:
    python = Path(sys.executable)
    if getattr(sys, "frozen", False):
        return (str(python),)
    windowed = python.with_name("pythonw.exe")
    # Without -P a folder that a browser happens to be in could stand for the program.
    return (str(windowed if windowed.exists() else python), "-P", "-m", "desktop")
