"""A desk without a window in a process of its own, as a test holds it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

from tests.support.demo_server import DemoServer

ROOT = Path(__file__).parents[2]
T = TypeVar("T")


class HeadlessDesk:
    """Starts, tells, kills and starts again one desk; its files stay in `home`."""

    module: ClassVar[str] = "tests.support.headless_process"

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self._environment = environment
        home.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()

    @property
    def pid(self) -> int:
        """The desk's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        """What the process wrote to stderr."""
        return self.home / "desk.log"

    def start(self) -> "HeadlessDesk":
        """Start the process; it has nothing open yet."""
        command = [sys.executable, "-m", self.module, str(self.home)]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | self._environment,
            )
        return self

    def sign_in(self, server: DemoServer, role: str, *, url: str = "") -> "HeadlessDesk":
        """Start, sign in to the demo business, and wait for the first sync."""
        account = server.account(role)
        form = {"tenant": "demo", "email": account["email"], "password": account["password"]}
        self.start().tell("sign_in", server=url or server.url, **form)
        self.until(lambda: self.tell("status")["usable"], "the first sync")
        return self

    def open(self) -> "HeadlessDesk":
        """Start, and open what was signed in to before; no password is asked."""
        self.start().tell("open")
        return self

    def send(self, do: str, **order: Any) -> None:
        """Give an order without waiting for its answer."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **order}) + "\n")
        self._process.stdin.flush()

    def answer(self, made: list[dict[str, Any]] | None = None) -> Any:
        """The answer to the order that was sent; what is said to be made on the way is added to `made`."""
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "made" not in told:
                assert "answer" in told, f"{told}\n{self._said()}"
                return told["answer"]
            if made is not None:
                made.append(told["made"])
        raise AssertionError(f"the desk's process has ended with {self._process.wait(timeout=10)}:\n{self._said()}")

    def tell(self, do: str, **order: Any) -> Any:
        """Give an order and wait for its answer."""
        self.send(do, **order)
        return self.answer()

    def kill(self) -> list[dict[str, Any]]:
        """End the process at once (SIGKILL); what it had said to be made and nobody had read yet."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=10)
        made = []
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        for line in self._process.stdout:
            # The last line may be cut off.
            if line.endswith("\n") and "made" in (told := json.loads(line)):
                made.append(told["made"])
        self._process.stdout.close()
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process = None
        return made

    def until(self, happened: Callable[[], T], what: str, *, seconds: float = 60) -> T:
        """Wait until something is true."""
        end = time.monotonic() + seconds
        while not (found := happened()):
            assert time.monotonic() < end, f"waited in vain for {what}: {self.tell('status')}\n{self._said()}"
            time.sleep(0.02)
        return found

    def drained(self, *, seconds: float = 60) -> None:
        """Wait until the server has decided everything."""
        self.until(lambda: self.tell("status")["waiting"] == 0, "an empty queue", seconds=seconds)

    def offline(self) -> dict[str, Any]:
        """Wait until the desk says that it is offline; its status."""
        self.until(lambda: self.tell("status")["connection"] == "offline", "offline", seconds=20)
        status: dict[str, Any] = self.tell("status")
        return status

    def _said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]
