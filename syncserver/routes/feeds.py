"""Calendars that read somebody's visits at a secret address."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.account_messages import FeedMade, Feeds, FeedWish, Nothing
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability
from syncserver.routes.account import HELD, SENT
from syncserver.services.team import calendar_feeds, feed_reading
from syncserver.web.access import Access, holder_of
from syncserver.web.documents import JSON, call
from syncserver.web.wiring import answer, in_thread, message_of, wiring

router: Final = APIRouter(tags=["feeds"])

_NEEDS: Final = Capability.SHARE_CALENDAR
_ICS: Final = "text/calendar"
_READ: Final = call({_ICS: ()}, ProblemCode.NOT_FOUND, ProblemCode.TOO_MANY_TRIES, ProblemCode.RETRY, needs=Access.OPEN)
_READ["responses"][304] = {"description": "Nothing is new since the answer with that tag."}


@router.get("/v1/feeds", **call({JSON: (Feeds,)}, *HELD, needs=_NEEDS))
async def feeds(request: Request) -> Response:
    """One's own addresses, and those of whom one manages; not what they are."""
    holder = await holder_of(request)
    return answer(await in_thread(calendar_feeds.listed, wiring(request).server, holder))


@router.post(
    "/v1/feeds",
    **call(
        {JSON: (FeedMade,)}, ProblemCode.NOT_FOUND, ProblemCode.LIMIT_REACHED, *HELD, *SENT, request=FeedWish,
        needs=_NEEDS,
    ),
)  # fmt: skip
async def make_feed(request: Request) -> Response:
    """Make an address. It is told this once."""
    holder = await holder_of(request)
    wish = await message_of(request, FeedWish)
    return answer(await in_thread(calendar_feeds.make, wiring(request).server, holder, wish))


@router.post("/v1/feeds/{feed}/revoke", **call({}, ProblemCode.NOT_FOUND, *HELD, *SENT, request=Nothing, needs=_NEEDS))
async def revoke_feed(request: Request, feed: str) -> Response:
    """Let an address lead nowhere any more."""
    holder = await holder_of(request)
    await message_of(request, Nothing)
    await in_thread(calendar_feeds.revoke, wiring(request).server, holder, feed)
    return Response(status_code=204)


@router.get(calendar_feeds.PAGE + "/{secret}.ics", **_READ)
async def read_feed(request: Request, secret: str) -> Response:
    """The visits of whom the address is of, for calendars. Whoever knows it may read them."""
    wired = wiring(request)
    wired.feeds_asked.take(request.client.host if request.client else "")
    whose = await in_thread(feed_reading.whose, wired.server, secret)
    # A proxy that compresses the answer makes its tag a weak one; they are compared as such (RFC 9110, section 13.1.2).
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    async with wired.feeds.turn(whose.user.id):
        shown = await in_thread(feed_reading.read, wired.server, whose, known=known)
    headers = {"ETag": shown.tag, "Cache-Control": "private, no-cache"}
    if shown.body is None:
        return Response(status_code=304, headers=headers)
    return Response(shown.body, media_type=f"{_ICS}; charset=utf-8", headers=headers)
