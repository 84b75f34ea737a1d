"""The admin lets nobody in who does not belong: each route by its capability, each form by its page and its session."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import httpx2
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.member import Role
from shared.rules.masquerade import SHOWN
from shared.rules.permissions import Capability, may
from syncserver.app import ADMIN
from syncserver.services.identity import masquerades, platform_accounts
from syncserver.services.server import Server
from syncserver.settings import Settings
from syncserver.store.users import change_user
from syncserver.web.access import Access, admission_of, need_of
from syncserver.web.admin import AdminAdmission
from tests.support.admin_staff import PLATFORM, AdminHttp, another_session, hire, session_of
from tests.support.masquerade import REASON
from tests.support.running import running
from tests.support.shop import PASSWORD, Shop
from tests.support.trail import chain
from tests.syncserver.conftest import Visit

NEEDS = {
    ("GET", "/admin"): Access.OPEN,
    ("POST", "/admin"): Access.OPEN,
    ("GET", "/admin/page.css"): Access.OPEN,
    ("GET", "/admin/page.js"): Access.OPEN,
    ("GET", "/admin/second-factor"): Access.ENROLLING,
    ("POST", "/admin/second-factor"): Access.ENROLLING,
    ("POST", "/admin/sign-out"): Access.ENROLLING,
    ("GET", "/admin/account"): Access.SIGNED_IN,
    ("POST", "/admin/account/password"): Access.SIGNED_IN,
    ("POST", "/admin/account/recovery-codes"): Access.SIGNED_IN,
    ("POST", "/admin/account/sessions/end-others"): Access.SIGNED_IN,
    ("POST", "/admin/account/sessions/{session}/end"): Access.SIGNED_IN,
    ("GET", "/admin/tenants"): Capability.FIND_TENANTS,
    ("GET", "/admin/tenants/invite"): Capability.INVITE_TENANTS,
    ("POST", "/admin/tenants/invite"): Capability.INVITE_TENANTS,
    ("GET", "/admin/tenants/{tenant}"): Capability.FIND_TENANTS,
    ("POST", "/admin/tenants/{tenant}/suspend"): Capability.SUSPEND_TENANTS,
    ("POST", "/admin/tenants/{tenant}/reopen"): Capability.SUSPEND_TENANTS,
    ("POST", "/admin/tenants/{tenant}/export"): Access.SIGNED_IN,
    ("POST", "/admin/tenants/{tenant}/plan"): Capability.SET_PLANS,
    ("POST", "/admin/tenants/{tenant}/invite-owner"): Capability.INVITE_TENANTS,
    ("POST", "/admin/tenants/{tenant}/users"): Capability.MANAGE_USERS,
    ("GET", "/admin/users"): Capability.FIND_TENANTS,
    ("POST", "/admin/users"): Capability.MANAGE_USERS,
    ("POST", "/admin/users/{user}/unlock"): Capability.HELP_USERS,
    ("POST", "/admin/users/{user}/reset"): Capability.HELP_USERS,
    ("POST", "/admin/users/{user}/reset-factor"): Capability.HELP_USERS,
    ("POST", "/admin/users/{user}/disable"): Access.SIGNED_IN,
    ("POST", "/admin/users/{user}/enable"): Access.SIGNED_IN,
    ("GET", "/admin/devices"): Capability.FIND_TENANTS,
    ("POST", "/admin/devices/{tenant}/{device}/revoke"): Capability.REVOKE_DEVICES,
    ("POST", "/admin/users/{user}/masquerade"): Access.SIGNED_IN,
    ("GET", "/admin/masquerade"): Access.MASQUERADE,
    ("POST", "/admin/masquerade/code"): Access.MASQUERADE,
    ("GET", "/admin/masquerade/day"): Access.MASQUERADE,
    ("POST", "/admin/masquerade/end"): Access.MASQUERADE,
    ("GET", "/admin/tenants/{tenant}/billing"): Access.SIGNED_IN,
    ("GET", "/admin/tenants/{tenant}/book"): Access.SIGNED_IN,
    ("POST", "/admin/tenants/{tenant}/book/cancel"): Access.SIGNED_IN,
    ("POST", "/admin/tenants/{tenant}/book/move"): Access.SIGNED_IN,
    ("POST", "/admin/tenants/{tenant}/edits"): Access.SIGNED_IN,
    ("GET", "/admin/tenants/{tenant}/archived"): Access.SIGNED_IN,
    ("POST", "/admin/tenants/{tenant}/archived/restore"): Access.SIGNED_IN,
    ("GET", "/admin/grants"): Access.SIGNED_IN,
    ("POST", "/admin/grants"): Capability.GRANT,
    ("POST", "/admin/grants/revoke"): Capability.GRANT,
    ("GET", "/admin/audit"): Capability.READ_PLATFORM_AUDIT,
    ("POST", "/admin/audit/verify"): Capability.READ_PLATFORM_AUDIT,
}
"""What each route needs; from the design, not from the code."""
MASQUERADED = {
    ("POST", "/admin/sign-out"),
    ("GET", "/admin/tenants"),
    ("GET", "/admin/tenants/{tenant}"),
    ("GET", "/admin/users"),
    ("GET", "/admin/devices"),
    ("GET", "/admin/audit"),
    ("GET", "/admin/grants"),
    ("POST", "/admin/users/{user}/masquerade"),
    *(one for one, need in NEEDS.items() if need is Access.MASQUERADE),
}
"""What whoever masquerades reaches: pages to look at, the way out, and the refusal to begin again. From the design."""
GUARDED = [one for one, need in NEEDS.items() if need is not Access.OPEN]
HELD = [one for one, need in NEEDS.items() if isinstance(need, Capability)]
POSTS = [path for method, path in GUARDED if method == "POST"]


@pytest.fixture
def visit(url: str, server: Server, engine: Engine) -> Iterator[Visit]:
    """Makes somebody of a role who is signed in; of no role, somebody who is not."""
    with ExitStack() as stack:

        def make(role: Role | None = None) -> AdminHttp:
            user = hire(engine, role) if role else None
            made = AdminHttp(url=url, user=user, token=session_of(server, user)[0] if user else "")
            stack.callback(made.http.close)
            return made

        yield make


def routes() -> Iterator[tuple[str, str, APIRoute]]:
    for module in ADMIN:
        for route in module.router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, route.path, route


def filled(path: str) -> str:
    """A path with ids of nobody, without the admin's prefix."""
    return "/".join(new_id() if part.startswith("{") else part for part in path.removeprefix("/admin").split("/"))


