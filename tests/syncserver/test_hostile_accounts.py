"""What strangers and liars send to the calls about people: refused whole, and nothing is changed."""

from typing import Any

import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.member import Role
from syncserver.web.bodies import SMALL
from tests.support.shop import PASSWORD, Shop
from tests.support.wire_desk import Json
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_passwords import code_of

ID = "01970000-0000-7000-8000-000000000001"
POSTS: dict[str, Json] = {
    "/v1/account/password": {"old": PASSWORD, "new": "seven quiet rivers"},
    "/v1/account/second-factor/begin": {"password": PASSWORD},
    "/v1/account/second-factor/confirm": {"code": "123456"},
    "/v1/account/second-factor/off": {"password": PASSWORD, "code": "123456"},
    "/v1/account/sessions/end-others": {},
    f"/v1/account/sessions/{ID}/end": {},
    "/v1/team/invites": {"email": "zoe@acme.example", "role": "TENANT_STAFF"},
    f"/v1/team/invites/{ID}/revoke": {},
    f"/v1/team/{ID}/role": {"role": "TENANT_STAFF"},
    f"/v1/team/{ID}/disable": {},
    f"/v1/team/{ID}/enable": {},
    f"/v1/devices/{ID}/revoke": {},
}
OPEN: dict[str, Json] = {"/v1/account/forgotten": {"tenant": "acme", "email": "zoe@acme.example"}}
GETS = ("/v1/account/sessions", "/v1/team", "/v1/devices")
TABLES = ("users", "sessions", "devices", "invites", "mails", "reset_wishes", "reset_links", "second_factors")


def kept(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return {one: repr(connection.exec_driver_sql(f"SELECT * FROM {one} ORDER BY 1").all()) for one in TABLES}


def wrong(body: Json) -> list[bytes | Json]:
    """The same message, unfit in every way."""
    odd: list[Any] = [None, 5, True, [], {}, ["x"], "\ud800".encode("utf-8", "surrogatepass").decode("latin-1") * 2000]
    unfit: list[bytes | Json] = [b"", b"{", b"[]", b"null", b"\xff", b'{"a":1,"a":2}', body | {"role_of": "x"}]
    for name in body:
        unfit.append({key: said for key, said in body.items() if key != name})
        unfit += [body | {name: said} for said in odd if not (name == "tenant" and said is None)]
    return unfit


@pytest.mark.parametrize("path", POSTS | OPEN)
def test_what_does_not_fit_is_refused_and_changes_nothing(visitor: DeskMaker, engine: Engine, path: str) -> None:
    desk = visitor(Role.TENANT_OWNER).sign_in()
    before = kept(engine)
    for body in wrong((POSTS | OPEN)[path]):
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        reply = desk.http.post(path, **sent)
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid"), body
    assert kept(engine) == before


@pytest.mark.parametrize("path", POSTS | OPEN)
def test_nobody_sends_a_megabyte(visitor: DeskMaker, path: str) -> None:
    assert code_of(visitor().sign_in().http.post(path, content=b" " * (SMALL + 1))) == "too_large"


@pytest.mark.parametrize("path", [*POSTS, *GETS])
def test_nothing_is_told_without_a_token(visitor: DeskMaker, engine: Engine, path: str) -> None:
    desk = visitor()
    before = kept(engine)
    for token in (None, "Bearer x", "Bearer", "Basic eDp5"):
        headers = {} if token is None else {"Authorization": token}
        reply = (
            desk.http.get(path, headers=headers)
            if path in GETS
            else desk.http.post(path, json=POSTS[path], headers=headers)
        )
        assert (reply.status_code, reply.json()["code"]) == (401, "reauth")
    assert kept(engine) == before


@pytest.mark.parametrize("path", [*POSTS, *GETS])
def test_a_session_that_has_ended_asks_for_nothing(visitor: DeskMaker, path: str) -> None:
    desk = visitor(Role.TENANT_OWNER).sign_in()
    desk.sign_out()
    reply = desk.http.get(path) if path in GETS else desk.http.post(path, json=POSTS[path])
    assert code_of(reply) == "reauth"


@pytest.mark.parametrize(
    "email",
    [
        "", "x", "a b@c.example", "a@b\r\nBcc: eve@evil.example", "a@@b.example", "<a@b.example>", "a,b@c.example",
        "ä@b.c", f"{'x' * 250}@b.example", "a@-b", "a@b;c",
    ],
)  # fmt: skip
def test_only_what_is_an_address_is_invited(visitor: DeskMaker, email: str) -> None:
    wish = {"email": email, "role": "TENANT_STAFF"}
    assert code_of(visitor(Role.TENANT_OWNER).sign_in().http.post("/v1/team/invites", json=wish)) == "invalid"


def test_nobody_gives_themselves_a_role(visitor: DeskMaker, shop: Shop) -> None:
    for role in (Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER):
        desk = visitor(role).sign_in()
        reply = desk.http.post(f"/v1/team/{shop.users[role]}/role", json={"role": "TENANT_OWNER"})
        assert code_of(reply) == "not_allowed"


def test_a_code_of_thirty_digits_is_no_code(visitor: DeskMaker) -> None:
    reply = visitor().try_sign_in(totp="1" * 33)
    assert code_of(reply) == "invalid"
    assert code_of(visitor().try_sign_in(totp=new_id()[:32])) == 200, "nobody asked for one"
