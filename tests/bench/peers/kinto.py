"""Kinto: records in collections, a Python server on PostgreSQL."""

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from shared.ids import new_id
from tests.bench.peers.installed import python_of
from tests.bench.peers.peer import FILLING, SHOP, Databases, Kind, Peer, Session, answering, basic, free_port, good
from tests.bench.processes import Child

_MOST: Final = 25
"""Requests of one batch, as it comes."""
_RECORDS: Final = "/v1/buckets/shop/collections/book/records"
_SETTINGS: Final = """
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}

[app:main]
use = egg:kinto
kinto.userid_hmac_secret = bench
multiauth.policies = account
multiauth.policy.account.use = kinto.plugins.accounts.authentication.AccountsAuthenticationPolicy
kinto.includes = kinto.plugins.accounts
kinto.account_create_principals = system.Everyone
kinto.bucket_create_principals = system.Authenticated
kinto.storage_backend = kinto.core.storage.postgresql
kinto.storage_url = {database}
kinto.permission_backend = kinto.core.permission.postgresql
kinto.permission_url = {database}
kinto.cache_backend = kinto.core.cache.memory
"""
_WHO: Final = basic("shop", "a password of the bench")


class _Desk:
    """The protocol alone."""

    def __init__(self, server: Child) -> None:
        self._session = Session(server, _WHO | {"Content-Type": "application/json"})
        self._since = ""
        self.found: list[dict[str, Any]] = []

    def ready(self, count: int) -> Callable[[], int]:
        records = [(f"{_RECORDS}/{new_id()}", {"data": {"text": FILLING, "number": n}}) for n in range(count)]
        if count == 1:
            ((path, record),) = records
            return partial(self._put, path, orjson.dumps(record))
        requests = [{"method": "PUT", "path": path, "body": record} for path, record in records]
        bodies = [orjson.dumps({"requests": requests[start : start + _MOST]}) for start in range(0, count, _MOST)]
        return lambda: sum(map(self._batch, bodies))

    def _put(self, path: str, body: bytes) -> int:
        reply, _ = self._session.ask("PUT", path, body)
        return int(reply.status == 201)

    def _batch(self, body: bytes) -> int:
        reply, answer = self._session.ask("POST", "/v1/batch", body)
        return sum(one["status"] == 201 for one in orjson.loads(answer)["responses"]) if reply.status == 200 else 0

    def pull(self) -> int:
        self.found = []
        following = f"{_RECORDS}?_since={self._since}" if self._since else _RECORDS
        newest = self._since
        while following:
            reply, body = self._session.ask("GET", following)
            self.found += orjson.loads(good((reply, body)))["data"]
            newest = max(newest, str(reply.headers["ETag"]).strip('"'))
            following = _within(reply.headers["Next-Page"])
        self._since = newest
        return len(self.found)


def _within(url: str | None) -> str:
    """The path and query of the address of another page."""
    if url is None:
        return ""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


class _Kinto:
    batches = True

    def __init__(self, server: Child) -> None:
        self.server = server
        session = Session(server, _WHO | {"Content-Type": "application/json"})
        account = {"data": {"password": "a password of the bench"}}
        good(
            Session(server, {"Content-Type": "application/json"}).ask("PUT", "/v1/accounts/shop", orjson.dumps(account))
        )
        for place in ("/v1/buckets/shop", "/v1/buckets/shop/collections/book"):
            good(session.ask("PUT", place, b"{}"))

    def desk(self, person: str) -> _Desk:
        return _Desk(self.server)

    def fill(self, count: int) -> None:
        assert self.desk(SHOP).ready(count)() == count

    def first_sync(self, folder: Path) -> tuple[int, float]:
        begun = perf_counter()
        desk = self.desk(SHOP)
        desk.pull()
        with closing(sqlite3.connect(folder / "kinto.db")) as store, store:
            store.execute("CREATE TABLE record (id TEXT PRIMARY KEY, body TEXT)")
            rows = ((one["id"], orjson.dumps(one).decode()) for one in desk.found)
            store.executemany("INSERT INTO record VALUES (?, ?)", rows)
        return len(desk.found), perf_counter() - begun


@contextmanager
def _serving(cache: Path, folder: Path, database: Databases) -> Iterator[Peer]:
    programs = python_of(cache, "kinto", "kinto[postgresql]==26.5.0")
    port, log, settings = free_port(), folder / "kinto.log", folder / "kinto.ini"
    settings.write_text(_SETTINGS.format(port=port, database=database("kinto").replace("%", "%%")))
    kinto = str(programs / "kinto")
    subprocess.run([kinto, "migrate", "--ini", str(settings)], check=True, capture_output=True)
    with answering([kinto, "start", "--ini", str(settings), "--port", str(port)], port, log) as server:
        yield _Kinto(server)


KINTO: Final = Kind(
    name="Kinto 26.5",
    terms="Python, PostgreSQL; 25 edits a batch and four threads, as it comes; no stream, so B asks by itself; "
    "W1 from 10 k",
    first=10_000,
    offline=1000,
    serving=_serving,
)
