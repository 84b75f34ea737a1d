"""The calls of the wire, one method each."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from desktop.sync.json_lines import json_lines
from shared.errors import ProtocolMismatch, Unreachable

if TYPE_CHECKING:
    from desktop.sync.http import Http

Answer = dict[str, Any]


class Transport:
    """Speaks HTTP with one server. Every method raises Unreachable, or what the refusal means (`problems`)."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._making = threading.Lock()
        self._made: Http | None = None
        self._interrupted = False

    def _http(self) -> "Http":
        # HTTP and TLS take longer to load than the first day takes to paint: who speaks first loads them, and that is
        # the network's thread, once the book is on the screen.
        from desktop.sync.http import Http

        with self._making:
            if self._interrupted:
                raise Unreachable("The connection was closed.")
            if self._made is None:
                self._made = Http(self.url)
            return self._made

    def interrupt(self) -> None:
        """Let every thread that waits for an answer have Unreachable at once, now and from here on."""
        with self._making:
            self._interrupted = True
        if self._made is not None:
            self._made.interrupt()

    @property
    def is_interrupted(self) -> bool:
        """Whether nothing is asked by it any more."""
        return self._interrupted

    def cut(self) -> None:
        """Let every thread that waits for an answer have Unreachable at once; the next request opens a connection."""
        if self._made is not None:
            self._made.cut()

    def close(self) -> None:
        """End every connection; whoever waits for an answer is interrupted first."""
        self.interrupt()
        if self._made is not None:
            self._made.close()

    def probe(self) -> None:
        """`HEAD /health`: whatever the answer, somebody is there. Raises Unreachable where none comes soon."""
        # Not GET: that asks the database, and a server whose database is busy is there all the same.
        self._http().probe("/health")

    def challenge(self) -> Answer:
        """`POST /v1/auth/challenge`."""
        return _json(self._http().post("/v1/auth/challenge", {}))

    def sign_in(self, wish: Mapping[str, Any]) -> Answer:
        """`POST /v1/auth/sign-in`."""
        return _json(self._http().post("/v1/auth/sign-in", wish))

    def refresh(self, refresh_token: str, proof: str) -> Answer:
        """`POST /v1/auth/refresh`."""
        return _json(self._http().post("/v1/auth/refresh", {"refresh_token": refresh_token, "proof": proof}))

    def sign_out(self, refresh_token: str, proof: str) -> None:
        """`POST /v1/auth/sign-out`."""
        self._http().post("/v1/auth/sign-out", {"refresh_token": refresh_token, "proof": proof})

    def register(self, token: str, wish: Mapping[str, Any]) -> Answer:
        """`POST /v1/sync/register`."""
        return _json(self._http().post("/v1/sync/register", wish, token))

    def push(self, token: str, batch: Mapping[str, Any]) -> Answer:
        """`POST /v1/sync/push`."""
        return _json(self._http().post("/v1/sync/push", batch, token))

    def offer(self, token: str, batch: Mapping[str, Any]) -> Answer:
        """`POST /v1/sync/offer`."""
        return _json(self._http().post("/v1/sync/offer", batch, token))

    def hand_in(self, part: Mapping[str, Any]) -> Answer:
        """`POST /v1/sync/hand-in`."""
        return _json(self._http().post("/v1/sync/hand-in", part))

    @contextmanager
    def pull(
        self, token: str, replica: str, *, cursor: str | None = None, resume: str | None = None
    ) -> Iterator[Iterator[Answer]]:
        """`GET /v1/sync/pull`: the lines as they arrive; only whole ones are given."""
        given = {"replica": replica, "cursor": cursor, "resume": resume}
        asked = {name: said for name, said in given.items() if said is not None}
        with self._http().pieces("/v1/sync/pull", asked, token) as pieces:
            yield (_json(line) for line in json_lines(pieces))

    def verify(self, token: str, question: Mapping[str, Any]) -> Answer:
        """`POST /v1/sync/verify`."""
        return _json(self._http().post("/v1/sync/verify", question, token))

    @contextmanager
    def repair(self, token: str, wish: Mapping[str, Any]) -> Iterator[Iterator[Answer]]:
        """`POST /v1/sync/repair`: the lines as they arrive; only whole ones are given."""
        with self._http().posted_pieces("/v1/sync/repair", wish, token) as pieces:
            yield (_json(line) for line in json_lines(pieces))

    @contextmanager
    def live(self, token: str) -> Iterator[Iterator[Answer]]:
        """`GET /v1/sync/live`: pokes as they arrive."""
        with self._http().lines("/v1/sync/live", {}, token) as lines:
            yield (_json(line[5:].encode()) for line in lines if line.startswith("data:"))

    def told(self, token: str, path: str, **asked: str) -> Answer:
        """`GET` of something that is read only by who looks at it: the team, devices, the audit trail."""
        return _json(self._http().get(path, asked, token))

    def done(self, token: str, path: str, message: Mapping[str, Any]) -> None:
        """`POST` of something that a person wants done to the team or to devices."""
        self._http().post(path, message, token)

    def answered(self, token: str, path: str, message: Mapping[str, Any]) -> Answer:
        """`POST` of something that a person wants done and told of, empty where there is nothing to tell."""
        return _json(self._http().post(path, message, token) or b"{}")

    def forgotten(self, tenant: str, email: str) -> None:
        """`POST /v1/account/forgotten`."""
        self._http().post("/v1/account/forgotten", {"tenant": tenant, "email": email})

    @contextmanager
    def export(self, token: str, customer: str | None) -> Iterator[Iterator[bytes]]:
        """`GET /v1/export`, or that of one customer: the bytes of the zip as they arrive."""
        path = "/v1/export" if customer is None else f"/v1/customers/{customer}/export"
        with self._http().file(path, token) as pieces:
            yield pieces

    def masquerade_start(self, token: str, target: str, reason: str) -> Answer:
        """`POST /v1/masquerade/start`."""
        return _json(self._http().post("/v1/masquerade/start", {"target": target, "reason": reason}, token))

    def masquerade_code(self, opening: str) -> Answer:
        """`POST /v1/masquerade/code`."""
        return _json(self._http().post("/v1/masquerade/code", {"opening": opening}))

    def masquerade_redeem(self, opening: str, digits: str) -> Answer:
        """`POST /v1/masquerade/redeem`."""
        return _json(self._http().post("/v1/masquerade/redeem", {"opening": opening, "digits": digits}))

    def masquerade_stop(self, token: str) -> None:
        """`POST /v1/masquerade/stop`."""
        self._http().post("/v1/masquerade/stop", {}, token)

    def long_poll(self, token: str, after: int) -> Answer:
        """`GET /v1/sync/live?after=`: one poke, once there is one."""
        return _json(self._http().wait("/v1/sync/live", {"after": str(after)}, token))


def _json(text: bytes) -> Answer:
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # A line that was cut off, or a page of a proxy: the network's fault, not the server's word.
        raise Unreachable("The server's answer cannot be read.") from error
    if not isinstance(told, dict):
        raise ProtocolMismatch("The server's answer is not what this version understands.")
    return told
