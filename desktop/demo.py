"""The demo: a server and two desks as processes of their own, which end together."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final, NoReturn

from desktop.config import Home
from shared import clock
from shared.errors import AppError
from shared.model.member import Role

BUSINESS: Final = "demo"
DESKS: Final = {"A": Role.TENANT_STAFF, "B": Role.TENANT_MANAGER}
SECONDS_TO_START: Final = 180.0
SECONDS_TO_END: Final = 9.0
_LOOK: Final = 0.1
_KILLED: Final = 9
_SET_PDEATHSIG: Final = 1
_COMMAND: Final = (sys.executable, "-m", "shared.command")
_DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
_ENDINGS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) if os.name == "posix" else (signal.SIGINT,)

Say = Callable[[str], None]
Account = Mapping[str, Any]


class CannotDemonstrate(AppError):
    """The demo cannot begin or go on; the message says why."""


class Wish:
    """Whether somebody has asked for the end. A signal only notes it, so that it never falls between two steps."""

    def __init__(self) -> None:
        self.is_over = False

    def end(self, number: int, frame: FrameType | None) -> None:
        """Take a signal."""
        self.is_over = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process of the demo: what the person knows it as, and the file that has what it says."""

    name: str
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def is_alive(self) -> bool:
        """Whether it runs still."""
        return self.process.poll() is None


def become_server(data: Path, ready_file: Path | None) -> NoReturn:
    """Become the demo's server: the process stays the same, and a signal that is sent to it reaches the server."""
    _prepare(data, ready_file)
    sys.stdout.flush()
    command = _server(data, ready_file)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def run(data: Path, ready_file: Path | None, *, say: Say) -> int:
    """Run server and windows until both windows are closed or a signal comes; the exit status.

    `ready_file` names this process, whose end ends all. Raises CannotDemonstrate where something ended by itself.
    """
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in _DISPLAYS):
        raise CannotDemonstrate("There is no display for the windows here. `--no-desk` starts the server alone.")
    _prepare(data, ready_file)
    with _noting_signals() as wish, ExitStack() as ending:
        children: list[Child] = []
        ending.callback(_end, children, data)
        say("Starting the server; the first time takes some seconds.")
        told = _start_server(children, data, wish)
        if told is None:
            return 0
        say(_table(told["url"], told["accounts"]))
        for name, role in DESKS.items():
            children.append(_open_desk(name, _account_of(role, told["accounts"]), told["url"], data))
        say(_what_to_do(told["accounts"], children[0].process.pid))
        if ready_file is not None:
            _write(ready_file, told | {"pid": os.getpid()})
        _watch(children, wish, say)
    return 0


def _prepare(data: Path, ready_file: Path | None) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
        if ready_file is not None:
            # Of an earlier start: whoever waits for it would find a process that is gone.
            ready_file.unlink(missing_ok=True)
    except OSError as error:
        raise CannotDemonstrate(f"The demo cannot use {error.filename}: {error.strerror}.") from error


@contextmanager
def _noting_signals() -> Iterator[Wish]:
    wish = Wish()
    before = {number: signal.signal(number, wish.end) for number in _ENDINGS}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _server(data: Path, ready_file: Path | None) -> list[str]:
    options = [] if ready_file is None else ["--ready-file", str(ready_file)]
    return [*_COMMAND, "server", "demo", "--data", str(data), *options]


def _start(name: str, command: Sequence[str], log: Path) -> Child:
    log.parent.mkdir(parents=True, exist_ok=True)
    with _appending(log) as out:
        # A session of its own: Ctrl+C is for the demo, which then ends each of them in its own way.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, preexec_fn=_follow()
        )
    return Child(name=name, log=log, process=process)


