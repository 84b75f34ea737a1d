"""Grants in the admin: given by who holds the action, seen by who has it, revoked one and many."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.member import Role
from shared.rules.grants import Action
from syncserver.services.platform import grants, platform_grants
from syncserver.services.platform.grants import Grant, State
from syncserver.services.server import Server
from syncserver.store.users import User, find_user
from tests.support.admin_staff import PLATFORM, AdminHttp
from tests.support.moving_clock import moved
from tests.support.shop import Shop, open_shop
from tests.support.trail import chain
from tests.syncserver.conftest import Visit

LEADS = (Role.SUPERUSER, Role.PLATFORM_MANAGER)


def wish(shop: Shop, whom: User | None, **other: str) -> dict[str, str]:
    asked = {"tenant": shop.tenant.slug, "action": "view_billing", "reason": "an invoice", "minutes": "30"}
    return asked | {"grantee": whom.id if whom else new_id()} | other


def given(server: Server, root: AdminHttp, shop: Shop, grantee: User | None, minutes: int = 30) -> Grant:
    assert root.user
    assert grantee
    return grants.create(
        server, root.user, grantee.id, shop.tenant, Action.EDIT_SCHEDULE, reason="a hand", minutes=minutes
    )


def kinds(engine: Engine, shop: Shop) -> list[tuple[str, str]]:
    return [(one.kind, one.outcome) for one in chain(engine, shop.tenant) if one.kind.startswith("grant")]


@pytest.mark.parametrize("role", PLATFORM)
def test_each_role_finds_what_it_may_give_and_see(visit: Visit, server: Server, shop: Shop, role: Role) -> None:
    somebody, support = visit(role), visit(Role.PLATFORM_SUPPORT)
    grant = given(server, visit(Role.SUPERUSER), shop, support.user)
    page = somebody.get("/grants").text
    assert (grant.id in page) is (role in (*LEADS, Role.PLATFORM_SUPPORT))
    assert ("Give a grant" in page) is (role in LEADS)
    assert (f'name="grant-{grant.id}"' in page) is (role in LEADS)
    assert ('value="edit_schedule"' in page) is (role is Role.SUPERUSER)
    assert ('value="view_billing"' in page) is (role in LEADS)
    assert somebody.user
    assert f'<option value="{somebody.user.id}"' not in page


def test_a_grant_is_given_and_read_and_runs_out(visit: Visit, engine: Engine, shop: Shop) -> None:
    lead, support = visit(Role.PLATFORM_MANAGER), visit(Role.PLATFORM_SUPPORT)
    reply = lead.post("/grants", **wish(shop, support.user, minutes="5"))
    assert reply.headers["location"] == "/admin/grants?said=granted"
    for somebody in (lead, support):
        page = somebody.get("/grants").text
        assert shop.tenant.name in page
        assert "an invoice" in page
    assert kinds(engine, shop) == [("grant.created", "allowed")]
    with moved(timedelta(minutes=5)):
        assert shop.tenant.name not in lead.get("/grants").text
        assert shop.tenant.name in lead.get("/grants", state="expired").text
        assert shop.tenant.name not in support.get("/grants", state="expired").text, "their own active ones alone"


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"minutes": "0"}, 422),
        ({"minutes": "31"}, 422),
        ({"minutes": "-1"}, 422),
        ({"minutes": "٣"}, 422),
        ({"minutes": "9999"}, 422),
        ({"minutes": ""}, 422),
        ({"reason": " "}, 422),
        ({"reason": "x" * 501}, 422),
        ({"action": "close_business"}, 422),
        ({"tenant": "nowhere"}, 404),
        ({"tenant": ""}, 404),
        ({"grantee": "x"}, 404),
        ({"extra": "1"}, 422),
    ],
)
def test_what_does_not_fit_gives_nothing(
    visit: Visit, engine: Engine, shop: Shop, other: dict[str, str], status: int
) -> None:
    reply = visit(Role.SUPERUSER).post("/grants", **wish(shop, visit(Role.PLATFORM_SALES).user, **other))
    assert reply.status_code == status
    assert ("grant.created", "allowed") not in kinds(engine, shop)


def test_nobody_gives_what_they_do_not_hold_or_to_themselves(visit: Visit, engine: Engine, shop: Shop) -> None:
    lead, support = visit(Role.PLATFORM_MANAGER), visit(Role.PLATFORM_SUPPORT)
    assert lead.post("/grants", **wish(shop, support.user, action="edit_schedule")).status_code == 403
    assert lead.post("/grants", **wish(shop, lead.user)).status_code == 403
    assert kinds(engine, shop) == [("grant.created", "denied")] * 2


def test_one_or_many_are_revoked(visit: Visit, server: Server, engine: Engine, shop: Shop) -> None:
    root, support = visit(Role.SUPERUSER), visit(Role.PLATFORM_SUPPORT)
    made = [given(server, root, shop, support.user) for _ in range(4)]
    said = root.post("/grants/revoke", only=made[0].id, **{f"grant-{made[1].id}": "on"}).headers["location"]
    assert said == "/admin/grants?said=grants-revoked"
    assert states(server, made) == [State.REVOKED, *[State.ACTIVE] * 3], "the button of one is for that one"
    lead = visit(Role.PLATFORM_MANAGER)
    lead.post("/grants/revoke", **{f"grant-{one.id}": "on" for one in made[:3]})
    assert states(server, made) == [*[State.REVOKED] * 3, State.ACTIVE]
    assert root.post("/grants/revoke").headers["location"] == "/admin/grants?said=none-ticked"
    for odd in ("x", new_id(), ""):
        assert root.post("/grants/revoke", **{f"grant-{odd}": "on"}).status_code == 303
    assert root.post("/grants/revoke", ticked="on").status_code == 422
    assert kinds(engine, shop).count(("grant.revoked", "allowed")) == 3
    assert made[0].id in root.get("/grants", state="revoked").text


def states(server: Server, made: list[Grant]) -> list[State]:
    now = {one.id: one.state for one in grants.listed(server)}
    return [now[one.id] for one in made]


def test_many_grants_come_by_page(visit: Visit, server: Server, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_grants, "PAGE", 2)
    root, support = visit(Role.SUPERUSER), visit(Role.PLATFORM_SUPPORT)
    made = [given(server, root, shop, support.user) for _ in range(3)]
    # There are those of other tests, too.
    pages = -(-len(grants.listed(server)) // 2)
    shown = [support.get("/grants", page=str(page)).text for page in range(1, pages + 1)]
    assert pages > 1
    assert [sum(one.id in page for page in shown) for one in made] == [1, 1, 1]
    assert "No such page" in support.get("/grants", page=str(pages + 1)).text


# What a grant opens


def edits(server: Server, root: AdminHttp, shop: Shop, support: AdminHttp) -> Grant:
    assert root.user
    assert support.user
    action = Action.EDIT_TENANT_USERS
    return grants.create(server, root.user, support.user.id, shop.tenant, action, reason="a leaver", minutes=5)


def test_whoever_edits_people_by_a_grant_disables_and_enables_those_of_that_business(
    visit: Visit, server: Server, engine: Engine, shop: Shop
) -> None:
    root, support, other = visit(Role.SUPERUSER), visit(Role.PLATFORM_SUPPORT), open_shop(engine)
    staff, page = shop.users[Role.TENANT_STAFF], f"/tenants/{shop.tenant.id}"
    assert f"/admin/users/{staff}/disable" not in support.get(page).text
    edits(server, root, shop, support)
    assert f"/admin/users/{staff}/disable" in support.get(page).text
    assert f"/admin/users/{staff}/disable" in support.get("/users", q=shop.tenant.slug).text
    for action in ("disable", "disable", "enable"):
        assert support.post(f"/users/{staff}/{action}", reason="left us").status_code == 303
    kept = find_user(engine, staff)
    assert kept is not None
    assert kept.is_active
    told = [one.kind for one in chain(engine, shop.tenant)]
    assert told == ["grant.created", "grant.used", "user.disabled", "grant.used", "user.enabled"], (
        "a second press is none"
    )
    elsewhere = other.users[Role.TENANT_STAFF]
    assert f"/admin/users/{elsewhere}/disable" not in support.get(f"/tenants/{other.tenant.id}").text
    assert support.post(f"/users/{elsewhere}/disable", reason="left us").status_code == 403


@pytest.mark.parametrize("over", ["expired", "revoked"])
def test_a_grant_that_is_over_edits_nobody_and_that_is_told(
    visit: Visit, server: Server, engine: Engine, shop: Shop, over: str
) -> None:
    root, support = visit(Role.SUPERUSER), visit(Role.PLATFORM_SUPPORT)
    made, staff = edits(server, root, shop, support), shop.users[Role.TENANT_STAFF]
    if over == "revoked":
        assert root.user
        grants.revoke(server, root.user, made.id)
    with moved(timedelta(minutes=6)):
        assert support.post(f"/users/{staff}/disable", reason="left us").status_code == 403
    kept = find_user(engine, staff)
    assert kept is not None
    assert kept.is_active
    assert kinds(engine, shop)[-1] == ({"expired": "grant.expired", "revoked": "grant.used"}[over], "denied")


def test_the_form_says_what_each_action_opens(visit: Visit) -> None:
    page = visit(Role.SUPERUSER).get("/grants").text
    assert set(grants.OPENS) == set(Action)
    for action, deed in grants.OPENS.items():
        assert deed in page, action
    assert grants.OPENS[Action.EXPORT_TENANT_DATA] not in visit(Role.PLATFORM_MANAGER).get("/grants").text
