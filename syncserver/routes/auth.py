"""Signing in and out."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.messages import Challenge, ChallengeWish, RefreshToken, SignIn, Tokens
from shared.protocol.problems import ProblemCode
from syncserver.services.identity import accounts, devices
from syncserver.web.access import Access
from syncserver.web.documents import JSON, call
from syncserver.web.wiring import answer, in_thread, message_of, wiring

router: Final = APIRouter(prefix="/v1/auth", tags=["sign-in"])

_REFUSED: Final = (ProblemCode.REVOKED, ProblemCode.TENANT_SUSPENDED, ProblemCode.INVALID, ProblemCode.TOO_LARGE)


@router.post(
    "/challenge",
    **call({JSON: (Challenge,)}, ProblemCode.INVALID, ProblemCode.TOO_LARGE, request=ChallengeWish, needs=Access.OPEN),
)
async def challenge(request: Request) -> Response:
    """Begin a sign-in: what the device is to sign."""
    await message_of(request, ChallengeWish)
    return answer(devices.challenge(wiring(request).server))


@router.post(
    "/sign-in",
    **call(
        {JSON: (Tokens,)},
        ProblemCode.SIGN_IN_FAILED,
        ProblemCode.CHALLENGE_EXPIRED,
        ProblemCode.DEVICE_UNPROVEN,
        ProblemCode.SECOND_FACTOR_REQUIRED,
        ProblemCode.NO_REPLICA,
        ProblemCode.TOO_MANY_TRIES,
        ProblemCode.LIMIT_REACHED,
        *_REFUSED,
        request=SignIn,
        needs=Access.OPEN,
    ),
)
async def sign_in(request: Request) -> Response:
    """Begin a session on a device."""
    wish = await message_of(request, SignIn)
    async with wiring(request).sign_ins.turn():
        return answer(await in_thread(accounts.sign_in, wiring(request).server, wish))


@router.post(
    "/refresh", **call({JSON: (Tokens,)}, ProblemCode.REAUTH, *_REFUSED, request=RefreshToken, needs=Access.OPEN)
)
async def refresh(request: Request) -> Response:
    """Exchange a refresh token for its child and a new access token."""
    shown = await message_of(request, RefreshToken)
    return answer(await in_thread(accounts.refresh, wiring(request).server, shown))


@router.post(
    "/sign-out", **call({}, ProblemCode.INVALID, ProblemCode.TOO_LARGE, request=RefreshToken, needs=Access.OPEN)
)
async def sign_out(request: Request) -> Response:
    """End the session of a refresh token."""
    shown = await message_of(request, RefreshToken)
    await in_thread(accounts.sign_out, wiring(request).server, shown)
    return Response(status_code=204)