def refusals(engine: Engine, user: str | None) -> list[str | None]:
    return [one.subject for one in chain(engine) if one.kind == "access.refused" and one.actor_id == user]


def test_every_route_declares_what_the_design_says() -> None:
    assert {(method, path): need_of(route) for method, path, route in routes()} == NEEDS
    for _, _, route in routes():
        (stands,) = [one.dependency for one in route.dependencies]
        assert isinstance(stands, AdminAdmission), "a bearer token opens nothing here"


def test_whoever_masquerades_reaches_what_is_listed_and_there_uses_only_what_is_to_be_looked_at() -> None:
    assert {(method, path) for method, path, route in routes() if admission_of(route).masqueraded} == MASQUERADED
    assert {need for one in MASQUERADED if isinstance(need := NEEDS[one], Capability)} <= SHOWN


@pytest.mark.parametrize("target", [Role.TENANT_STAFF, Role.PLATFORM_MANAGER])
def test_all_else_is_refused_to_whoever_masquerades_and_each_time_recorded_in_both_names(
    visit: Visit, server: Server, engine: Engine, shop: Shop, target: Role
) -> None:
    root = visit(Role.SUPERUSER)
    assert root.user
    token = root.form_token()
    whom = hire(engine, target).id if target.is_platform else shop.users[target]
    begun = masquerades.start(server, root.user, whom, reason=REASON)
    own = {"Origin": root.url, "Sec-Fetch-Site": "same-origin"}
    refused = [one for one in GUARDED if one not in MASQUERADED]
    for method, path in refused:
        reply = root.get(filled(path)) if method == "GET" else root.post_as(own, filled(path), csrf=token, reason="x")
        assert (reply.status_code, "end that first" in reply.text) == (403, True), (method, path)
    told = [one for one in chain(engine, begun.tenant) if one.kind == "masquerade.action_denied"]
    told = [one for one in told if one.actor_id == root.user.id]
    assert [one.subject for one in told] == [f"{method} {path}" for method, path in refused]
    assert {(one.as_whom_id, one.reason, one.outcome) for one in told} == {(whom, REASON, "denied")}
    for path in ("/tenants", f"/tenants/{shop.tenant.id}", "/users", "/devices", "/grants", "/audit"):
        page = root.get(path)
        assert page.status_code == 200, path
        assert page.text.count('method="post"') == 2, "to end it and to sign out"


