"""The developer's commands: what they hand over, what they remember, and when they fail."""

import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def ready(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the setting up: `.venv` is there, or this test would not run."""
    monkeypatch.setattr(dev, "make_venv", lambda: None)
    monkeypatch.setattr(dev.debian, "install", lambda packages: None)


@pytest.mark.usefixtures("ready")
def test_runs_every_check_though_the_first_fails(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "BIN", Path("/bin"))
    monkeypatch.setattr(dev, "CHECKS", {"one": ["false"], "two": ["echo", "second ran"]})
    assert dev.main(["test"]) == 1
    told = capfd.readouterr().out
    assert "second ran" in told
    assert [line.split()[:2] for line in told.splitlines()[-2:]] == [["one", "FAILED"], ["two", "passed"]]


@pytest.mark.usefixtures("ready")
def test_succeeds_where_every_check_does(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "BIN", Path("/bin"))
    monkeypatch.setattr(dev, "CHECKS", {"one": ["true"]})
    assert dev.main(["test"]) == 0


@pytest.mark.usefixtures("ready")
def test_gives_its_arguments_to_pytest_alone(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "BIN", Path("/bin"))
    monkeypatch.setattr(dev, "CHECKS", {"ruff": ["echo", "ruff:"], "pytest": ["echo", "pytest:"]})
    assert dev.main(["test", "--long", "--", "-x", "tests/shared"]) == 0
    told = capfd.readouterr().out.splitlines()
    assert "ruff:" in told
    assert "pytest: -m  -x tests/shared" in told


def test_checks_style_types_imports_and_behaviour(dev: ModuleType) -> None:
    assert [command[0] for command in dev.CHECKS.values()] == ["ruff", "ruff", "mypy", "lint-imports", "pytest"]


@pytest.mark.usefixtures("ready")
def test_the_demo_becomes_this_process(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    became: list[list[str]] = []

    def become(program: str, arguments: list[str]) -> None:
        became.append(arguments)
        raise SystemExit

    monkeypatch.setattr(os, "execv", become)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        dev.main(["demo", "--no-desk", "--data", "here", "--ready-file", "ready.json"])
    options = [f"--data={tmp_path / 'here'}", "--no-desk", f"--ready-file={tmp_path / 'ready.json'}"]
    assert became == [[*dev.DEMO, *options]]


def test_the_stamp_changes_with_the_lock_and_the_dependencies_alone(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project, lock = tmp_path / "pyproject.toml", tmp_path / "requirements.lock"
    text = '[build-system]\nrequires = ["a"]\n[project]\ndependencies = ["b"]\n[tool.ruff]\nline-length = 100\n'
    project.write_text(text)
    lock.write_text("b==1")
    monkeypatch.setattr(dev, "PROJECT", project)
    monkeypatch.setattr(dev, "LOCK", lock)
    first = dev.fingerprints()
    project.write_text(text.replace("100", "120"))
    assert dev.fingerprints() == first
    project.write_text(text.replace('["b"]', '["b", "c"]'))
    assert dev.fingerprints() != first
    project.write_text(text)
    lock.write_text("b==2")
    assert dev.fingerprints() != first


def test_a_right_stamp_means_that_nothing_is_run(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stamp = tmp_path / "stamp"
    stamp.write_text(" ".join(dev.fingerprints()))
    monkeypatch.setattr(dev, "STAMP", stamp)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("something was run"))
    dev.make_venv()


def test_a_python_too_old_is_told_so(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "OLDEST", (4, 0))
    assert dev.main(["setup"]) == 1
    assert "needs Python 4.0 or newer" in capsys.readouterr().err


def test_a_failing_step_is_named(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(dev.debian, "install", lambda packages: None)
    monkeypatch.setattr(dev, "VENV", tmp_path / "no" / "such")
    monkeypatch.setattr(dev.sys, "executable", "/bin/false")
    assert dev.main(["setup"]) == 1
    assert "failed: /bin/false -m venv" in capsys.readouterr().err
    assert not (tmp_path / "stamp").exists()
