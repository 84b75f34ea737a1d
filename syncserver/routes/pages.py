"""The pages on which a password is set, by who has forgotten theirs and by who is invited, and a link is asked for."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.protocol.account_messages import LONGEST_SLUG, Forgotten, is_email
from shared.protocol.problems import STATUS
from syncserver.services.declined import Declined
from syncserver.services.identity import resets
from syncserver.services.identity.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from syncserver.services.team import invites
from syncserver.web.access import Access, stands_before
from syncserver.web.pages import Form, form_of, page, part
from syncserver.web.wiring import in_thread, wiring

router: Final = APIRouter(include_in_schema=False)
_OPEN: Final = stands_before(Access.OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    title: str
    intro: str
    submit: str
    done: str
    asks_name: bool = False


_RESET: Final = _Words(
    title="Set a new password",
    intro="It signs you out everywhere; at each desk you then sign in with the new one.",
    submit="Set the password",
    done="Your new password is set. Sign in with it; you can close this page.",
)
_INVITE: Final = _Words(
    title="Join the team",
    intro="Choose a password. With it and your e-mail you sign in at the desk of the business that has invited you.",
    submit="Join",
    done="Welcome! You can sign in at the desk now, with your e-mail and this password; you can close this page.",
    asks_name=True,
)
_LONGEST_NAME: Final = 200
_FORGOTTEN: Final = "Ask for a new password"
_ASKED: Final = (
    "Where somebody is known by this, a mail with a link is on its way to them, good once and for one hour. "
    "Nothing more is said here, so that nobody learns who is known. You can close this page."
)


@router.get("/", dependencies=_OPEN)
async def root() -> Response:
    """For whoever types the server's address into a browser: the way in, which says whose it is."""
    return RedirectResponse(resets.ADMIN, 303)


@router.get(resets.PAGE, dependencies=_OPEN)
async def reset_page() -> Response:
    """The form for a new password."""
    return _form(_RESET)


@router.post(resets.PAGE, dependencies=_OPEN)
async def reset(request: Request) -> Response:
    """Set a new password."""
    fields = await form_of(request, "code", "password", "again")
    return await _done(request, _RESET, fields)


@router.get(resets.FORGOTTEN_PAGE, dependencies=_OPEN)
async def forgotten_page() -> Response:
    """The form by which a link for a new password is asked for."""
    return _forgotten({"business": "", "email": ""})


@router.post(resets.FORGOTTEN_PAGE, dependencies=_OPEN)
async def forgotten(request: Request) -> Response:
    """Have a link mailed; what is answered is the same for whoever is not known."""
    fields = await form_of(request, "business", "email")
    wish = Forgotten(tenant=fields["business"].strip() or None, email=fields["email"].strip())
    if not is_email(wish.email) or len(wish.tenant or "") > LONGEST_SLUG:
        return _forgotten(fields, "The e-mail or the business cannot be one.", status=422)
    try:
        await in_thread(resets.forgotten, wiring(request).server, wish)
    except Declined as declined:
        response = _forgotten(fields, declined.detail, status=STATUS[declined.code])
        if declined.retry_after is not None:
            response.headers["Retry-After"] = str(declined.retry_after)
        return response
    return page("done.html", title=_FORGOTTEN, message=_ASKED)


@router.get(invites.PAGE, dependencies=_OPEN)
async def invite_page() -> Response:
    """The form for who is invited."""
    return _form(_INVITE)


@router.post(invites.PAGE, dependencies=_OPEN)
async def accept(request: Request) -> Response:
    """Take an invite."""
    fields = await form_of(request, "code", "name", "password", "again")
    return await _done(request, _INVITE, fields)


@router.get("/account/page.css", dependencies=_OPEN)
async def style() -> Response:
    """How the pages look."""
    return part("page.css")


@router.get("/account/page.js", dependencies=_OPEN)
async def script() -> Response:
    """Puts the code into its field that came with the address; without it the code is typed."""
    return part("page.js")


async def _done(request: Request, words: _Words, fields: Form) -> Response:
    if wrong := _what_is_wrong(words, fields):
        return _form(words, fields, wrong)
    server = wiring(request).server
    try:
        async with wiring(request).sign_ins.turn():
            if words.asks_name:
                name = " ".join(fields["name"].split())
                await in_thread(invites.accept, server, fields["code"].strip(), name=name, password=fields["password"])
            else:
                await in_thread(resets.reset, server, fields["code"].strip(), fields["password"])
    except Declined as declined:
        return _form(words, fields, declined.detail, status=STATUS[declined.code])
    return page("done.html", title=words.title, message=words.done)


def _what_is_wrong(words: _Words, fields: Form) -> str:
    if fields["password"] != fields["again"]:
        return "The two passwords are not the same."
    if words.asks_name and not 1 <= len(" ".join(fields["name"].split())) <= _LONGEST_NAME:
        return "Your name is missing, or too long."
    return ""


def _forgotten(fields: Form, message: str = "", *, status: int = 200) -> Response:
    return page("forgotten.html", status=status, title=_FORGOTTEN, message=message, **fields)


def _form(words: _Words, fields: Form | None = None, message: str = "", *, status: int = 422) -> Response:
    typed = fields or {}
    return page(
        "password.html",
        status=status if message else 200,
        title=words.title,
        intro=words.intro,
        submit=words.submit,
        asks_name=words.asks_name,
        message=message,
        code=typed.get("code", ""),
        name=typed.get("name", ""),
        shortest=SHORTEST_PASSWORD,
        longest=LONGEST_PASSWORD,
    )
