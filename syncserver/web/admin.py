"""The browser admin's routes: who is let in, and how what they are shown or refused becomes a page."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlencode

import segno
from fastapi.params import Depends
from fastapi.routing import APIRoute
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared import clock
from shared.clock import instant_text, parse_instant
from shared.dates import Dates, date_text, time_text
from shared.errors import Refusal, StorageFault
from shared.protocol.problems import STATUS, TITLES, ProblemCode
from shared.rules.permissions import Capability
from shared.texts import sentence
from syncserver.services.declined import Declined
from syncserver.services.identity import masquerades, platform_accounts
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.platform import admin_masquerades, platform_reach
from syncserver.services.platform.platform_reach import holds
from syncserver.web.access import Access, Admission, Need
from syncserver.web.browser import (
    TOKEN_FIELD,
    forget,
    form_token,
    require_own_origin,
    require_private_line,
    require_token,
    session_token,
)
from syncserver.web.pages import Form, fields_of, page, teach, whole_form
from syncserver.web.problems import PROBLEMS, Expected
from syncserver.web.wiring import in_thread, wiring

START: Final = "/admin"
ENROLMENT: Final = "/admin/second-factor"
_READING: Final = frozenset({"GET", "HEAD"})
_END_FIRST: Final = "Not while you act as somebody else: end that first."
_OVER: Final = (
    "Nobody acts as anybody here any more: it was ended, its half hour is over, somebody was disabled, or the business "
    "is suspended."
)
_REFUSED_TITLES: Final[Mapping[ProblemCode, str]] = {
    ProblemCode.MASQUERADE_ENDED: "This masquerade is over",
    ProblemCode.NOT_FOUND: "There is nothing here",
    ProblemCode.REAUTH: "Sign in again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page that the navigation names for whoever may see it."""

    path: str
    title: str
    need: Capability | None = None
    """None for a page that everybody has."""


PLACES: Final = (
    Place(path="/admin/tenants", title="Tenants", need=Capability.FIND_TENANTS),
    Place(path="/admin/users", title="Users", need=Capability.FIND_TENANTS),
    Place(path="/admin/devices", title="Devices", need=Capability.FIND_TENANTS),
    Place(path="/admin/grants", title="Grants"),
    Place(path="/admin/audit", title="Audit", need=Capability.READ_PLATFORM_AUDIT),
)
"""In the order of the navigation."""

SAID: Final[Mapping[str, str]] = {
    "signed-out": "You are signed out.",
    "invited": "The business is made, and its owner is invited by mail.",
    "owner-invited": "The owner is invited by mail. A link that was sent before is good no more.",
    "suspended": "The business is suspended: nobody of it is let in.",
    "reopened": "The business is open again.",
    "plan-set": "The plan is set. Desks have it as soon as they reach the server.",
    "unlocked": "Their missed sign-ins are forgotten.",
    "reset": "A link for another password is on its way to them.",
    "factor-reset": "Their second factor is taken away, and a mail tells them.",
    "disabled": "They are disabled, and signed out everywhere.",
    "enabled": "They may sign in again.",
    "made": "The account is made. A link for the first password is on its way by mail.",
    "revoked": "The device is shut out. It hands in what it has not sent, and deletes its copy of the book.",
    "verified": "The chain was checked.",
    "password": "Your password is changed. Other sessions of yours have ended.",
    "session-ended": "The session has ended.",
    "others-ended": "All your other sessions have ended.",
    "moved": "The visit is moved. Desks have it at once.",
    "cancelled": "The visit is cancelled. Desks have it at once.",
    "edited": "The edit is made. Desks have it at once.",
    "restored": "It is there again. Desks have it at once.",
    "granted": "The grant counts from now on.",
    "grants-revoked": "What was still active of it is revoked.",
    "none-ticked": "No grant was ticked: nothing was revoked.",
    "masquerade-ended": "The masquerade has ended, at the desk too.",
}
"""What a page says after something was done; an address can name a sentence, and not bring one."""


class AdminAdmission(Admission):
    """Stands before a route of the admin; by the session of the browser's cookie, read anew at each request."""

    async def __call__(self, request: Request) -> None:
        """Find whom the request comes from. Raises Declined; whatever changes something has to come from our pages."""
        require_private_line(request)
        if changes := request.method not in _READING:
            require_own_origin(request)
        if self.need is Access.OPEN:
            return
        server, token = wiring(request).server, session_token(request)
        find = platform_accounts.enrolling if self.need is Access.ENROLLING else platform_accounts.admin_of
        admin = await in_thread(admin_masquerades.masked, server, await in_thread(find, server, token))
        request.state.admin = admin
        if changes:
            request.state.form = await whole_form(request)
            require_token(server, admin, request.state.form)
        await self._require_usable(request, admin)
        if isinstance(self.need, Capability):
            await in_thread(platform_reach.require, server, admin, self.need)

    async def _require_usable(self, request: Request, admin: Admin) -> None:
        if admin.under is None:
            if self.need is Access.MASQUERADE:
                raise Declined(ProblemCode.MASQUERADE_ENDED, _OVER)
        elif not self.masqueraded:
            to = f"{request.method} {request.scope['route'].path}"
            refused = await in_thread(masquerades.refuse, wiring(request).server, admin.under, to=to)
            raise Declined(refused.code, _END_FIRST)


