"""The files of the checkout: nothing of one machine in them, nothing that shadows a library."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, kept_files

# Put together from pieces, so that this file does not say what it looks for.
OF_A_MACHINE = re.compile(
    r"(?<![\w./~$}-])/(work|root|opt|home/\w+|Users/\w+)/[\w.]|" + "file:" + r"///\w|C:\\\\Users", re.ASCII
)
INDEX = re.compile(
    "https?://[^ \"']*(pypi|pythonhosted|/simple)|" + r"--(extra-)?index" + r"-url[ =]\S|--find" + r"-links[ =]\S", re.I
)


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Return `file:line` of every kept text file's lines that the pattern finds."""
    found = []
    for file in kept_files():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        name = file.relative_to(ROOT)
        found += [f"{name}:{n}" for n, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
    return found


def test_names_no_place_of_one_machine() -> None:
    assert lines_with(OF_A_MACHINE) == []


def test_names_no_package_index() -> None:
    assert lines_with(INDEX) == []


@pytest.mark.parametrize("line", ["see /ro" + "ot/x", "'/wo" + "rk/main'", "/ho" + "me/ann/.cache", "file" + ":///tmp"])
def test_sees_a_place_of_one_machine(line: str) -> None:
    assert OF_A_MACHINE.search(line)


@pytest.mark.parametrize("line", ["https://py" + "pi.org/simple", "--find" + "-links wheels", "--index" + "-url=x"])
def test_sees_a_package_index(line: str) -> None:
    assert INDEX.search(line)


def test_the_lock_has_a_hash_for_every_package() -> None:
    lock = (ROOT / "packaging" / "requirements.lock").read_text()
    entries = re.findall(r"^\S+==(?:.*\\\n)*.*$", lock, re.MULTILINE)
    assert len(entries) > 50
    assert [entry.split(" ")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_packaging_does_not_shadow_the_library_of_that_name() -> None:
    assert not list((ROOT / "packaging").rglob("__init__.py"))


def test_ci_runs_the_whole_test_command() -> None:
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith("exec python3 packaging/dev.py test")
    assert Path(ROOT / ".ci" / "run").stat().st_mode & 0o100
