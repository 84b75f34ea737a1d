"""The server's services without sockets: workers of one database, each request an actor, each may die at any border."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock

import orjson
from sqlalchemy import Connection, Engine
from starlette.responses import Response

from shared import clock
from shared.errors import Refusal, StorageFault
from shared.protocol import codec, messages
from shared.protocol.messages import ChallengeWish, RefreshToken, Register, SignIn
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.identity import accounts, devices
from syncserver.services.server import Principal, Server, open_server
from syncserver.services.sync import live, push, recovery, registering, timeline, verifying
from syncserver.services.sync.decisions import Batch
from syncserver.services.sync.pull import Pull
from syncserver.settings import Settings
from syncserver.store.pipeline import finish
from syncserver.store.tenancy import Tenant, TenantId
from syncserver.web.problems import render
from tests.sync.simulate.actors import Process, Scheduler

_HELD: Final = 0.2
"""How often a transaction pauses before its commit, where transactions may overlap."""
TOGETHER: Final = 4
"""Pushes that may share a transaction."""


@dataclass(slots=True, kw_only=True)
class Request:
    """What arrives."""

    path: str
    query: Mapping[str, str]
    body: bytes
    token: str | None


@dataclass(slots=True, kw_only=True, eq=False)
class Reply:
    """What is sent back, as it comes."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    ended: bool = False
    broken: bool = False
    """The worker died, or the network broke, before the end."""

    @property
    def over(self) -> bool:
        """Nothing more will come."""
        return self.ended or self.broken

    def fill(self, response: Response) -> None:
        """Send a whole response."""
        self.status, self.headers = response.status_code, dict(response.headers)
        self.chunks.append(bytes(response.body))
        self.ended = True


class News:
    """What a listener has not been told yet."""

    def __init__(self) -> None:
        self.version: int | None = None

    def take(self) -> int | None:
        """The newest version, once."""
        taken, self.version = self.version, None
        return taken


