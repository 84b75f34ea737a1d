"""Runs the application under uvicorn, and stops it while desks are listening."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from syncserver.web.connection import Connection

GRACE = 5
"""Seconds that requests under way have to end."""
SIGN_OF_LIFE = 2
"""Seconds between two signs of life."""


class Listening(uvicorn.Server):
    """uvicorn, which ends the open streams first: by itself it would wait for them for ever."""

    def __init__(self, app: ASGIApp, *, on_stop: Callable[[], None], host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=Connection,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE,
                timeout_keep_alive=75,
            )
        )
        self._on_stop = on_stop
        self.on_start: Callable[[], None] = _nothing
        """Called once requests are answered."""
        self.on_sign_of_life: Callable[[], None] = _nothing
        """Called by the event loop every `SIGN_OF_LIFE` seconds from then on."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then tell whoever waits for it."""
        await super().startup(sockets)
        self.on_start()

    async def on_tick(self, counter: int) -> bool:
        """Give a sign of life now and then: uvicorn asks ten times a second whether it is to stop."""
        if counter % (10 * SIGN_OF_LIFE) == 0:
            self.on_sign_of_life()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop as uvicorn does, and cut off whoever has not taken an answer by then."""
        self._on_stop()
        for one in self.servers:
            one.close()
        # The streams' last words go out before their connections are asked to close; and what was accepted just now
        # becomes a connection, which uvicorn would overlook and leave open.
        await asyncio.sleep(0)
        await super().shutdown(sockets)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        # A transport that was aborted closes its socket in the loop's next turn.
        await asyncio.sleep(0)


def _nothing() -> None:
    """Nobody waits for it."""
