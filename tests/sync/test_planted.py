"""A test of the tests: each bug that is planted on purpose turns the suite red, in the tests that are about it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TAKEN = "tests/shared/test_appointment.py"
DRAINS = "tests/desktop/sync/test_drains.py::test_a_fault_that_ends_holds_up_nothing[/pull-LOST_REPLY]"
APART = "tests/syncserver/test_tenants_apart.py::test_the_token_alone_says_whose_book_it_is"


def failed(tests: str, *options: str) -> tuple[int, str]:
    """Exit code of pytest (0 passed, 1 tests failed) and what it printed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *options, tests]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("plant", "tests"),
    [("capacity_off", TAKEN), ("outbox_cleared_on_reply", DRAINS), ("tenant_from_body", APART)],
)
def test_a_planted_bug_turns_the_suite_red(plant: str, tests: str) -> None:
    code, said = failed(tests, "-p", f"tests.support.plants.{plant}")
    assert code == 1, said
    assert "AssertionError" in said, said
    assert "error" not in said.rsplit("\n", 2)[-2], said


@pytest.mark.long
@pytest.mark.parametrize("tests", [TAKEN, DRAINS, APART])
def test_without_it_they_pass(tests: str) -> None:
    code, said = failed(tests)
    assert code == 0, said
