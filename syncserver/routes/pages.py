"""The pages on which a password is set: by who has forgotten theirs, and by who is invited."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

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
    done="Your new password is set. Sign in with it at your desk; you can close this page.",
)
_INVITE: Final = _Words(
    title="Join the team",
    intro="Choose a password. With it and your e-mail you sign in at the desk of the business that has invited you.",
    submit="Join",
    done="Welcome! You can sign in at the desk now, with your e-mail and this password; you can close this page.",
    asks_name=True,
)
_LONGEST_NAME: Final = 200


@router.get(resets.PAGE, dependencies=_OPEN)
async def reset_page() -> Response:
    """The form for a new password."""
    return _form(_RESET)


@router.post(resets.PAGE, dependencies=_OPEN)
async def reset(request: Request) -> Response:
    """Set a new password."""
    fields = await form_of(request, "code", "password", "again")
    return await _done(request, _RESET, fields)


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
