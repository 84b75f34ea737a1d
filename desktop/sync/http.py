"""One server's connections: requests, streams, and a way to interrupt whoever waits for them."""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, Final

import httpx2
import orjson

from desktop.sync.replies import as_unreachable, require_success
from shared.errors import Unreachable
from shared.ids import secret_token
from shared.protocol.headers import REQUEST_ID

_TIMEOUT: Final = httpx2.Timeout(30.0, connect=5.0)
# Two heartbeats of the server may be lost before the stream counts as dead.
_LIVE_TIMEOUT: Final = httpx2.Timeout(65.0, connect=5.0)
# Before its first byte comes, the server has read all that a business has.
_EXPORT_TIMEOUT: Final = httpx2.Timeout(300.0, connect=5.0)
_PROBE_TIMEOUT: Final = httpx2.Timeout(1.5)


@cache
def _trust() -> ssl.SSLContext:
    """Whom this computer trusts: read once, for it takes longer than most requests."""
    return httpx2.create_ssl_context(trust_env=False)


class Http:
    """Every method raises Unreachable, or what the server's refusal means (`replies`)."""

    def __init__(self, url: str) -> None:
        with as_unreachable():
            self._client = httpx2.Client(
                base_url=url, timeout=_TIMEOUT, trust_env=False, verify=_trust(),
                event_hooks={"request": [self._watch], "response": [_require_own]},
            )  # fmt: skip
        self._sockets: list[socket.socket] = []
        # Several threads open connections: one that is not noted is not interrupted.
        self._noting = threading.Lock()
        self._interrupted = False

    def _watch(self, request: httpx2.Request) -> None:
        request.extensions["trace"] = self._note
        request.headers[REQUEST_ID] = secret_token(9)

    def _note(self, event: str, told: Mapping[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            opened = told["return_value"].get_extra_info("socket")
            with self._noting:
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

    def probe(self, path: str) -> None:
        """Ask for no more than a sign of life; raises Unreachable where none comes soon."""
        with as_unreachable():
            self._client.head(path, timeout=_PROBE_TIMEOUT)

    def post(self, path: str, message: Mapping[str, Any], token: str | None = None) -> bytes:
        """Post a message; the body of the answer, which may be empty."""
        with as_unreachable():
            response = self._client.post(path, content=orjson.dumps(message), headers=_headers(token))
        require_success(response)
        return response.content

    def get(self, path: str, asked: Mapping[str, str], token: str) -> bytes:
        """Ask for something; the body of the answer."""
        with as_unreachable():
            response = self._client.get(path, params=asked, headers=_headers(token))
        require_success(response)
        return response.content

    def wait(self, path: str, asked: Mapping[str, str], token: str) -> bytes:
        """Ask for something that the server may keep back for a minute; the body of the answer."""
        with as_unreachable():
            response = self._client.get(path, params=asked, headers=_headers(token), timeout=_LIVE_TIMEOUT)
        require_success(response)
        return response.content

    @contextmanager
    def pieces(self, path: str, asked: Mapping[str, str], token: str) -> Iterator[Iterator[bytes]]:
        """The body of an answer as it arrives."""
        with self._stream("GET", path, token, _TIMEOUT, params=asked) as response:
            yield _pieces(response)

    @contextmanager
    def file(self, path: str, token: str) -> Iterator[Iterator[bytes]]:
        """The body of an answer that the server makes first, for minutes, as it arrives."""
        with self._stream("GET", path, token, _EXPORT_TIMEOUT) as response:
            yield _pieces(response)

    @contextmanager
    def posted_pieces(self, path: str, message: Mapping[str, Any], token: str) -> Iterator[Iterator[bytes]]:
        """The body of the answer to a message as it arrives."""
        with self._stream("POST", path, token, _TIMEOUT, content=orjson.dumps(message)) as response:
            yield _pieces(response)

    @contextmanager
    def lines(self, path: str, asked: Mapping[str, str], token: str) -> Iterator[Iterator[str]]:
        """The lines of an answer that goes on for as long as there are heartbeats, as they arrive."""
        with self._stream("GET", path, token, _LIVE_TIMEOUT, params=asked) as response:
            yield _lines(response)

    @contextmanager
    def _stream(
        self, method: str, path: str, token: str, timeout: httpx2.Timeout, **asked: Any
    ) -> Iterator[httpx2.Response]:
        with (
            as_unreachable(),
            self._client.stream(method, path, headers=_headers(token), timeout=timeout, **asked) as response,
        ):
            require_success(response)
            yield response


def _require_own(response: httpx2.Response) -> None:
    """Take no answer to another request: whatever stands between repeats one, and it tells of a past that is over."""
    answered = response.headers.get(REQUEST_ID)
    # A server from before these ids gives none back.
    if answered is not None and answered != response.request.headers[REQUEST_ID]:
        raise Unreachable("The network gave the answer to another request.")


def _shut_down(one: socket.socket) -> None:
    # TLS would wait for its farewell: the plain socket's way is taken.
    with suppress(OSError):
        socket.socket.shutdown(one, socket.SHUT_RDWR)


def _headers(token: str | None) -> dict[str, str]:
    return {"Content-Type": "application/json"} | ({} if token is None else {"Authorization": f"Bearer {token}"})


def _pieces(response: httpx2.Response) -> Iterator[bytes]:
    with as_unreachable():
        yield from response.iter_bytes()


def _lines(response: httpx2.Response) -> Iterator[str]:
    with as_unreachable():
        yield from response.iter_lines()