def test_who_looks_at_the_admin_as_another_finds_what_the_other_finds(
    visit: Visit, server: Server, engine: Engine
) -> None:
    root, sales = visit(Role.SUPERUSER), hire(engine, Role.PLATFORM_SALES)
    assert root.user
    masquerades.start(server, root.user, sales.id, reason=REASON)
    assert "/admin/audit" not in root.get("/tenants").text
    assert root.get("/audit").status_code == 403
    last = chain(engine)[-1]
    assert (last.kind, last.subject) == ("masquerade.action_denied", "read_platform_audit")
    assert (last.actor_id, last.as_whom_id) == (root.user.id, sales.id)
    change_user(engine, None, replace(sales, is_active=False))
    assert root.get("/audit").status_code == 200, "over at the next request"


@pytest.mark.parametrize("token", ["", "x", "A" * 43])
def test_nobody_who_is_not_signed_in_is_let_in(url: str, token: str) -> None:
    somebody = AdminHttp(url=url)
    for method, path in GUARDED:
        somebody.show(token)
        if method == "GET":
            reply = somebody.get(filled(path))
            assert (reply.status_code, reply.headers["location"]) == (303, "/admin")
        else:
            reply = somebody.post_as({"Origin": somebody.url}, filled(path))
            assert reply.status_code == 401, path
            assert "Sign in again" in reply.text
    somebody.http.close()


@pytest.mark.parametrize("role", PLATFORM)
def test_each_role_is_let_in_where_it_holds_the_capability_and_each_refusal_is_one_event(
    visit: Visit, engine: Engine, role: Role
) -> None:
    somebody = visit(role)
    assert somebody.user
    expected = []
    for method, path in HELD:
        need = NEEDS[method, path]
        assert isinstance(need, Capability)
        reply = somebody.get(filled(path)) if method == "GET" else somebody.post(filled(path))
        assert (reply.status_code != 403) is may(role, need), (role, method, path, reply.status_code)
        assert reply.status_code < 500
        if not may(role, need):
            expected.append(need.value)
            assert "This account may not do that." in reply.text
    assert refusals(engine, somebody.user.id) == expected


def test_a_session_before_the_second_factor_opens_nothing_else(visit: Visit, server: Server, engine: Engine) -> None:
    user = hire(engine, Role.SUPERUSER)
    begun = platform_accounts.sign_in(server, email=user.email, password=PASSWORD, code=None)
    somebody = AdminHttp(url=visit().url, user=user, token=begun.token)
    for method, path in GUARDED:
        if NEEDS[method, path] is Access.ENROLLING:
            continue
        if method == "GET":
            assert somebody.get(filled(path)).headers["location"] == "/admin/second-factor"
        else:
            assert somebody.post_as({"Origin": somebody.url}, filled(path)).status_code == 403
    shown = somebody.get("/second-factor").text
    assert "Sign out" in shown
    assert "/admin/tenants" not in shown
    somebody.http.close()


def test_a_code_that_enrols_is_not_guessed_at_without_end(visit: Visit, server: Server, engine: Engine) -> None:
    user = hire(engine, Role.SUPERUSER)
    begun = platform_accounts.sign_in(server, email=user.email, password=PASSWORD, code=None)
    somebody = AdminHttp(url=visit().url, user=user, token=begun.token)
    csrf = somebody.get("/second-factor").text.partition('name="csrf" value="')[2].partition('"')[0]
    ours = {"Origin": somebody.url, "Sec-Fetch-Site": "same-origin"}
    replies = [somebody.post_as(ours, "/second-factor", csrf=csrf, code="000000") for _ in range(6)]
    assert [one.status_code for one in replies] == [403] * 5 + [429]
    assert 0 < int(replies[-1].headers["retry-after"]) <= 15
    assert "Too many tries." in replies[-1].text
    somebody.http.close()


