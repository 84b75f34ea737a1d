"""What somebody who has not signed in can make the server hold: bounded, whatever it is."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import FastAPI

from shared.ids import new_id
from shared.model.base import UserId
from shared.model.member import Role
from syncserver.services.declined import Declined
from syncserver.services.identity import passwords
from syncserver.store.tenancy import TenantId
from syncserver.web import bodies, connection, turns
from tests.support.http_client import TRUST
from tests.support.waiting import until
from tests.support.wire_desk import next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_handing_in import hand_in, shut_out, ticket

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


def test_strangers_that_dribble_keep_no_desk_from_handing_in(desk: DeskMaker, url: str) -> None:
    owner, lost = desk(Role.TENANT_OWNER), desk(Role.TENANT_STAFF)
    edits = [lost.booking(next_day(9 + hour), notes="x" * 4000) for hour in range(9)]
    shut_out(owner, lost)
    head = b"POST /v1/sync/hand-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{"
    with ExitStack() as stack:
        dribbling = [stack.enter_context(line_to(url)) for _ in range(32)]
        for line in dribbling:
            line.sendall(head)
        reply = hand_in(lost, *edits)
        assert len(reply.request.content) > bodies.SMALL
        assert (reply.status_code, reply.json()["taken"]) == (200, 9)
        for line in dribbling:
            line.settimeout(0.0)
            with pytest.raises(BlockingIOError):
                line.recv(1)


def test_a_large_body_without_a_ticket_is_not_waited_for(desk: DeskMaker, url: str) -> None:
    lost = desk()
    for begun, status in ((b'{"ticket": "none", ', b" 409 "), (b'{"replica": "none", ', b" 422 ")):
        with line_to(url) as line:
            line.sendall(b"POST /v1/sync/hand-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
            line.sendall(begun.ljust(bodies.SMALL + 1))
            assert status in line.recv(65536)
    wish = {"replica": lost.replica, "mutations": [], "last": True, "books_left": 0, "ticket": "none"}
    small = lost.http.post("/v1/sync/hand-in", json=wish)
    assert (small.status_code, small.json()["code"]) == (409, "ticket_spent"), "the order of a small one is its own"


def test_who_was_shut_out_holds_two_large_bodies_and_their_business_keeps_the_rest(
    desk: DeskMaker, url: str, app: FastAPI
) -> None:
    owner, lost, other = desk(Role.TENANT_OWNER), desk(Role.TENANT_STAFF), desk(Role.TENANT_MANAGER)
    edits = {one: [one.booking(next_day(9 + hour), notes="x" * 4000) for hour in range(9)] for one in (lost, other)}
    shut_out(owner, lost)
    shut_out(owner, other)
    begun = f'{{"ticket":"{ticket(lost)}","replica":'.encode().ljust(bodies.SMALL + 1)
    strangers = app.state.wiring.strangers
    with ExitStack() as stack:
        for _ in range(2):
            line = stack.enter_context(line_to(url))
            line.sendall(b"POST /v1/sync/hand-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + begun)
        until(lambda: strangers._people.total() == 2)
        refused = hand_in(lost, *edits[lost])
        assert (refused.status_code, refused.json()["code"]) == (503, "retry")
        assert hand_in(other, *edits[other]).json()["taken"] == 9
    until(lambda: not strangers._people and not strangers._tenants)
    assert hand_in(lost, *edits[lost]).json()["taken"] == 9


def test_large_bodies_lie_in_memory_for_a_few_at_once_and_for_half_of_them_of_one_business() -> None:
    held, business, others = turns.Strangers(8), TenantId(new_id()), [TenantId(new_id()) for _ in range(5)]
    with ExitStack() as stack:
        for tenant in [business] * 4 + others[:4]:
            if tenant == others[0]:
                with pytest.raises(Declined), held.turn(business, UserId(new_id())):
                    pass
            stack.enter_context(held.turn(tenant, UserId(new_id())))
        with pytest.raises(Declined), held.turn(others[4], UserId(new_id())):
            pass
    with held.turn(business, UserId(new_id())):
        pass
