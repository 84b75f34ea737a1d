"""What decides who may do what, keeps tenants apart and tells of it: every branch of that is taken by a test."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
WHOLE: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "rules": (
        ("shared/rules/*", "shared/mutations/rights.py"),
        (
            "tests/shared", "tests/vectors", "tests/contract/test_reads.py", "tests/contract/test_numbers.py",
            "tests/desktop/queries", "tests/syncserver/test_erasing.py", "tests/syncserver/test_going_on.py",
        ),
    ),
    "tenancy, tokens and audit": (
        ("syncserver/store/tenancy.py", "syncserver/services/keys/*", "syncserver/services/audit/*"),
        (
            "tests/syncserver/store/test_tenancy.py", "tests/syncserver/store/test_events.py",
            "tests/syncserver/test_signing.py", "tests/syncserver/test_sign_in.py",
            "tests/syncserver/test_key_rotation.py", "tests/syncserver/test_audit.py",
            "tests/syncserver/test_audit_checks.py", "tests/syncserver/test_redaction.py",
            "tests/syncserver/test_refusal_counts.py", "tests/syncserver/test_masquerades.py",
            "tests/syncserver/test_grants.py",
        ),
    ),
}  # fmt: skip
"""What is covered whole, and by which tests."""
_SLOWED: Final = "--timeout=900"
"""To look at each branch makes tests several times as slow: ten thousand damages took more than their 120 s."""


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", WHOLE)
def test_every_branch_is_taken(part: str, tmp_path: Path) -> None:
    sources, tests = WHOLE[part]
    environment = os.environ | {"COVERAGE_FILE": str(tmp_path / "coverage")}

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout

    # Tests in worker processes would take their figures along.
    pytest_alone = ("pytest", "-q", "-p", "no:xdist", _SLOWED)
    run("coverage", "run", "--branch", "--concurrency=thread", "-m", *pytest_alone, *tests)
    run("coverage", "report", "--fail-under=100", "--show-missing", f"--include={','.join(sources)}")
