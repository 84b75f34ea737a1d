"""The window is on the screen before anything is loaded that the first day does not need."""

import json
import subprocess
import sys

import pytest

LATER = (
    "PySide6.QtDBus", "argon2", "cryptography", "desktop.files", "httpx2", "icalendar", "phonenumbers", "pydantic",
    "sqlite_utils",
)  # fmt: skip
"""For the network's thread, the first edit, a new replica, an import, a computer without a keyring."""

_LOADED = "import json, sys, {modules}; print(json.dumps(sorted(sys.modules)))"


def loaded(modules: str) -> set[str]:
    command = [sys.executable, "-c", _LOADED.format(modules=modules)]
    return set(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


@pytest.fixture(scope="module")
def with_window() -> set[str]:
    return loaded("desktop.cli, desktop.desk, desktop.app")


@pytest.mark.parametrize("name", LATER)
def test_a_window_starts_without(name: str, with_window: set[str]) -> None:
    assert name not in with_window


def test_a_desk_without_a_window_loads_no_qt() -> None:
    assert "PySide6" not in loaded("desktop.cli, desktop.desk, desktop.import_command")
