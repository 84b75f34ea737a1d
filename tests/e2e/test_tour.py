"""The story through real windows, a real server and a cable that is pulled: the tour that `demo --tour` shows."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(900)
def test_the_tour_passes(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.support.tour",
        "--data",
        str(tmp_path / "data"),
        "--out",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=880, check=False)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    assert "everything agrees" in done.stdout
    assert len(list((tmp_path / "out").glob("*.png"))) >= 30
