"""Telling desks that there is something new."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.messages import Poke
from shared.protocol.problems import ProblemCode
from syncserver.routes.sync import STANDING
from syncserver.web.access import Access, principal_of
from syncserver.web.documents import JSON, call
from syncserver.web.listening import EVENTS, event_stream, long_poll

router: Final = APIRouter(prefix="/v1/sync", tags=["sync"])


@router.get(
    "/live",
    **call(
        {EVENTS: (Poke,), JSON: (Poke,)}, *STANDING, ProblemCode.TOO_MANY_STREAMS, needs=Access.DESK, masqueraded=True
    ),
)
async def live(
    request: Request,
    after: Annotated[int | None, Query(description="A version: the answer is one poke, once there is more.")] = None,
) -> Response:
    """Server-sent events, one whenever the tenant's version rises; with `after` a long poll for one of them."""
    principal = principal_of(request)
    return await (event_stream(request, principal) if after is None else long_poll(request, principal, after))
