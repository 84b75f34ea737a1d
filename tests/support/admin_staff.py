"""People of the platform who are signed in to the admin, and raw HTTP as their browser sends it."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import httpx2
import pyotp
import pytest
from sqlalchemy import Engine

from shared import clock
from shared.ids import new_id
from shared.model.member import Role
from syncserver.services.identity import platform_accounts
from syncserver.services.identity.passwords import hash_password
from syncserver.services.server import Server
from syncserver.store.users import User, create_user
from tests.support.http_client import TRUST
from tests.support.shop import PASSWORD

PLATFORM: Final = tuple(role for role in Role if role.is_platform)
COOKIE: Final = "admin"
_TOKEN: Final = re.compile(r'name="csrf" value="([^"]+)"')


@cache
def _hashed() -> str:
    return hash_password(PASSWORD)


def hire(engine: Engine, role: Role, *, name: str = "") -> User:
    """Somebody of the platform, whom nobody else is."""
    email = f"{role.value.lower()}-{new_id()[-12:]}@platform.example"
    return create_user(engine, None, email=email, name=name or f"A {role}", role=role, password_hash=_hashed())


def session_of(server: Server, user: User) -> tuple[str, str]:
    """A session of somebody who sets up their second factor on the way: its token, and the secret."""
    begun = platform_accounts.sign_in(server, email=user.email, password=PASSWORD, code=None)
    drawn = platform_accounts.begin_enrolment(server, begun.token)
    now = pyotp.TOTP(drawn.secret).at(clock.now())
    full, _ = platform_accounts.confirm_enrolment(server, begun.token, now)
    return full.token, drawn.secret


def another_session(server: Server, user: User) -> str:
    """The token of a session in another browser, as the second factor is none of the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("syncserver.services.identity.second_factors.require_code", lambda *_: None)
        return platform_accounts.sign_in(server, email=user.email, password=PASSWORD, code=None).token


def signed_in(server: Server) -> dict[Role, tuple[User, str]]:
    """Somebody of each role of the platform, with the token of a session."""
    people = {role: hire(server.engine, role) for role in PLATFORM}
    return {role: (user, session_of(server, user)[0]) for role, user in people.items()}


@dataclass(kw_only=True)
class AdminHttp:
    """What a browser sends for somebody who is signed in; whoever is not shows no cookie."""

    url: str
    user: User | None = None
    token: str = ""
    http: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx2.Client(base_url=self.url, verify=TRUST, timeout=20)
        self.show(self.token)

    def show(self, token: str) -> None:
        """Have this be what is shown for a session, whatever an answer said before; nothing where it is empty."""
        self.http.cookies.clear()
        if token:
            self.http.cookies.set(COOKIE, token, domain="127.0.0.1", path="/")

    def get(self, path: str, **asked: str) -> httpx2.Response:
        """A page."""
        return self.http.get(f"/admin{path}", params=asked)

    def form_token(self) -> str:
        """What the forms of this session show, on a page that whoever masquerades reaches as well."""
        found = _TOKEN.search(self.get("/grants").text)
        assert found
        return found[1]

    def post(self, path: str, **fields: str) -> httpx2.Response:
        """A form of ours, sent from a page of ours."""
        return self.post_as(
            {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}, path, csrf=self.form_token(), **fields
        )

    def post_as(self, headers: dict[str, str], path: str, **fields: str) -> httpx2.Response:
        """A form as anybody may send it."""
        return self.http.post(f"/admin{path}", data=fields, headers=headers)
