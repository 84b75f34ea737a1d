"""One kept-alive connection that costs little itself, so that what is measured is the server."""

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from queue import Queue
from types import TracebackType
from typing import Any, Self

import orjson
import zstandard

from tests.bench.processes import Child

Json = dict[str, Any]


class Line:
    """HTTP over one connection; an answer other than 200 is an error of the bench."""

    def __init__(self, server: Child, *, token: str = "") -> None:
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=120)
        self._headers = {"Accept-Encoding": "zstd", "Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def rest(self) -> None:
        """Close the connection until something is asked again: the server closes one that is quiet."""
        self._connection.close()

    def post(self, path: str, body: bytes) -> Json:
        """The answer to a body of JSON."""
        answer: Json = orjson.loads(self._ask("POST", path, body))
        return answer

    def lines(self, path: str) -> Iterator[Json]:
        """The lines of a stream, taken whole."""
        return (orjson.loads(line) for line in self._ask("GET", path).splitlines())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        self._connection.request(method, path, body, self._headers)
        reply = self._connection.getresponse()
        read = reply.read()
        if reply.getheader("Content-Encoding") == "zstd":
            read = zstandard.ZstdDecompressor().decompressobj().decompress(read)
        assert reply.status == 200, f"{method} {path}: {reply.status} {read[:500]!r}"
        return read


class Ear:
    """Server-sent events as they come: the version of each, read by a thread of its own."""

    def __init__(self, server: Child, path: str, *, token: str = "") -> None:
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=120)
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        # Once the answer has begun, the connection may have let go of its socket.
        self._socket = self._connection.sock
        self._reply = self._connection.getresponse()
        assert self._reply.status == 200, self._reply.read()
        self.versions: Queue[int] = Queue()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while line := self._reply.readline():
            if line.startswith(b"data: "):
                self.versions.put(orjson.loads(line[6:])["version"])

    def wait_for(self, version: int) -> None:
        """Return once this version is told."""
        while self.versions.get(timeout=30) < version:
            pass

    def hang_up(self) -> None:
        """End the stream."""
        if self._socket is not None:
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=5)
        self._connection.close()
