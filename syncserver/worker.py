"""One of several server processes: it serves at its parent's socket, from its parent's database."""

import socket
from multiprocessing.connection import Connection

from syncserver.app import create_app, listening
from syncserver.settings import Settings
from syncserver.store.database import open_database
from syncserver.web import process


def serve(tells: Connection, settings: Settings, door: socket.socket) -> None:
    """Serve until SIGTERM; `tells` hears of the moment from which requests are answered."""
    process.prepare()
    with process.leaving_on_sigterm(), open_database(settings) as engine:
        server = listening(create_app(engine, settings), settings)
        server.on_start = lambda: tells.send(None)
        server.run(sockets=[door])
