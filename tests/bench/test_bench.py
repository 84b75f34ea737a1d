"""The bench runs and tells figures; how large they are is nothing to test."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.processes import ROOT


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_quick_bench_tells_every_figure(tmp_path: Path) -> None:
    told = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json", str(told)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    figures = json.loads(told.read_text())["figures"]
    assert {one["name"].split()[0] for one in figures} >= {
        "W1",
        "W2",
        "W3",
        "W4",
        "W5",
        "idle:",
        "start",
        "a",
        "growth:",
        "free",
        "numbers:",
        "busy",
    }
    assert all(one["value"] > 0 and one["least"] <= one["value"] <= one["most"] for one in figures)
    assert [one["name"] for one in figures] == [line.split("  ")[0] for line in done.stdout.splitlines()[2:]]
