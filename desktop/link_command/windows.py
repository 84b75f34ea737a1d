"""The scheme on Windows: a key of this user's part of the registry ("Registering an Application to a URI Scheme")."""

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from desktop.link_command.command import SCHEME
from shared.errors import StorageFault

PLACE: Final = rf"Software\Classes\{SCHEME}"
_COMMAND: Final = rf"{PLACE}\shell\open\command"
_KEYS: Final = (_COMMAND, rf"{PLACE}\shell\open", rf"{PLACE}\shell", PLACE)
"""The innermost first: a key that has others below it cannot be deleted."""


def register(registry: Any, command: Sequence[str]) -> str:
    """Let Windows open the links by a command, for this user; the key that says so. Raises StorageFault.

    `registry` is the module `winreg`.
    """
    line = f'{subprocess.list2cmdline(command)} "%1"'
    values = ((PLACE, "", "URL:SmoothSchedule"), (PLACE, "URL Protocol", ""), (_COMMAND, "", line))
    try:
        for place, name, told in values:
            with registry.CreateKeyEx(registry.HKEY_CURRENT_USER, place) as key:
                registry.SetValueEx(key, name, 0, registry.REG_SZ, told)
    except OSError as error:
        raise StorageFault("The registry of this user cannot be written.") from error
    return rf"HKEY_CURRENT_USER\{PLACE}"


def unregister(registry: Any) -> bool:
    """Take it back; whether there was anything. Raises StorageFault."""
    try:
        with registry.OpenKey(registry.HKEY_CURRENT_USER, PLACE):
            pass
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StorageFault("The registry of this user cannot be read.") from error
    try:
        for place in _KEYS:
            with suppress(FileNotFoundError):
                registry.DeleteKey(registry.HKEY_CURRENT_USER, place)
    except OSError as error:
        raise StorageFault("The registry of this user cannot be written.") from error
    return True
