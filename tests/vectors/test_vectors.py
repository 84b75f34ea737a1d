"""The shared vectors through the rules, and the runner that others call."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.runners import RUNNERS, difference

ROOT = Path(__file__).parents[2]
COPIES = ROOT / "tests" / "vectors"
SHARED = ROOT.parent / "shared" / "vectors"


def rows(kind: str) -> list[dict[str, Any]]:
    folder = SHARED if SHARED.is_dir() else COPIES
    loaded: list[dict[str, Any]] = json.loads((folder / f"{kind}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("kind", sorted(RUNNERS))
def test_every_row_comes_out_as_expected(kind: str) -> None:
    assert [why for row in rows(kind) if (why := difference(kind, row))] == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared vectors are not beside this checkout")
@pytest.mark.parametrize("kind", sorted(RUNNERS))
def test_the_copies_are_the_shared_files(kind: str) -> None:
    assert (COPIES / f"{kind}.json").read_bytes() == (SHARED / f"{kind}.json").read_bytes()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.vectors", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_runner_passes_a_right_file() -> None:
    done = run("booking", str(COPIES / "booking.json"))
    assert (done.returncode, done.stdout) == (0, "35 rows, 0 differ\n")


def test_the_runner_names_a_row_that_differs(tmp_path: Path) -> None:
    wrong = rows("booking")
    wrong[1]["outcome"] = "applied"
    wrong.append({"name": "half a row"})
    (tmp_path / "wrong.json").write_text(json.dumps(wrong), encoding="utf-8")
    done = run("booking", str(tmp_path / "wrong.json"))
    assert done.returncode == 1
    assert "row 2 same slot: expected {'outcome': 'applied'}, made {'outcome': 'slot_taken'}" in done.stdout
    assert "row 36 half a row: raised KeyError" in done.stdout
    assert done.stdout.endswith("36 rows, 2 differ\n")


@pytest.mark.parametrize("content", ["{", "[]", '{"name": 1}'])
def test_the_runner_refuses_a_file_that_is_no_list_of_rows(tmp_path: Path, content: str) -> None:
    (tmp_path / "file.json").write_text(content, encoding="utf-8")
    assert run("booking", str(tmp_path / "file.json")).returncode == 2
