"""The command line finds its sides, and says what to install where one is missing."""

import subprocess
import sys
from importlib.metadata import entry_points, version

import pytest
import typer

from shared import command


class FakeEntry:
    """An entry point of a side; `broken` names the module that its import misses."""

    def __init__(self, name: str, app: typer.Typer, broken: str | None = None) -> None:
        self.name, self._app, self._broken = name, app, broken

    def load(self) -> typer.Typer:
        if self._broken:
            raise ModuleNotFoundError(f"No module named {self._broken!r}", name=self._broken)
        return self._app


def desktop_app() -> typer.Typer:
    app = typer.Typer()

    @app.callback(invoke_without_command=True)
    def start(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            print("the book opens")

    @app.command("import")
    def import_(file: str) -> None:
        print(f"imports {file}")

    return app


def server_app() -> typer.Typer:
    app = typer.Typer(help="The sync server.")

    @app.command()
    def run() -> None:
        print("the server runs")

    @app.command()
    def migrate() -> None:
        raise typer.Exit(3)

    return app


def say(monkeypatch: pytest.MonkeyPatch, *arguments: str, broken: dict[str, str] | None = None) -> int:
    """Run the command over two invented sides and return its exit status."""
    broken = broken or {}
    sides = {"desktop": desktop_app(), "server": server_app()}
    entries = [FakeEntry(name, app, broken.get(name)) for name, app in sides.items()]
    monkeypatch.setattr(command, "entry_points", lambda group: entries)
    try:
        return command.main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "the book opens"),
        (("import", "a.csv"), "imports a.csv"),
        (("server", "run"), "the server runs"),
    ],
)
def test_hands_over_to_the_side_that_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert say(monkeypatch, *arguments) == 0
    assert said in capsys.readouterr().out


def test_returns_the_status_of_the_side(monkeypatch: pytest.MonkeyPatch) -> None:
    assert say(monkeypatch, "server", "migrate") == 3


def test_help_lists_the_commands_of_both_sides(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say(monkeypatch, "--help") == 0
    told = capsys.readouterr().out
    assert "import" in told
    assert "server" in told


def test_help_names_the_extra_of_a_missing_side(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say(monkeypatch, "--help", broken={"server": "fastapi"}) == 0
    assert "fastapi" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "side"), [((), "desktop"), (("server", "run"), "server")])
def test_a_missing_side_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], side: str
) -> None:
    assert say(monkeypatch, *arguments, broken={side: "something"}) == 1
    told = capsys.readouterr().err
    assert f"pip install 'smoothschedule[{side}]'" in told
    assert "Traceback" not in told


def test_a_missing_module_of_our_own_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModuleNotFoundError):
        say(monkeypatch, broken={"desktop": "desktop.nowhere"})


def test_a_missing_module_of_our_own_is_a_fault_in_the_overview(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModuleNotFoundError):
        say(monkeypatch, "--help", broken={"server": "syncserver.nowhere"})


def test_prints_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"smoothschedule {version('smoothschedule')}"


def test_loads_neither_side_before_one_is_named() -> None:
    code = "import sys, shared.command; print([m for m in sys.modules if m.split('.')[0] in ('desktop', 'syncserver')])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_both_sides_are_registered() -> None:
    found = {entry.name: entry.module for entry in entry_points(group=command.GROUP)}
    assert found == {"desktop": "desktop.cli", "server": "syncserver.cli"}


WITHOUT = "import sys; sys.modules[sys.argv[1]] = None; from shared.command import main; sys.exit(main(sys.argv[2:]))"


@pytest.mark.parametrize(
    ("library", "arguments"),
    [
        ("fastapi", ["server", "run"]),
        ("sqlalchemy", ["server", "settings"]),
        ("PySide6.QtCore", []),
        ("keyring", []),
        ("sqlcipher3", ["import", "customers", "a.csv"]),
        ("httpx2", ["demo"]),
    ],
)
def test_a_real_side_without_its_extra_is_a_sentence(library: str, arguments: list[str]) -> None:
    command_line = [sys.executable, "-c", WITHOUT, library, *arguments]
    told = subprocess.run(command_line, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert f"({library.partition('.')[0]} is missing)" in told.stderr
    assert "Traceback" not in told.stderr
