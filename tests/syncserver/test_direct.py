"""What is served past the routers is served as they would serve it, whatever is sent there."""

import http.client
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.member import Role
from shared.protocol.messages import MAX_BODY
from syncserver.routes import sync
from syncserver.settings import Settings
from syncserver.web.direct import Direct, DirectRoute
from tests.support.running import running
from tests.support.shop import Shop
from tests.support.wire_desk import WireDesk

_PUSH: Final = "/v1/sync/push"
_PULL: Final = "/v1/sync/pull"
_DAYS: Final = "/v1/sync/days"
_VARY: Final = frozenset({"date", "content-length"})
"""Headers that are another's at each answer; so is the length of one that holds a time or a token."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, with its bytes as they are."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_of_the_parser(self) -> bool:
        """Whether it is uvicorn's own to what is no request of HTTP."""
        return self.status == 400 and self.headers.get("content-type", "").startswith("text/plain")

    @property
    def shape(self) -> tuple[int, Mapping[str, str], Any]:
        """What two answers to the same have in common: a problem whole, of anything else its members."""
        headers = {name: said for name, said in self.headers.items() if name not in _VARY}
        told = orjson.loads(self.body) if self.body.startswith(b"{") and self.body.count(b"\n") == 0 else None
        if self.headers.get("content-type") == "application/problem+json":
            return self.status, headers, told
        return self.status, headers, sorted(told) if isinstance(told, dict) else None


@pytest.fixture(scope="module")
def walked(engine: Engine, settings: Settings) -> Iterator[str]:
    """The same server, all of whose requests walk through the routers."""

    def without(app: FastAPI) -> None:
        app.user_middleware[:] = [
            one for one in app.user_middleware if getattr(one.cls, "__name__", "") != Direct.__name__
        ]

    with running(engine, settings, prepare=without) as (address, app):
        served = app.middleware_stack
        while served is not None:
            assert not isinstance(served, Direct)
            served = getattr(served, "app", None) or getattr(served, "_app", None)
        yield address


def sent(url: str, raw: bytes) -> Answer:
    """The answer to a request as it is."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(raw)
        reply = http.client.HTTPResponse(line, method=raw.split(b" ", 1)[0].decode("latin-1").upper())
        reply.begin()
        with reply:
            headers = {name.lower(): said for name, said in reply.getheaders()}
            return Answer(reply.status, headers, reply.read())


def request(first: str, body: bytes = b"", **headers: str | None) -> bytes:
    """A request by its first line; of headers None takes one away."""
    given: dict[str, str | None] = {
        "Host": "desk.example", "Connection": "close", "Content-Length": str(len(body)),
    }  # fmt: skip
    given |= {name.replace("_", "-"): said for name, said in headers.items()}
    lines = [f"{first} HTTP/1.1", *(f"{name}: {said}" for name, said in given.items() if said is not None)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


_FIRST: Final = (
    "GET /v1/sync/push", "HEAD /v1/sync/pull", "OPTIONS /v1/sync/push", "PUT /v1/sync/push", "DELETE /v1/sync/pull",
    "POST //v1/sync/push", "POST /v1//sync/push", "POST /v1/sync/push/", "POST /v1/sync/push//", "POST /v1/sync/./push",
    "POST /v1/sync/%2e/push", "POST /v1/sync/%2e%2e/sync/push", "POST /v1/sync/../sync/push", "POST /v1/sync/%70ush",
    "POST /v1/sync%2fpush", "POST /v1/sync/push%2f", "POST /v1/sync/push%00", "POST /v1/sync/push%20",
    "POST /v1/sync/push;a=b", "POST /v1/sync/PUSH", "POST /V1/sync/push", "POST /v1/sync/push?",
    "POST /v1/sync/push?a=b",
    "POST /v1/sync/push#a", "POST http://elsewhere.example/v1/sync/push", "POST http://elsewhere.example//v1/sync/push",
    "POST /v1/sync/%C3%A9", "POST /v1/sync/%ff", "POST *", "OPTIONS *", "GET /v1/sync/pull%3freplica=x",
    "GET /v1/sync/pull?replica=x", "GET /v1/sync/pull?replica=%00", "GET /v1/sync/pull?replica=%ff",
    "GET /v1/sync/pull?replica[]=x", "GET /v1/sync/pull?replica=x;cursor=y", "GET /v1/sync/pull/", "POST /v1/sync/pull",
    "POST /v1/sync/hand-in", "POST /v1/sync/hand-in/", "GET /v1/sync/hand-in", "POST /v1/sync/register",
    "POST /v1/sync/verify", "POST /v1/sync/repair", "POST /v1/sync/offer", "POST /v1/sync/nothing",
    "PATCH /v1/sync/offer",
)  # fmt: skip


def chunked(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """A body in chunks (RFC 9112, section 7.1)."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


