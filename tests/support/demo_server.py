"""The demo's server in a process of its own: started, stopped, killed and started again on the same port."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from syncserver.store.postgres_files import Place
from tests.support.in_memory import place_in_memory

ROOT = Path(__file__).parents[2]


class DemoServer:
    """`smoothschedule server demo` over a data folder; its address and accounts once it answers."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = ""
        self.accounts: list[dict[str, Any]] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def port(self) -> int:
        """The port of 127.0.0.1 that it answers on."""
        return int(self.url.rsplit(":", 1)[1])

    def __enter__(self) -> "DemoServer":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, *, seconds: float = 120) -> "DemoServer":
        """Start it and wait until it is ready."""
        self.data.mkdir(parents=True, exist_ok=True)
        ready = self.data / "ready.json"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "shared.command", "server", "demo", "--data", str(self.data)]
        with (self.data / "server.log").open("ab") as log:
            self._process = subprocess.Popen([*command, "--ready-file", str(ready)], cwd=ROOT, stdout=log, stderr=log)
        end = time.monotonic() + seconds
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > end:
                said = (self.data / "server.log").read_text(encoding="utf-8", errors="replace")
                raise AssertionError(f"the demo server is not ready:\n{said[-4000:]}")
            time.sleep(0.05)
        told = json.loads(ready.read_text(encoding="utf-8"))
        self.url, self.accounts = told["url"], told["accounts"]
        return self

    def account(self, role: str, tenant: str | None = "demo") -> dict[str, Any]:
        """The account of a role."""
        return next(one for one in self.accounts if one["role"] == role and one["tenant"] == tenant)

    def stop(self) -> None:
        """Ask it to end, and see that it does within 10 s."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=10)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=10)


@contextmanager
def demo_server(data: Path) -> Iterator[DemoServer]:
    """One that is started, and of which nothing is left but its data folder."""
    place_in_memory(data)
    with DemoServer(data) as server:
        yield server
    # The cluster is not in the data folder, which pytest clears by itself.
    shutil.rmtree(Place.of(data).cluster)
