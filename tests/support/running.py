"""The real application under a real uvicorn, in a thread of the test's process."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
