"""The calls of the wire, one method each."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final

import httpx2
import orjson

from desktop.sync.json_lines import json_lines
from desktop.sync.problems import as_unreachable, require_success
from shared.errors import ProtocolMismatch, Unreachable

Answer = dict[str, Any]
_TIMEOUT: Final = httpx2.Timeout(30.0, connect=5.0)
# Two heartbeats of the server may be lost before the stream counts as dead.
_LIVE_TIMEOUT: Final = httpx2.Timeout(65.0, connect=5.0)
_PROBE_TIMEOUT: Final = httpx2.Timeout(1.5)


class Transport:
    """Speaks HTTP with one server. Every method raises Unreachable, or what the refusal means (`problems`)."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        with as_unreachable():
            self._client = httpx2.Client(
                base_url=self.url, timeout=_TIMEOUT, trust_env=False, event_hooks={"request": [self._watch]}
            )
        self._sockets: list[socket.socket] = []
        self._interrupted = False

    def _watch(self, request: httpx2.Request) -> None:
        request.extensions["trace"] = self._note

    def _note(self, event: str, told: Mapping[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            opened = told["return_value"].get_extra_info("socket")
            self._sockets = [one for one in self._sockets if one.fileno() != -1] + [opened]
            if self._interrupted:
                _shut_down(opened)

    def interrupt(self) -> None:
        """Let every thread that waits for an answer have Unreachable at once, now and from here on."""
        self._interrupted = True
        self.cut()

    def cut(self) -> None:
        """Let every thread that waits for an answer have Unreachable at once; the next request opens a connection."""
        for one in tuple(self._sockets):
            # Closing a socket wakes nobody who reads from it; shutting it down does.
            _shut_down(one)

    def close(self) -> None:
        """End every connection; whoever waits for an answer is interrupted first."""
        self.interrupt()
        self._client.close()
        for one in tuple(self._sockets):
            # One that was opened while the client closed belongs to nobody any more.
            with suppress(OSError):
                one.close()

    def probe(self) -> None:
        """`HEAD /health`: whatever the answer, somebody is there. Raises Unreachable where none comes soon."""
        # Not GET: that asks the database, and a server whose database is busy is there all the same.
        with as_unreachable():
            self._client.head("/health", timeout=_PROBE_TIMEOUT)

    def sign_in(self, wish: Mapping[str, Any]) -> Answer:
        """`POST /v1/auth/sign-in`."""
        return self._post("/v1/auth/sign-in", wish)

    def refresh(self, refresh_token: str) -> Answer:
        """`POST /v1/auth/refresh`."""
        return self._post("/v1/auth/refresh", {"refresh_token": refresh_token})

    def sign_out(self, refresh_token: str) -> None:
        """`POST /v1/auth/sign-out`."""
        with as_unreachable():
            response = self._client.post("/v1/auth/sign-out", json={"refresh_token": refresh_token})
        require_success(response)

    def register(self, token: str, wish: Mapping[str, Any]) -> Answer:
        """`POST /v1/sync/register`."""
        return self._post("/v1/sync/register", wish, token)

    def push(self, token: str, batch: Mapping[str, Any]) -> Answer:
        """`POST /v1/sync/push`."""
        return self._post("/v1/sync/push", batch, token)

    def _post(self, path: str, message: Mapping[str, Any], token: str | None = None) -> Answer:
        with as_unreachable():
            response = self._client.post(path, content=orjson.dumps(message), headers=_headers(token))
        require_success(response)
        return _json(response.content)

    @contextmanager
    def pull(self, token: str, replica: str, cursor: str | None) -> Iterator[Iterator[Answer]]:
        """`GET /v1/sync/pull`: the lines as they arrive; only whole ones are given."""
        asked = {"replica": replica} | ({} if cursor is None else {"cursor": cursor})
        with self._stream("/v1/sync/pull", asked, token, _TIMEOUT) as response:
            yield (_json(line) for line in json_lines(_pieces(response)))

    @contextmanager
    def live(self, token: str) -> Iterator[Iterator[Answer]]:
        """`GET /v1/sync/live`: pokes as they arrive."""
        with self._stream("/v1/sync/live", {}, token, _LIVE_TIMEOUT) as response:
            yield _pokes(_lines(response))

    def long_poll(self, token: str, after: int) -> Answer:
        """`GET /v1/sync/live?after=`: one poke, once there is one."""
        with as_unreachable():
            response = self._client.get(
                "/v1/sync/live", params={"after": str(after)}, headers=_headers(token), timeout=_LIVE_TIMEOUT
            )
        require_success(response)
        return _json(response.content)

    def _stream(
        self, path: str, asked: Mapping[str, str], token: str, timeout: httpx2.Timeout
    ) -> AbstractContextManager[httpx2.Response]:
        return _opened(self._client, path, asked, token, timeout)


def _shut_down(one: socket.socket) -> None:
    # TLS would wait for its farewell: the plain socket's way is taken.
    with suppress(OSError):
        socket.socket.shutdown(one, socket.SHUT_RDWR)


@contextmanager
def _opened(
    client: httpx2.Client, path: str, asked: Mapping[str, str], token: str, timeout: httpx2.Timeout
) -> Iterator[httpx2.Response]:
    with (
        as_unreachable(),
        client.stream("GET", path, params=asked, headers=_headers(token), timeout=timeout) as response,
    ):
        require_success(response)
        yield response


def _headers(token: str | None) -> dict[str, str]:
    return {"Content-Type": "application/json"} | ({} if token is None else {"Authorization": f"Bearer {token}"})


def _pieces(response: httpx2.Response) -> Iterator[bytes]:
    with as_unreachable():
        yield from response.iter_bytes()


def _lines(response: httpx2.Response) -> Iterator[str]:
    with as_unreachable():
        yield from response.iter_lines()


def _pokes(lines: Iterator[str]) -> Iterator[Answer]:
    for line in lines:
        if line.startswith("data:"):
            yield _json(line[5:].encode())


def _json(text: bytes) -> Answer:
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # A line that was cut off, or a page of a proxy: the network's fault, not the server's word.
        raise Unreachable("The server's answer cannot be read.") from error
    if not isinstance(told, dict):
        raise ProtocolMismatch("The server's answer is not what this version understands.")
    return told
