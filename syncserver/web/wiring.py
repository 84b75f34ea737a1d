"""What routes ask for: the services of the process, and whom a request comes from."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol import codec
from shared.protocol.problems import ProblemCode
from syncserver.effects.news import News
from syncserver.effects.pokes import Pokes
from syncserver.services.declined import Declined
from syncserver.services.jobs.key_rotation import KeyWatch
from syncserver.services.server import Server
from syncserver.services.sync.decisions import Batch
from syncserver.services.sync.writers import TooManyWaiting, Writers
from syncserver.store.tenancy import Tenant
from syncserver.web.bodies import read_message
from syncserver.web.turns import Exports, OneByOne, PerMinute, Pulls, SignIns, Strangers

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The services of one process."""

    server: Server
    key_watch: KeyWatch
    pokes: Pokes
    news: News
    writers: Writers[Batch, bytes]
    sign_ins: SignIns
    pulls: Pulls
    strangers: Strangers
    exports: Exports
    feeds: OneByOne
    days: OneByOne
    feeds_asked: PerMinute


def wiring(request: Request) -> Wiring:
    """The services that the application was built with."""
    built: Wiring = request.app.state.wiring
    return built


async def message_of(request: Request, cls: type[T]) -> T:
    """The checked message of a request's body; raises Refusal(INVALID)."""
    return codec.message_of(await read_message(request), cls)


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a service that waits for the database."""
    return await run_in_threadpool(function, *args, **kwargs)


async def written(request: Request, tenant: Tenant, batch: Batch) -> Response:
    """What the tenant's writer makes of a push."""
    try:
        told = await asyncio.wrap_future(wiring(request).writers.submit(tenant, batch))
    except TooManyWaiting:
        raise Declined(ProblemCode.RETRY, retry_after=1) from None
    return Response(told, media_type="application/json")


def answer(message: Any) -> Response:
    """A message as the body of a response."""
    return Response(codec.encode(message), media_type="application/json")
