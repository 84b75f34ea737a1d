"""Runs the application under uvicorn, and stops it while desks are listening."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from syncserver.web.connection import Connection

GRACE = 5
"""Seconds that requests under way have to end."""


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

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then tell whoever waits for it."""
        await super().startup(sockets)
        self.on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop as uvicorn does."""
        self._on_stop()
        # The streams' last words go out before their connections are asked to close.
        await asyncio.sleep(0)
        await super().shutdown(sockets)


def _nothing() -> None:
    """Nobody waits for the start."""