def odd_requests(token: str, push: bytes) -> Mapping[str, bytes]:
    """Requests whose body or header is not as a desk's, by what is odd about them."""
    whole, line = {"Authorization": token}, f"POST {_PUSH}"
    in_chunks = {**whole, "Content_Length": None, "Transfer_Encoding": "chunked"}
    return {
        "lower case": request(f"post {_PUSH}", push, **whole),
        "mixed case": request(f"Post {_PUSH}", push, **whole),
        "no method": request(_PUSH, push, **whole),
        "another method by header": request(f"GET {_PUSH}", push, **whole, X_HTTP_Method_Override="POST"),
        "chunked": request(line, chunked(push[:7], push[7:]), **in_chunks),
        "chunked beyond the limit": request(line, chunked(*[b" " * 65_536] * 17), **in_chunks),
        "chunks that never end": request(line, chunked(push, end=b"zz\r\n"), **in_chunks),
        "chunked and counted": request(line, chunked(push), **{**in_chunks, "Content_Length": str(len(push))}),
        "chunked and gzip": request(line, chunked(push), **{**in_chunks, "Transfer_Encoding": "gzip, chunked"}),
        "chunked twice": request(line, chunked(push), **{**in_chunks, "Transfer_Encoding": "chunked, chunked"}),
        "chunked somehow": request(line, chunked(push), **{**in_chunks, "Transfer_Encoding": "xchunked"}),
        "announced beyond the limit": request(line, b"", **{**whole, "Content_Length": str(MAX_BODY + 1)}),
        "announced by a word": request(line, push, **{**whole, "Content_Length": "many"}),
        "announced by a superscript": request(line, push, **{**whole, "Content_Length": "\xb2"}),
        "announced below nothing": request(line, push, **{**whole, "Content_Length": "-1"}),
        "announced with a sign": request(line, push, **{**whole, "Content_Length": f"+{len(push)}"}),
        "said to be packed": request(line, push, **whole, Content_Encoding="gzip"),
        "another type": request(line, push, **whole, Content_Type="application/x-www-form-urlencoded"),
        "a name it does not know": request(line, push, **whole, Host="other.example"),
        "two names": request(line, push, **whole, HOST="other.example"),
        "no name": request(line, push, **{**whole, "Host": None}),
        "behind another": request(line, push, **whole, X_Forwarded_Prefix="/v1", X_Forwarded_For="10.0.0.1"),
        "from a page": request(line, push, **whole, Origin="https://elsewhere.example", Cookie="session=x"),
        "by a cookie alone": request(line, push, Cookie=f"authorization={token}"),
        "two tokens": request(line, push, **whole, AUTHORIZATION="Bearer x"),
        "a token of another scheme": request(line, push, Authorization=token.replace("Bearer", "Basic")),
        "no token": request(line, push),
        "a token in the address": request(f"POST {_PUSH}?access_token={token.partition(' ')[2]}", push),
        "a name for the answer": request(line, push, **whole, X_Request_Id="mine-1"),
        "a name that is none": request(line, push, **whole, X_Request_Id="<b>"),
        "no body": request(line, b"", **whole),
        "no text": request(line, b"\xff\xfe", **whole),
        "ten thousand deep": request(line, b"[" * 10_000, **whole),
        "asked before": request(line, push, **whole, Expect="100-continue"),
        "asked for what is not": request(line, push, **whole, Expect="200-ok"),
        "to become another protocol": request(line, push, **whole, Upgrade="websocket", Connection="Upgrade, close"),
        "an old protocol": request(line, push, **whole).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
        "a folded header": request(line, push, **whole, X_Folded="a\r\n b"),
        "packed as nobody can": request(
            f"GET {_PULL}?replica={new_id()}", b"", **whole, Accept_Encoding="br;q=1, *;q=0"
        ),
        "a part alone": request(f"GET {_PULL}?replica={new_id()}", b"", **whole, Range="bytes=0-1", If_None_Match="*"),
        "a stranger's ticket": request("POST /v1/sync/hand-in", b"{}"),
        "a stranger's large ticket": request("POST /v1/sync/hand-in", b"", Content_Length=str(MAX_BODY + 1)),
    }


