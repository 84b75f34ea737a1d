"""The floor: what Starlette, psycopg and PostgreSQL take for an edit when nothing is decided.

One table, one upsert for all that waits, one commit for all of it; no rights, no rules, no log, no second tenant.
Run as a process of its own: `python -m tests.bench.floor DATABASE_URL`, which says where it listens.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import psycopg
import uvicorn
import zstandard
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.bench.processes import announced_socket

PAGE = 2000
_TABLES = """
CREATE TABLE IF NOT EXISTS floor_row (id uuid PRIMARY KEY, version bigint NOT NULL, body json NOT NULL);
CREATE INDEX IF NOT EXISTS floor_row_version ON floor_row (version);
"""
_UPSERT = """
INSERT INTO floor_row SELECT id, %s, body FROM json_to_recordset(%s::json) AS given (id uuid, body json)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body
"""
# What is new is found by its version, whatever the planner thinks of the order that is asked for.
_ROWS = """
WITH changed AS MATERIALIZED (SELECT * FROM floor_row WHERE version > %s AND id > %s)
SELECT string_agg(json_build_array(id, version, body)::text, ','), count(*), max(id::text COLLATE "C")
FROM (SELECT * FROM changed ORDER BY id LIMIT %s) held
"""
_FIRST = "00000000-0000-0000-0000-000000000000"


class Floor:
    """One connection that writes, one that reads, and whoever waits for them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._version = 0
        self._risen = asyncio.Event()
        self._jobs: asyncio.Queue[tuple[list[dict[str, Any]], asyncio.Future[int]]] = asyncio.Queue()
        self._reading = asyncio.Lock()
        self._reader: psycopg.AsyncConnection[Any]

    @asynccontextmanager
    async def serving(self, _: Starlette) -> AsyncIterator[None]:
        """What is open while the application runs."""
        async with await self._connect() as writer, await self._connect() as self._reader:
            await writer.execute(_TABLES)
            task = asyncio.create_task(self._write(writer))
            yield
            task.cancel()

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(self._url, autocommit=True)

    async def _write(self, writer: psycopg.AsyncConnection[Any]) -> None:
        """Write whatever waits in one statement, which is one commit."""
        while True:
            jobs = [await self._jobs.get()]
            while not self._jobs.empty():
                jobs.append(self._jobs.get_nowait())
            # A key twice in one upsert is an error: the last one counts.
            rows = list({row["id"]: row for given, _ in jobs for row in given}.values())
            await writer.execute(_UPSERT, (self._version + 1, orjson.dumps(rows).decode()))
            self._version += 1
            self._risen.set()
            self._risen = asyncio.Event()
            for _, answer in jobs:
                answer.set_result(self._version)

    async def push(self, request: Request) -> Response:
        """`{"rows": [{"id", "body"}]}` in; on disk, then the version out."""
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait((orjson.loads(await request.body())["rows"], answer))
        return Response(orjson.dumps({"version": await answer}), media_type="application/json")

    async def pull(self, request: Request) -> Response:
        """Every row beyond a version, 2,000 a line, then the version."""
        after = int(request.query_params.get("after", "0"))
        headers = {"Content-Encoding": "zstd"}
        return StreamingResponse(self._lines(after), media_type="application/x-ndjson", headers=headers)

    async def _lines(self, after: int) -> AsyncIterator[bytes]:
        packer = zstandard.ZstdCompressor(level=1).compressobj()
        version, last, count = self._version, _FIRST, PAGE
        while count == PAGE:
            async with self._reading:
                cursor = await self._reader.execute(_ROWS, (after, last, PAGE))
                rows, count, last = await cursor.fetchone() or ("", 0, last)
            yield packer.compress(f'{{"rows":[{rows or ""}]}}\n'.encode())
        yield packer.compress(b'{"version":%d}\n' % version) + packer.flush()

    async def live(self, _: Request) -> Response:
        """Server-sent events: each version there is."""
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[bytes]:
        told = -1
        while True:
            risen = self._risen
            if self._version > told:
                told = self._version
                yield b'data: {"version":%d}\n\n' % told
            else:
                await risen.wait()


def create_app(url: str) -> Starlette:
    """The floor's application over an empty database."""
    floor = Floor(url)
    routes = [
        Route("/push", floor.push, methods=["POST"]),
        Route("/pull", floor.pull),
        Route("/live", floor.live),
    ]
    return Starlette(routes=routes, lifespan=floor.serving)


def main() -> None:
    """Serve until SIGTERM."""
    listening = announced_socket()
    config = uvicorn.Config(create_app(sys.argv[1]), log_config=None, access_log=False, timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
