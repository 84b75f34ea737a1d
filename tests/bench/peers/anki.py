"""Anki's sync server and its own client: a collection is one person's, and nothing in it is decided."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import count as counting
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from tests.bench.peers.installed import python_of
from tests.bench.peers.peer import SHOP, Databases, Kind, Peer, answering, free_port
from tests.bench.processes import Child

_CLIENT: Final = Path(__file__).with_name("anki_client.py")
_PEOPLE: Final = (SHOP, *(f"person{number}" for number in range(50)))


class _Client:
    """The process of all desks; each waits for its own answer."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._numbers = counting()
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[int]] = {}
        threading.Thread(target=self._hear, daemon=True).start()

    def ask(self, what: str, desk: int, **more: Any) -> int:
        """What the client answers; an error there is one here."""
        answer: Future[int] = Future()
        with self._lock:
            number = next(self._numbers)
            self._waiting[number] = answer
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({"id": number, "do": what, "desk": desk} | more) + "\n")
            self._process.stdin.flush()
        return answer.result(timeout=300)

    def _hear(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            waiting = self._waiting.pop(told["id"])
            if "error" in told:
                waiting.set_exception(AssertionError(told["error"]))
            else:
                waiting.set_result(told["result"])
        for waiting in self._waiting.values():
            waiting.set_exception(AssertionError("the client has ended; its log says why"))


class _Desk:
    def __init__(self, client: _Client, number: int, person: str) -> None:
        self._client, self._number = client, number
        self.found = client.ask("desk", number, person=person)

    def ready(self, count: int) -> Callable[[], int]:
        self._client.ask("ready", self._number, count=count)
        return lambda: self._send(count)

    def _send(self, count: int) -> int:
        self._client.ask("sync", self._number)
        return count

    def pull(self) -> int:
        return self._client.ask("sync", self._number)

    def close(self) -> int:
        """Let go of the file; how many notes are in it."""
        return self._client.ask("close", self._number)


class _Anki:
    batches = True

    def __init__(self, server: Child, client: _Client) -> None:
        self.server = server
        self._client = client
        self._numbers = counting()

    def desk(self, person: str) -> _Desk:
        return _Desk(self._client, next(self._numbers), person)

    def fill(self, count: int) -> None:
        self.desk(SHOP).ready(count)()

    def first_sync(self, folder: Path) -> tuple[int, float]:
        begun = perf_counter()
        desk = self.desk(SHOP)
        took = perf_counter() - begun
        return desk.close(), took


@contextmanager
def _serving(cache: Path, folder: Path, database: Databases) -> Iterator[Peer]:
    python = str(python_of(cache, "anki", "anki==26.9.3") / "python")
    port, log = free_port(), folder / "anki.log"
    users = {f"SYNC_USER{number}": f"{person}:bench" for number, person in enumerate(_PEOPLE, 1)}
    terms = {"SYNC_HOST": "127.0.0.1", "SYNC_PORT": str(port), "SYNC_BASE": str(folder / "anki")}
    (folder / "desks").mkdir()
    with answering([python, "-m", "anki.syncserver"], port, log, **users, **terms) as server, log.open("a") as errors:
        # Its own distribution is meant by its name, not the module beside the script.
        command = [python, "-P", str(_CLIENT), f"{server.url}/", str(folder / "desks")]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process:  # fmt: skip
            yield _Anki(server, _Client(process))
            process.communicate(timeout=60)


ANKI: Final = Kind(
    name="Anki 26.9",
    terms="Rust; a collection is one person's, so each of the 50 clients has one of its own; by its own client; "
    "W1 copies a file",
    first=100_000,
    offline=10_000,
    serving=_serving,
)
