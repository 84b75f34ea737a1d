"""One connection of the server, bounded in what a stranger can make it hold before any request is served."""

import asyncio
import socket
from contextlib import suppress
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BESIDE: Final = 64 * 1024
"""Bytes of a request beside its body: its line, its header, the frames of chunks and what trails them."""
HEAD_WITHIN: Final = 30.0
"""Seconds in which the head of a request has to arrive; between two requests uvicorn's own limit counts."""
_QUEUED: Final = 8
"""Requests that may wait on one connection for the answer to the one before them."""
TAKES: Final = 64 * 1024
"""Bytes of an answer that whoever reads it has to take again and again."""
TAKES_WITHIN: Final = 30.0
"""Seconds in which they are to be taken: 3G takes twenty times as much, and no desk waits longer for a byte."""
_AHEAD: Final = 64 * 1024
"""Bytes that the system takes beyond what is on its way: of its own accord it takes megabytes at once, and then none of
a slow line for minutes."""


class Connection(HttpToolsProtocol):
    """uvicorn's, which by itself keeps a header of any length and waits for its end for ever."""

    _beside = 0
    _cut_off: asyncio.TimerHandle | None = None
    _untaken = 0
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a first request."""
        super().connection_made(transport)  # type: ignore[arg-type]
        # Not every system knows this, and it is only more exact.
        with suppress(AttributeError, OSError):
            line = transport.get_extra_info("socket")
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _AHEAD)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._head_came()
        self._was_taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has arrived, unless it is too much."""
        self._beside += len(data)
        super().data_received(data)
        if self._beside > MOST_BESIDE and not self.transport.is_closing():
            self.send_400_response("Too long a header.")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """Serve the request, or stop reading where too many wait; what is raised here ends the connection."""
        self._head_came()
        if len(self.pipeline) >= _QUEUED:
            raise ValueError("too many requests wait on one connection")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Part of a body: whoever reads it says how much it may be."""
        self._beside -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has come to its end."""
        self._beside = 0
        super().on_message_complete()

    def pause_writing(self) -> None:
        """More is made than is taken: begin to look whether it is taken at all."""
        super().pause_writing()
        self._await_taking()

    def resume_writing(self) -> None:
        """What was made is taken."""
        self._was_taken()
        super().resume_writing()

    def _await_taking(self) -> None:
        self._untaken = self.transport.get_write_buffer_size()
        self._look = self.loop.call_later(TAKES_WITHIN, self._require_taking)

    def _require_taking(self) -> None:
        if self._untaken - self.transport.get_write_buffer_size() >= TAKES:
            self._await_taking()
        else:
            # Closed, it would stay until all is taken.
            self.transport.abort()

    def _was_taken(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _await_head(self) -> None:
        self._head_came()
        self._cut_off = self.loop.call_later(HEAD_WITHIN, self.transport.close)

    def _head_came(self) -> None:
        if self._cut_off is not None:
            self._cut_off.cancel()
            self._cut_off = None
