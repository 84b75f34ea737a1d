"""Acting as somebody else at a desk."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.account_messages import Nothing
from shared.protocol.masquerade_messages import (
    MasqueradeBegun,
    MasqueradeCode,
    MasqueradeInfo,
    MasqueradeRedeemed,
    MasqueradeWish,
)
from shared.protocol.problems import ProblemCode
from syncserver.routes.account import HELD, SENT
from syncserver.services.identity import desk_masquerades
from syncserver.web.access import Access, principal_of
from syncserver.web.documents import JSON, call
from syncserver.web.wiring import answer, in_thread, message_of, wiring

router: Final = APIRouter(prefix="/v1/masquerade", tags=["masquerade"])

_CODED: Final = (ProblemCode.WRONG_CODE, ProblemCode.MASQUERADE_ENDED)


@router.post(
    "/start",
    **call(
        {JSON: (MasqueradeBegun,)}, ProblemCode.NOT_FOUND, ProblemCode.MASQUERADING, ProblemCode.NO_REPLICA, *HELD,
        *SENT, request=MasqueradeWish, needs=Access.SIGNED_IN, masqueraded=True,
    ),
)  # fmt: skip
async def start(request: Request) -> Response:
    """Begin to act as somebody of one's staff; whoever does so already has to stop first."""
    principal = principal_of(request)
    wish = await message_of(request, MasqueradeWish)
    return answer(await in_thread(desk_masquerades.start, wiring(request).server, principal, wish))


@router.post(
    "/code", **call({JSON: (MasqueradeInfo,)}, *_CODED, *SENT, request=MasqueradeCode, needs=Access.OPEN)
)  # fmt: skip
async def look(request: Request) -> Response:
    """What a code would open; it stays as good as it was."""
    wish = await message_of(request, MasqueradeCode)
    return answer(await in_thread(desk_masquerades.look_at_code, wiring(request).server, wish))


@router.post(
    "/redeem",
    **call(
        {JSON: (MasqueradeBegun,)}, *_CODED, ProblemCode.NO_REPLICA, *SENT, request=MasqueradeRedeemed,
        needs=Access.OPEN,
    ),
)  # fmt: skip
async def redeem(request: Request) -> Response:
    """Open a masquerade by its code, once; wrong digits use it up, too."""
    wish = await message_of(request, MasqueradeRedeemed)
    return answer(await in_thread(desk_masquerades.redeem, wiring(request).server, wish))


@router.post("/stop", **call({}, *HELD, *SENT, request=Nothing, needs=Access.MASQUERADE, masqueraded=True))
async def stop(request: Request) -> Response:
    """End the masquerade of the token, and nothing else."""
    await message_of(request, Nothing)
    await in_thread(desk_masquerades.stop, wiring(request).server, principal_of(request))
    return Response(status_code=204)


@router.post("/stop-own", **call({}, *HELD, *SENT, request=Nothing, needs=Access.SIGNED_IN))
async def stop_own(request: Request) -> Response:
    """End the masquerade that whoever asks runs, wherever they began it; where they run none nothing is done."""
    await message_of(request, Nothing)
    await in_thread(desk_masquerades.stop_own, wiring(request).server, principal_of(request))
    return Response(status_code=204)
