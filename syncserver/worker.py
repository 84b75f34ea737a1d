"""One of several server processes: it serves at its parent's socket, from its parent's database."""

import os
import socket
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection

from syncserver.app import create_app, listening
from syncserver.settings import Settings
from syncserver.store.database import open_database
from syncserver.web import process


def serve(tells: Connection, settings: Settings, door: socket.socket) -> None:
    """Serve until SIGTERM; `tells` hears of the moment from which requests are answered, and then signs of life."""
    process.prepare()
    with process.leaving_on_sigterm(), open_database(settings) as engine:
        server = listening(create_app(engine, settings), settings)
        # A parent that does not listen, stopped perhaps, must not hold up the event loop.
        os.set_blocking(tells.fileno(), False)
        server.on_start = server.on_sign_of_life = partial(_tell, tells)
        server.run(sockets=[door])


def _tell(tells: Connection) -> None:
    with suppress(BlockingIOError):
        tells.send(None)
