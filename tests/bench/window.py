"""A window in a process of its own, and when it has painted what."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from tests.bench.processes import ROOT

_PATIENCE: Final = 60.0
"""Seconds without a line from the window, after which it counts as one that never paints what is waited for."""


class Window:
    """Reads what the child tells; times are seconds of the clock that all processes of a machine share."""

    def __init__(self, process: "subprocess.Popen[str]", begun: float, log: Path) -> None:
        self._process, self._log = process, log
        self.begun = begun
        self._painted: dict[str, float] = {}

    def first(self) -> float:
        """Seconds from the start of the process to its first painting with anything on it."""
        return self._next() - self.begun

    def painted(self, booking: str, status: str) -> float:
        """The moment at which a booking was painted in a status, waited for."""
        while f"{booking} {status}" not in self._painted:
            self._next()
        return self._painted[f"{booking} {status}"]

    def held(self) -> dict[str, Any]:
        """What the process holds in memory now (`tests.bench.held`)."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        while "held" not in (told := self._line()):
            self._note(told)
        held: dict[str, Any] = told["held"]
        return held

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        impatient = threading.Timer(_PATIENCE, self._process.terminate)
        impatient.start()
        try:
            line = self._process.stdout.readline()
        finally:
            impatient.cancel()
        assert line, f"the window's process ended:\n{self._log.read_text(encoding='utf-8')[-4000:]}"
        told: dict[str, Any] = json.loads(line)
        return told

    def _next(self) -> float:
        return self._note(self._line())

    def _note(self, told: dict[str, Any]) -> float:
        self._painted |= dict.fromkeys(told["fresh"], told["at"])
        at: float = told["at"]
        return at


@contextmanager
def window(what: str, log: Path) -> Iterator[Window]:
    """The window of a desk's folder, or the `bare` one, without a screen.

    Modules are compiled once for a log, as an installer compiles them: the first window over it is no measure.
    """
    compiled = {"PYTHONPYCACHEPREFIX": str(log.with_suffix(".compiled")), "PYTHONDONTWRITEBYTECODE": ""}
    begun = perf_counter()
    with (
        log.open("a") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.window_process", what],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | compiled,
        ) as process,
    ):  # fmt: skip
        try:
            yield Window(process, begun, log)
        finally:
            process.terminate()
