"""What a hostile person tries at the admin's masquerade pages, and that nothing comes of it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.member import Role
from syncserver.services.audit import counting
from syncserver.services.identity import masquerades
from syncserver.services.server import Server
from syncserver.store.tenancy import Tenant, TenantState
from syncserver.store.tenants import create_tenant, set_tenant_state
from syncserver.store.users import change_user, create_user
from tests.support.admin_staff import AdminHttp, another_session, hire, session_of
from tests.support.masquerade import REASON, member
from tests.support.moving_clock import moved
from tests.support.shop import Shop
from tests.support.trail import chain
from tests.syncserver.conftest import Visit

FORMS = ("/masquerade/code", "/masquerade/end")
PAGES = ("/masquerade", "/masquerade/day")
METHODS = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE")


@pytest.fixture
def acting(visit: Visit, shop: Shop) -> AdminHttp:
    """Support, acting as somebody of the shop's staff."""
    support = visit()
    assert begin(support, shop.users[Role.TENANT_STAFF]).status_code == 303
    return support


def begin(somebody: AdminHttp, user: str) -> httpx2.Response:
    return somebody.post(f"/users/{user}/masquerade", reason=REASON)


def code_of(reply: httpx2.Response) -> tuple[str, str]:
    """The code and the digits that a page shows."""
    link = unescape(reply.text.partition('id="link">')[2].partition("<")[0])
    return parse_qs(urlsplit(link).query)["code"][0], reply.text.partition('class="digits">')[2].partition("<")[0]


def redeemed(somebody: AdminHttp, code: str, digits: str) -> str:
    reply = somebody.http.post("/v1/masquerade/redeem", json={"opening": code, "digits": digits})
    return "ok" if reply.is_success else str(reply.json()["code"])


def is_acting(server: Server, somebody: AdminHttp) -> bool:
    assert somebody.user
    return masquerades.running(server, somebody.user) is not None


def told_of(engine: Engine, somebody: AdminHttp, tenant: Tenant | None = None) -> list[str]:
    assert somebody.user
    return [one.kind for one in chain(engine, tenant) if one.actor_id == somebody.user.id]


# Forms that others make a browser send


def foreign(url: str, token: str, others: str) -> Iterator[tuple[dict[str, str], str]]:
    """Headers and tokens of forms that are not from a page of this session."""
    own = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
    for site in ("cross-site", "same-site", "none"):
        yield {"Sec-Fetch-Site": site}, token
    for origin in ("null", "http://evil.example", url.replace("http:", "https:"), f"{url}.evil.example"):
        yield {"Origin": origin}, token
    yield {}, token
    for wrong in ("", "x", others, token.upper(), f"{token} "):
        yield own, wrong


def test_no_form_of_a_masquerade_counts_that_is_not_from_a_page_of_its_session(
    visit: Visit, acting: AdminHttp, server: Server, shop: Shop
) -> None:
    others = visit(Role.SUPERUSER).form_token()
    for headers, token in foreign(acting.url, acting.form_token(), others):
        for path in FORMS:
            reply = acting.post_as(headers, path, csrf=token)
            assert reply.status_code == 403, (headers, path)
            assert "smoothschedule://" not in reply.text
    assert is_acting(server, acting)
    fresh = visit(Role.SUPERUSER)
    whom = shop.users[Role.TENANT_OWNER]
    for headers, token in foreign(fresh.url, fresh.form_token(), acting.form_token()):
        assert fresh.post_as(headers, f"/users/{whom}/masquerade", csrf=token, reason=REASON).status_code == 403
    assert not is_acting(server, fresh)


def test_a_form_holds_nothing_beside_what_is_asked_for(visit: Visit, acting: AdminHttp, server: Server) -> None:
    for extra in ({"user": new_id()}, {"id": new_id()}, {"next": "//evil.example"}):
        for path in FORMS:
            assert acting.post(path, **extra).status_code == 422
    assert is_acting(server, acting)
    token = acting.form_token()
    for kind, body in (
        ("application/json", f'{{"csrf": "{token}"}}'),
        ("text/plain", f"csrf={token}"),
        ("application/x-www-form-urlencoded", f"csrf={token}&csrf={token}"),
    ):
        headers = {"Content-Type": kind, "Origin": acting.url, "Sec-Fetch-Site": "same-origin"}
        assert acting.http.post("/admin/masquerade/end", content=body, headers=headers).status_code == 422
    assert is_acting(server, acting)


# Other methods than the one that is meant