def test_a_form_counts_only_from_our_page_and_for_its_session(visit: Visit, engine: Engine) -> None:
    root, other = visit(Role.SUPERUSER), visit(Role.SUPERUSER)
    own, token = {"Origin": root.url, "Sec-Fetch-Site": "same-origin"}, root.form_token()
    before = len(chain(engine))
    others = other.form_token()
    forged: list[tuple[dict[str, str], str]] = [
        ({}, token),
        ({"Origin": "https://evil.example"}, token),
        ({"Origin": "null"}, token),
        ({"Origin": root.url.replace("http:", "https:")}, token),
        ({"Origin": f"{root.url}.evil.example"}, token),
        ({"Origin": root.url, "Sec-Fetch-Site": "cross-site"}, token),
        ({"Origin": root.url, "Sec-Fetch-Site": "same-site"}, token),
        ({"Origin": root.url, "Sec-Fetch-Site": "none"}, token),
        (own, ""),
        (own, token[:-1]),
        (own, "é"),
        (own, others),
    ]
    for path in map(filled, POSTS):
        for headers, shown in forged:
            reply = root.post_as(headers, path, csrf=shown, reason="because")
            assert reply.status_code == 403, (path, headers)
        assert root.http.post(f"/admin{path}", json={"csrf": token}, headers=own).status_code == 422
        twice = {**own, "Content-Type": "application/x-www-form-urlencoded"}
        assert root.http.post(f"/admin{path}", content=f"csrf={token}&csrf={token}", headers=twice).status_code == 422
    assert len(chain(engine)) == before, "what others make a browser send is no deed of its person"
    assert root.get("/account").status_code == 200


def test_signing_in_counts_only_from_our_page(visit: Visit, engine: Engine) -> None:
    somebody, user = visit(), hire(engine, Role.SUPERUSER)
    fields = {"email": user.email, "password": PASSWORD, "code": ""}
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        reply = somebody.post_as(headers, "", **fields)
        assert (reply.status_code, "set-cookie" in reply.headers) == (403, False)
    assert somebody.post_as({"Sec-Fetch-Site": "same-origin"}, "", **fields).status_code == 303


def test_every_page_is_under_a_strict_policy_and_is_stored_by_nobody(visit: Visit) -> None:
    root = visit(Role.SUPERUSER)
    paths = [filled(path) for method, path in NEEDS if method == "GET"]
    for path in [*paths, "", "/nowhere"]:
        headers = root.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        if path != "/nowhere" and "location" not in headers:
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self';")
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert headers["referrer-policy"] == "same-origin"
            assert headers["x-frame-options"] == "DENY"


def cookies(reply: httpx2.Response) -> dict[str, set[str]]:
    """The attributes of each cookie that is set."""
    told = {}
    for one in reply.headers.get_list("set-cookie"):
        first, *others = one.split("; ")
        told[first.partition("=")[0]] = {other.lower() for other in others}
    return told


def test_cookies_are_for_this_host_and_for_no_script(visit: Visit, engine: Engine) -> None:
    fresh, somebody = hire(engine, Role.SUPERUSER), visit()
    plain = somebody.post_as({"Origin": somebody.url}, "", email=fresh.email, password=PASSWORD, code="")
    assert cookies(plain) == {"admin": {"path=/", "httponly", "samesite=strict"}}, (
        "the mark comes with the second factor"
    )
    # As a proxy on the same machine says it.
    secure = {"X-Forwarded-Proto": "https", "Origin": somebody.url.replace("http:", "https:")}
    other = visit().post_as(secure, "", email=fresh.email, password=PASSWORD, code="")
    assert cookies(other) == {"__Host-admin": {"path=/", "httponly", "samesite=strict", "secure"}}
    assert "domain" not in other.headers["set-cookie"].lower()


def test_the_public_address_says_that_the_line_is_private(engine: Engine, settings: Settings) -> None:
    behind = settings.model_copy(update={"public_url": "https://book.example/"})
    user = hire(engine, Role.SUPERUSER)
    with running(engine, behind) as (url, _):
        somebody = AdminHttp(url=url)
        wish = {"email": user.email, "password": PASSWORD, "code": ""}
        reply = somebody.post_as({"Origin": "https://book.example"}, "", **wish)
        assert (reply.status_code, list(cookies(reply))) == (303, ["__Host-admin"])
        assert somebody.post_as({"Origin": "https://book.example.evil"}, "", **wish).status_code == 403
        somebody.http.close()