class Worker:
    """One server process."""

    def __init__(self, scheduler: Scheduler, engine: Engine, settings: Settings, name: str, farm: "Farm") -> None:
        self.process = Process(name)
        self._scheduler, self._farm = scheduler, farm
        self.server: Server = open_server(engine, settings)
        self._pushing = push.Pushing(self.server, farm.poke)
        self._queues: dict[TenantId, list[tuple[Batch, dict[str, Any]]]] = {}
        self._open: list[Reply] = []

    def kill(self) -> None:
        """Let it die: what it had not committed never was, and whoever waits for it is left alone."""
        self._scheduler.kill(self.process)
        for reply in self._open:
            reply.broken = True

    def take(self, request: Request) -> Reply:
        """Begin to answer."""
        reply = Reply()
        self._open.append(reply)
        self._scheduler.spawn(self.process, request.path.rsplit("/", 1)[-1], lambda: self._answer(request, reply))
        return reply

    def _answer(self, request: Request, reply: Reply) -> None:
        try:
            self._routes[request.path](self, request, reply)
        except (Declined, Refusal, StorageFault) as refused:
            reply.fill(render(refused))
        finally:
            reply.broken = not reply.ended
            self._open.remove(reply)

    def _principal(self, request: Request) -> Principal:
        if request.token is None:
            raise Declined(ProblemCode.REAUTH)
        claims = accounts.claimed(self.server, request.token)
        if (known := self.server.principal(claims)) is None:
            self.server.look_up(claims.tenant)
            known = self.server.principal(claims)
        if known is None:
            raise Declined(ProblemCode.REAUTH)
        return known

    def _challenge(self, request: Request, reply: Reply) -> None:
        codec.message_of(request.body, ChallengeWish)
        reply.fill(_json(devices.challenge(self.server)))

    def _sign_in(self, request: Request, reply: Reply) -> None:
        reply.fill(_json(accounts.sign_in(self.server, codec.message_of(request.body, SignIn))))

    def _refresh(self, request: Request, reply: Reply) -> None:
        shown = codec.message_of(request.body, RefreshToken)
        reply.fill(_json(accounts.refresh(self.server, shown)))

    def _sign_out(self, request: Request, reply: Reply) -> None:
        accounts.sign_out(self.server, codec.message_of(request.body, RefreshToken))
        reply.fill(Response(status_code=204))

    def _register(self, request: Request, reply: Reply) -> None:
        wish = codec.message_of(request.body, Register)
        reply.fill(_json(registering.register(self.server, self._principal(request), wish)))

    def _push(self, request: Request, reply: Reply) -> None:
        principal = self._principal(request)
        told = self._written(principal.tenant, push.parse(self.server, principal, request.body))
        reply.fill(Response(told, media_type="application/json"))

    def _written(self, tenant: Tenant, batch: Batch) -> bytes:
        box: dict[str, Any] = {}
        queue = self._queues.setdefault(tenant.id, [])
        queue.append((batch, box))
        if len(queue) == 1:
            self._scheduler.spawn(self.process, "writer", lambda: self._write(tenant))
        self._scheduler.pause("waits for the writer", seconds=None, ready=lambda: bool(box))
        if isinstance(box["answer"], Exception):
            raise box["answer"]
        told: bytes = box["answer"]
        return told

    def _write(self, tenant: Tenant) -> None:
        queue = self._queues[tenant.id]
        while queue:
            taken = queue[: self._scheduler.chance.randint(1, TOGETHER)]
            for (_, box), answer in zip(taken, self._pushing.apply(tenant, [one for one, _ in taken]), strict=True):
                box["answer"] = answer
            del queue[: len(taken)]

    def _pull(self, request: Request, reply: Reply) -> None:
        asked = dict(request.query)
        self._stream(Pull(self.server, self._principal(request), asked.pop("replica"), **asked), reply)

    def _repair(self, request: Request, reply: Reply) -> None:
        wish = codec.message_of(request.body, messages.Repair)
        self._stream(verifying.Repair(self.server, self._principal(request), wish), reply)

    def _stream(self, pull: Pull, reply: Reply) -> None:
        reply.status, reply.headers = 200, {"content-type": "application/x-ndjson"}
        try:
            for line in pull.lines():
                reply.chunks.append(line)
                self._scheduler.pause("between lines")
            reply.ended = True
        finally:
            pull.close()
        pull.finish()

    def _verify(self, request: Request, reply: Reply) -> None:
        wish = codec.message_of(request.body, messages.Verify)
        reply.fill(_json(verifying.Verification(self.server, self._principal(request), wish).answer()))

    def _offer(self, request: Request, reply: Reply) -> None:
        batch = push.parse(self.server, self._principal(request), request.body)
        reply.fill(_json(recovery.take_offers(self.server, batch)))

    def _live(self, request: Request, reply: Reply) -> None:
        principal = self._principal(request)
        told = live.here(self.server, principal)
        if (after := request.query.get("after")) is not None:
            reply.fill(_json(told))
            self._scheduler.note(f"long poll after {after}")
            return
        reply.status, reply.headers = 200, {"content-type": "text/event-stream"}
        reply.chunks.append(_event(told.version, told.epoch, told.view))
        with self._farm.listening(principal.tenant.id) as news:
            while not reply.broken and clock.now().timestamp() < principal.expires_at:
                self._scheduler.pause("listens", seconds=25.0, ready=lambda: news.version is not None or reply.broken)
                version = news.take()
                reply.chunks.append(b":\n\n" if version is None else _event(version, told.epoch, told.view))
        reply.ended = True

    _routes: Final[Mapping[str, Callable[["Worker", Request, Reply], None]]] = {
        "/v1/auth/challenge": _challenge,
        "/v1/auth/sign-in": _sign_in,
        "/v1/auth/refresh": _refresh,
        "/v1/auth/sign-out": _sign_out,
        "/v1/sync/register": _register,
        "/v1/sync/push": _push,
        "/v1/sync/pull": _pull,
        "/v1/sync/repair": _repair,
        "/v1/sync/verify": _verify,
        "/v1/sync/offer": _offer,
        "/v1/sync/live": _live,
    }


