"""A server that ends leaves no connection open: who does not read is cut off, who comes just then is not overlooked."""

import socket
from collections.abc import Iterator
from contextlib import suppress

from fastapi import FastAPI
from starlette.responses import StreamingResponse

from syncserver.web.serving import Listening
from tests.support.running import serving

PIECE, PIECES = b"x" * 1_000_000, 100


def told_to_end_at_once(server: Listening) -> Listening:
    """The same, without grace for what is under way."""
    server.config.timeout_graceful_shutdown = 0
    return server


def test_whoever_does_not_take_an_answer_is_cut_off() -> None:
    app = FastAPI()

    @app.get("/much")
    def much() -> StreamingResponse:
        return StreamingResponse(iter([PIECE] * PIECES))

    server = told_to_end_at_once(Listening(app, on_stop=lambda: None, host="127.0.0.1", port=0))
    with serving(server) as port:
        client = socket.create_connection(("127.0.0.1", port), timeout=10)
        client.sendall(b"GET /much HTTP/1.1\r\nHost: book\r\n\r\n")
        assert client.recv(4) == b"HTTP"
    with client:
        assert sum(map(len, rest(client))) < len(PIECE) * PIECES


def test_whoever_comes_while_it_ends_is_let_go() -> None:
    """A desk whose stream has ended comes back at once."""
    came: list[socket.socket] = []

    def come() -> None:
        address = server.servers[0].sockets[0].getsockname()
        came.append(socket.create_connection(address, timeout=10))

    server = told_to_end_at_once(Listening(FastAPI(), on_stop=come, host="127.0.0.1", port=0))
    with serving(server):
        pass
    with came[0] as client:
        assert list(rest(client)) == []


def rest(client: socket.socket) -> Iterator[bytes]:
    """What still comes until the connection ends."""
    with suppress(ConnectionResetError):
        while piece := client.recv(65536):
            yield piece
