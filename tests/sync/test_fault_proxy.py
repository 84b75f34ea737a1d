"""Each fault of the proxy does what it says, over requests with bodies, replies in chunks and streams."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.support.fault_proxy import FaultProxy, WireFault
from tests.support.waiting import until

BODY = b"0123456789" * 1000


class Handler(BaseHTTPRequestHandler):
    """Answers a push with how many it was, a pull in chunks, and goes on speaking on a stream."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(body)
        if len(body) == len(BODY):
            self._whole(f"push {self.server.count()}".encode())

    def do_GET(self) -> None:
        if self.path.startswith("/pull"):
            self._chunks(b"pull %d" % self.server.count(), BODY)
        else:
            self.server.leave.wait(5)
            self._chunks(b"data: 1\n\n", b"data: 2\n\n")

    def _whole(self, said: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def _chunks(self, *pieces: bytes) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (*pieces, b""):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def log_message(self, format: str, *told: Any) -> None:  # noqa: A002 the base's name
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """What arrived, and how much of it was answered."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[bytes] = []
        self.answered = 0
        self.leave = threading.Event()
        self._counting = threading.Lock()

    def count(self) -> int:
        with self._counting:
            self.answered += 1
            return self.answered

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is what is tested."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as started:
        thread = threading.Thread(target=started.serve_forever, args=(0.01,))
        thread.start()
        yield started
        started.leave.set()
        started.shutdown()
        thread.join()


@pytest.fixture
def proxy(server: Server) -> Iterator[FaultProxy]:
    with FaultProxy(server.server_port, seed=7) as started:
        yield started


class Desk:
    """One connection that is kept for as long as it lasts."""

    def __init__(self, proxy: FaultProxy) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)

    def push(self) -> bytes:
        self.http.request("POST", "/v1/push", BODY)
        return self.http.getresponse().read()

    def pull(self, query: str = "") -> bytes:
        self.http.request("GET", f"/pull{query}")
        return self.http.getresponse().read()


@pytest.fixture
def desk(proxy: FaultProxy) -> Iterator[Desk]:
    one = Desk(proxy)
    yield one
    one.http.close()


BROKEN = (OSError, http.client.HTTPException)


def test_passes_on_what_no_fault_is_laid_out_for(desk: Desk, proxy: FaultProxy) -> None:
    proxy.spoil("/elsewhere", WireFault.LOST_REPLY)
    assert [desk.push(), desk.pull(), desk.push()] == [b"push 1", b"pull 2" + BODY, b"push 3"]
    assert [(one.method, one.path) for one in proxy.asked] == [
        ("POST", "/v1/push"), ("GET", "/pull"), ("POST", "/v1/push")
    ]  # fmt: skip


@pytest.mark.parametrize("fault", [WireFault.DELAY, WireFault.DRIP, WireFault.HALF_CLOSED_REQUEST])
def test_arrives_whole_in_the_end(fault: WireFault, desk: Desk, proxy: FaultProxy) -> None:
    proxy.spoil("/pull", fault)
    assert desk.pull() == b"pull 1" + BODY
    assert desk.push() == b"push 2"
    assert proxy.met == {fault: 1}


def test_half_of_a_request_arrives(desk: Desk, proxy: FaultProxy, server: Server) -> None:
    proxy.spoil("/push", WireFault.CUT_REQUEST)
    with pytest.raises(BROKEN):
        desk.push()
    until(lambda: len(server.bodies) == 1)
    assert 0 <= len(server.bodies[0]) < len(BODY)
    assert server.answered == 0


@pytest.mark.parametrize("fault", [WireFault.CUT_REPLY, WireFault.HALF_CLOSED_REPLY, WireFault.LOST_REPLY])
def test_the_server_does_it_and_its_reply_does_not_arrive(
    fault: WireFault, desk: Desk, proxy: FaultProxy, server: Server
) -> None:
    proxy.spoil("/pull", fault)
    said = b""
    with suppress(*BROKEN):
        said = desk.pull()
    assert server.answered == 1
    assert len(said) < len(BODY)
    desk.http.close()
    assert desk.pull() == b"pull 2" + BODY


def test_a_request_arrives_twice(desk: Desk, proxy: FaultProxy, server: Server) -> None:
    proxy.spoil("/push", WireFault.DUPLICATE)
    assert desk.push() in (b"push 1", b"push 2")
    assert server.bodies == [BODY, BODY]
    assert desk.push() == b"push 3"


def test_an_earlier_reply_comes_again(desk: Desk, proxy: FaultProxy, server: Server) -> None:
    proxy.spoil("/pull", WireFault.STALE_REPLY)
    assert [desk.pull("?a"), desk.push(), desk.pull("?b"), desk.pull()] == [
        b"pull 1" + BODY, b"push 2", b"pull 1" + BODY, b"pull 3" + BODY
    ]  # fmt: skip


def test_nothing_comes_out_of_a_black_hole(desk: Desk, proxy: FaultProxy, server: Server) -> None:
    proxy.spoil("/push", WireFault.BLACK_HOLE)
    desk.http.timeout = 0.3
    with pytest.raises(TimeoutError):
        desk.push()
    desk.http.close()
    assert server.bodies == []
    assert desk.push() == b"push 1"


def test_a_stream_arrives_as_it_is_said(desk: Desk, server: Server) -> None:
    desk.http.request("GET", "/v1/live")
    server.leave.set()
    assert desk.http.getresponse().read() == b"data: 1\n\ndata: 2\n\n"


def test_a_stream_that_is_cut_ends_with_its_first_words(desk: Desk, proxy: FaultProxy, server: Server) -> None:
    server.leave.set()
    proxy.spoil("/live", WireFault.CUT_REPLY)
    said = b""
    with suppress(*BROKEN):
        desk.http.request("GET", "/v1/live")
        said = desk.http.getresponse().read()
    assert b"2" not in said


def test_a_pulled_cable_breaks_what_there_is_and_lets_nothing_through(
    desk: Desk, proxy: FaultProxy, server: Server
) -> None:
    assert desk.push() == b"push 1"
    proxy.pull()
    for _ in range(2):
        with pytest.raises(BROKEN):
            desk.push()
        desk.http.close()
    proxy.heal()
    assert desk.push() == b"push 2"


def test_a_network_that_swallows_lets_nothing_arrive_and_its_connections_stay_dead(
    desk: Desk, proxy: FaultProxy, server: Server
) -> None:
    desk.http.timeout = 0.3
    desk.http.request("GET", "/v1/live")
    until(lambda: len(proxy.asked) == 1)
    proxy.swallow()
    server.leave.set()
    with pytest.raises(TimeoutError):
        desk.http.getresponse()
    proxy.heal()
    desk.http.close()
    assert desk.push() == b"push 1"


def test_a_server_that_is_away_breaks_the_connection(desk: Desk, proxy: FaultProxy) -> None:
    proxy.server_port = 1
    with pytest.raises(BROKEN):
        desk.push()


def test_the_server_is_told_when_the_desk_goes(desk: Desk, proxy: FaultProxy, server: Server) -> None:
    desk.http.request("GET", "/v1/live")
    until(lambda: len(proxy.asked) == 1)
    desk.http.close()
    until(lambda: not proxy._desks)
