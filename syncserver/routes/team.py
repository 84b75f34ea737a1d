"""The people and the devices of a business."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.account_messages import (
    Devices,
    Invite,
    InviteInfo,
    LeaseWish,
    Nothing,
    OfflineLease,
    RoleChange,
    Team,
)
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability
from syncserver.routes.account import HELD, SENT
from syncserver.services.team import device_list, invites, offline_lease, people
from syncserver.web.access import holder_of
from syncserver.web.documents import JSON, call
from syncserver.web.wiring import answer, in_thread, message_of, wiring

router: Final = APIRouter(prefix="/v1", tags=["team"])

_ABOUT: Final = (ProblemCode.NOT_FOUND, *HELD, *SENT)


@router.get("/team", **call({JSON: (Team,)}, ProblemCode.INVALID, *HELD, needs=Capability.MANAGE_TEAM))
async def read_team(
    request: Request,
    after: Annotated[str | None, Query(description="The `after` of the page before; none for the first.")] = None,
) -> Response:
    """The users of the business, and who is invited."""
    holder = await holder_of(request)
    return answer(await in_thread(people.team_of, wiring(request).server, holder, after))


@router.post(
    "/team/invites",
    **call(
        {JSON: (InviteInfo,)}, ProblemCode.EMAIL_TAKEN, ProblemCode.TOO_MANY_TRIES, *HELD, *SENT, request=Invite,
        needs=Capability.MANAGE_TEAM,
    ),
)  # fmt: skip
async def invite(request: Request) -> Response:
    """Invite somebody: a link is mailed to them."""
    holder = await holder_of(request)
    wish = await message_of(request, Invite)
    return answer(await in_thread(invites.invite, wiring(request).server, holder, wish))


@router.post("/team/invites/{invite}/revoke", **call({}, *_ABOUT, request=Nothing, needs=Capability.MANAGE_TEAM))
async def revoke_invite(request: Request, invite: str) -> Response:
    """Take an invite back."""
    holder = await holder_of(request)
    await message_of(request, Nothing)
    await in_thread(invites.revoke, wiring(request).server, holder, invite)
    return Response(status_code=204)


@router.post(
    "/team/{user}/role",
    **call(
        {}, ProblemCode.LAST_OWNER, ProblemCode.LIMIT_REACHED, *_ABOUT, request=RoleChange,
        needs=Capability.CHANGE_ROLES,
    ),
)  # fmt: skip
async def change_role(request: Request, user: str) -> Response:
    """Give somebody another role."""
    holder = await holder_of(request)
    wish = await message_of(request, RoleChange)
    await in_thread(people.change_role, wiring(request).server, holder, user, wish.role)
    return Response(status_code=204)


@router.post(
    "/team/{user}/disable",
    **call({}, ProblemCode.LAST_OWNER, *_ABOUT, request=Nothing, needs=Capability.MANAGE_TEAM),
)
async def disable(request: Request, user: str) -> Response:
    """Let somebody sign in no more; they are signed out everywhere at once."""
    holder = await holder_of(request)
    await message_of(request, Nothing)
    await in_thread(people.disable, wiring(request).server, holder, user)
    return Response(status_code=204)


@router.post(
    "/team/{user}/enable",
    **call({}, ProblemCode.LIMIT_REACHED, *_ABOUT, request=Nothing, needs=Capability.MANAGE_TEAM),
)
async def enable(request: Request, user: str) -> Response:
    """Let somebody sign in again."""
    holder = await holder_of(request)
    await message_of(request, Nothing)
    await in_thread(people.enable, wiring(request).server, holder, user)
    return Response(status_code=204)


@router.post(
    "/team/{user}/second-factor/reset", **call({}, *_ABOUT, request=Nothing, needs=Capability.MANAGE_TEAM)
)  # fmt: skip
async def reset_factor(request: Request, user: str) -> Response:
    """Take away the second factor of somebody who has lost it; a mail tells them."""
    holder = await holder_of(request)
    await message_of(request, Nothing)
    await in_thread(people.reset_factor, wiring(request).server, holder, user)
    return Response(status_code=204)


@router.get("/devices", **call({JSON: (Devices,)}, *HELD, needs=Capability.MANAGE_DEVICES))
async def devices(request: Request) -> Response:
    """The devices of the business for its owner, one's own for staff and customers."""
    holder = await holder_of(request)
    return answer(await in_thread(device_list.devices_of, wiring(request).server, holder))


@router.post("/devices/{device}/revoke", **call({}, *_ABOUT, request=Nothing, needs=Capability.MANAGE_DEVICES))
async def revoke_device(request: Request, device: str) -> Response:
    """Shut a device out, for good."""
    holder = await holder_of(request)
    await message_of(request, Nothing)
    await in_thread(device_list.revoke, wiring(request).server, holder, device)
    return Response(status_code=204)


@router.get("/lease", **call({JSON: (OfflineLease,)}, *HELD, needs=Capability.MANAGE_BUSINESS))
async def read_lease(request: Request) -> Response:
    """How long the desks of the business work without the server."""
    holder = await holder_of(request)
    return answer(await in_thread(offline_lease.shown, wiring(request).server, holder))


@router.post("/lease", **call({}, *HELD, *SENT, request=LeaseWish, needs=Capability.MANAGE_BUSINESS))
async def choose_lease(request: Request) -> Response:
    """Let them work longer or shorter, from their next answer on."""
    holder = await holder_of(request)
    wish = await message_of(request, LeaseWish)
    await in_thread(offline_lease.choose, wiring(request).server, holder, wish)
    return Response(status_code=204)
