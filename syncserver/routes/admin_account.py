"""Signing in to the admin, the second factor, and what people of the platform do about their own account."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.protocol.account_messages import PasswordChange
from shared.protocol.problems import STATUS, ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.identity import masquerades, password_changes, platform_accounts, second_factors
from syncserver.services.identity.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from syncserver.web.access import Access
from syncserver.web.admin import (
    ENROLMENT,
    START,
    PageRoute,
    admin_of,
    admin_page,
    admits,
    done,
    sent,
)
from syncserver.web.browser import browser_mark, forget, keep, session_token
from syncserver.web.pages import form_of, part
from syncserver.web.wiring import in_thread, wiring

router: Final = APIRouter(include_in_schema=False, prefix="/admin", route_class=PageRoute)
_HOME: Final = "/admin/tenants"
_ACCOUNT: Final = "/admin/account"
_WRONG: Final = "The e-mail, the password or the code is wrong."


@router.get("", dependencies=admits(Access.OPEN))
async def start(request: Request) -> Response:
    """The way in; for whoever is in already, the first page."""
    try:
        await in_thread(platform_accounts.admin_of, wiring(request).server, session_token(request))
    except Declined:
        return admin_page(request, "admin/sign_in.html", email="", message="")
    return RedirectResponse(_HOME, 303)


@router.post("", dependencies=admits(Access.OPEN))
async def sign_in(request: Request) -> Response:
    """Sign in."""
    fields = await form_of(request, "email", "password", "code")
    try:
        async with wiring(request).sign_ins.turn():
            signed_in = await in_thread(
                platform_accounts.sign_in,
                wiring(request).server,
                email=fields["email"],
                password=fields["password"][: LONGEST_PASSWORD + 1],
                code=fields["code"].strip() or None,
                browser=browser_mark(request),
                agent=request.headers.get("user-agent", ""),
            )
    except Declined as declined:
        said = _WRONG if declined.code is ProblemCode.SIGN_IN_FAILED else declined.detail
        shown = {"email": fields["email"], "message": said}
        return _later(declined, admin_page(request, "admin/sign_in.html", status=STATUS[declined.code], **shown))
    return keep(request, RedirectResponse(ENROLMENT if signed_in.must_enrol else _HOME, 303), signed_in)


def _later(declined: Declined, response: Response) -> Response:
    if declined.retry_after is not None:
        response.headers["Retry-After"] = str(declined.retry_after)
    return response


@router.get("/second-factor", dependencies=admits(Access.ENROLLING))
async def enrolment(request: Request) -> Response:
    """The secret of a second factor, drawn anew each time until one is confirmed."""
    try:
        drawn = await in_thread(platform_accounts.begin_enrolment, wiring(request).server, session_token(request))
    except Declined as declined:
        if declined.code is ProblemCode.SECOND_FACTOR_ON:
            return RedirectResponse(_HOME, 303)
        raise
    return admin_page(request, "admin/enrol.html", drawn=drawn, message="")


@router.post("/second-factor", dependencies=admits(Access.ENROLLING))
async def enrol(request: Request) -> Response:
    """Let the second factor count, and show the recovery codes this once."""
    code = sent(request, "code")["code"]
    server, token = wiring(request).server, session_token(request)
    try:
        signed_in, codes = await in_thread(platform_accounts.confirm_enrolment, server, token, code)
    except Declined as declined:
        if declined.code not in (ProblemCode.WRONG_CODE, ProblemCode.TOO_MANY_TRIES):
            raise
        # The app has the one that was shown: another would have to be scanned again.
        shown = {"drawn": None, "message": declined.detail}
        return _later(declined, admin_page(request, "admin/enrol.html", status=STATUS[declined.code], **shown))
    # The session that comes in its place is for the next page; this one only shows.
    del request.state.admin
    return keep(request, admin_page(request, "admin/recovery_codes.html", codes=codes, redrawn=False), signed_in)


@router.post("/sign-out", dependencies=admits(Access.ENROLLING, masqueraded=True))
async def sign_out(request: Request) -> Response:
    """End the session, and with it what whoever leaves does as somebody else."""
    sent(request)
    server, under = wiring(request).server, admin_of(request).under
    if under is not None:
        await in_thread(masquerades.stop, server, under)
    await in_thread(platform_accounts.sign_out, server, session_token(request))
    return forget(request, done(START, "signed-out"))


@router.get("/account", dependencies=admits(Access.SIGNED_IN))
async def account(request: Request) -> Response:
    """Whoever is signed in, and where else they are."""
    return await _account(request)


@router.post("/account/password", dependencies=admits(Access.SIGNED_IN))
async def change_password(request: Request) -> Response:
    """Set another password."""
    fields = sent(request, "old", "password", "again")
    if fields["password"] != fields["again"]:
        return await _account(request, "The two passwords are not the same.", 422)
    wish = PasswordChange(old=fields["old"], new=fields["password"])
    try:
        async with wiring(request).sign_ins.turn():
            await in_thread(password_changes.change_as_admin, wiring(request).server, admin_of(request), wish)
    except Declined as declined:
        return _later(declined, await _account(request, declined.detail, STATUS[declined.code]))
    return done(_ACCOUNT, "password")


@router.post("/account/recovery-codes", dependencies=admits(Access.SIGNED_IN))
async def draw_codes(request: Request) -> Response:
    """Draw other recovery codes, and show them this once."""
    fields = sent(request, "password", "code")
    server, admin = wiring(request).server, admin_of(request)
    try:
        async with wiring(request).sign_ins.turn():
            codes = await in_thread(platform_accounts.draw_codes, server, admin, **fields)
    except Declined as declined:
        shown = await _account(request, status=STATUS[declined.code], codes_message=declined.detail)
        return _later(declined, shown)
    return admin_page(request, "admin/recovery_codes.html", codes=codes, redrawn=True)


@router.post("/account/sessions/end-others", dependencies=admits(Access.SIGNED_IN))
async def end_others(request: Request) -> Response:
    """End every other session."""
    sent(request)
    await in_thread(platform_accounts.end_others, wiring(request).server, admin_of(request))
    return done(_ACCOUNT, "others-ended")


@router.post("/account/sessions/{session}/end", dependencies=admits(Access.SIGNED_IN))
async def end_session(request: Request, session: str) -> Response:
    """End one session."""
    sent(request)
    await in_thread(platform_accounts.end_one, wiring(request).server, admin_of(request), session)
    return done(_ACCOUNT, "session-ended")


@router.get("/page.css", dependencies=admits(Access.OPEN))
async def style() -> Response:
    """How the pages look."""
    return part("admin/page.css")


@router.get("/page.js", dependencies=admits(Access.OPEN))
async def script() -> Response:
    """What the pages do beside what browsers do by themselves."""
    return part("admin/page.js")


async def _account(request: Request, message: str = "", status: int = 200, codes_message: str = "") -> Response:
    server, admin = wiring(request).server, admin_of(request)
    sessions = await in_thread(platform_accounts.sessions_of, server, admin)
    left = await in_thread(second_factors.codes_left, server, admin.user.id)
    return admin_page(
        request,
        "admin/account.html",
        status=status,
        sessions=sessions,
        current=admin.session,
        message=message,
        codes_message=codes_message,
        codes_left=left,
        shortest=SHORTEST_PASSWORD,
        longest=LONGEST_PASSWORD,
    )
