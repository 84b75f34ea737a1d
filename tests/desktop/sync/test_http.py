"""An answer is taken for the request that it answers, and for no other."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from desktop.sync.http import Http
from shared.errors import Unreachable
from tests.support.fault_proxy import FaultProxy, WireFault

_OPENED = "connection.connect_tcp.complete"


class Handler(BaseHTTPRequestHandler):
    """Counts its answers, and gives the id of a request back where it knows of ids."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        self.server.answered += 1
        said = f"answer {self.server.answered}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        if self.server.knows_ids:
            self.send_header("X-Request-Id", self.headers["X-Request-Id"])
        self.end_headers()
        self.wfile.write(said)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, format: str, *told: Any) -> None:  # noqa: A002 the base's name
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """How many requests it has answered."""

    daemon_threads = True
    knows_ids = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answered = 0


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as started:
        thread = Thread(target=started.serve_forever, args=(0.01,))
        thread.start()
        yield started
        started.shutdown()
        thread.join()


@pytest.fixture
def proxy(server: Server) -> Iterator[FaultProxy]:
    with FaultProxy(server.server_port, seed=1) as between:
        yield between


@pytest.fixture
def http(proxy: FaultProxy) -> Iterator[Http]:
    made = Http(f"http://127.0.0.1:{proxy.port}")
    yield made
    made.close()


def pulled(http: Http) -> bytes:
    with http.pieces("/pull", {}, "token") as pieces:
        return b"".join(pieces)


def test_an_answer_that_comes_again_is_not_taken_for_the_next_one(http: Http, proxy: FaultProxy) -> None:
    assert (pulled(http), pulled(http)) == (b"answer 1", b"answer 2")
    proxy.spoil("/pull", WireFault.STALE_REPLY)
    with pytest.raises(Unreachable, match="another request"):
        pulled(http)
    assert pulled(http) == b"answer 3"


def test_nor_where_something_was_sent(http: Http, proxy: FaultProxy) -> None:
    assert http.post("/push", {}, "token") == b"answer 1"
    proxy.spoil("/push", WireFault.STALE_REPLY)
    with pytest.raises(Unreachable, match="another request"):
        http.post("/push", {}, "token")
    assert http.post("/push", {}, "token") == b"answer 2"


def test_a_server_from_before_the_ids_is_understood(http: Http, server: Server) -> None:
    server.knows_ids = False
    assert pulled(http) == b"answer 1"
    assert http.post("/push", {}) == b"answer 2"


def test_connections_that_are_opened_at_once_can_all_be_cut(server: Server) -> None:
    http = Http(f"http://127.0.0.1:{server.server_address[1]}")
    others: list[Thread] = []

    class Opened:
        """A socket, and what asks it for itself."""

        def get_extra_info(self, name: str) -> "Opened":
            return self

        def fileno(self) -> int:
            if not others:
                others.append(Thread(target=http._note, args=(_OPENED, {"return_value": Opened()})))
                others[0].start()
                others[0].join(timeout=0.2)
            return 3

    for _ in range(2):
        http._note(_OPENED, {"return_value": Opened()})
    others[0].join(timeout=5)
    assert len(http._sockets) == 3
    http._sockets.clear()
    http.close()
