"""Processes of a bench: each says where it listens, and ends with the bench."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("smoothschedule"))


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
    """What a process has used of the processor so far (proc(5)): the one figure that other work nearby hardly moves."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def with_workers(pid: int) -> list[int]:
    """A server and the processes that it serves by."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    serving = [int(one) for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return [pid, *serving]


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
        try:
            told = (re.search(rb"http://127\.0\.0\.1:(\d+)", line) for line in process.stdout)
            port = next((int(found[1]) for found in told if found), None)
            assert port, f"{command[0]} did not start:\n{log.read_text(encoding='utf-8')[-4000:]}"
            # What it logs must go somewhere: it would wait at a full pipe.
            threading.Thread(target=shutil.copyfileobj, args=(process.stdout, errors), daemon=True).start()
            yield Child(pid=process.pid, port=port)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