@pytest.mark.parametrize("method", METHODS)
def test_another_method_does_nothing(acting: AdminHttp, server: Server, shop: Shop, method: str) -> None:
    paths = (*PAGES, *FORMS, f"/users/{shop.users[Role.TENANT_OWNER]}/masquerade")
    own = {"Origin": acting.url, "Sec-Fetch-Site": "same-origin"}
    for path in paths:
        reply = acting.http.request(method, f"/admin{path}", headers=own)
        assert reply.status_code == 405, path
        assert reply.headers["cache-control"] == "no-store"
    for path in FORMS:
        assert acting.get(path, csrf=acting.form_token()).status_code == 405
        override = {"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST"}
        assert acting.http.get(f"/admin{path}", headers=override).status_code == 405
    for path in PAGES:
        assert acting.post(path).status_code == 405
    assert is_acting(server, acting)


# Sessions and windows


def test_an_old_tab_ends_what_goes_on_and_says_so_where_nothing_does(
    visit: Visit, acting: AdminHttp, server: Server, engine: Engine, shop: Shop
) -> None:
    support = visit()
    token = acting.form_token()
    own = {"Origin": acting.url, "Sec-Fetch-Site": "same-origin"}
    assert support.post("/masquerade/end").status_code == 303
    for path in FORMS:
        late = acting.post_as(own, path, csrf=token)
        assert (late.status_code, "This masquerade is over" in late.text) == (401, True)
    owner = member(engine, shop, Role.TENANT_OWNER)
    assert begin(support, owner.id).status_code == 303
    assert owner.name in acting.get("/masquerade").text, "the old tab shows whom one acts as now"
    assert acting.post_as(own, "/masquerade/end", csrf=token).status_code == 303
    assert not is_acting(server, support)


def test_the_cookie_of_another_shows_nothing_of_it(visit: Visit, acting: AdminHttp, server: Server) -> None:
    stranger = visit(Role.PLATFORM_MANAGER)
    for path in PAGES:
        assert stranger.get(path).status_code == 401
    for path in FORMS:
        assert stranger.post(path).status_code == 401
    nobody = AdminHttp(url=acting.url)
    with closing(nobody.http):
        own = {"Origin": acting.url, "Sec-Fetch-Site": "same-origin"}
        for path in FORMS:
            assert nobody.post_as(own, path, csrf=acting.form_token()).status_code == 401
    assert is_acting(server, acting)


def test_a_masquerade_is_seen_and_ended_in_every_session_of_its_person(
    visit: Visit, acting: AdminHttp, server: Server
) -> None:
    assert acting.user
    second = AdminHttp(url=acting.url, user=acting.user, token=another_session(server, acting.user))
    with closing(second.http):
        assert "<aside" in second.get("/users").text
        assert second.post("/masquerade/end").status_code == 303
    assert "<aside" not in acting.get("/users").text


# Codes


def test_no_code_opens_anything_once_it_is_over(
    visit: Visit, server: Server, engine: Engine, shop: Shop
) -> None:  # fmt: skip
    support, staff = visit(), member(engine, shop, Role.TENANT_STAFF)

    def offered() -> tuple[str, str]:
        assert begin(support, staff.id).status_code == 303
        return code_of(support.post("/masquerade/code"))

    code = offered()
    support.post("/masquerade/end")
    assert redeemed(support, *code) == "wrong_code"
    code = offered()
    change_user(engine, shop.tenant, replace(staff, is_active=False))
    assert redeemed(support, *code) in ("masquerade_ended", "wrong_code")
    change_user(engine, shop.tenant, staff)
    code = offered()
    set_tenant_state(engine, shop.tenant, TenantState.SUSPENDED)
    assert redeemed(support, *code) in ("masquerade_ended", "wrong_code")
    set_tenant_state(engine, shop.tenant, TenantState.ACTIVE)
    code = offered()
    with moved(timedelta(seconds=61)):
        assert redeemed(support, *code) == "wrong_code"
    user = hire(engine, Role.PLATFORM_SUPPORT)
    leaving = AdminHttp(url=support.url, user=user, token=session_of(server, user)[0])
    with closing(leaving.http):
        begin(leaving, staff.id)
        code = code_of(leaving.post("/masquerade/code"))
        leaving.post("/sign-out")
    assert redeemed(support, *code) == "wrong_code"


