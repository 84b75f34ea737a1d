"""Long answers: compressed, sent as they are made, and given up when nobody listens any more."""

import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Final

import zstandard
from anyio import CancelScope
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

_AT_ONCE: Final = 256 * 1024
"""Bytes up to which an answer is made whole before it is sent: one turn of a thread."""
_PIECE: Final = 64 * 1024
"""Bytes that are sent at a time: how many were taken is told by how many pieces have gone."""
LONGEST: Final = 600.0
"""Seconds that an answer may take: it holds a connection to the database and a snapshot all the while."""
MEDIA_TYPE: Final = "application/x-ndjson"
Lines = Iterator[bytes]
Sending = Callable[[float], AbstractAsyncContextManager[None]]
"""A block in which an answer is sent, for so many seconds at most; raises TimeoutError."""


def encoding_for(request: Request) -> str:
    """The best encoding that the client names: zstd, gzip or identity (RFC 9110, section 12.5.3)."""
    offered = {}
    for part in request.headers.get("accept-encoding", "").split(","):
        name, _, parameters = part.strip().lower().partition(";")
        offered[name] = parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((name for name in ("zstd", "gzip") if offered.get(name)), "identity")


def compressed(lines: Lines, encoding: str) -> Lines:
    """The lines in an encoding, in chunks as they fill up."""
    if encoding == "identity":
        yield from lines
        return
    packer = zstandard.ZstdCompressor(level=1).compressobj() if encoding == "zstd" else zlib.compressobj(1, wbits=31)
    for line in lines:
        if chunk := packer.compress(line):
            yield chunk
    yield packer.flush()


def packed(body: bytes, encoding: str) -> Response:
    """A JSON text that is whole, in an encoding."""
    content = b"".join(compressed(iter((body,)), encoding))
    return Response(content, media_type="application/json", headers=_headers(encoding))


def _headers(encoding: str) -> dict[str, str]:
    return {"Vary": "Accept-Encoding"} | ({"Content-Encoding": encoding} if encoding != "identity" else {})


class Stream:
    """An answer whose beginning is made; the rest follows if there is any."""

    def __init__(self, lines: Lines, encoding: str, *, close: Callable[[], None]) -> None:
        """Make the beginning; in a thread. `close` gives back what the lines are read from."""
        self.close = close
        self._chunks = compressed(lines, encoding)
        self._headers = _headers(encoding)
        begun = bytearray()
        self.whole = False
        try:
            for chunk in self._chunks:
                begun += chunk
                if len(begun) >= _AT_ONCE:
                    break
            else:
                self.whole = True
                close()
        except BaseException:
            close()
            raise
        self._begun = bytes(begun)

    def response(self, *, sending: Sending, sent: Callable[[int], None], ended: Callable[[], None]) -> Response:
        """The response; `ended` is called on the loop's thread when all is sent or nobody listens any more.

        `sent` is called there with how many bytes have gone, again and again.
        """
        if self.whole:
            ended()
            return Response(self._begun, media_type=MEDIA_TYPE, headers=self._headers)
        return _Rest(self._all(), self._headers, close=self.close, sending=sending, sent=sent, ended=ended)

    async def _all(self) -> AsyncIterator[bytes]:
        chunk: bytes | None = self._begun
        while chunk is not None:
            for start in range(0, len(chunk), _PIECE):
                yield chunk[start : start + _PIECE]
            chunk = await run_in_threadpool(next, self._chunks, None)


class _Rest(StreamingResponse):
    """Gives back what it reads from however it ends, begun or not."""

    def __init__(
        self, chunks: AsyncIterator[bytes], headers: dict[str, str], *, close: Callable[[], None],
        sending: Sending, sent: Callable[[int], None], ended: Callable[[], None],
    ) -> None:  # fmt: skip
        super().__init__(chunks, media_type=MEDIA_TYPE, headers=headers)
        self._close = close
        self._sending = sending
        self._sent = sent
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; whoever takes longer than `LONGEST` is cut off and may come again."""

        async def counted(message: Message) -> None:
            await send(message)
            self._sent(len(message.get("body", b"")))

        try:
            async with self._sending(LONGEST):
                await super().__call__(scope, receive, counted)
        except TimeoutError:
            # It is no bug, and nobody is there who could be told.
            raise ClientDisconnect from None
        finally:
            try:
                with CancelScope(shield=True):
                    await run_in_threadpool(self._close)
            finally:
                # Whatever the database says to the end of it: the next one has the place.
                self._ended()
