"""The desks' connections: what the wire, proxies and cables do to them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
import orjson

from desktop.sync.problems import TimedOut
from desktop.sync.replies import require_success
from shared.errors import Unreachable
from tests.sync.simulate.actors import Scheduler
from tests.sync.simulate.server import Farm, Reply, Request

_PATIENCE: Final = 30.0


@dataclass(slots=True, kw_only=True)
class Weather:
    """How likely each fault is for one request; all zero when it is fine."""

    lost: float = 0.0
    """The request never arrives."""
    reply_lost: float = 0.0
    """The server does it, and nobody hears."""
    twice: float = 0.0
    """It arrives a second time, later; that reply is nobody's."""
    cut: float = 0.0
    """The reply breaks off at some byte."""
    stale: float = 0.0
    """A cache answers a question with what it heard the last time that it was asked."""
    slow: float = 0.0
    """Up to this many seconds pass before it arrives."""


FINE: Final = Weather()


@dataclass(slots=True, eq=False)
class Network:
    """Between all desks and the server."""

    scheduler: Scheduler
    farm: Farm
    weather: Weather = field(default_factory=Weather)
    unplugged: set[str] = field(default_factory=set)
    """Hosts whose cable is out."""
    asked: list[tuple[float, str, str]] = field(default_factory=list)
    """When, by which host, what path."""
    seen: list[bytes] = field(default_factory=list)
    heard: dict[tuple[str, str], Reply] = field(default_factory=dict)
    insists: bool = False
    """Whether a kept answer was given twice in a row: a desk takes its server for one that was put back then."""
    _kept: set[tuple[str, str]] = field(default_factory=set)
    forbidden: dict[str, bytes] = field(default_factory=dict)
    """Bytes that must never reach a host."""

    def happens(self, likely: float) -> bool:
        """Throw the dice."""
        return likely > 0 and self.scheduler.chance.random() < likely

    def kept(self, url: tuple[str, str]) -> Reply:
        """Give what was answered to the same question before, as a cache on the way does that is wrongly set."""
        self.insists = self.insists or url in self._kept
        self._kept.add(url)
        return self.heard[url]

    def hear(self, url: tuple[str, str], reply: Reply) -> None:
        """Keep an answer that has come from the server itself."""
        self._kept.discard(url)
        self.heard[url] = reply


class SimulatedHttp:
    """`desktop.sync.http.Http` over the network of the run."""

    network: Network

    def __init__(self, url: str) -> None:
        self._host = httpx2.URL(url).host
        self._cuts = 0
        self._interrupted = False

    def interrupt(self) -> None:
        self._interrupted = True
        self._cuts += 1

    def cut(self) -> None:
        self._cuts += 1

    def close(self) -> None:
        self.interrupt()

    def probe(self, path: str) -> None:
        net = self.network
        net.scheduler.pause("probe")
        if self._host in net.unplugged or not net.farm.workers or self._interrupted:
            raise Unreachable("The server cannot be reached.")

    def post(self, path: str, message: Mapping[str, Any], token: str | None = None) -> bytes:
        request = Request(path=path, query={}, body=orjson.dumps(message), token=token)
        with self._asked(request) as reply:
            return self._whole(reply)

    def wait(self, path: str, asked: Mapping[str, str], token: str) -> bytes:
        with self._asked(Request(path=path, query=asked, body=b"", token=token)) as reply:
            return self._whole(reply)

    @contextmanager
    def pieces(self, path: str, asked: Mapping[str, str], token: str) -> Iterator[Iterator[bytes]]:
        request = Request(path=path, query=asked, body=b"", token=token)
        with self._asked(request) as reply:
            yield self._as_it_comes(reply, request)

    @contextmanager
    def posted_pieces(self, path: str, message: Mapping[str, Any], token: str) -> Iterator[Iterator[bytes]]:
        request = Request(path=path, query={}, body=orjson.dumps(message), token=token)
        with self._asked(request) as reply:
            yield self._as_it_comes(reply, request)

    @contextmanager
    def lines(self, path: str, asked: Mapping[str, str], token: str) -> Iterator[Iterator[str]]:
        with self._asked(Request(path=path, query=asked, body=b"", token=token)) as reply:
            yield (line for piece in self._as_it_comes(reply, None) for line in piece.decode().splitlines())

    @contextmanager
    def _asked(self, request: Request) -> Iterator[Reply]:
        reply = self._sent(request)
        try:
            self._until(reply, lambda: bool(reply.status))
            if reply.status >= 300:
                self._whole(reply)
            yield reply
        finally:
            if not reply.ended:
                # Nobody listens to it any more.
                reply.broken = True

    def _sent(self, request: Request) -> Reply:
        net, what = self.network, request.path
        net.asked.append((net.scheduler.now, self._host, what))
        net.scheduler.pause(f"asks {what}", seconds=net.scheduler.chance.uniform(0, net.weather.slow))
        if self._interrupted or self._host in net.unplugged or net.happens(net.weather.lost):
            raise Unreachable("The server cannot be reached.")
        url = (self._host, f"{what}?{sorted(request.query.items())}")
        if url in net.heard and net.happens(net.weather.stale):
            return net.kept(url)
        reply = net.farm.take(request)
        if reply is None:
            raise Unreachable("The server cannot be reached.")
        if net.happens(net.weather.twice):
            again = request
            net.scheduler.spawn(net.farm.workers[0].process, "again", lambda: _later(net, again))
        if net.happens(net.weather.reply_lost):
            self._until(reply, lambda: reply.over)
            raise TimedOut("The server does not answer.")
        if what.endswith("/pull"):
            net.hear(url, reply)
        return reply

    def _until(self, reply: Reply, happened: Any) -> None:
        cuts, net = self._cuts, self.network

        def something() -> bool:
            return happened() or reply.over or self._cuts != cuts or self._host in net.unplugged

        net.scheduler.pause("waits for an answer", seconds=_PATIENCE, ready=something)
        if self._cuts != cuts or self._host in net.unplugged or (reply.broken and not happened()):
            raise Unreachable("The server cannot be reached.")
        if not happened() and not reply.ended:
            raise TimedOut("The server does not answer.")

    def _whole(self, reply: Reply) -> bytes:
        self._until(reply, lambda: reply.ended)
        body = b"".join(reply.chunks)
        self._look(body)
        require_success(httpx2.Response(reply.status, headers=dict(reply.headers), content=body))
        return body

    def _as_it_comes(self, reply: Reply, request: Request | None) -> Iterator[bytes]:
        net, place, got = self.network, 0, 0
        breaks_at = net.scheduler.chance.randrange(6000) if request and net.happens(net.weather.cut) else None
        while True:
            if place == len(reply.chunks):
                if reply.ended:
                    return
                self._until_more(reply, place)
                continue
            piece = reply.chunks[place]
            place += 1
            self._look(piece)
            if breaks_at is not None and got + len(piece) > breaks_at:
                yield piece[: breaks_at - got]
                raise Unreachable("The connection broke.")
            got += len(piece)
            yield piece

    def _until_more(self, reply: Reply, place: int) -> None:
        self._until(reply, lambda: len(reply.chunks) > place)

    def _look(self, body: bytes) -> None:
        """No name of another business is in what a desk is sent (promise 6)."""
        forbidden = self.network.forbidden.get(self._host)
        assert forbidden is None or forbidden not in body, f"{self._host} was sent another's rows"


def _later(net: Network, request: Request) -> None:
    net.scheduler.pause("is late", seconds=net.scheduler.chance.uniform(0, 40))
    net.farm.take(request)
