"""accordsync: field-level merges, a Python server on PostgreSQL. It has no stream: who waits for others asks."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
from joserfc import jwt
from joserfc.jwk import OctKey

from shared.ids import new_id
from tests.bench.peers.installed import python_of
from tests.bench.peers.peer import FILLING, SHOP, Databases, Kind, Peer, Session, answering, free_port, good
from tests.bench.processes import Child

_HERE: Final = Path(__file__).parent
_SECRET: Final = "a secret of the bench alone, for an hour of loopback"
_MOST: Final = 500
"""Operations of one push, as its server comes."""
_PAGE: Final = 1000


class _Desk:
    """The protocol alone: one field of one new record is one operation."""

    def __init__(self, server: Child, token: str) -> None:
        self._device = f"d{new_id()}"
        headers = {
            "Authorization": f"Bearer {token}",
            "Accord-Device": self._device,
            "Content-Type": "application/json",
        }
        self._session = Session(server, headers)
        self._seq = 0
        self._cursor = 0

    def ready(self, count: int) -> Callable[[], int]:
        operations = [self._operation() for _ in range(count)]
        bodies = [orjson.dumps({"ops": operations[start : start + _MOST]}) for start in range(0, count, _MOST)]
        return lambda: sum(map(self._push, bodies))

    def _push(self, body: bytes) -> int:
        return len(orjson.loads(good(self._session.ask("POST", "/v1/push", body)))["acked"])

    def pull(self) -> int:
        found, more = 0, True
        while more:
            page = orjson.loads(good(self._session.ask("GET", f"/v1/pull?cursor={self._cursor}&limit={_PAGE}")))
            self._cursor, more = page["cursor"], page["has_more"]
            found += len(page["items"])
        return found

    def _operation(self) -> dict[str, Any]:
        self._seq += 1
        stamp = f"{time.time_ns() // 1_000_000}:{self._seq % 100_000:05d}:{self._device}"
        return {
            "op_id": f"{self._device}:{self._seq}", "record": f"record:{new_id()}", "field": "body", "hlc": stamp,
            "kind": "assign", "value": {"name": "Record", "number": self._seq, "text": FILLING}, "deps": [],
        }  # fmt: skip


class _Accord:
    batches = True

    def __init__(self, server: Child, programs: Path) -> None:
        self.server = server
        self._programs = programs
        claims = {"sub": "shop", "exp": int(time.time()) + 24 * 3600}
        self._token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(_SECRET))

    def desk(self, person: str) -> _Desk:
        return _Desk(self.server, self._token)

    def fill(self, count: int) -> None:
        assert self.desk(SHOP).ready(count)() == count

    def first_sync(self, folder: Path) -> tuple[int, float]:
        python, script, file = self._programs / "python", _HERE / "accord_client.py", folder / "accord.db"
        command = [str(python), "-P", str(script), self.server.url, self._token, str(file)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        records, took = json.loads(done.stdout)
        return records, took


@contextmanager
def _serving(cache: Path, folder: Path, database: Databases) -> Iterator[Peer]:
    programs = python_of(
        cache, "accord", "accordsync==0.3.2", "accordsync-fastapi==0.3.2", "psycopg[binary]", "uvicorn[standard]"
    )
    port, log = free_port(), folder / "accord.log"
    environment = {"ACCORD_DATABASE_URL": database("accord"), "BENCH_SECRET": _SECRET}
    python = str(programs / "python")
    subprocess.run(
        [python, "-m", "accordsync_fastapi", "migrate"], check=True, capture_output=True, env=environment
    )  # fmt: skip
    with answering([python, "-P", str(_HERE / "accord_server.py"), str(port)], port, log, **environment) as server:
        yield _Accord(server, programs)


ACCORD: Final = Kind(
    name="accordsync 0.3",
    terms="Python, PostgreSQL; a field is an operation, a record here has one; no stream, so B asks by itself; "
    "W1 by its own client",
    first=100_000,
    offline=10_000,
    serving=_serving,
)
