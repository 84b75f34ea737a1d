"""People's own account: password, second factor, sessions."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.account_messages import (
    FactorCode,
    FactorDrawn,
    FactorEnd,
    FactorWish,
    Forgotten,
    Nothing,
    PasswordChange,
    RecoveryCodes,
    Sessions,
)
from shared.protocol.problems import ProblemCode
from syncserver.services.identity import own_account, password_changes, resets
from syncserver.web.access import Access, holder_of
from syncserver.web.documents import JSON, call
from syncserver.web.wiring import answer, in_thread, message_of, wiring

router: Final = APIRouter(prefix="/v1/account", tags=["account"])

HELD: Final = (
    ProblemCode.REAUTH, ProblemCode.REVOKED, ProblemCode.TENANT_SUSPENDED, ProblemCode.NOT_ALLOWED,
    ProblemCode.MASQUERADE_ENDED,
)  # fmt: skip
"""What whoever has a token may be answered."""
SENT: Final = (ProblemCode.INVALID, ProblemCode.TOO_LARGE)
"""What whoever sends a message may be answered."""
_ASKED: Final = (ProblemCode.WRONG_PASSWORD, ProblemCode.TOO_MANY_TRIES)


@router.post("/forgotten", **call({}, ProblemCode.TOO_MANY_TRIES, *SENT, request=Forgotten, needs=Access.OPEN))
async def forgotten(request: Request) -> Response:
    """Have a link mailed by which a new password is set; the answer is the same for whoever is not known."""
    wish = await message_of(request, Forgotten)
    await in_thread(resets.forgotten, wiring(request).server, wish)
    return Response(status_code=204)


@router.post(
    "/password",
    **call({}, *_ASKED, ProblemCode.WEAK_PASSWORD, *HELD, *SENT, request=PasswordChange, needs=Access.SIGNED_IN),
)
async def change_password(request: Request) -> Response:
    """Set another password; every other session of the person ends."""
    holder = await holder_of(request)
    wish = await message_of(request, PasswordChange)
    async with wiring(request).sign_ins.turn():
        await in_thread(password_changes.change, wiring(request).server, holder, wish)
    return Response(status_code=204)


@router.post(
    "/second-factor/begin",
    **call(
        {JSON: (FactorDrawn,)},
        *_ASKED,
        ProblemCode.SECOND_FACTOR_ON,
        *HELD,
        *SENT,
        request=FactorWish,
        needs=Access.SIGNED_IN,
    ),
)
async def begin_factor(request: Request) -> Response:
    """Draw the secret of a second factor, which counts once it is confirmed."""
    holder = await holder_of(request)
    wish = await message_of(request, FactorWish)
    async with wiring(request).sign_ins.turn():
        return answer(await in_thread(own_account.begin_factor, wiring(request).server, holder, wish))


@router.post(
    "/second-factor/confirm",
    **call(
        {JSON: (RecoveryCodes,)}, ProblemCode.WRONG_CODE, ProblemCode.TOO_MANY_TRIES, *HELD, *SENT, request=FactorCode,
        needs=Access.SIGNED_IN,
    ),
)  # fmt: skip
async def confirm_factor(request: Request) -> Response:
    """Let the second factor count, shown by a code of it; the recovery codes are told this once."""
    holder = await holder_of(request)
    wish = await message_of(request, FactorCode)
    return answer(await in_thread(own_account.confirm_factor, wiring(request).server, holder, wish))


@router.post(
    "/second-factor/off",
    **call({}, *_ASKED, ProblemCode.WRONG_CODE, *HELD, *SENT, request=FactorEnd, needs=Access.SIGNED_IN),
)
async def end_factor(request: Request) -> Response:
    """Go on without a second factor."""
    holder = await holder_of(request)
    wish = await message_of(request, FactorEnd)
    async with wiring(request).sign_ins.turn():
        await in_thread(own_account.end_factor, wiring(request).server, holder, wish)
    return Response(status_code=204)


@router.get("/sessions", **call({JSON: (Sessions,)}, *HELD, needs=Access.SIGNED_IN))
async def sessions(request: Request) -> Response:
    """Where the person is signed in."""
    holder = await holder_of(request)
    return answer(await in_thread(own_account.sessions_of, wiring(request).server, holder))


@router.post("/sessions/end-others", **call({}, *HELD, *SENT, request=Nothing, needs=Access.SIGNED_IN))
async def end_other_sessions(request: Request) -> Response:
    """End all of the person's sessions but this one."""
    holder = await holder_of(request)
    await message_of(request, Nothing)
    await in_thread(own_account.end_others, wiring(request).server, holder)
    return Response(status_code=204)


@router.post(
    "/sessions/{session}/end", **call({}, ProblemCode.NOT_FOUND, *HELD, *SENT, request=Nothing, needs=Access.SIGNED_IN)
)
async def end_session(request: Request, session: str) -> Response:
    """End one of the person's sessions."""
    holder = await holder_of(request)
    await message_of(request, Nothing)
    await in_thread(own_account.end_one, wiring(request).server, holder, session)
    return Response(status_code=204)
