"""What networks, proxies and servers do to a request, on purpose: an ASGI middleware before the real application."""

import asyncio
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Fault(StrEnum):
    """What happens to one request."""

    LOST_REQUEST = "the connection breaks before the server has read it"
    LOST_REPLY = "the server does it, and its reply is lost"
    CUT_REPLY = "half of the reply arrives"
    EMPTY_REPLY = "a proxy answers with nothing"
    LOGIN_PAGE = "a hotel's network answers with its login page"
    REDIRECT = "a hotel's network sends the desk elsewhere"
    BUSY = "503 with Retry-After"
    BAD_GATEWAY = "502 with a page"
    INCIDENT = "500"
    TOO_OLD_TOKEN = "401 reauth"
    RESET_REQUIRED = "410 reset_required"
    SLOW = "half a second passes first"
    VERY_SLOW = "four seconds pass first"
    HELD = "nothing happens until all is healed"


_PAGE = b"<!doctype html><title>Welcome</title><p>Please accept our terms."
_ANSWERS: dict[Fault, tuple[int, dict[str, str], bytes]] = {
    Fault.EMPTY_REPLY: (200, {}, b""),
    Fault.LOGIN_PAGE: (200, {"content-type": "text/html"}, _PAGE),
    Fault.REDIRECT: (302, {"location": "/welcome", "content-type": "text/html"}, _PAGE),
    Fault.BUSY: (503, {"retry-after": "1", "content-type": "application/problem+json"}, b'{"code":"retry"}'),
    Fault.BAD_GATEWAY: (502, {"content-type": "text/html"}, _PAGE),
    Fault.INCIDENT: (500, {"content-type": "application/problem+json"}, b'{"code":"internal"}'),
    Fault.TOO_OLD_TOKEN: (401, {"content-type": "application/problem+json"}, b'{"code":"reauth"}'),
    Fault.RESET_REQUIRED: (410, {"content-type": "application/problem+json"}, b'{"code":"reset_required"}'),
}
_SECONDS = {Fault.SLOW: 0.5, Fault.VERY_SLOW: 4.0}


class Faults:
    """The faults that the next requests meet, by the end of their path; and what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        """Path and query of every request, in order."""
        self.pushed: list[list[int]] = []
        """The numbers of the edits in every push."""
        self.most_pushes_at_once = 0
        self.largest_push: int | None = None
        """Edits beyond which a push is answered 413, as by a proxy with a limit of its own."""
        self.longest_pull: int | None = None
        """Bytes of the answer to a pull after which the line breaks, each time."""
        self._pushes = 0
        self._next: dict[str, deque[Fault]] = {}
        self._healed = 0

    def spoil(self, path: str, *faults: Fault) -> None:
        """Let the next requests whose path ends so meet these faults, one each."""
        self._next.setdefault(path, deque()).extend(faults)

    def heal(self) -> None:
        """No more faults, and nothing was asked."""
        self._next.clear()
        self.asked.clear()
        self.pushed.clear()
        self.most_pushes_at_once = 0
        self.largest_push = self.longest_pull = None
        self._healed += 1

    async def healed(self) -> None:
        """Wait until `heal`."""
        before = self._healed
        # It is called on another thread than the server's.
        while self._healed == before:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    def pending(self, path: str) -> int:
        """How many faults no request has met yet."""
        return len(self._next.get(path, ()))

    def count(self, path: str) -> int:
        """How often it was asked."""
        return sum(asked.endswith(path) for asked, _ in self.asked)

    def met(self, scope: Scope) -> Fault | None:
        """The fault that this request meets."""
        self.asked.append((scope["path"], scope["query_string"].decode()))
        for path, faults in self._next.items():
            if scope["path"].endswith(path) and faults:
                return faults.popleft()
        return None

    def begin_push(self, body: bytes) -> bool:
        """Note a push; whether it is too large."""
        numbers = [one["seq"] for one in orjson.loads(body)["mutations"]]
        self.pushed.append(numbers)
        self._pushes += 1
        self.most_pushes_at_once = max(self.most_pushes_at_once, self._pushes)
        return self.largest_push is not None and len(numbers) > self.largest_push

    def end_push(self) -> None:
        """A push has its answer, or has lost it."""
        self._pushes -= 1


class Faulty:
    """The middleware."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self._faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].endswith("/push"):
            await self._push(scope, receive, send)
        else:
            await self._spoilt(scope, receive, send)

    async def _push(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        try:
            if self._faults.begin_push(body):
                self._faults.met(scope)
                await _answer(send, 413, {"content-type": "text/html"}, _PAGE)
            else:
                await self._spoilt(scope, _again(body, receive), send)
        finally:
            self._faults.end_push()

    async def _spoilt(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._faults.met(scope)
        if fault in _ANSWERS:
            await _answer(send, *_ANSWERS[fault])
        elif fault is Fault.LOST_REQUEST:
            await _cut(send, b"")
        elif (longest := self._faults.longest_pull) is not None and scope["path"].endswith("/pull"):
            await self._broken_off(scope, receive, send, longest)
        elif fault in (Fault.LOST_REPLY, Fault.CUT_REPLY):
            said = await self._recorded(scope, receive)
            await _cut(send, said[: len(said) // 2] if fault is Fault.CUT_REPLY else b"")
        elif fault is Fault.HELD:
            await self._faults.healed()
            await self._app(scope, receive, send)
        else:
            await asyncio.sleep(_SECONDS.get(fault, 0.0) if fault else 0.0)
            await self._app(scope, receive, send)

    async def _broken_off(self, scope: Scope, receive: Receive, send: Send, longest: int) -> None:
        said = await self._recorded(scope, receive)
        if len(said) > longest:
            await _cut(send, said[:longest])
        else:
            await _answer(send, 200, {"content-type": "application/x-ndjson"}, said)

    async def _recorded(self, scope: Scope, receive: Receive) -> bytes:
        """Let the server do all of it; the body of its reply."""
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            parts.append(message.get("body", b""))

        # What is cut must not be packed: half of a packed reply is no lines at all.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, keep)
        return b"".join(parts)


async def _body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    given: list[bool] = []

    async def once() -> Message:
        if given:
            return await receive()
        given.append(True)
        return {"type": "http.request", "body": body, "more_body": False}

    return once


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def _cut(send: Send, body: bytes) -> None:
    """Promise more than is sent: uvicorn then closes the connection in the middle of the reply."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body) + 1).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})


def behind(faults: Faults) -> Callable[[Any], None]:
    """Puts the faults before an application that is not started yet."""
    return lambda app: app.add_middleware(Faulty, faults=faults)
