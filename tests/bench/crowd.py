"""Many clients at once in one thread, each with a connection of its own, that cost little themselves."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from tests.bench.processes import Child

_OK: Final = b"HTTP/1.1 200"
_LENGTH: Final = b"content-length:"


def request(path: str, body: bytes, *, token: str = "") -> bytes:
    """A request that is ready to be sent."""
    who = f"Authorization: Bearer {token}\r\n" if token else ""
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\n{who}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class _Client(asyncio.Protocol):
    """Sends one request after the other, each once the one before it is answered."""

    def __init__(self, requests: Sequence[bytes], done: asyncio.Future[list[bytes]]) -> None:
        self._requests = iter(requests)
        self._done = done
        self._bodies: list[bytes] = []
        self._read = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def go_on(self) -> None:
        """Send the next request, if there is one."""
        following = next(self._requests, None)
        if following is None:
            self._transport.close()
            self._done.set_result(self._bodies)
        else:
            self._transport.write(following)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, parted, body = bytes(self._read).partition(b"\r\n\r\n")
        if not parted:
            return
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH))
        if len(body) < int(length.removeprefix(_LENGTH)):
            return
        assert head.startswith(_OK), self._read[:500]
        self._bodies.append(body)
        self._read.clear()
        self.go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server has hung up"))


def all_at_once(server: Child, crowd: Sequence[Sequence[bytes]]) -> tuple[float, list[bytes]]:
    """Each client's requests in order, all clients at once: seconds until the last answer, and the answers' bodies."""
    return asyncio.run(_all_at_once(server, crowd))


async def _all_at_once(server: Child, crowd: Sequence[Sequence[bytes]]) -> tuple[float, list[bytes]]:
    loop = asyncio.get_running_loop()
    done: list[asyncio.Future[list[bytes]]] = [loop.create_future() for _ in crowd]
    clients = []
    for requests, end in zip(crowd, done, strict=True):
        _, client = await loop.create_connection(lambda r=requests, e=end: _Client(r, e), "127.0.0.1", server.port)  # type: ignore[misc]
        clients.append(client)
    begun = perf_counter()
    for client in clients:
        client.go_on()
    answers = await asyncio.wait_for(asyncio.gather(*done), 120)
    return perf_counter() - begun, [body for bodies in answers for body in bodies]
