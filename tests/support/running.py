"""The real application under a real uvicorn, in a thread of the test's process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine

from syncserver.app import create_app, listening
from syncserver.settings import Settings
from tests.support.waiting import until


@contextmanager
def serving(server: uvicorn.Server) -> Iterator[int]:
    """The port of a server while it serves."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started or not thread.is_alive(), within=20)
    assert server.started, "the server did not start"
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=15)
        assert not thread.is_alive(), "the server did not stop"


@contextmanager
def running(
    engine: Engine, settings: Settings, *, prepare: Callable[[FastAPI], None] = lambda app: None
) -> Iterator[tuple[str, FastAPI]]:
    """The address and the application while it serves; `prepare` gets it before."""
    app = create_app(engine, settings)
    prepare(app)
    with serving(listening(app, settings)) as port:
        yield f"http://127.0.0.1:{port}", app
