"""What networks and proxies do between a desk and a server, on purpose: a proxy on loopback, one for each desk."""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tests.support.http_messages import Head, read_head, reply_pieces, request_body
from tests.support.loopback import Loopback

_BROKEN: Final = (OSError, asyncio.IncompleteReadError)
_SLOW: Final = 0.4
"""Seconds that a delayed request waits, and that a dripping reply takes."""
_DROPS: Final = 20
_LIVE: Final = "/live"


class WireFault(StrEnum):
    """What happens to one request."""

    DELAY = "the request waits"
    CUT_REQUEST = "half of the request arrives, and the connection breaks"
    CUT_REPLY = "a part of the reply arrives, and the connection breaks"
    LOST_REPLY = "the server does it, and the connection breaks instead of its reply"
    DUPLICATE = "the request arrives twice, at the same moment"
    HALF_CLOSED_REQUEST = "the server is told that nothing more will be sent, and may still answer"
    HALF_CLOSED_REPLY = "a part of the reply arrives and then its end, on a connection that stays"
    DRIP = "the reply comes in drops"
    STALE_REPLY = "the reply to an earlier request of the same kind comes again, and nothing reaches the server"
    BLACK_HOLE = "nothing ever arrives, on a connection that stays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that a desk made, and when, in seconds of the monotonic clock."""

    at: float
    method: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    head: Head
    body: bytes

    @property
    def raw(self) -> bytes:
        return self.head.raw + self.body

    @property
    def kind(self) -> str:
        return f"{self.head.first[0]} {self.head.path}"

    @property
    def is_stream(self) -> bool:
        return self.head.path.endswith(_LIVE)


