"""The scheme on Windows, over a registry in memory that behaves as `winreg` is documented to."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast

import pytest

from desktop.link_command import run, windows
from desktop.link_command.windows import PLACE
from shared.errors import StorageFault


class Registry:
    """The part of `winreg` that is used: keys by their path below the user's part, values by name."""

    HKEY_CURRENT_USER, REG_SZ = object(), 1

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, str]] = {r"Software\Classes": {}}
        self.broken = False

    def _look(self, root: object) -> None:
        assert root is self.HKEY_CURRENT_USER, "the user's own part and no other"
        if self.broken:
            raise PermissionError

    @contextmanager
    def _open(self, place: str) -> Iterator[str]:
        yield place

    def CreateKeyEx(self, root: object, place: str) -> object:
        self._look(root)
        parts = place.split("\\")
        for length in range(1, len(parts) + 1):
            self.keys.setdefault("\\".join(parts[:length]), {})
        return self._open(place)

    def OpenKey(self, root: object, place: str) -> object:
        self._look(root)
        if place not in self.keys:
            raise FileNotFoundError
        return self._open(place)

    def SetValueEx(self, key: str, name: str, reserved: int, kind: int, value: str) -> None:
        assert (reserved, kind) == (0, self.REG_SZ)
        self.keys[key][name] = value

    def DeleteKey(self, root: object, place: str) -> None:
        self._look(root)
        if place not in self.keys:
            raise FileNotFoundError
        if any(one.startswith(place + "\\") for one in self.keys):
            raise PermissionError
        del self.keys[place]


@pytest.fixture
def registry() -> Registry:
    return Registry()


def test_it_is_registered_for_this_user_and_taken_back(registry: Registry) -> None:
    before = dict(registry.keys)
    assert windows.register(registry, (r"C:\Program Files\py\pythonw.exe", "-m", "desktop", "open", "--"))
    assert registry.keys[PLACE] == {"": "URL:SmoothSchedule", "URL Protocol": ""}
    line = registry.keys[rf"{PLACE}\shell\open\command"][""]
    assert line == r'"C:\Program Files\py\pythonw.exe" -m desktop open -- "%1"'
    assert windows.unregister(registry)
    assert {place: values for place, values in registry.keys.items() if place in before or "smooth" in place} == before
    assert not windows.unregister(registry)


def test_a_registry_that_cannot_be_written_is_said(registry: Registry) -> None:
    registry.broken = True
    with pytest.raises(StorageFault):
        windows.register(registry, ("x",))
    with pytest.raises(StorageFault):
        windows.unregister(registry)


def test_the_command_chooses_it_there(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "winreg", cast(ModuleType, registry))
    assert PLACE in run.register(None)
    assert "no smoothschedule:// links" in run.unregister()
