"""The bench runs and tells figures; how large they are is nothing to test."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.processes import ROOT


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_a_quick_bench_tells_every_figure(tmp_path: Path) -> None:
    told = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json", str(told)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as bench:
        try:
            said, troubles = bench.communicate()
        finally:
            # Interrupted, it ends the servers and desks that it has started.
            if bench.poll() is None:
                bench.send_signal(signal.SIGINT)
    assert bench.returncode == 0, troubles
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
    assert [one["name"] for one in figures] == [line.split("  ")[0] for line in said.splitlines()[2:]]
