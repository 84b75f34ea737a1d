"""Every route says what it needs, and has nothing for whoever has it not."""

from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from shared.ids import new_id
from shared.model.member import Role
from shared.model.plan import Feature, Tier
from shared.model.registry import ENTITIES
from shared.rules.permissions import Capability, may
from shared.rules.plans import NEEDS
from syncserver.app import create_app
from syncserver.routes import account, audit, auth, data, feeds, health, live, masquerade, numbers, pages, sync, team
from syncserver.settings import Settings
from syncserver.store.tenancy import TenantState
from syncserver.store.tenants import set_tenant_state
from syncserver.store.users import change_user, find_user
from syncserver.web.access import Access, Undeclared, need_of, principal_of
from syncserver.web.documents import call
from tests.support.running import running
from tests.support.shop import Shop, put_on_tier, stored_rows
from tests.support.trail import chain
from tests.support.wire_desk import WireDesk

SHOWN = (auth, account, team, feeds, masquerade, audit, data, numbers, health, live, sync)
OPEN = {
    "/health", "/v1/auth/challenge", "/v1/auth/sign-in", "/v1/auth/refresh", "/v1/auth/sign-out",
    "/v1/account/forgotten", "/", "/account/reset", "/account/forgotten", "/account/invite",
    "/account/page.css", "/account/page.js",
    "/v1/masquerade/code", "/v1/masquerade/redeem", "/v1/sync/hand-in",
    "/feeds/{secret}.ics",
}  # fmt: skip
"""What may be asked before signing in; from the design, not from the code."""
PEOPLE = {
    "/v1/team": Capability.MANAGE_TEAM,
    "/v1/team/invites": Capability.MANAGE_TEAM,
    "/v1/team/invites/{invite}/revoke": Capability.MANAGE_TEAM,
    "/v1/team/{user}/role": Capability.CHANGE_ROLES,
    "/v1/team/{user}/disable": Capability.MANAGE_TEAM,
    "/v1/team/{user}/enable": Capability.MANAGE_TEAM,
    "/v1/team/{user}/second-factor/reset": Capability.MANAGE_TEAM,
    "/v1/audit": Capability.READ_AUDIT,
    "/v1/numbers": Capability.SEE_REPORTS,
    "/v1/feeds": Capability.SHARE_CALENDAR,
    "/v1/feeds/{feed}/revoke": Capability.SHARE_CALENDAR,
    "/v1/devices": Capability.MANAGE_DEVICES,
    "/v1/devices/{device}/revoke": Capability.MANAGE_DEVICES,
    "/v1/lease": Capability.MANAGE_BUSINESS,
    "/v1/export": Capability.EXPORT,
    "/v1/customers/{customer}/export": Capability.EXPORT,
    "/v1/customers/{customer}/erase": Capability.ERASE,
    "/v1/business/close": Capability.CLOSE_BUSINESS,
    "/v1/business/plan": Capability.SEE_BILLING,
}
"""What the calls about people need, from the design; those of one's own account need a session."""
ABOUT = (
    "/v1/team", "/v1/devices", "/v1/lease", "/v1/audit", "/v1/numbers", "/v1/export", "/v1/customers", "/v1/business"
)  # fmt: skip
"""How the paths of those begin that are in the table."""


def shown() -> Iterator[BaseRoute]:
    """The routes that the document has."""
    for module in SHOWN:
        yield from module.router.routes


def routes() -> Iterator[BaseRoute]:
    yield from shown()
    yield from pages.router.routes


def path(route: BaseRoute) -> str:
    return str(getattr(route, "path", route))


@pytest.mark.parametrize("route", list(routes()), ids=path)
def test_every_route_declares_what_it_needs(route: BaseRoute) -> None:
    need = need_of(route)
    assert (need is Access.OPEN) is (path(route) in OPEN)
    assert isinstance(need, (Access, Capability))
    if path(route).startswith(ABOUT):
        assert need is PEOPLE[path(route)]
    elif path(route).startswith("/v1/account") and path(route) not in OPEN:
        assert need is Access.SIGNED_IN


def test_the_document_says_what_each_call_needs(url: str) -> None:
    told = httpx2.get(f"{url}/docs/openapi.json").json()["paths"]
    assert set(told) == {path(route) for route in shown()}
    for route in shown():
        for method in told[path(route)].values():
            assert method["x-needs"] == need_of(route).value
            assert ("security" in method) is (path(route) not in OPEN)


