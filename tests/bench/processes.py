"""Processes of a bench: each says where it listens, and ends with the bench."""

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("smoothschedule"))
_LIBC = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process that listens on a port of 127.0.0.1."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor so far: the one figure that other work nearby hardly moves.

    By its own clock (clock_getcpuclockid(3)), in ns: proc(5) tells hundredths of a second.
    """
    its_clock = ctypes.c_int()
    trouble = _LIBC.clock_getcpuclockid(pid, ctypes.byref(its_clock))
    assert not trouble, f"process {pid}: {os.strerror(trouble)}"
    return time.clock_gettime(its_clock.value)


def backends_of(postmaster: int) -> list[int]:
    """The processes of a PostgreSQL that serve connections, not those that look after the database."""
    return [pid for pid, command in _children(postmaster) if b"[local]" in command]


def looking_after(postmaster: int) -> list[int]:
    """All processes of a PostgreSQL but those that serve connections, such as its autovacuum."""
    return [postmaster, *(pid for pid, command in _children(postmaster) if b"[local]" not in command)]


def with_workers(pid: int) -> list[int]:
    """A server and the processes that it serves by."""
    return [pid, *(one for one, command in _children(pid) if b"spawn_main" in command)]


def _children(pid: int) -> Iterator[tuple[int, bytes]]:
    """The processes that another has started and their command lines (proc(5))."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        # One that has just ended costs nothing any more.
        with suppress(FileNotFoundError, ProcessLookupError):
            yield int(child), Path(f"/proc/{child}/cmdline").read_bytes()


def memory_of(pid: int, what: str) -> float:
    """`VmRSS` or its highest mark `VmHWM` of a process, in MiB (proc(5))."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{what}:"))


def announced_socket() -> socket.socket:
    """In the child: a socket that takes connections from now on, announced to the parent."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(f"Serving at http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    return listening


@contextmanager
def running(*command: str, log: Path, environment: Mapping[str, str] | None = None) -> Iterator[Child]:
    """A command as a process of its own, ended at the end of the block."""
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, env=os.environ | dict(environment or {})
        ) as process,
    ):
        assert process.stdout is not None
        # What it logs must go somewhere: it would wait at a full pipe.
        rest = threading.Thread(target=shutil.copyfileobj, args=(process.stdout, errors), daemon=True)
        try:
            told = (re.search(rb"http://127\.0\.0\.1:(\d+)", line) for line in process.stdout)
            port = next((int(found[1]) for found in told if found), None)
            assert port, f"{command[0]} did not start:\n{log.read_text(encoding='utf-8')[-4000:]}"
            rest.start()
            yield Child(pid=process.pid, port=port)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
            if rest.ident is not None:
                # It reads to the end of what the process wrote before the block closes what it reads from.
                rest.join(timeout=15)