def _json(message: Any) -> Response:
    return Response(codec.encode(message), media_type="application/json")


def _event(version: int, epoch: str, view: str) -> bytes:
    return b"data: " + orjson.dumps({"version": version, "epoch": epoch, "view": view}) + b"\n\n"


class Farm:
    """The workers of one server, and the word between them; `lost` is the share of the words that never arrive."""

    def __init__(self, scheduler: Scheduler, engine: Engine, settings: Settings, *, workers: int, lost: float) -> None:
        self._scheduler, self._engine, self.settings, self._lost = scheduler, engine, settings, lost
        self._listeners: dict[TenantId, list[News]] = {}
        self._count = 0
        self.holds = scheduler.overlap
        """Whether transactions may pause while they hold the clock."""
        self.workers: list[Worker] = []
        self.is_down = False
        """Nothing is started: its database is being put back."""
        self._full = workers
        self.committed: Callable[[], None] = lambda: None
        """Called after each commit of a server's transaction."""
        self.start()

    @property
    def has_room(self) -> bool:
        """Whether another worker may be started."""
        return not self.is_down and len(self.workers) < self._full

    def stop(self) -> list[Process]:
        """Kill all workers, and start none before `start`; their processes, which may have to be waited for."""
        self.is_down = True
        stopped = [one.process for one in self.workers]
        while self.workers:
            self.kill_worker()
        return stopped

    def start(self) -> None:
        """Start as many workers as there may be."""
        self.is_down = False
        while self.has_room:
            self.start_worker()

    def start_worker(self) -> None:
        """Start one more process."""
        self._count += 1
        self.workers.append(Worker(self._scheduler, self._engine, self.settings, f"server-{self._count}", self))

    def kill_worker(self) -> None:
        """Kill one of them."""
        self.workers.pop(self._scheduler.chance.randrange(len(self.workers))).kill()

    def take(self, request: Request) -> Reply | None:
        """Give a request to one of the workers; None where there is none."""
        return self._scheduler.chance.choice(self.workers).take(request) if self.workers else None

    def poke(self, tenant: TenantId, version: int) -> None:
        """Tell whoever listens, on whatever worker."""
        for news in self._listeners.get(tenant, []):
            if self._scheduler.chance.random() >= self._lost:
                news.version = version

    @contextmanager
    def listening(self, tenant: TenantId) -> Iterator[News]:
        """Hear of a tenant's versions inside the block."""
        news = News()
        self._listeners.setdefault(tenant, []).append(news)
        try:
            yield news
        finally:
            self._listeners[tenant].remove(news)

    @contextmanager
    def borders(self) -> Iterator[None]:
        """Let others have a turn before and after each writing transaction of the services, inside the block."""
        with ExitStack() as stack:
            for service, name in (
                (push, "clocked_transaction"), (recovery, "tenant_transaction"), (timeline, "tenant_transaction"),
            ):  # fmt: skip
                # The commit of a push is sent before the end of its transaction.
                bordered = self._bordered(vars(service)[name], holds=service is not push)
                stack.enter_context(mock.patch.object(service, name, bordered))
            stack.enter_context(mock.patch.object(push, "finish", self._held_until(finish)))
            yield

    def _bordered(self, transaction: Callable[..., Any], *, holds: bool) -> Callable[..., Any]:
        @contextmanager
        def bordered(*given: Any, **named: Any) -> Iterator[Any]:
            self._scheduler.pause("before the transaction")
            with transaction(*given, **named) as inside:
                yield inside
                if holds:
                    self._hold()
            self.committed()
            self._scheduler.pause("committed")

        return bordered

    def _held_until(self, finished: Callable[[Connection], None]) -> Callable[[Connection], None]:
        def held(connection: Connection) -> None:
            self._hold()
            finished(connection)

        return held

    def _hold(self) -> None:
        if self.holds and self._scheduler.chance.random() < _HELD:
            self._scheduler.pause("holds the clock", seconds=self._scheduler.chance.uniform(0, 1))
