"""Pokes as server-sent events, and as the answer to a long poll."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.protocol import codec
from shared.protocol.messages import Poke
from shared.protocol.problems import ProblemCode
from syncserver.effects.pokes import ListensTooOften
from syncserver.services import live
from syncserver.services.declined import Declined
from syncserver.services.server import Principal
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
        wired.pokes.require_room(principal.user)
    first = await in_thread(live.here, wired.server, principal)
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(_events(wired, principal, first), media_type=EVENTS, headers=headers)


async def _events(wired: Wiring, principal: Principal, first: Poke) -> AsyncIterator[bytes]:
    with _declined(), wired.pokes.listening(principal.tenant.id, principal.user) as listener:
        # What was written before anybody listened is in the version of now.
        now = await in_thread(live.here, wired.server, principal)
        async for poke in live.events(listener, principal, max(first, now, key=lambda one: one.version)):
            yield _HEARTBEAT if poke is None else b"data: " + codec.encode(poke) + b"\n\n"


async def long_poll(request: Request, principal: Principal, after: int) -> Response:
    """The next poke beyond a version, or where the tenant stands after a heartbeat's time."""
    wired = wiring(request)
    with _declined(), wired.pokes.listening(principal.tenant.id, principal.user) as listener:
        first = await in_thread(live.here, wired.server, principal)
        return answer(await live.newer(listener, first, after))


@contextmanager
def _declined() -> Iterator[None]:
    try:
        yield
    except ListensTooOften:
        raise Declined(ProblemCode.TOO_MANY_STREAMS, retry_after=_AGAIN) from None