@pytest.mark.parametrize("host", ["book.example", "127.0.0.1.evil.example", "10.0.0.1"])
def test_no_password_is_asked_for_over_a_network_in_the_clear(visit: Visit, host: str) -> None:
    reply = visit().http.get("/admin", headers={"Host": host})
    assert reply.status_code in (400, 403)
    assert "password" not in reply.text


def test_role_and_activity_are_read_anew_at_each_request(visit: Visit, engine: Engine) -> None:
    somebody = visit(Role.PLATFORM_MANAGER)
    assert somebody.user
    assert somebody.get("/audit").status_code == 200
    change_user(engine, None, replace(somebody.user, role=Role.PLATFORM_SUPPORT))
    assert somebody.get("/audit").status_code == 403
    assert "/admin/audit" not in somebody.get("/tenants").text
    change_user(engine, None, replace(somebody.user, is_active=False))
    assert somebody.get("/tenants").headers["location"] == "/admin"


def test_sessions_are_listed_and_ended(visit: Visit, server: Server, engine: Engine) -> None:
    root, stranger = visit(Role.SUPERUSER), visit(Role.SUPERUSER)
    assert root.user
    other = AdminHttp(url=root.url, user=root.user, token=another_session(server, root.user))
    others = [one.id for one in platform_accounts.sessions_of(server, _admin(server, root))]
    assert len(others) == 2
    mine = _admin(server, root).session
    (theirs,) = [one for one in others if one != mine]
    assert stranger.post(f"/account/sessions/{theirs}/end").status_code == 404
    assert other.get("/tenants").status_code == 200
    assert root.post(f"/account/sessions/{theirs}/end").headers["location"] == "/admin/account?said=session-ended"
    assert other.get("/tenants").headers["location"] == "/admin"
    assert root.post("/account/sessions/end-others").status_code == 303
    assert root.post("/sign-out").headers["location"] == "/admin?said=signed-out"
    assert root.get("/tenants").headers["location"] == "/admin"
    kinds = [one.kind for one in chain(engine) if one.actor_id == root.user.id]
    assert kinds.count("session.ended") == 2
    assert kinds[-1] == "session.signed_out"
    other.http.close()


def _admin(server: Server, somebody: AdminHttp) -> platform_accounts.Admin:
    return platform_accounts.admin_of(server, somebody.token)


def test_a_password_is_changed_by_who_knows_it(visit: Visit) -> None:
    root = visit(Role.SUPERUSER)
    new = "seven quiet rivers"
    wrong = root.post("/account/password", old="wrong", password=new, again=new)
    assert (wrong.status_code, "The password is wrong." in wrong.text) == (403, True)
    differs = root.post("/account/password", old=PASSWORD, password=new, again=f"{new}s")
    assert (differs.status_code, "not the same" in differs.text) == (422, True)
    assert root.post("/account/password", old=PASSWORD, password="short", again="short").status_code == 422
    assert root.post("/account/password", old=PASSWORD, password=new, again=new).status_code == 303
    assert root.get("/account").status_code == 200


def test_signing_in_and_missing_it_are_events_of_the_platform(visit: Visit, engine: Engine, shop: Shop) -> None:
    somebody, user = visit(), hire(engine, Role.PLATFORM_SUPPORT)

    def sign_in(email: str, password: str) -> int:
        return somebody.post_as({"Origin": somebody.url}, "", email=email, password=password, code="").status_code

    before = len(chain(engine))
    assert sign_in(user.email, "wrong") == 401
    assert sign_in(shop.email(Role.TENANT_OWNER), PASSWORD) == 401
    assert sign_in(user.email, PASSWORD) == 303
    told = [(one.kind, one.outcome, one.actor_email) for one in chain(engine)[before:]]
    assert told == [
        ("sign_in.tried", "denied", user.email),
        ("sign_in.tried", "denied", None),
        ("sign_in.tried", "allowed", user.email),
    ]  # fmt: skip
    assert chain(engine)[-1].ip == "127.0.0.1"


@pytest.mark.parametrize("path", ["/nothing", "/tenants/", "/users/x/y/z"])
def test_where_there_is_nothing_a_page_says_so(visit: Visit, path: str) -> None:
    answer = visit(Role.SUPERUSER).get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is nothing here" in answer.text


def test_the_address_of_the_server_and_a_slash_too_many_lead_to_the_way_in(visit: Visit) -> None:
    nobody = visit().http
    for path in ("/", "/admin/"):
        answer = nobody.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