def test_a_code_is_of_the_masquerade_that_goes_on_and_of_no_later_one(
    visit: Visit, acting: AdminHttp, shop: Shop
) -> None:  # fmt: skip
    code = code_of(acting.post("/masquerade/code"))
    acting.post("/masquerade/end")
    begin(acting, shop.users[Role.TENANT_OWNER])
    assert redeemed(acting, *code) == "wrong_code"


def test_nothing_that_holds_a_code_is_kept(acting: AdminHttp) -> None:
    reply = acting.post("/masquerade/code")
    assert reply.headers["cache-control"] == "no-store"
    assert "smoothschedule://" not in str(reply.headers)
    for path in (*PAGES, "/users", "/tenants", "/audit", "/account"):
        assert acting.get(path).headers["cache-control"] == "no-store", path
    for path in FORMS:
        assert acting.post_as({}, path).headers["cache-control"] == "no-store", path


# Ids that are none, and whom one may not see


ODD = (
    "x", "0", "%00", "..%2f..", "%2e%2e", "'", "%27%20OR%201=1", "<script>", "a" * 2000, "%E2%80%AE", "%ff", "null",
    "01a218a7-463d-71d6-b0ad-578348cd0462%20",
)  # fmt: skip


@pytest.mark.parametrize("masked", [False, True])
def test_an_id_that_is_none_is_nobody(
    visit: Visit, server: Server, shop: Shop, monkeypatch: pytest.MonkeyPatch, *, masked: bool
) -> None:
    support = visit()
    monkeypatch.setattr(counting, "MOST", 1000)
    if masked:
        begin(support, shop.users[Role.TENANT_STAFF])
    for odd in ODD:
        reply = begin(support, odd)
        assert reply.status_code in ((409, 404) if masked else (404,)), odd
        assert "<script>" not in reply.text
    assert is_acting(server, support) is masked
    known = shop.users[Role.TENANT_OWNER]
    assert begin(support, known.upper()).status_code in ((409,) if masked else (404, 303))


def beyond_sales(engine: Engine) -> Iterator[str]:
    """People whom sales do not see: of the platform, and of businesses in either state that are no demo."""
    yield hire(engine, Role.SUPERUSER).id
    for state in (TenantState.ACTIVE, TenantState.SUSPENDED):
        slug = f"real-{new_id()[-12:]}"
        real = create_tenant(engine, slug=slug, name=f"Real {slug}")
        email = f"ann@{slug}.example"
        owner = create_user(engine, real, email=email, name="Ann", role=Role.TENANT_OWNER, password_hash="-")
        set_tenant_state(engine, real, state)
        yield owner.id


@pytest.mark.parametrize("masked", [False, True])
def test_whoever_is_beyond_ones_sight_is_answered_as_nobody_is(
    visit: Visit, engine: Engine, shop: Shop, *, masked: bool
) -> None:
    sales = visit(Role.PLATFORM_SALES)
    if masked:
        email = f"temp-{new_id()}@{shop.tenant.slug}.example"
        temp = create_user(
            engine, shop.tenant, email=email, name="Temp", role=Role.TENANT_STAFF, password_hash="-", is_temporary=True
        )
        assert begin(sales, temp.id).status_code == 303
    nobody = begin(sales, new_id())
    for whom in beyond_sales(engine):
        reply = begin(sales, whom)
        assert (reply.status_code, scrubbed(reply, whom)) == (nobody.status_code, scrubbed(nobody, "")), whom


def scrubbed(reply: httpx2.Response, whom: str) -> str:
    """What a page says, but for what differs with the moment."""
    main = reply.text.partition("<main")[2]
    assert not whom or whom not in main
    return main


# Where pages lead


def test_no_address_leads_away(acting: AdminHttp) -> None:
    for name in ("next", "to", "return", "url", "redirect", "said", "day"):
        for where in ("//evil.example", "https://evil.example", "javascript:alert(1)"):
            for path in (*PAGES, "/users"):
                reply = acting.get(path, **{name: where})
                assert reply.status_code == 200
                assert "evil.example" not in reply.text
                assert "javascript:" not in reply.text
    reply = acting.post("/masquerade/end")
    assert reply.headers["location"] == "/admin/users?said=masquerade-ended"


def test_the_link_names_no_host_that_somebody_else_chose(acting: AdminHttp) -> None:
    token = acting.form_token()
    for host in ("evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "evil.example#127.0.0.1"):
        headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        assert "evil" not in acting.post_as(headers, "/masquerade/code", csrf=token).text, host
    headers = {"Origin": acting.url, "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    assert "evil" not in acting.post_as(headers, "/masquerade/code", csrf=token).text
