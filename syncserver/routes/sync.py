"""Register, push, pull, and compare."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.messages import (
    BookDays,
    HandedIn,
    HandIn,
    OfferTaken,
    PullHead,
    PullRange,
    PullRemovals,
    PullRows,
    PullTail,
    Push,
    PushAnswer,
    Register,
    Registered,
    Repair,
    Verified,
    Verify,
)
from shared.protocol.problems import ProblemCode
from syncserver.services.sync import push, recovery, registering
from syncserver.web.access import Access, principal_of
from syncserver.web.bodies import read_push
from syncserver.web.direct import DirectRoute
from syncserver.web.documents import JSON, call
from syncserver.web.handing_in import handed_in
from syncserver.web.pulling import days_told, pulled
from syncserver.web.streams import MEDIA_TYPE as NDJSON
from syncserver.web.verifying import repaired, verified
from syncserver.web.wiring import answer, in_thread, message_of, wiring, written

router: Final = APIRouter(prefix="/v1/sync", tags=["sync"], route_class=DirectRoute)

STANDING: Final = (
    ProblemCode.REAUTH, ProblemCode.REVOKED, ProblemCode.NO_REPLICA, ProblemCode.TENANT_SUSPENDED,
    ProblemCode.NOT_FOUND, ProblemCode.INVALID, ProblemCode.MASQUERADE_ENDED,
)  # fmt: skip
PLACED: Final = (
    ProblemCode.EPOCH_CHANGED, ProblemCode.REPLICA_RETIRED, ProblemCode.RESET_REQUIRED, ProblemCode.RECOVERING,
    ProblemCode.UPGRADE_REQUIRED,
)  # fmt: skip
"""What a cursor may be answered with."""
LINES: Final = (PullHead, PullRows, PullRemovals, PullTail)
_LARGE: Final = 32 * 1024
"""Bytes of a push beyond which checking it would hold up other requests."""


@router.post(
    "/register",
    **call(
        {JSON: (Registered,)},
        *STANDING,
        ProblemCode.REPLICA_RETIRED,
        ProblemCode.UPGRADE_REQUIRED,
        ProblemCode.TOO_LARGE,
        needs=Access.DESK,
        request=Register,
        masqueraded=True,
    ),
)
async def register(request: Request) -> Response:
    """Make a replica known, bound to the token's device."""
    principal = principal_of(request)
    wish = await message_of(request, Register)
    return answer(await in_thread(registering.register, wiring(request).server, principal, wish))


@router.post(
    "/push",
    **call(
        {JSON: (PushAnswer,)},
        *STANDING,
        ProblemCode.EPOCH_CHANGED,
        ProblemCode.REPLICA_FORKED,
        ProblemCode.REPLICA_RETIRED,
        ProblemCode.SEQ_GAP,
        ProblemCode.RECOVERING,
        ProblemCode.TOO_LARGE,
        needs=Access.DESK,
        request=Push,
        masqueraded=True,
    ),
)
async def push_batch(request: Request) -> Response:
    """Decide a batch of edits, exactly once."""
    principal = principal_of(request)
    body = await read_push(request)
    server = wiring(request).server
    if len(body) > _LARGE:
        batch = await in_thread(push.parse, server, principal, body)
    else:
        batch = push.parse(server, principal, body)
    return await written(request, principal.tenant, push.bearable(batch))


@router.post(
    "/offer",
    **call(
        {JSON: (OfferTaken,)},
        *STANDING,
        ProblemCode.NOT_ALLOWED,
        ProblemCode.EPOCH_CHANGED,
        ProblemCode.TOO_LARGE,
        needs=Access.DESK,
        request=Push,
    ),
)
async def offer(request: Request) -> Response:
    """Keep edits that were decided before the server was put back, until they are decided again in their order."""
    principal = principal_of(request)
    body = await read_push(request)
    server = wiring(request).server
    batch = await in_thread(push.parse, server, principal, body)
    return answer(await in_thread(recovery.take_offers, server, batch))


@router.post(
    "/hand-in",
    **call(
        {JSON: (HandedIn,)},
        ProblemCode.TICKET_SPENT,
        ProblemCode.NOT_FOUND,
        ProblemCode.INVALID,
        ProblemCode.RECOVERING,
        ProblemCode.TOO_LARGE,
        needs=Access.OPEN,
        request=HandIn,
    ),
)
async def hand_in(request: Request) -> Response:
    """Keep what a shut out desk still has, until the owner decides; who brings it, the ticket says."""
    return await handed_in(request)


@router.get(
    "/pull",
    **call(
        {NDJSON: LINES},
        *STANDING,
        *PLACED,
        needs=Access.DESK,
        query={
            "replica": "The registered replica's id.",
            "cursor": "The cursor of the last tail; none for a first sync.",
            "resume": "Of a first sync that was cut off: its last `resume`.",
        },
        masqueraded=True,
    ),
)
async def pull(request: Request) -> Response:
    """Stream what the replica has not got: NDJSON lines of kind `head`, `rows`, `removals`, `tail`."""
    asked = request.query_params
    return await pulled(
        request,
        principal_of(request),
        asked.get("replica", ""),
        cursor=asked.get("cursor"),
        resume=asked.get("resume"),
    )


@router.get(
    "/days",
    **call(
        {JSON: (BookDays,)},
        *STANDING,
        ProblemCode.RECOVERING,
        ProblemCode.TOO_LARGE,
        needs=Access.DESK,
        query={"location": "The id of a location; none for the first by name."},
    ),
)
async def days(request: Request) -> Response:
    """Yesterday, today and tomorrow at a location: what a desk shows while its first book is loaded."""
    return await days_told(request, principal_of(request), request.query_params.get("location"))


@router.post(
    "/verify",
    **call(
        {JSON: (Verified,)},
        *STANDING,
        *PLACED,
        ProblemCode.TOO_LARGE,
        needs=Access.DESK,
        request=Verify,
        masqueraded=True,
    ),
)
async def verify(request: Request) -> Response:
    """Compare a replica with the server, by sums over ranges of keys."""
    return await verified(request, principal_of(request))


@router.post(
    "/repair",
    **call(
        {NDJSON: (*LINES, PullRange)},
        *STANDING,
        *PLACED,
        ProblemCode.TOO_LARGE,
        needs=Access.DESK,
        request=Repair,
        masqueraded=True,
    ),
)
async def repair(request: Request) -> Response:
    """Pull, and stream some ranges whole besides: a line of kind `range`, then all of its rows."""
    return await repaired(request, principal_of(request))
