"""`smoothschedule server run` over a given database, in processes of its own, and which of them a desk speaks with."""

import os
import re
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx2
import orjson
import psutil

from tests.support.http_client import TRUST
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk

ROOT: Final = Path(__file__).parents[2]
_numbers = count(1)


class ServerProcess:
    """The parent and its workers, from the start of the block on."""

    def __init__(self, database_url: str, data: Path, *, workers: int = 2) -> None:
        self._environment = {"DATABASE_URL": database_url, "SMOOTHSCHEDULE_DATA": str(data)}
        self._log = data / "server.log"
        self._command = ("server", "run", "--port", "0", "--workers", str(workers))
        self.url = ""
        self.process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "shared.command", *self._command]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | self._environment
            )
        until(lambda: self._address() is not None or self.process.poll() is not None, within=60)
        address = self._address()
        assert address is not None, self._log.read_text(encoding="utf-8")
        self.url = address
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20)

    def _address(self) -> str | None:
        found = re.search(r"^Serving at (\S+)$", self._log.read_text(encoding="utf-8"), re.MULTILINE)
        return found and found[1]

    def workers(self) -> list[psutil.Process]:
        """The processes that serve."""
        children = psutil.Process(self.process.pid).children()
        return [one for one in children if "spawn_main" in " ".join(_command_of(one))]

    def events(self, name: str) -> list[dict[str, Any]]:
        """What was logged under this name."""
        lines = self._log.read_bytes().splitlines()
        logged = [orjson.loads(line) for line in lines if line.startswith(b"{")]
        return [one for one in logged if one["event"] == name]

    def move(self, desk: WireDesk, worker: psutil.Process) -> WireDesk:
        """Have a desk speak with this worker, over one connection that it keeps."""
        for _ in range(200):
            number = next(_numbers)
            # Each tries from an address of its own, by which it is found again.
            source = f"127.{100 + number // 60_000}.{number // 250 % 250}.{number % 250 + 1}"
            client = httpx2.Client(
                base_url=self.url, timeout=30, headers=desk.http.headers,
                transport=httpx2.HTTPTransport(verify=TRUST, local_address=source),
            )  # fmt: skip
            client.head("/health")
            if any(one.raddr[:1] == (source,) for one in worker.net_connections()):
                desk.http.close()
                desk.http = client
                return desk
            client.close()
            # Whoever took the last one is the quickest to take the next, as long as it follows at once.
            time.sleep(0.03)
        raise AssertionError("this worker takes no connection")


def _command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        # It died a moment ago, and its parent has not heard of it.
        return []