def admits(need: Need, *, masqueraded: bool = False) -> list[Depends]:
    """The dependencies of a route of the admin; one that is not `masqueraded` refuses whoever masquerades."""
    return [Depends(AdminAdmission(need, masqueraded=masqueraded))]


def admin_of(request: Request) -> Admin:
    """Who is signed in."""
    found: Admin = request.state.admin
    return found


def sent(request: Request, *names: str) -> Form:
    """The fields of the form that was sent; declined as `invalid` where it has others."""
    form: Form = request.state.form
    return fields_of({name: said for name, said in form.items() if name != TOKEN_FIELD}, *names)


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route whose refusals are pages, too."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except (Declined, Refusal, StorageFault) as expected:
                return _refused(request, expected)

        return shown


def _refused(request: Request, expected: Expected) -> Response:
    code, said = told(expected)
    if code is ProblemCode.REAUTH and request.method in _READING:
        return forget(request, RedirectResponse(START, 303))
    if code is ProblemCode.SECOND_FACTOR_REQUIRED and request.method in _READING:
        return RedirectResponse(ENROLMENT, 303)
    title = _REFUSED_TITLES.get(code, "Not done")
    response = admin_page(request, "admin/refused.html", status=STATUS[code], title=title, message=said)
    if isinstance(expected, Declined) and expected.retry_after is not None:
        response.headers["Retry-After"] = str(expected.retry_after)
    return response


def is_page(request: Request) -> bool:
    """Whether what is asked for would be a page of the admin, if it were there."""
    return request.url.path.startswith(f"{START}/")


def not_here(request: Request, code: ProblemCode) -> Response:
    """The page for an address of the admin at which there is nothing, or not for this method."""
    if request.url.path == f"{START}/":
        # As people type it.
        return RedirectResponse(START, 303)
    return _refused(request, Declined(code))


def told(expected: Expected) -> tuple[ProblemCode, str]:
    """The code of what is refused on purpose, and its sentence."""
    if isinstance(expected, StorageFault):
        return ProblemCode.RETRY, TITLES[ProblemCode.RETRY]
    if isinstance(expected, Refusal):
        return PROBLEMS.get(expected.code, ProblemCode.INVALID), sentence(expected.code, expected.details, Dates())
    return expected.code, expected.detail


def admin_page(request: Request, template: str, *, status: int = 200, **fields: object) -> Response:
    """A page of the admin; templates know who is signed in, where one can go, and what was just done."""
    admin: Admin | None = getattr(request.state, "admin", None)
    server = wiring(request).server
    return page(
        template,
        status=status,
        me=admin.user if admin else None,
        csrf=form_token(server, admin) if admin else "",
        places=[one for one in PLACES if admin and admin.is_enrolled and _finds(admin, one)],
        under=admin.under if admin else None,
        here=request.url.path,
        said=SAID.get(request.query_params.get("said", ""), ""),
        **fields,
    )


def _finds(admin: Admin, place: Place) -> bool:
    return place.need is None or holds(admin, place.need)


def done(path: str, said: str, **shown: str) -> Response:
    """Go on to a page, which says what was done; `shown` is what it is to show."""
    return RedirectResponse(f"{path}?{urlencode({'said': said, **shown})}", 303)


def page_number(request: Request) -> int:
    """Which page of a list is asked for; the first where that is none."""
    asked = request.query_params.get("page", "1")
    return int(asked) if asked.isdecimal() and 1 <= len(asked) <= 4 and int(asked) > 0 else 1


def searched(request: Request) -> str:
    """What is looked for."""
    return request.query_params.get("q", "").replace("\0", "").strip()[:200]


_LOCALE: Final = "en-GB"


def _moment(at: datetime | str) -> Markup:
    instant = parse_instant(at) if isinstance(at, str) else at.replace(microsecond=0)
    return Markup('<time datetime="{}">{}</time>').format(instant_text(instant), _written(instant))


def _ago(at: datetime) -> Markup:
    instant = at.replace(microsecond=0)
    passed = int((clock.now() - instant).total_seconds())
    for below, words, unit in _AGO:
        if passed < below:
            return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
                instant_text(instant), _written(instant), words.format(passed // unit)
            )
    return _moment(instant)


_AGO: Final = (
    (60, "just now", 60),
    (3600, "{} min ago", 60),
    (86_400, "{} h ago", 3600),
    (2_592_000, "{} d ago", 86_400),
)
"""Until how many seconds it is said how, and in which unit."""


def _left(until: datetime) -> Markup:
    """How long it is until an instant, counted down by the pages' script: minutes and seconds."""
    seconds = max(0, int((until - clock.now()).total_seconds()))
    shown = f"{seconds // 60}:{seconds % 60:02}"
    return Markup('<span class="clock" role="timer" data-left="{}">{}</span>').format(seconds, shown)


def _written(instant: datetime) -> str:
    local = Dates().local(instant)
    return f"{date_text(local.date(), _LOCALE)}, {time_text(local.hour, local.minute, _LOCALE)}"


def _words(name: str) -> str:
    """`PLATFORM_SUPPORT` and `custom_domain` as words."""
    plain = name.replace("_", " ").lower()
    return plain[:1].upper() + plain[1:]


def _qr(text: str) -> Markup:
    """A picture of a text that a phone reads, in black on white in either theme, with the quiet zone around it."""
    out = BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False, svgns=False, omitsize=False
    )
    return Markup(out.getvalue().decode())  # noqa: S704 made here of squares alone


teach(moment=_moment, ago=_ago, left=_left, words=_words, qr=_qr)
