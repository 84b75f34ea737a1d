"""Which system packages are missing, and what is said where they cannot be installed."""

import os
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt-get that writes down what it is asked and knows packages only after an update."""
    log = tmp_path / "asked"
    script = tmp_path / "apt-get"
    script.write_text(f'#!/bin/sh\necho "$@" >> {log}\n[ "$1" = update ] || grep -q ^update {log}\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return log


def test_finds_a_library_that_does_not_load(debian: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "WINDOW_LIBRARIES", {"libc.so.6": "libc6", "libnowhere.so.9": "libnowhere9"})
    monkeypatch.setattr(debian, "WINDOW_FONTS", {})
    assert debian.for_windows() == ["libnowhere9"]


def test_finds_a_font_that_is_not_there(debian: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "here.ttf").touch()
    monkeypatch.setattr(debian, "WINDOW_LIBRARIES", {})
    monkeypatch.setattr(debian, "FONT_FOLDERS", (tmp_path,))
    monkeypatch.setattr(debian, "WINDOW_FONTS", {"here.ttf": "fonts-here", "gone.ttf": "fonts-gone"})
    assert debian.for_windows() == ["fonts-gone"]


def test_finds_a_program_that_is_not_on_the_path(debian: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "TEST_PROGRAMS", {"sh": "dash", "no-such-program": "nowhere"})
    monkeypatch.setattr(debian, "TEST_HEADERS", {"/usr": "base-files", "/usr/no-such-header.h": "elsewhere"})
    assert debian.for_tests() == ["elsewhere", "nowhere"]
    monkeypatch.setattr(debian, "BROWSER_PROGRAMS", {"no-such-browser": "nowhere"})
    assert debian.for_browser() == ["nowhere"]


@pytest.mark.usefixtures("apt")
def test_prints_the_line_to_run_for_who_is_not_root(debian: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(debian.MissingPackages, match=r"sudo apt-get install --no-install-recommends libegl1 xvfb$"):
        debian.install(["libegl1", "xvfb"])


def test_updates_the_lists_where_root_cannot_find_a_package(
    debian: ModuleType, apt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    debian.install(["libegl1"])
    install = "install --yes --no-install-recommends libegl1"
    assert apt.read_text().splitlines() == [install, "update", install]


def test_asks_nothing_of_the_system_where_nothing_is_missing(debian: ModuleType, apt: Path) -> None:
    debian.install([])
    assert not apt.exists()


def test_names_the_packages_where_there_is_no_apt(
    debian: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(debian.MissingPackages, match="libegl1"):
        debian.install(["libegl1"])


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="the names are Debian's")
def test_every_package_exists_by_that_name(debian: ModuleType) -> None:
    packages = {*debian.WINDOW_LIBRARIES.values(), *debian.WINDOW_FONTS.values(), *debian.TEST_PROGRAMS.values()}
    packages |= set(debian.TEST_HEADERS.values())
    command = ["dpkg-query", "-W", "-f", "${Package}\n", *packages]
    known = subprocess.run(command, capture_output=True, text=True, check=False)
    assert packages - set(known.stdout.split()) == set()
