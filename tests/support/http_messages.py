"""Just enough of HTTP/1.1 (RFC 9112) to know where the requests and replies on a connection begin and end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

_PIECE: Final = 65536
_BODILESS: Final = ("204", "304")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first line and the headers of a message, and its bytes as they came."""

    raw: bytes
    first: tuple[str, ...]
    headers: dict[str, str] = field(repr=False)

    @property
    def path(self) -> str:
        """What a request asks for, without its query."""
        return self.first[1].partition("?")[0]


async def read_head(reader: asyncio.StreamReader) -> Head:
    """The next message's head. Raises IncompleteReadError where the connection ends."""
    raw = await reader.readuntil(b"\r\n\r\n")
    first, *lines = raw[:-4].decode("latin-1").split("\r\n")
    named = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in named}
    return Head(raw=raw, first=tuple(first.split(" ", 2)), headers=headers)


async def request_body(reader: asyncio.StreamReader, head: Head) -> bytes:
    """The whole body of a request as it stands on the wire."""
    if "transfer-encoding" not in head.headers and "content-length" not in head.headers:
        return b""
    return b"".join([piece async for piece in _body(reader, head)])


async def reply_pieces(reader: asyncio.StreamReader, head: Head, method: str) -> AsyncIterator[bytes]:
    """The body of a reply as it arrives; raises IncompleteReadError where it ends too early."""
    if method == "HEAD" or head.first[1] in _BODILESS:
        return
    async for piece in _body(reader, head):
        yield piece


async def _body(reader: asyncio.StreamReader, head: Head) -> AsyncIterator[bytes]:
    if head.headers.get("transfer-encoding") == "chunked":
        async for piece in _chunks(reader):
            yield piece
    elif "content-length" in head.headers:
        async for piece in _counted(reader, int(head.headers["content-length"])):
            yield piece
    else:
        while piece := await reader.read(_PIECE):
            yield piece


async def _counted(reader: asyncio.StreamReader, left: int) -> AsyncIterator[bytes]:
    while left:
        piece = await reader.read(min(left, _PIECE))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(piece)
        yield piece


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        # The last chunk is empty; nobody here sends trailers after it.
        yield line + await reader.readexactly(size + 2)
        if not size:
            return
