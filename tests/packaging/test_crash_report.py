"""A worker that dies says where: in the report of the test, beside what the others have passed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def suite_of(folder: Path, body: str) -> str:
    """What pytest prints of two workers, in one of which a test does what is in `body`."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_it.py").write_text(
        f"import os, signal\n\ndef falls_here():\n    {body}\n\n"
        "def test_falls():\n    falls_here()\n\ndef test_stands():\n    pass\n"
    )
    # Of the suite that this test is in, its workers and its order, nothing is handed down.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-n2", "-p", "tests.support.crashes", "--rootdir", str(folder), str(folder)],
        cwd=ROOT, env={**own, "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "1 failed, 1 passed" in ran.stdout
    return ran.stdout


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT"])
def test_the_stack_stands_in_the_report(tmp_path: Path, name: str) -> None:
    said = suite_of(tmp_path, f"os.kill(os.getpid(), signal.{name})")
    assert "Fatal Python error" in said
    assert "in falls_here" in said


def test_what_was_killed_has_none(tmp_path: Path) -> None:
    assert "It wrote no stack" in suite_of(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