@pytest.mark.parametrize("route", [one for one in routes() if path(one) not in OPEN], ids=path)
@pytest.mark.parametrize("token", [None, "Bearer", "Bearer x.y.z", "Basic YTpi"])
def test_nobody_who_has_not_signed_in_is_let_in(url: str, route: BaseRoute, token: str | None) -> None:
    (method,) = {*getattr(route, "methods", ())}
    headers = {} if token is None else {"Authorization": token}
    reply = httpx2.request(method, f"{url}{path(route)}", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (401, "reauth")


@pytest.mark.parametrize("route", list(sync.router.routes), ids=path)
@pytest.mark.parametrize("spelled", ["{}/", "/{}", "{}%2f", "{}\x00"])
def test_what_is_asked_most_is_found_under_its_address_alone(url: str, route: BaseRoute, spelled: str) -> None:
    (method,) = {*getattr(route, "methods", ())}
    reply = httpx2.request(method, f"{url}{spelled.format(path(route)).replace(chr(0), '%00')}")
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("route", list(sync.router.routes), ids=path)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_what_is_asked_most_takes_its_own_method_alone(url: str, route: BaseRoute, method: str) -> None:
    reply = httpx2.request(method, f"{url}{path(route)}")
    if method in getattr(route, "methods", ()):
        assert reply.status_code in {401, 422}
    else:
        assert (reply.status_code, reply.headers["content-type"]) == (405, "application/problem+json")


def test_a_route_that_declares_nothing_is_found_at_the_start(engine: Engine, settings: Settings) -> None:
    undeclared = APIRouter()
    undeclared.add_api_route("/leak", lambda: "secret")
    (route,) = undeclared.routes
    with pytest.raises(Undeclared, match="/leak"):
        need_of(route)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "router", undeclared)
        with pytest.raises(Undeclared, match="/leak"):
            create_app(engine, settings)


def test_what_is_added_beside_the_declared_routes_is_not_there(engine: Engine, settings: Settings) -> None:
    asked = []

    def leak(_: Request) -> Response:
        asked.append("leak")
        return Response("secret")

    def add(app: FastAPI) -> None:
        app.router.add_route("/leak", leak)

    with running(engine, settings, prepare=add) as (url, _):
        reply = httpx2.get(f"{url}/leak")
        assert (reply.status_code, reply.json()["code"], asked) == (404, "not_found", [])


