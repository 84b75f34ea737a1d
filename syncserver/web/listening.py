"""Pokes as server-sent events, and as the answer to a long poll."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.model.base import UserId
from shared.protocol import codec
from shared.protocol.messages import Poke
from shared.protocol.problems import ProblemCode
from syncserver.effects.pokes import Listener, ListensTooOften
from syncserver.services.declined import Declined
from syncserver.services.identity import masquerades
from syncserver.services.server import Principal
from syncserver.services.sync import live
from syncserver.web.watching import watched
from syncserver.web.wiring import Wiring, answer, in_thread, wiring

EVENTS: Final = "text/event-stream"
_HEARTBEAT: Final = b":\n\n"
"""A comment: it keeps proxies from closing what is quiet (HTML, section 9.2.7)."""

_AGAIN: Final = 60
"""Seconds until another stream may be tried: some of the open ones will have ended with their tokens."""


async def event_stream(request: Request, principal: Principal) -> Response:
    """A stream of events. Raises Declined before it begins."""
    wired = wiring(request)
    # Asked now: once a stream has begun it can only end.
    with _declined():
        wired.pokes.require_room(_who(principal))
    first = await in_thread(live.here, wired.server, principal)
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(_events(wired, principal, first), media_type=EVENTS, headers=headers)


async def _events(wired: Wiring, principal: Principal, first: Poke) -> AsyncIterator[bytes]:
    async with _listening(wired, principal) as listener:
        # What was written before anybody listened is in the version of now.
        now = await in_thread(live.here, wired.server, principal)
        async for poke in live.events(listener, principal, max(first, now, key=lambda one: one.version)):
            yield _HEARTBEAT if poke is None else b"data: " + codec.encode(poke) + b"\n\n"


async def long_poll(request: Request, principal: Principal, after: int) -> Response:
    """The next poke beyond a version, or where the tenant stands after a heartbeat's time."""
    wired = wiring(request)
    async with _listening(wired, principal) as listener:
        first = await in_thread(live.here, wired.server, principal)
        newer = await live.newer(listener, first, after)
    if principal.actor is not None:
        await in_thread(masquerades.standing_of, wired.server, principal.session)
    return answer(newer)


@asynccontextmanager
async def _listening(wired: Wiring, principal: Principal) -> AsyncIterator[Listener]:
    with _declined(), wired.pokes.listening(principal.tenant.id, _who(principal)) as listener:
        async with watched(wired.server, principal, over=listener.end):
            yield listener


def _who(principal: Principal) -> UserId:
    """Whose streams are counted: nobody's own are taken by who acts as them."""
    return principal.actor or principal.user


@contextmanager
def _declined() -> Iterator[None]:
    try:
        yield
    except ListensTooOften:
        raise Declined(ProblemCode.TOO_MANY_STREAMS, retry_after=_AGAIN) from None
