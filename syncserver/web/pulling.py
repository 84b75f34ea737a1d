"""A pull as a response: small ones whole, long ones as they are read."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Code, Refusal
from shared.ids import is_id
from syncserver.services.server import Principal
from syncserver.services.sync.days import days_around
from syncserver.services.sync.pull import Pull
from syncserver.web.streams import Stream, encoding_for, packed
from syncserver.web.watching import watched
from syncserver.web.wiring import in_thread, wiring


async def pulled(
    request: Request, principal: Principal, replica: str, *, cursor: str | None, resume: str | None
) -> Response:
    """The stream of what a replica has not got.

    Raises what `Pull` raises, and Refusal(INVALID) for no id, and for a cursor and a resume token at once.
    """
    if not is_id(replica):
        raise Refusal(Code.INVALID, what="field", field="replica", why="the id of a replica is needed")
    if cursor is not None and resume is not None:
        raise Refusal(Code.INVALID, what="field", field="resume", why="a load has no cursor before its end")
    begin = partial(Pull, wiring(request).server, principal, replica, cursor=cursor, resume=resume)
    return await streamed(request, principal, replica, begin)


async def days_told(request: Request, principal: Principal, location: str | None) -> Response:
    """The days around today, when it is the device's turn. Raises what `days_around` raises, Refusal for no id."""
    if location is not None and not is_id(location):
        raise Refusal(Code.INVALID, what="field", field="location", why="the id of a location is needed")
    wired = wiring(request)
    async with wired.days.turn(principal.device):
        body = await in_thread(days_around, wired.server, principal, location)
        return packed(body, encoding_for(request))


async def streamed(request: Request, principal: Principal, replica: str, begin: Callable[[], Pull]) -> Response:
    """The stream of the pull that `begin` makes, when it is its turn. Raises what `begin` raises."""
    wired = wiring(request)
    turn = await wired.pulls.take(principal, replica)
    try:
        pull, stream = await in_thread(_begun, begin, encoding_for(request))
        if not stream.whole and not await wired.pulls.lengthen(turn):
            # A connection that waited for those of others would keep somebody from what is told at once.
            await in_thread(stream.close)
            await wired.pulls.take_long(turn)
            pull, stream = await in_thread(_begun, begin, encoding_for(request))
    except BaseException:
        wired.pulls.give_back(turn)
        raise

    @asynccontextmanager
    async def sending(seconds: float) -> AsyncIterator[None]:
        async with turn.within(seconds), watched(wired.server, principal, over=turn.give_up):
            yield

    response = stream.response(sending=sending, sent=turn.note_sent, ended=partial(wired.pulls.give_back, turn))
    if pull.leaves_work:
        response.background = BackgroundTask(pull.finish)
    return response


def _begun(begin: Callable[[], Pull], encoding: str) -> tuple[Pull, Stream]:
    pull = begin()
    return pull, Stream(pull.lines(), encoding, close=pull.close)