@pytest.fixture
def guarded(engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server with a route for each capability, which says who was let in."""
    router = APIRouter()

    async def who(request: Request) -> Response:
        return Response(principal_of(request).user)

    for capability in Capability:
        router.add_api_route(f"/needs/{capability}", who, **call({}, needs=capability))
    router.add_api_route("/needs/signed_in", who, **call({}, needs=Access.SIGNED_IN))
    monkeypatch.setattr(health, "router", router)
    with running(engine, settings) as (address, _):
        yield address


def asked(desk: WireDesk, need: str) -> tuple[int, str]:
    reply = desk.http.get(f"/needs/{need}")
    return reply.status_code, "" if reply.is_success else reply.json()["code"]


Refusal = tuple[str | None, str | None]


def refusals(engine: Engine, shop: Shop) -> list[Refusal]:
    """Who was refused what, as the audit trail has it."""
    found = [one for one in chain(engine, shop.tenant) if one.kind == "access.refused"]
    assert all(one.outcome == "denied" for one in found)
    return [(one.actor_id, one.subject) for one in found]


def test_each_capability_lets_in_whoever_holds_it_and_records_each_refusal(
    guarded: str, shop: Shop, engine: Engine
) -> None:
    expected: list[Refusal] = []
    for role in shop.users:
        desk = WireDesk(guarded, shop, role).sign_in()
        for capability in Capability:
            said = asked(desk, capability)
            assert (said[0] == 200) is may(role, capability), (role, capability)
            assert said[1] == ("" if may(role, capability) else "not_allowed")
            expected += [] if may(role, capability) else [(shop.users[role], capability.value)]
        desk.http.close()
    assert refusals(engine, shop) == expected
    (first,) = [one for one in chain(engine, shop.tenant) if one.kind == "access.refused"][:1]
    assert (first.ip, first.details) == ("127.0.0.1", '{"why":"not_allowed"}')
    assert first.actor_email is not None


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER, Role.TENANT_STAFF])
def test_what_lies_beyond_a_capability_is_refused_and_recorded_once(
    url: str, shop: Shop, engine: Engine, role: Role
) -> None:
    """A manager manages a team, and not its owner; staff shut out devices, and not one that others are signed in on."""
    desk = WireDesk(url, shop, role).sign_in()
    owner = WireDesk(url, shop, Role.TENANT_OWNER, device=desk.device).sign_in()
    calls = {
        f"/v1/team/{shop.users[Role.TENANT_OWNER]}/disable": (Capability.MANAGE_TEAM, {}),
        "/v1/team/invites": (Capability.MANAGE_TEAM, {"email": f"{new_id()}@acme.example", "role": "TENANT_OWNER"}),
        f"/v1/devices/{desk.device}/revoke": (Capability.MANAGE_DEVICES, {}),
    }
    for address, (_, body) in calls.items():
        reply = desk.http.post(address, json=body)
        assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed")
    assert refusals(engine, shop) == [(shop.users[role], capability.value) for capability, _ in calls.values()]
    desk.http.close()
    owner.http.close()


def test_a_role_counts_as_it_is_now_and_not_as_it_was_when_the_token_was_given(
    guarded: str, shop: Shop, engine: Engine
) -> None:
    desk = WireDesk(guarded, shop, Role.TENANT_MANAGER).sign_in()
    assert asked(desk, Capability.REFUND)[0] == 200
    change(engine, shop, Role.TENANT_MANAGER, role=Role.TENANT_STAFF)
    assert asked(desk, Capability.REFUND) == (403, "not_allowed")
    change(engine, shop, Role.TENANT_MANAGER, role=Role.TENANT_OWNER)
    assert asked(desk, Capability.CLOSE_BUSINESS)[0] == 200
    change(engine, shop, Role.TENANT_MANAGER, is_active=False)
    assert asked(desk, Capability.CLOSE_BUSINESS) == (401, "revoked")
    desk.http.close()


def change(engine: Engine, shop: Shop, who: Role, **changes: object) -> None:
    user = find_user(engine, shop.users[who])
    assert user is not None
    change_user(engine, shop.tenant, replace(user, **changes))  # type: ignore[arg-type]


def test_a_session_that_has_ended_and_a_business_that_is_closed_hold_nothing(
    guarded: str, shop: Shop, engine: Engine
) -> None:
    desk = WireDesk(guarded, shop, Role.TENANT_OWNER).sign_in()
    set_tenant_state(engine, shop.tenant, TenantState.SUSPENDED)
    assert asked(desk, Capability.SEE_BOOK) == (403, "tenant_suspended")
    set_tenant_state(engine, shop.tenant, TenantState.ACTIVE)
    assert asked(desk, Capability.SEE_BOOK)[0] == 200
    desk.sign_out()
    assert asked(desk, Capability.SEE_BOOK) == (401, "reauth")
    desk.http.close()


def test_what_the_plan_has_not_is_refused_to_whoever_would_hold_it(guarded: str, shop: Shop, engine: Engine) -> None:
    desk = WireDesk(guarded, shop, Role.TENANT_OWNER).sign_in()
    held = {one: NEEDS.get(one) for one in Capability if may(Role.TENANT_OWNER, one)}
    put_on_tier(engine, shop.tenant, Tier.STARTER)
    for capability, feature in held.items():
        has = feature is None or feature in (
            Feature.SERIES,
            Feature.TAKE_PAYMENTS,
            Feature.WAITLIST,
            Feature.CALENDAR_FEEDS,
        )
        assert asked(desk, capability) == ((200, "") if has else (403, "feature_not_in_plan")), capability
    desk.http.close()


def test_mutations_that_somebody_may_not_make_are_recorded_once(guarded: str, shop: Shop, engine: Engine) -> None:
    desk = WireDesk(guarded, shop, Role.TENANT_STAFF).ready()
    args = {"name": "Annex", "zone": "Europe/Berlin"}
    wishes = [desk.edit("location.create", {"location_id": new_id(), **args}) for _ in range(2)]
    for _ in range(2):
        assert [one["code"] for one in desk.push(*wishes)] == ["not_allowed"] * 2
    assert refusals(engine, shop) == [(shop.users[Role.TENANT_STAFF], "location.create")] * 2
    desk.http.close()


def test_no_role_of_a_business_sets_its_plan_from_a_desk(guarded: str, shop: Shop, engine: Engine) -> None:
    put_on_tier(engine, shop.tenant, Tier.STARTER)
    before = stored_rows(engine, shop.tenant)["plan"]
    for role in (Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF):
        desk = WireDesk(guarded, shop, role).ready()
        (row,) = before.values()
        args = dict(zip(ENTITIES["plan"].names, row, strict=True))
        args = {"business_id": args.pop("id"), **args, "customers": None}
        (outcome,) = desk.push(desk.edit("plan.set", args))
        assert outcome["code"] == "not_allowed"
        keep = desk.edit("attention.resolve", {"item_id": outcome["item"], "choice": "keep"}, v=2)
        assert desk.push(keep)[0]["code"] == "not_allowed"
        desk.http.close()
    assert stored_rows(engine, shop.tenant)["plan"] == before
