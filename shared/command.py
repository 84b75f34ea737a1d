"""The command `smoothschedule`: finds the sub-commands that the sides registered, and imports neither side."""

import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points, version
from typing import Annotated, Any

import typer

from shared.errors import AppError

GROUP = "smoothschedule.commands"
PROGRAM = "smoothschedule"
# The desktop's commands stand at the top, without a name before them: it is what most people install.
TOP = "desktop"
OURS = frozenset({"desktop", "shared", "syncserver"})


class PlainWords(typer.Typer):
    """A command line that says what was raised on purpose in one sentence; a bug keeps its traceback."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except AppError as reason:
            typer.echo(str(reason), err=True)
            raise SystemExit(1) from None


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (default: the process's own) and return its exit status; `SystemExit` may end it first."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    registered = {entry.name: entry for entry in entry_points(group=GROUP)}
    if arguments == ["--version"]:
        print(f"{PROGRAM} {version(PROGRAM)}")
        return 0
    if arguments in (["--help"], ["-h"]):
        return _run(_everything(registered.values()), ["--help"], PROGRAM)
    side = arguments[0] if arguments and arguments[0] in registered else TOP
    named = bool(arguments) and arguments[0] == side
    try:
        # Only the side that is asked for is loaded: the desktop's start does not wait for the server's imports.
        return _run(registered[side].load(), arguments[named:], f"{PROGRAM} {side}" if named else PROGRAM)
    except ModuleNotFoundError as missing:
        if _is_ours(missing):
            raise
        print(_not_installed(side, missing), file=sys.stderr)
        return 1


def _run(app: typer.Typer, arguments: list[str], program: str) -> int:
    status = app(args=arguments, prog_name=program, standalone_mode=True)
    return int(status or 0)


def _everything(entries: Iterable[EntryPoint]) -> typer.Typer:
    """One application with the commands of every side, for the overview; a missing side says what to install."""
    whole = typer.Typer(add_completion=False)

    @whole.callback()
    def overview(*, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
        """Appointments that do not wait for a network. Without a command: the desktop."""

    for entry in sorted(entries, key=lambda entry: entry.name):
        try:
            app = entry.load()
        except ModuleNotFoundError as missing:
            if _is_ours(missing):
                raise
            whole.command(entry.name, help=_not_installed(entry.name, missing))(_nothing)
            continue
        if entry.name == TOP:
            whole.registered_commands.extend(app.registered_commands)
            whole.registered_groups.extend(app.registered_groups)
        else:
            whole.add_typer(app, name=entry.name)
    return whole


def _nothing() -> None:
    """Stand in the overview for a side that is not installed."""


def _is_ours(missing: ModuleNotFoundError) -> bool:
    # A module of our own that cannot be found is a fault of the package, and deserves its traceback.
    return _package(missing) in OURS


def _package(missing: ModuleNotFoundError) -> str:
    # Which of its modules is asked for first is no matter to whoever installs it.
    return (missing.name or "").partition(".")[0]


def _not_installed(side: str, missing: ModuleNotFoundError) -> str:
    return (
        f"The {side} part of SmoothSchedule is not installed here ({_package(missing)} is missing). "
        f"Install it with: pip install '{PROGRAM}[{side}]'"
    )


if __name__ == "__main__":
    sys.exit(main())
