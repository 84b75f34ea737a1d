"""The developer's commands: what they hand over, what they remember, and when they fail."""

import os
import subprocess
import sys
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


Became = list[tuple[list[str], dict[str, str]]]


@pytest.fixture
def became(ready: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Became:
    """What this process would have become: the command line and the environment."""
    seen: Became = []

    def become(program: str, arguments: list[str], environment: dict[str, str]) -> None:
        seen.append((arguments, environment))
        raise SystemExit

    monkeypatch.setattr(os, "execve", become)
    monkeypatch.chdir(tmp_path)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return seen


def handed_over(dev: ModuleType, became: Became, *arguments: str) -> list[str]:
    with pytest.raises(SystemExit):
        dev.main(["demo", *arguments])
    return became[-1][0]


def test_the_demo_becomes_this_process(dev: ModuleType, became: Became, tmp_path: Path) -> None:
    told = handed_over(dev, became, "--no-desk", "--data", "here", "--ready-file", "ready.json")
    options = [f"--data={tmp_path / 'here'}", "--no-desk", f"--ready-file={tmp_path / 'ready.json'}"]
    assert told == [*dev.DEMO, *options]


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_the_demo_opens_windows_where_there_is_a_display(
    dev: ModuleType, became: Became, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, ":7")
    assert handed_over(dev, became) == [*dev.DEMO, f"--data={dev.ROOT / '.demo'}"]


def test_without_a_display_the_demo_is_the_tour(
    dev: ModuleType, became: Became, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    told = handed_over(dev, became, "--data", "here")
    assert told == [*dev.TOUR, f"--data={tmp_path / 'here'}", f"--out={tmp_path / 'here' / 'tour'}"]
    assert became[-1][1]["QT_QPA_PLATFORM"] == "offscreen"


def test_what_the_programs_compile_is_kept(dev: ModuleType, became: Became, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an image forbids it each of hundreds of servers and desks would compile the whole again."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    handed_over(dev, became, "--no-desk")
    assert "PYTHONDONTWRITEBYTECODE" not in became[-1][1]
    forbids = "import sys; sys.exit(sys.dont_write_bytecode)"
    monkeypatch.setattr(dev, "BIN", Path(sys.executable).parent)
    monkeypatch.setattr(dev, "CHECKS", {"one": [Path(sys.executable).name, "-c", forbids]})
    assert dev.main(["test"]) == 0


def test_the_tour_is_had_for_the_asking(
    dev: ModuleType, became: Became, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    told = handed_over(dev, became, "--tour", "pictures")
    assert told == [*dev.TOUR, f"--data={dev.ROOT / '.demo'}", f"--out={tmp_path / 'pictures'}"]


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("other", [["--no-desk"], ["--ready-file", "f"]])
def test_the_tour_goes_with_nothing_that_it_would_not_heed(
    dev: ModuleType, capsys: pytest.CaptureFixture[str], other: list[str]
) -> None:
    assert dev.main(["demo", "--tour", "pictures", *other]) == 1
    assert "--tour goes with --data alone" in capsys.readouterr().err


def test_a_server_alone_needs_nothing_of_the_windows(
    dev: ModuleType, became: Became, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(dev.debian, "install", asked.append)
    handed_over(dev, became, "--no-desk")
    assert asked == []


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


@pytest.fixture
def hasty(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A Python that was built without optimization runs, and the system may have its own; where that would be."""
    monkeypatch.setattr(dev.sys, "platform", "linux")
    monkeypatch.setattr(dev.sysconfig, "get_config_var", lambda name: "'--enable-shared'")
    monkeypatch.setattr(dev.sys, "base_prefix", str(tmp_path / "own"))
    monkeypatch.setattr(dev, "SYSTEM", tmp_path)
    place = tmp_path / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    place.parent.mkdir()
    return place


def there(place: Path, *, has_venv: bool) -> None:
    place.symlink_to("/bin/true" if has_venv else "/bin/false")


def test_the_systems_python_is_taken_where_this_one_is_slow(dev: ModuleType, hasty: Path) -> None:
    assert dev.interpreter() == sys.executable, "the system has none of this version"
    there(hasty, has_venv=True)
    assert dev.interpreter() == str(hasty)


def test_a_python_that_is_fast_is_kept(dev: ModuleType, hasty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there(hasty, has_venv=True)
    with monkeypatch.context() as during:
        during.setattr(dev.sys, "base_prefix", str(dev.SYSTEM))
        assert dev.interpreter() == sys.executable, "it is the system's"
    for options in ("'--enable-optimizations' '--with-lto'", None):
        monkeypatch.setattr(dev.sysconfig, "get_config_var", lambda name, said=options: said)
        assert dev.interpreter() == sys.executable, options


def test_what_the_systems_python_lacks_is_installed_or_it_is_not_taken(
    dev: ModuleType, hasty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there(hasty, has_venv=False)
    asked: list[list[str]] = []
    with monkeypatch.context() as during:
        during.setattr(dev.debian, "install", asked.append)
        assert dev.interpreter() == str(hasty)
    assert asked == [["python3-venv"]]

    def refuse(packages: list[str]) -> None:
        raise dev.debian.MissingPackages(packages)

    monkeypatch.setattr(dev.debian, "install", refuse)
    assert dev.interpreter() == sys.executable


def test_a_failing_step_is_named(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(dev.debian, "install", lambda packages: None)
    monkeypatch.setattr(dev, "VENV", tmp_path / "no" / "such")
    monkeypatch.setattr(dev, "interpreter", lambda: "/bin/false")
    assert dev.main(["setup"]) == 1
    assert "failed: /bin/false -m venv" in capsys.readouterr().err
    assert not (tmp_path / "stamp").exists()


def test_another_places_environment_is_not_emptied_through_a_link(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    link = tmp_path / "venv"
    link.symlink_to(tmp_path)
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(dev, "VENV", link)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("something was run"))
    assert dev.main(["setup"]) == 1
    assert "venv is a link" in capsys.readouterr().err