def test_every_form_of_an_address_is_answered_as_the_routers_do(
    url: str, walked: str, desk: Callable[..., WireDesk]
) -> None:
    for token in (None, "Bearer eyJ.e30.x", desk(Role.TENANT_MANAGER).http.headers["Authorization"]):
        for first in _FIRST:
            raw = request(first, b"{}", Authorization=token)
            here = sent(url, raw)
            assert here.shape == sent(walked, raw).shape, (first, token)
            assert here.status < 400 or here.headers.get("cache-control") == "no-store" or here.is_of_the_parser, first


def test_what_is_odd_about_a_request_is_answered_as_the_routers_do(
    url: str, walked: str, desk: Callable[..., WireDesk]
) -> None:
    made = desk(Role.TENANT_MANAGER)
    push = orjson.dumps(made.envelope(made.edit("customer.create", {"customer_id": new_id(), "name": "Twice"})))
    there = odd_requests(made.http.headers["Authorization"], push)
    # The first that is taken is known when it comes again: from then on every answer to it is the same.
    assert made.http.post(_PUSH, content=push).status_code == 200
    for what, raw in there.items():
        here = sent(url, raw)
        assert here.shape == sent(walked, raw).shape, what
        assert here.headers.get("cache-control") == "no-store" or here.is_of_the_parser, what
        assert here.status != 500, what


def test_what_a_desk_does_is_answered_as_the_routers_do(
    url: str, walked: str, desk: Callable[..., WireDesk], shop: Shop
) -> None:
    made = desk(Role.TENANT_STAFF)
    token, named = made.http.headers["Authorization"], f"replica={made.replica}"
    push = made.envelope(made.edit("customer.create", {"customer_id": new_id(), "name": shop.canary}))
    wishes = {
        "/v1/sync/register": {"device": made.device, "replica": made.replica, "schema": push["schema"]},
        _PUSH: push,
        "/v1/sync/offer": push,
        "/v1/sync/verify": {"replica": made.replica},
        "/v1/sync/repair": {"replica": made.replica},
    }
    for path, wish in wishes.items():
        raw = request(f"POST {path}", orjson.dumps(wish), Authorization=token)
        assert sent(url, raw).shape == sent(walked, raw).shape, path
    for encoding in ("identity", "gzip", "zstd"):
        raw = request(f"GET {_PULL}?{named}", Authorization=token, Accept_Encoding=encoding)
        here = sent(url, raw)
        assert here.status == 200
        assert here.shape == sent(walked, raw).shape
    raw = request(f"GET {_DAYS}?location={shop.location}", Authorization=token)
    here = sent(url, raw)
    assert here.status == 200
    assert here.shape == sent(walked, raw).shape
    assert {route.path for route in sync.router.routes if isinstance(route, DirectRoute)} == {
        *wishes, _PULL, _DAYS, "/v1/sync/hand-in",
    }  # fmt: skip
