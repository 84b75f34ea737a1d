"""What somebody who has not signed in can make the server hold: bounded, whatever it is."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2
import pytest

from syncserver.services.identity import passwords
from syncserver.web import bodies, connection, turns
from tests.support.http_client import TRUST
from tests.support.waiting import until
from tests.syncserver.conftest import DeskMaker

_PIECE = b"x" * 65536


@contextmanager
def line_to(url: str) -> Iterator[socket.socket]:
    with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=20) as line:
        yield line


def accepted(line: socket.socket, piece: bytes, *, most: int) -> int:
    """How many bytes of an endless stream of pieces the server takes before it ends the connection."""
    sent = 0
    try:
        while sent < most:
            line.sendall(piece)
            sent += len(piece)
    except OSError:
        pass
    return sent


def all_answers(line: socket.socket) -> bytes:
    told = b""
    try:
        while piece := line.recv(65536):
            told += piece
    except ConnectionError:
        pass
    return told


@pytest.mark.parametrize(
    ("begun", "piece"),
    [
        (b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ", _PIECE),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n", b"X-Many: y\r\n" * 6000),
        (b"GET /", _PIECE),
        (b"POST /v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Trail: ", _PIECE),
    ],
    ids=["a long header", "many headers", "a long address", "what trails a body"],
)
def test_nothing_beside_a_body_is_kept_without_end(url: str, begun: bytes, piece: bytes) -> None:
    with line_to(url) as line:
        line.sendall(begun)
        # What lies in the buffers of both systems is beyond the server's reach.
        assert accepted(line, piece, most=64 * 1024 * 1024) < 32 * 1024 * 1024


def test_many_requests_in_one_breath_do_not_wait_in_line(url: str) -> None:
    with line_to(url) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 5000)
        assert all_answers(line).count(b"200 OK") < 100


def test_a_connection_that_asks_nothing_is_closed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_WITHIN", 0.2)
    with line_to(url) as silent, line_to(url) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\nHost:")
        assert all_answers(silent) == all_answers(slow) == b""


def test_a_connection_that_has_asked_stays_open(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_WITHIN", 0.2)
    with httpx2.Client(base_url=url, verify=TRUST, timeout=20) as http, http.stream("GET", "/health") as reply:
        reply.read()
        with line_to(url) as silent:
            assert all_answers(silent) == b""
        stream = reply.extensions["network_stream"]
        assert not stream.get_extra_info("is_readable")


def test_a_body_that_does_not_come_is_not_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "WITHIN", 0.2)
    with line_to(url) as line:
        line.sendall(b"POST /v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert b" 503 " in line.recv(65536)


def test_a_stranger_sends_no_megabyte(url: str) -> None:
    reply = httpx2.post(f"{url}/v1/auth/sign-in", content=b" " * (bodies.SMALL + 1))
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")


def test_nobody_is_sent_to_a_host_that_the_request_names(url: str) -> None:
    reply = httpx2.post(f"{url}/v1/auth/sign-in/", content=b"{}", headers={"Host": "elsewhere.example"})
    assert (reply.status_code, reply.headers.get("location")) == (404, None)


def test_a_flood_of_sign_ins_is_turned_away_and_those_in_line_are_served(
    visitor: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "IN_LINE", 3)
    ours, held, statuses = visitor(), threading.Event(), list[int]()
    monkeypatch.setattr(passwords, "is_right", lambda *_: held.wait(20))
    floods = [threading.Thread(target=lambda: statuses.append(visitor().try_sign_in().status_code)) for _ in range(12)]
    for one in floods:
        one.start()
    until(lambda: len(statuses) == 12 - 3 - 2)
    assert set(statuses) == {503}
    held.set()
    for one in floods:
        one.join(20)
    assert statuses.count(200) == 3 + 2
    assert ours.sign_in().session