class _Desk:
    """A desk's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def cut(self) -> None:
        self.writer.transport.abort()

    async def give(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def gone(self) -> None:
        """Wait until the desk has closed its side; what it sends meanwhile is its next request."""
        # Nobody is told of a reader's end but who reads from it.
        while not (self.reader.at_eof() or self.writer.is_closing()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


class FaultProxy(Loopback):
    """Passes the requests of one desk on to a server's port, each as the next of its faults has it.

    A fault is laid out for the next request whose path ends so. Where a part arrives, `seed` says how large it is.
    """

    def __init__(self, server_port: int, *, seed: int) -> None:
        super().__init__(server_port)
        self.asked: list[Asked] = []
        self.met: Counter[WireFault] = Counter()
        self._chance = random.Random(seed)
        self._faults: dict[str, deque[WireFault]] = {}
        self._replies: dict[str, bytes] = {}
        self._desks: set[_Desk] = set()
        self._is_down = self._swallows = False
        self._treats: dict[WireFault, Callable[[_Desk, _Request], Coroutine[Any, Any, bool]]] = {
            WireFault.DELAY: self._delay,
            WireFault.CUT_REQUEST: self._cut_request,
            WireFault.CUT_REPLY: self._cut_reply,
            WireFault.LOST_REPLY: self._lose_reply,
            WireFault.DUPLICATE: self._duplicate,
            WireFault.HALF_CLOSED_REQUEST: self._half_close_request,
            WireFault.HALF_CLOSED_REPLY: self._half_close_reply,
            WireFault.DRIP: self._drip,
            WireFault.STALE_REPLY: self._repeat,
            WireFault.BLACK_HOLE: self._swallow,
        }

    def spoil(self, path: str, *faults: WireFault) -> None:
        """Let the next requests whose path ends so meet these faults, one each."""
        self._faults.setdefault(path, deque()).extend(faults)

    def pull(self) -> None:
        """Break every connection, and let no new one through."""
        self._is_down = True
        self._do(self._cut())

    def swallow(self) -> None:
        """Take everything from now on, streams too, and let nothing arrive."""
        self._swallows = True

    def heal(self) -> None:
        """Let everything through from now on; what went into a black hole stays there."""
        self._is_down = self._swallows = False
        self._faults.clear()

    async def _cut(self) -> None:
        for desk in self._desks:
            desk.cut()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        desk = _Desk(reader, writer)
        self._desks.add(desk)
        try:
            # Only the end of everything cancels; asyncio would take that for a bug of ours.
            with suppress(*_BROKEN, asyncio.CancelledError):
                while not self._is_down and await self._pass_on(desk):
                    pass
        finally:
            self._desks.discard(desk)
            # Unlike a close it tells the desk at once, whatever it has sent meanwhile.
            desk.cut()

    async def _pass_on(self, desk: _Desk) -> bool:
        """One request and its reply; whether the connection is good for another."""
        head = await read_head(desk.reader)
        request = _Request(head=head, body=await request_body(desk.reader, head))
        self.asked.append(Asked(at=time.monotonic(), method=head.first[0], path=head.path))
        fault = self._next_fault(request)
        if fault is None:
            return await self._plain(desk, request)
        self.met[fault] += 1
        return await self._treats[fault](desk, request)

    def _next_fault(self, request: _Request) -> WireFault | None:
        if self._swallows:
            return WireFault.BLACK_HOLE
        for path, faults in list(self._faults.items()):
            if not (faults and request.head.path.endswith(path)):
                continue
            if faults[0] is WireFault.STALE_REPLY and request.kind not in self._replies:
                # There is nothing yet that could come again.
                continue
            return faults.popleft()
        return None

    async def _plain(self, desk: _Desk, request: _Request) -> bool:
        async with self._server(request.raw) as server:
            return await self._while_there(desk, self._copy(desk, request, server))

    async def _copy(self, desk: _Desk, request: _Request, server: asyncio.StreamReader) -> None:
        """Give the reply as it comes, and keep it where it is a whole one."""
        said: list[bytes] = []
        async for piece in _reply(server, request):
            if not request.is_stream:
                said.append(piece)
            if self._swallows:
                await desk.gone()
            await desk.give(piece)
        if said and said[0].startswith(b"HTTP/1.1 200"):
            self._replies[request.kind] = b"".join(said)

    async def _while_there(self, desk: _Desk, work: Coroutine[Any, Any, None]) -> bool:
        """Do it until it is done or the desk has gone; whether it was done."""
        doing, gone = asyncio.ensure_future(work), asyncio.ensure_future(desk.gone())
        try:
            await asyncio.wait((doing, gone), return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                return False
            doing.result()
            return True
        finally:
            for one in (doing, gone):
                one.cancel()
            await asyncio.gather(doing, gone, return_exceptions=True)

    @asynccontextmanager
    async def _server(self, data: bytes, *, half_closed: bool = False) -> AsyncIterator[asyncio.StreamReader]:
        """A connection of its own for each request, on which this was sent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        try:
            writer.write(data)
            await writer.drain()
            if half_closed:
                writer.write_eof()
            yield reader
        finally:
            writer.transport.abort()

    async def _said(self, request: _Request) -> bytes:
        """The server's whole reply; of a stream what it says first."""
        said = b""
        async with self._server(request.raw) as server:
            async for piece in _reply(server, request):
                said += piece
                if request.is_stream and len(said) > len(piece):
                    break
        return said

    def _part(self, data: bytes) -> bytes:
        return data[: self._chance.randrange(1, max(2, len(data)))]

    async def _delay(self, desk: _Desk, request: _Request) -> bool:
        await asyncio.sleep(_SLOW)
        return await self._plain(desk, request)

    async def _cut_request(self, desk: _Desk, request: _Request) -> bool:
        # The head whole, where there is a body to cut.
        kept = request.head.raw + self._part(request.body) if request.body else self._part(request.head.raw)
        async with self._server(kept[: len(request.raw) - 1]):
            # The server reads it before the end comes.
            await asyncio.sleep(0.05)
        return False

    async def _cut_reply(self, desk: _Desk, request: _Request) -> bool:
        await desk.give(self._part(await self._said(request)))
        return False

    async def _lose_reply(self, desk: _Desk, request: _Request) -> bool:
        await self._said(request)
        return False

    async def _duplicate(self, desk: _Desk, request: _Request) -> bool:
        if request.is_stream:
            return await self._plain(desk, request)
        first, second = await asyncio.gather(self._said(request), self._said(request))
        await desk.give(self._chance.choice((first, second)))
        return True

    async def _half_close_request(self, desk: _Desk, request: _Request) -> bool:
        async with self._server(request.raw, half_closed=True) as server:
            return await self._while_there(desk, self._copy(desk, request, server))

    async def _half_close_reply(self, desk: _Desk, request: _Request) -> bool:
        await desk.give(self._part(await self._said(request)))
        desk.writer.write_eof()
        await desk.gone()
        return False

    async def _drip(self, desk: _Desk, request: _Request) -> bool:
        said = await self._said(request)
        size = -(-len(said) // _DROPS)
        for start in range(0, len(said), size):
            await desk.give(said[start : start + size])
            await asyncio.sleep(_SLOW / _DROPS)
        # A stream goes on in another connection.
        return not request.is_stream

    async def _repeat(self, desk: _Desk, request: _Request) -> bool:
        await desk.give(self._replies[request.kind])
        return True

    async def _swallow(self, desk: _Desk, request: _Request) -> bool:
        await desk.gone()
        return False


async def _reply(server: asyncio.StreamReader, request: _Request) -> AsyncIterator[bytes]:
    """The head of a reply, and the pieces of its body."""
    head = await read_head(server)
    yield head.raw
    async for piece in reply_pieces(server, head, request.head.first[0]):
        yield piece