def _follow() -> Callable[[], None] | None:
    """What makes a new process end with the demo, also where the demo is killed; Linux alone has it (prctl(2))."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_SET_PDEATHSIG, int(signal.SIGTERM)) and None


def _appending(log: Path) -> IO[bytes]:
    # The server says the passwords.
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _start_server(children: list[Child], data: Path, wish: Wish) -> dict[str, Any] | None:
    """Start the server; what it says once it answers, or None where the end is wanted before."""
    ready = data / "ready.json"
    ready.unlink(missing_ok=True)
    server = _start("The server", _server(data, ready), data / "server.log")
    children.append(server)
    deadline = clock.monotonic() + SECONDS_TO_START
    while not ready.exists():
        if wish.is_over:
            return None
        if not server.is_alive or clock.monotonic() > deadline:
            raise CannotDemonstrate(f"The server did not start. {_last_words(server)}")
        time.sleep(_LOOK)
    told: dict[str, Any] = json.loads(ready.read_text(encoding="utf-8"))
    ready.unlink()
    return told


def _open_desk(name: str, account: Account, url: str, data: Path) -> Child:
    folder = data / f"desk-{name.lower()}"
    home = Home(folder)
    kept = home.account()
    if kept is not None and kept.server != url:
        # The port of last time was taken: the same server has another address now.
        home.keep_account(replace(kept, server=url))
    offer = ["--server", url, "--business", BUSINESS, "--email", account["email"]]
    return _start(f"Desk {name}", [*_COMMAND, "--home", str(folder), *offer], folder / "desk.log")


def _watch(children: Sequence[Child], wish: Wish, say: Say) -> None:
    """Wait until the end is wanted: by a signal, or because every window is closed."""
    server, *windows = children
    open_ones = list(windows)
    while open_ones and not wish.is_over:
        if not server.is_alive:
            raise CannotDemonstrate(f"The server ended by itself. {_last_words(server)}")
        for window in [one for one in open_ones if not one.is_alive]:
            open_ones.remove(window)
            if window.process.returncode:
                say(f"{window.name} ended with status {window.process.returncode}. {_last_words(window)}")
        time.sleep(_LOOK)
    if not wish.is_over and all(window.process.returncode for window in windows):
        raise CannotDemonstrate("No window stayed open.")


def _end(children: Sequence[Child], data: Path) -> None:
    """End every process, and what a server that was killed could not end itself."""
    for child in children:
        if child.is_alive:
            child.process.terminate()
    deadline = clock.monotonic() + SECONDS_TO_END
    for child in children:
        try:
            child.process.wait(max(0.0, deadline - clock.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
    if children and children[0].process.returncode == -_KILLED:
        _tidy(data)


def _tidy(data: Path) -> None:
    """Stop the database that a killed server left running: its next owner does, and stops its own in the end."""
    server: list[Child] = []
    try:
        _start_server(server, data, Wish())
    finally:
        _end(server, data)


def _last_words(child: Child) -> str:
    said = child.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
    return "\n".join([f"The end of {child.log}:", *said])


def _account_of(role: Role, accounts: Sequence[Account]) -> Account:
    return next(one for one in accounts if one["role"] == role and one["tenant"] == BUSINESS)


def _table(url: str, accounts: Sequence[Account]) -> str:
    head = ("Business", "Role", "E-mail", "Password")
    ordered = sorted(accounts, key=lambda one: one["tenant"] != BUSINESS)
    rows = [(one["tenant"] or "(platform)", one["role"], one["email"], one["password"]) for one in ordered]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, tuple("-" * width for width in widths), *rows)
    ]
    return "\n".join(["", f"Server  {url}", "", *lines, ""])


def _what_to_do(accounts: Sequence[Account], server: int) -> str:
    lines = [f"Two desks of the business “{BUSINESS}” open now. Sign in once at each; edits of one show at the other."]
    for name, role in DESKS.items():
        account = _account_of(role, accounts)
        lines.append(f"  Desk {name}  {account['email']}  password: {account['password']}")
    if os.name == "posix":
        lines.append(f"To work without the server: kill -STOP {server}. It is back with: kill -CONT {server}.")
    return "\n".join([*lines, "Close both windows, or press Ctrl+C here, to end everything."])


def _write(file: Path, told: Mapping[str, Any]) -> None:
    """Write JSON that only its owner reads, whole or not at all."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(told, out, indent=1)
    draft.replace(file)
