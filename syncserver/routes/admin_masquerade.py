"""Acting as somebody else from the admin: the beginning, the other's day, the code for a desk, and the end."""

from datetime import date
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.errors import Refusal
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.identity import masquerades
from syncserver.services.identity.masquerades import Masquerade
from syncserver.services.platform import admin_masquerades, book_days
from syncserver.services.platform.admin_masquerades import DeskOffer
from syncserver.web.access import Access
from syncserver.web.admin import PageRoute, admin_of, admin_page, admits, done, sent
from syncserver.web.mistakes import mistake_of
from syncserver.web.wiring import in_thread, wiring

router: Final = APIRouter(include_in_schema=False, prefix="/admin", route_class=PageRoute)
_HOME: Final = "/admin/masquerade"


@router.post("/users/{user}/masquerade", dependencies=admits(Access.SIGNED_IN, masqueraded=True))
async def begin(request: Request, user: str) -> Response:
    """Begin to act as a person; whoever does so already has to stop first."""
    form, server, admin = sent(request, "reason"), wiring(request).server, admin_of(request)
    try:
        await in_thread(admin_masquerades.begin, server, admin, user, form["reason"])
    except Refusal as wrong:
        mistake = mistake_of(wrong)
        person = await in_thread(admin_masquerades.seen, server, admin, user)
        if person is None:
            raise
        return admin_page(
            request, "admin/become.html", status=mistake.status, typed=form, mistake=mistake, person=person
        )  # fmt: skip
    return RedirectResponse(_HOME, 303)


@router.get("/masquerade", dependencies=admits(Access.MASQUERADE, masqueraded=True))
async def begun(request: Request) -> Response:
    """What can be done with the masquerade that goes on."""
    return await _offered(request)


@router.post("/masquerade/code", dependencies=admits(Access.MASQUERADE, masqueraded=True))
async def offer(request: Request) -> Response:
    """Show a new code for a desk, this once."""
    sent(request)
    server = wiring(request).server
    address = server.settings.public_url or str(request.base_url)
    offered = await in_thread(admin_masquerades.offer_at_desk, server, _masquerade(request), address)
    return await _offered(request, desk=offered)


@router.get("/masquerade/day", dependencies=admits(Access.MASQUERADE, masqueraded=True))
async def day(request: Request) -> Response:
    """A day of the book as the other may see it."""
    server, masquerade = wiring(request).server, _masquerade(request)
    shown = await in_thread(book_days.day_as, server, masquerade, _day(request))
    return admin_page(request, "admin/day.html", shown=shown)


@router.post("/masquerade/end", dependencies=admits(Access.MASQUERADE, masqueraded=True))
async def end(request: Request) -> Response:
    """End the masquerade that goes on, wherever it is used."""
    sent(request)
    await in_thread(masquerades.stop, wiring(request).server, _masquerade(request))
    return done("/admin/users", "masquerade-ended")


async def _offered(request: Request, desk: DeskOffer | None = None) -> Response:
    masquerade = _masquerade(request)
    has_desk = await in_thread(masquerades.has_desk, wiring(request).server, masquerade)
    return admin_page(request, "admin/masquerade.html", has_desk=has_desk, desk=desk)


def _masquerade(request: Request) -> Masquerade:
    found = admin_of(request).under
    if found is None:
        raise Declined(ProblemCode.MASQUERADE_ENDED)
    return found


def _day(request: Request) -> date | None:
    """The day that is asked for, None for today or for what is no day."""
    try:
        return date.fromisoformat(request.query_params.get("day", ""))
    except ValueError:
        return None
