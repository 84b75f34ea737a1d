"""The real application under a real uvicorn, in a thread of the test's process."""

import gc
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine

from syncserver.app import create_app, listening
from syncserver.settings import Settings


@contextmanager
def running(
    engine: Engine, settings: Settings, *, prepare: Callable[[FastAPI], None] = lambda app: None
) -> Iterator[tuple[str, FastAPI]]:
    """The address and the application while it serves; `prepare` gets it before."""
    app = create_app(engine, settings)
    prepare(app)
    server = listening(app, settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server did not start in time"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", app
    finally:
        server.should_exit = True
        thread.join(timeout=15)
        assert not thread.is_alive(), "the server did not stop"
        _let_go(server)


def _let_go(server: uvicorn.Server) -> None:
    """Take away what a server that was told to end has cut off: its loop is over, so that nothing else closes it.

    Where that is left to chance, some other test is told of it.
    """
    left = server.server_state
    if left.connections or left.tasks:
        left.connections.clear()
        left.tasks.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
