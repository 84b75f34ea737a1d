"""`smoothschedule server run` on a private PostgreSQL of its own, and the processes that it is made of."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson
import psutil
import psycopg
from sqlalchemy import Engine

from syncserver.store.engine import make_engine
from syncserver.store.postgres_files import Place
from syncserver.store.private_postgres import running_url
from tests.support.in_memory import place_in_memory
from tests.support.waiting import until

_ROOT: Final = Path(__file__).parents[3]
_SOON: Final = 60.0
OWN_FAULTS: Final = ("request.failed", "push.mutation_failed", "recovery.set_aside", "news.failed")
"""Events that no strike explains."""
_SERVING: Final = re.compile(rb"^Serving at http://127\.0\.0\.1:(\d+)$", re.MULTILINE)


class ChaosServer:
    """Starts, ends, kills and starts again a server at one port over one data folder."""

    def __init__(self, data: Path, *, workers: int) -> None:
        self.workers = workers
        self.port = 0
        self._data = data
        self._log = data / "server.log"
        self._read = 0
        self._process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        place_in_memory(self._data)
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        # The cluster is not in the data folder.
        shutil.rmtree(Place.of(self._data).cluster)

    def start(self) -> Self:
        """Start it and wait until it serves; again where the port is still held by workers of one that was killed."""
        end = time.monotonic() + _SOON
        while not self._serves():
            if time.monotonic() > end:
                raise AssertionError(f"the server does not start:\n{self.log()[-4000:].decode()}")
            time.sleep(0.2)
        return self

    def _serves(self) -> bool:
        before = len(self.log())
        command = (
            "server", "run", "--data", str(self._data), "--host", "127.0.0.1", "--port", str(self.port),
            "--workers", str(self.workers),
        )  # fmt: skip
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "shared.command", *command], cwd=_ROOT, stdout=log, stderr=log
            )
        while not (found := _SERVING.search(self.log(), before)):
            if self._process.poll() is not None:
                return False
            time.sleep(0.02)
        self.port = int(found[1])
        return True

    def end(self) -> None:
        """Ask it to end, and see that it does."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=30)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._process.kill()
        self._process.wait(timeout=10)

    def log(self) -> bytes:
        """Everything that it has written."""
        return self._log.read_bytes() if self._log.exists() else b""

    def incidents(self) -> list[dict[str, Any]]:
        """What it has logged as a bug of its own since this was last asked."""
        lines = self.log()[self._read :].splitlines(keepends=True)
        # The last line may not be whole yet.
        whole = [line for line in lines if line.endswith(b"\n")]
        self._read += sum(map(len, whole))
        events = [orjson.loads(line) for line in whole if line.startswith(b'{"')]
        return [one for one in events if one["event"] in OWN_FAULTS]

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """A pool of the test's own on its database, once that answers."""
        until(self._database_answers, within=_SOON)
        engine = make_engine(str(running_url(self._data)), pool_size=3)
        try:
            yield engine
        finally:
            engine.dispose()

    def _database_answers(self) -> bool:
        url = running_url(self._data)
        with suppress(psycopg.OperationalError):
            if url is not None:
                psycopg.connect(url).close()
                return True
        return False

    def processes(self) -> list[psutil.Process]:
        """The server's process and its workers, PostgreSQL left out."""
        return [psutil.Process(self._process.pid), *self.served_by()]

    def served_by(self) -> list[psutil.Process]:
        """Its workers; none where it serves by itself."""
        children = psutil.Process(self._process.pid).children()
        return [one for one in children if "spawn_main" in " ".join(_command(one))]

    def postmaster(self) -> psutil.Process:
        """PostgreSQL's first process."""
        return psutil.Process(int((Place.of(self._data).pgdata / "postmaster.pid").read_text().split()[0]))

    def backends(self) -> Sequence[psutil.Process]:
        """PostgreSQL's processes that serve connections, in the order of their start."""
        children = sorted(self.postmaster().children(), key=lambda one: one.pid)
        return [one for one in children if "smoothschedule smoothschedule" in " ".join(_command(one))]


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []
