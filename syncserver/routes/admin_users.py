"""The admin's page of users, of tenants and of the platform."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Refusal
from shared.rules.permissions import Capability
from syncserver.routes.admin_tenants import NOBODY, USER, deeds_on, new_user_of, user_again
from syncserver.services.declined import Declined
from syncserver.services.platform import platform_people
from syncserver.services.platform.platform_people import CAPABILITY, Action
from syncserver.web.access import Access
from syncserver.web.admin import PageRoute, admin_of, admin_page, admits, done, page_number, searched, sent
from syncserver.web.mistakes import mistake_of
from syncserver.web.wiring import in_thread, wiring

router: Final = APIRouter(include_in_schema=False, prefix="/admin/users", route_class=PageRoute)
_HOME: Final = "/admin/users"
_DONE: Final = {
    Action.UNLOCK: "unlocked",
    Action.RESET: "reset",
    Action.RESET_FACTOR: "factor-reset",
    Action.DISABLE: "disabled",
    Action.ENABLE: "enabled",
}


@router.get("", dependencies=admits(Capability.FIND_TENANTS, masqueraded=True))
async def users(request: Request) -> Response:
    """The people whom somebody may see, each with what may be done to them."""
    server, admin, text = wiring(request).server, admin_of(request), searched(request)
    found = await in_thread(platform_people.find_people, server, admin, text, page_number(request))
    roles = platform_people.roles_to_make(admin)
    return admin_page(
        request, "admin/users.html", found=found, q=text, roles=roles, typed=NOBODY, mistake=None,
        **await in_thread(deeds_on, server, admin, found.rows),
    )  # fmt: skip


@router.post("", dependencies=admits(Capability.MANAGE_USERS))
async def add_user(request: Request) -> Response:
    """Make somebody of the platform."""
    form, admin = sent(request, *USER), admin_of(request)
    try:
        await in_thread(platform_people.add_platform_user, wiring(request).server, admin, new_user_of(form))
    except (Declined, Refusal) as wrong:
        return user_again(request, form, mistake_of(wrong), to=_HOME, roles=platform_people.roles_to_make(admin))
    return done(_HOME, "made")


def _add_action(action: Action) -> None:
    async def act(request: Request, user: str) -> Response:
        reason = sent(request, "reason")["reason"]
        await in_thread(platform_people.act, wiring(request).server, admin_of(request), user, action, reason)
        return done(_HOME, _DONE[action])

    # A grant may open it, which is looked at with the person.
    need = Access.SIGNED_IN if CAPABILITY[action] is Capability.MANAGE_USERS else CAPABILITY[action]
    router.add_api_route(f"/{{user}}/{action}", act, methods=["POST"], name=action, dependencies=admits(need))


for _action in Action:
    _add_action(_action)
