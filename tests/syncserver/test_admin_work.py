"""What the people of the platform do in the admin, what becomes of it, and what is recorded."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection, Engine
from typer.testing import CliRunner

from shared import clock
from shared.errors import StorageFault
from shared.ids import new_id
from shared.model.member import Role
from shared.model.plan import Feature, Limit, Tier
from shared.rules.grants import Action as Grantable
from shared.rules.plans import DEFAULTS, Override
from syncserver.cli import app as commands
from syncserver.services.audit import recorder
from syncserver.services.declined import Declined
from syncserver.services.identity import platform_accounts
from syncserver.services.outbox import opened
from syncserver.services.platform import grants, platform_people
from syncserver.services.platform.platform_people import Action
from syncserver.services.platform.tenant_invites import slug_of
from syncserver.services.server import Server, open_server
from syncserver.settings import Settings
from syncserver.store.events import Entry, Event, Grown, append, chain_of
from syncserver.store.plans import Deal, deal_of
from syncserver.store.tenancy import Tenant, TenantState, control_transaction
from syncserver.store.tenants import create_tenant, find_tenant
from syncserver.store.trail import Check, keep_check
from syncserver.store.users import create_user, find_user, find_user_by_email
from tests.support.admin_staff import PLATFORM, AdminHttp, hire, session_of
from tests.support.moving_clock import moved
from tests.support.shop import Shop, open_shop, put_on_tier
from tests.support.trail import chain
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker, Visit
from tests.syncserver.test_handing_in import hand_in

NEW = "seven quiet rivers"


@pytest.fixture
def real(engine: Engine) -> Tenant:
    """A tenant that is no demo."""
    slug = f"real-{new_id()[-12:]}"
    return create_tenant(engine, slug=slug, name=f"Real {slug}", tier=Tier.STARTER)


def events(engine: Engine, kind: str, tenant: Tenant | None = None) -> list[Entry]:
    return [one for one in chain(engine, tenant) if one.kind == kind]


def state(engine: Engine, tenant: Tenant) -> TenantState:
    found = find_tenant(engine, tenant.id)
    assert found
    return found.state


# Tenants


def test_tenants_are_found_by_name_short_name_and_an_owners_e_mail(visit: Visit, shop: Shop, real: Tenant) -> None:
    root = visit(Role.SUPERUSER)
    for text in (shop.tenant.name, shop.tenant.slug.upper(), shop.email(Role.TENANT_OWNER)):
        page = root.get("/tenants", q=text).text
        assert f'data-tenant="{shop.tenant.slug}"' in page
        assert real.slug not in page
    assert "Nothing found" in root.get("/tenants", q=shop.email(Role.TENANT_STAFF)).text
    for hostile in ("%", "\\", "' OR 1=1 --", "🜁" * 300):
        reply = root.get("/tenants", q=hostile)
        assert reply.status_code == 200
        assert "Nothing found" in reply.text
    assert root.get("/tenants", q="\0").status_code == 200


def test_pages_go_on_and_end(visit: Visit, engine: Engine, shop: Shop) -> None:
    root = visit(Role.SUPERUSER)
    for number in range(26):
        create_user(
            engine, shop.tenant, email=f"c{number}@{shop.tenant.slug}.example", name=f"Paged {number:02}",
            role=Role.CUSTOMER, password_hash="-",
        )  # fmt: skip
    first = root.get("/users", q=shop.tenant.slug).text
    assert "1 to 25 of 30" in first
    assert 'rel="next"' in first
    second = root.get("/users", q=shop.tenant.slug, page="2").text
    assert "26 to 30 of 30" in second
    assert 'rel="next"' not in second
    for odd in ("0", "-1", "x", "99999999999", "٣", "1.5"):
        assert root.get("/users", q=shop.tenant.slug, page=odd).status_code == 200
    assert "No such page" in root.get("/users", q=shop.tenant.slug, page="9999").text


def test_a_tenant_is_suspended_and_reopened_with_a_reason(
    visit: Visit, engine: Engine, shop: Shop, desk: DeskMaker
) -> None:
    lead, at = visit(Role.PLATFORM_MANAGER), f"/tenants/{shop.tenant.id}"
    working = desk(Role.TENANT_OWNER)
    assert lead.post(f"{at}/suspend", reason="  ").status_code == 422
    assert lead.post(f"{at}/suspend", reason="x" * 501).status_code == 422
    assert state(engine, shop.tenant) is TenantState.ACTIVE
    assert lead.post(f"{at}/suspend", reason="unpaid since May").headers["location"].endswith("?said=suspended")
    assert lead.post(f"{at}/suspend", reason="again").status_code == 303
    assert working.http.get("/v1/team").json()["code"] == "tenant_suspended"
    assert lead.post(f"{at}/reopen", reason="paid").status_code == 303
    assert working.http.get("/v1/team").status_code == 200
    (suspended,) = events(engine, "tenant.suspended", shop.tenant)
    assert (suspended.reason, suspended.actor_email) == ("unpaid since May", lead.user and lead.user.email)
    assert [one.reason for one in events(engine, "tenant.reopened", shop.tenant)] == ["paid"]
    assert suspended.id in {one.id for one in chain(engine)}, "told on the platform, too"


def test_a_tenants_page_tells_limits_use_people_and_devices(
    visit: Visit, engine: Engine, shop: Shop, desk: DeskMaker
) -> None:
    put_on_tier(engine, shop.tenant, Tier.FREE, Override(limits={Limit.DEVICES: 7}))
    desk(Role.TENANT_OWNER)
    page = visit(Role.PLATFORM_SUPPORT).get(f"/tenants/{shop.tenant.id}").text
    for told in ("Front desk", shop.email(Role.CUSTOMER), "Override", "Full", ">7<", "Mail reminders"):
        assert told in page
    for hidden in ("Suspend", "Set the plan", "Disable", "Invite"):
        assert hidden not in page


def test_a_tenants_page_tells_how_long_its_desks_work_without_the_server(
    visit: Visit, shop: Shop, visitor: DeskMaker
) -> None:
    support = visit(Role.PLATFORM_SUPPORT)
    fact = "<dt>Desks without the server</dt><dd>{}</dd>"
    assert fact.format("7 days") in support.get(f"/tenants/{shop.tenant.id}").text
    owner = visitor(Role.TENANT_OWNER).sign_in()
    assert owner.http.post("/v1/lease", json={"minutes": 90}).status_code == 204
    assert fact.format("90 minutes") in support.get(f"/tenants/{shop.tenant.id}").text


def test_sales_see_demo_tenants_alone(visit: Visit, engine: Engine, shop: Shop, real: Tenant) -> None:
    create_user(engine, real, email="o@real.example", name="Owner", role=Role.TENANT_OWNER, password_hash="-")
    sales = visit(Role.PLATFORM_SALES)
    for path in ("/tenants", "/users", "/devices"):
        assert real.slug not in sales.get(path, q=real.slug).text.replace(f'value="{real.slug}"', "").replace(
            f"<bdi>{real.slug}</bdi>", ""
        )
    assert sales.get(f"/tenants/{shop.tenant.id}").status_code == 200
    reply = sales.get(f"/tenants/{real.id}")
    assert (reply.status_code, real.name in reply.text) == (404, False)
    (refused,) = events(engine, "access.refused", real)
    assert (refused.subject, refused.actor_email) == ("find_tenants", sales.user and sales.user.email)
    owner = find_user_by_email(engine, real.id, "o@real.example")
    assert owner
    assert sales.post(f"/users/{owner.id}/disable", reason="x").status_code == 404
    assert (
        sales.post(f"/tenants/{real.id}/users", email="t@real.example", name="T", role="TENANT_STAFF").status_code
        == 404
    )


def test_a_plan_is_set_with_what_differs_as_its_override(visit: Visit, engine: Engine, real: Tenant) -> None:
    lead, at = visit(Role.PLATFORM_MANAGER), f"/tenants/{real.id}/plan"
    fields = plan_fields(Tier.PROFESSIONAL) | {"limit_users": "30"}
    assert lead.post(at, tier="PROFESSIONAL", override="on", **fields).status_code == 303
    assert deal(engine, real) == Deal(
        tier=Tier.PROFESSIONAL, override=Override(features=None, limits={Limit.USERS: 30})
    )  # fmt: skip
    assert "Override" in lead.get(f"/tenants/{real.id}").text
    assert lead.post(at, tier="PROFESSIONAL", **(fields | {"limit_users": "77"})).status_code == 303
    assert deal(engine, real) == Deal(tier=Tier.PROFESSIONAL, override=None), "without the tick it is the tier's"
    assert lead.post(at, tier="PROFESSIONAL").status_code == 303
    told = [(one.subject, one.details) for one in events(engine, "tenant.tier_set", real)]
    assert len(told) == 2, "the same again is no event"
    assert '"users":30' in told[0][1]
    for wrong in (
        {"tier": "GOLD"},
        {"tier": "FREE", "override": "on", "limit_users": "-1"},
        {"tier": "FREE", "x": "1"},
    ):
        assert lead.post(at, **wrong).status_code == 422


def plan_fields(tier: Tier) -> dict[str, str]:
    """The form of a plan as it comes filled."""
    plan = DEFAULTS[tier]
    limits = {f"limit_{limit.value}": "" if most is None else str(most) for limit, most in plan.limits.items()}
    return limits | {f"feature_{one.value}": "on" for one in plan.features}


def deal(engine: Engine, tenant: Tenant) -> Deal:
    with control_transaction(engine, read_only=True) as connection:
        return deal_of(connection, tenant, held=False)


# Inviting a business


def wish(**other: str) -> dict[str, str]:
    key = new_id()
    return {
        "key": key, "email": f"owner-{key[-12:]}@new.example", "name": f"Salon {key[-12:]}", "zone": "Europe/Berlin",
        "currency": "EUR", "tier": "STARTER",
    } | other  # fmt: skip


def invited(engine: Engine, reply_location: str) -> Tenant:
    found = find_tenant(engine, reply_location.removeprefix("/admin/tenants/").partition("?")[0])  # type: ignore[arg-type]
    assert found
    return found


def code_for(server: Server, email: str) -> tuple[str, str]:
    """The kind of the newest mail to somebody, and the code in it."""
    # Times are whole seconds, and ids of one second are in no order: the later transaction made the later mail.
    newest = "ORDER BY xmin::text::bigint DESC LIMIT 1"
    with server.engine.connect() as connection:
        row = connection.exec_driver_sql(
            f"SELECT id::text, kind, fields FROM mails WHERE recipient = %s {newest}", (email,)
        ).one()
    told = opened(server, row.id, row.fields)
    assert told
    return row.kind, told["code"]


@pytest.mark.usefixtures("unsent")
def test_the_invited_owner_sets_a_password_and_signs_in_at_a_desk(
    visit: Visit, url: str, server: Server, engine: Engine, shop: Shop
) -> None:
    asked = wish(name="Café Größe & Söhne")
    reply = visit(Role.PLATFORM_MANAGER).post("/tenants/invite", **asked)
    assert reply.status_code == 303
    tenant = invited(engine, reply.headers["location"])
    assert tenant.slug.startswith("cafe-grosse-sohne")
    assert (tenant.is_demo, tenant.tier) == (False, Tier.STARTER)
    kind, code = code_for(server, asked["email"])
    assert kind == "first_invite"
    stranger = AdminHttp(url=url)
    form = {"code": code, "name": "Zoe Neu", "password": NEW, "again": NEW}
    assert stranger.http.post("/account/invite", data=form).status_code == 200
    assert stranger.http.post("/account/invite", data=form).status_code == 410
    stranger.http.close()
    owner = find_user_by_email(engine, tenant.id, asked["email"])
    assert owner
    assert owner.role is Role.TENANT_OWNER
    at_home = WireDesk(url, replace(shop, tenant=tenant), Role.TENANT_OWNER)
    at_home.shop = replace(shop, tenant=tenant, users={})
    signed_in = at_home.try_sign_in(email=asked["email"], password=NEW)
    assert signed_in.status_code == 200
    at_home.http.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
    at_home.register().pull()
    (business,) = at_home.rows["business"].values()
    assert {"Europe/Berlin", "EUR", asked["name"]} <= set(map(str, business))
    at_home.http.close()
    kinds = [one.kind for one in chain(engine, tenant)]
    assert kinds[:2] == ["tenant.created", "tenant.owner_invited"]


def test_an_override_without_its_tick_is_looked_at_by_nobody(visit: Visit, engine: Engine) -> None:
    fields = wish(limit_users="999", limit_devices="no number", feature_plugins="on")
    reply = visit(Role.SUPERUSER).post("/tenants/invite", **fields)
    assert deal(engine, invited(engine, reply.headers["location"])) == Deal(tier=Tier.STARTER, override=None)


def test_an_override_with_its_tick_keeps_what_is_otherwise(visit: Visit, engine: Engine) -> None:
    fields = plan_fields(Tier.STARTER) | {"limit_users": "9", "limit_customers": "", "feature_plugins": "on"}
    del fields["feature_branding"]
    reply = visit(Role.SUPERUSER).post("/tenants/invite", **(wish(override="on") | fields))
    tenant = invited(engine, reply.headers["location"])
    features = DEFAULTS[Tier.STARTER].features - {Feature.BRANDING} | {Feature.PLUGINS}
    expected = Override(features=features, limits={Limit.USERS: 9, Limit.CUSTOMERS: None})
    assert deal(engine, tenant) == Deal(tier=Tier.STARTER, override=expected)
    assert '"users":9' in events(engine, "tenant.created", tenant)[0].details


def test_sales_invite_demo_tenants_without_an_override(visit: Visit, engine: Engine) -> None:
    sales = visit(Role.PLATFORM_SALES)
    assert sales.user
    assert "Override" not in sales.get("/tenants/invite").text
    reply = sales.post("/tenants/invite", **wish(limit_users="999"))
    tenant = invited(engine, reply.headers["location"])
    assert (tenant.is_demo, deal(engine, tenant).override) == (True, None)
    before = count(engine, "tenants")
    assert sales.post("/tenants/invite", **wish(override="on", limit_users="9")).status_code == 403
    assert count(engine, "tenants") == before
    refused = [one for one in events(engine, "access.refused") if one.actor_id == sales.user.id]
    assert refused[-1].subject == "set_plans"


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        found: int = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
    return found


def test_the_same_form_sent_twice_makes_one_tenant_and_another_of_its_name_gets_a_short_name_of_its_own(
    visit: Visit, engine: Engine
) -> None:
    root, asked = visit(Role.SUPERUSER), wish()
    first = root.post("/tenants/invite", **asked).headers["location"]
    before = count(engine, "invites")
    assert root.post("/tenants/invite", **asked).headers["location"] == first
    assert count(engine, "invites") == before
    other = root.post("/tenants/invite", **wish(name=asked["name"])).headers["location"]
    one, two = invited(engine, first), invited(engine, other)
    assert two.slug == f"{one.slug}-2"


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nobody"}, {"email": "a@b@c.example"}, {"email": "a b@c.example"}, {"name": " "},
        {"email": "a@c.example\nBcc: x@y.z"}, {"email": f"{'a' * 250}@c.example"}, {"name": "x" * 201},
        {"email": '"><script>alert(1)</script>@c.example'}, {"zone": "Mars/Olympus"}, {"zone": "../../etc/passwd"},
        {"currency": "EURO"}, {"currency": "€€€"}, {"tier": "GOLD"}, {"tier": ""}, {"state": "active"},
        {"override": "on", "limit_users": "1e3"}, {"override": "on", "limit_users": "0"},
        {"override": "on", "limit_devices": "9" * 40},
    ],
)  # fmt: skip
def test_what_is_no_invite_is_refused_and_makes_nothing(visit: Visit, engine: Engine, wrong: dict[str, str]) -> None:
    before = [count(engine, table) for table in ("tenants", "invites")]
    reply = visit(Role.SUPERUSER).post("/tenants/invite", **wish(**wrong))
    assert reply.status_code == 422
    assert "<script>alert" not in reply.text
    assert [count(engine, table) for table in ("tenants", "invites")] == before


def places(engine: Engine) -> set[str]:
    """Every schema and every role of the database."""
    query = "SELECT nspname FROM pg_namespace UNION SELECT rolname FROM pg_roles"
    with engine.connect() as connection:
        return set(connection.exec_driver_sql(query).scalars())


@pytest.mark.parametrize("told", [0, 1])
def test_no_business_is_made_where_that_or_its_invite_cannot_be_recorded(
    visit: Visit, engine: Engine, monkeypatch: pytest.MonkeyPatch, told: int
) -> None:
    root, asked = visit(Role.SUPERUSER), wish()
    before = [*(count(engine, table) for table in ("tenants", "tenant_clock", "invites")), places(engine)]
    with monkeypatch.context() as patch:

        def full(connection: Connection, events: Sequence[Event], *rest: object) -> Sequence[Grown]:
            append(connection, events[:told], *rest)  # type: ignore[arg-type]
            raise StorageFault("The audit trail cannot be written.")

        patch.setattr(recorder, "append", full)
        assert root.post("/tenants/invite", **asked).status_code == 503
    after = [*(count(engine, table) for table in ("tenants", "tenant_clock", "invites")), places(engine)]
    assert after == before
    made = invited(engine, root.post("/tenants/invite", **asked).headers["location"])
    assert [one.kind for one in chain(engine, made)][:2] == ["tenant.created", "tenant.owner_invited"]


@pytest.mark.usefixtures("unsent")
def test_an_owner_who_did_not_come_is_invited_again_and_the_link_before_is_spent(
    visit: Visit, url: str, server: Server, engine: Engine
) -> None:
    root, asked = visit(Role.SUPERUSER), wish()
    tenant = invited(engine, root.post("/tenants/invite", **asked).headers["location"])
    _, first = code_for(server, asked["email"])
    page = root.get(f"/tenants/{tenant.id}").text
    assert ("No owner yet" in page, asked["email"] in page, "folder <code>mail</code>" in page) == (True, True, True)
    assert root.post(f"/tenants/{tenant.id}/invite-owner", email=asked["email"]).status_code == 303
    _, second = code_for(server, asked["email"])
    for code, expected in ((first, 410), (second, 200)):
        form = {"code": code, "name": "Zoe", "password": NEW, "again": NEW}
        assert root.http.post("/account/invite", data=form).status_code == expected
    assert "No owner yet" not in root.get(f"/tenants/{tenant.id}").text
    assert root.post(f"/tenants/{tenant.id}/invite-owner", email="else@new.example").status_code == 422


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme Corp", "acme-corp"),
        ("  --  ", "business"),
        ("東京", "business"),
        ("Ä" * 80, "a" * 40),
        ("a" * 39 + "--b", "a" * 39),
    ],
)
def test_short_names_follow_from_names(name: str, slug: str) -> None:
    assert slug_of(name) == slug


# People


@pytest.mark.usefixtures("unsent")
def test_support_unlocks_and_resets_people_of_tenants(visit: Visit, server: Server, engine: Engine, shop: Shop) -> None:
    support, owner = visit(Role.PLATFORM_SUPPORT), shop.users[Role.TENANT_OWNER]
    desk = WireDesk(support.url, shop, Role.TENANT_OWNER)
    for _ in range(5):
        desk.try_sign_in(password="wrong")
    assert desk.try_sign_in().status_code == 429
    assert support.post(f"/users/{owner}/unlock").headers["location"].endswith("said=unlocked")
    assert desk.try_sign_in().status_code == 200
    assert support.post(f"/users/{owner}/reset").status_code == 303
    assert code_for(server, shop.email(Role.TENANT_OWNER))[0] == "reset"
    assert [one.kind for one in chain(engine, shop.tenant) if one.kind.startswith("user.")] == [
        "user.unlocked", "user.reset_sent",
    ]  # fmt: skip
    desk.http.close()


def test_support_helps_nobody_of_the_platform(visit: Visit, engine: Engine) -> None:
    support, lead = visit(Role.PLATFORM_SUPPORT), hire(engine, Role.PLATFORM_MANAGER)
    assert lead.email not in support.get("/users", q=lead.email).text.replace(f'value="{lead.email}"', "").replace(
        f"<bdi>{lead.email}</bdi>", ""
    )
    for action in ("unlock", "reset"):
        assert support.post(f"/users/{lead.id}/{action}").status_code == 403
    assert [one.subject for one in events(engine, "access.refused")][-2:] == ["help_users"] * 2


def test_disabling_asks_a_reason_and_is_felt_at_once(visit: Visit, engine: Engine, shop: Shop, desk: DeskMaker) -> None:
    root, staff = visit(Role.SUPERUSER), shop.users[Role.TENANT_STAFF]
    working = desk(Role.TENANT_STAFF)
    assert root.post(f"/users/{staff}/disable", reason="").status_code == 422
    assert root.post(f"/users/{staff}/disable", reason="has left").status_code == 303
    assert root.post(f"/users/{staff}/disable", reason="has left").status_code == 303
    assert working.http.get("/v1/account/sessions").json()["code"] == "revoked"
    assert root.post(f"/users/{staff}/enable").status_code == 303
    assert root.post(f"/users/{staff}/enable").status_code == 303
    again = WireDesk(root.url, shop, Role.TENANT_STAFF)
    assert again.try_sign_in().status_code == 200
    again.http.close()
    (disabled,) = events(engine, "user.disabled", shop.tenant)
    assert (disabled.reason, disabled.subject) == ("has left", shop.email(Role.TENANT_STAFF))


def test_the_last_owner_stays(visit: Visit, shop: Shop, engine: Engine) -> None:
    reply = visit(Role.SUPERUSER).post(f"/users/{shop.users[Role.TENANT_OWNER]}/disable", reason="x")
    assert (reply.status_code, "one active owner" in reply.text) == (409, True)


def test_managers_manage_everybody_below_superusers_and_nobody_themselves(visit: Visit, engine: Engine) -> None:
    lead, root, sales = visit(Role.PLATFORM_MANAGER), hire(engine, Role.SUPERUSER), hire(engine, Role.PLATFORM_SALES)
    assert lead.user
    for user in (root.id, lead.user.id):
        assert lead.post(f"/users/{user}/disable", reason="x").status_code == 403
    assert lead.post(f"/users/{sales.id}/disable", reason="x").status_code == 303
    found = find_user(engine, sales.id)
    assert found
    assert not found.is_active
    page = lead.get("/users", q=root.email).text
    assert (root.email in page, "/disable" in page) == (True, False)


def test_two_superusers_who_disable_each_other_leave_one(new_engine: Engine, settings: Settings) -> None:
    alone = open_server(new_engine, settings)
    one, two = (
        platform_accounts.admin_of(alone, session_of(alone, hire(new_engine, Role.SUPERUSER))[0]) for _ in range(2)
    )  # fmt: skip
    platform_people.act(alone, one, two.user.id, Action.DISABLE, "first")
    with pytest.raises(Declined) as late:
        # Who they are was read before they were disabled.
        platform_people.act(alone, two, one.user.id, Action.DISABLE, "second")
    assert late.value.code == "last_owner"


@pytest.mark.usefixtures("unsent")
def test_somebody_of_the_platform_is_made_and_sets_their_own_password(
    visit: Visit, server: Server, engine: Engine
) -> None:
    lead, email = visit(Role.PLATFORM_MANAGER), f"new-{new_id()[-12:]}@platform.example"
    made = {"email": email.upper(), "name": "New Hand", "role": "PLATFORM_SUPPORT"}
    assert lead.post("/users", **(made | {"role": "SUPERUSER"})).status_code == 403
    assert lead.post("/users", **(made | {"role": "TENANT_OWNER"})).status_code == 422
    assert lead.post("/users", **(made | {"role": "GOD"})).status_code == 422
    assert lead.post("/users", **(made | {"email": "no"})).status_code == 422
    assert lead.post("/users", **made).headers["location"].endswith("said=made")
    assert lead.post("/users", **made).status_code == 409
    kind, code = code_for(server, email)
    assert kind == "welcome"
    stranger = AdminHttp(url=lead.url)
    origin = {"Origin": lead.url}
    assert stranger.http.post("/account/reset", data={"code": code, "password": NEW, "again": NEW}).status_code == 200
    assert (
        stranger.post_as(origin, "", email=email, password=NEW, code="").headers["location"] == "/admin/second-factor"
    )
    stranger.http.close()
    assert events(engine, "user.created")[-1].subject == email


def test_temporary_users_are_made_in_demo_tenants_and_managed_by_sales(
    visit: Visit, engine: Engine, shop: Shop, real: Tenant
) -> None:
    sales, made = visit(Role.PLATFORM_SALES), {"email": "trial@try.example", "name": "Trial", "role": "TENANT_STAFF"}
    assert sales.post(f"/tenants/{shop.tenant.id}/users", **made).status_code == 303
    user = find_user_by_email(engine, shop.tenant.id, made["email"])
    assert user
    assert user.is_temporary
    page = sales.get("/users", q=shop.tenant.slug).text
    assert "Temporary" in page
    assert page.count("/disable") == 1, "the others are not theirs"
    assert sales.post(f"/users/{user.id}/disable", reason="over").status_code == 303
    assert sales.post(f"/users/{shop.users[Role.TENANT_STAFF]}/disable", reason="x").status_code == 403
    assert visit(Role.SUPERUSER).post(f"/tenants/{real.id}/users", **made).status_code == 422
    assert sales.post(f"/tenants/{shop.tenant.id}/users", **(made | {"role": "SUPERUSER"})).status_code == 422


# Devices


def test_a_device_is_revoked_with_a_reason(visit: Visit, engine: Engine, shop: Shop, desk: DeskMaker) -> None:
    support, working = visit(Role.PLATFORM_SUPPORT), desk(Role.TENANT_OWNER)
    at = f"/devices/{shop.tenant.id}/{working.device}/revoke"
    assert 'data-device="' + working.device in support.get("/devices", q=shop.tenant.slug).text
    assert support.post(at, reason="").status_code == 422
    assert support.post(f"/devices/{new_id()}/{working.device}/revoke", reason="x").status_code == 404
    assert support.post(f"/devices/{shop.tenant.id}/x/revoke", reason="x").status_code == 404
    assert support.post(at, reason="stolen from the car").status_code == 303
    assert support.post(at, reason="again").status_code == 303
    assert working.http.get("/v1/account/sessions").json()["code"] == "revoked"
    (told,) = events(engine, "device.revoked", shop.tenant)
    assert (told.reason, told.subject) == ("stolen from the car", "Front desk")
    assert "Revoked" in support.get("/devices", q=shop.tenant.slug).text


def test_whether_a_device_has_handed_in_is_shown(visit: Visit, shop: Shop, desk: DeskMaker) -> None:
    support, working = visit(Role.PLATFORM_SUPPORT), desk(Role.TENANT_OWNER)
    pages = ("/devices", f"/tenants/{shop.tenant.id}")

    def told(words: str) -> set[bool]:
        return {words in support.get(page, q=shop.tenant.slug).text for page in pages}

    assert told("anded in") == {False}
    support.post(f"/devices/{shop.tenant.id}/{working.device}/revoke", reason="stolen from the car")
    assert told("Not handed in") == {True}
    assert hand_in(working, working.booking(next_day()), last=False).status_code == 200
    assert told("Not handed in") == {True}, "there is more to come"
    assert hand_in(working).status_code == 200
    assert (told("Not handed in"), told("Handed in <time")) == ({False}, {True})


# The audit trail


def test_the_trail_is_read_newest_first_and_filtered(visit: Visit, engine: Engine, shop: Shop) -> None:
    lead, at = visit(Role.PLATFORM_MANAGER), f"/tenants/{shop.tenant.id}"
    for number in range(27):
        lead.post(f"{at}/suspend", reason=f"reason number {number:02}")
        lead.post(f"{at}/reopen", reason="over")
    page = lead.get("/audit", tenant=shop.tenant.slug).text
    assert page.index("reason number 26") < page.index("reason number 25")
    assert ("reason number 01" in page, "Older" in page) == (False, True)
    number = chain(engine, shop.tenant)[3].number
    assert "reason number 01" in lead.get("/audit", tenant=shop.tenant.slug, before=str(number)).text
    only = lead.get("/audit", tenant=shop.tenant.slug, kind="tenant.reopened").text
    assert ("reason number" in only, "<q><bdi>over</bdi></q>" in only) == (False, True)
    assert lead.user
    assert "reason number 26" in lead.get("/audit", tenant=shop.tenant.slug, person=lead.user.email[:20].upper()).text
    assert "reason number 26" in lead.get("/audit", tenant=shop.tenant.slug, person=lead.user.id).text
    assert "No events fit" in lead.get("/audit", tenant=shop.tenant.slug, person="%").text
    today, day = clock.now().date(), timedelta(days=1)
    assert "reason number 26" in lead.get("/audit", tenant=shop.tenant.slug, since=f"{today}", until=f"{today}").text
    assert "No events fit" in lead.get("/audit", tenant=shop.tenant.slug, since=f"{today + day}").text
    assert "No events fit" in lead.get("/audit", tenant=shop.tenant.slug, until=f"{today - day}").text
    for odd in ({"since": "x"}, {"until": "9999-12-31"}, {"before": "9" * 30}, {"person": "\0"}, {"person": "x" * 999}):
        assert lead.get("/audit", **odd).status_code == 200
    assert lead.get("/audit", kind="nonsense").status_code == 422
    assert lead.get("/audit", tenant="nowhere").status_code == 404


def test_what_the_last_check_has_found_is_shown(visit: Visit, engine: Engine, shop: Shop) -> None:
    lead, slug = visit(Role.PLATFORM_MANAGER), shop.tenant.slug
    lead.post(f"/tenants/{shop.tenant.id}/suspend", reason="to have an event")
    assert "never checked" in lead.get("/audit", tenant=slug).text
    assert lead.post("/audit/verify", tenant=slug).headers["location"] == f"/admin/audit?tenant={slug}&said=verified"
    assert "Whole" in lead.get("/audit", tenant=slug).text
    with control_transaction(engine) as connection:
        found = Check(checked_at=clock.now(), events=4, broken_at=5, what="is <missing>")
        keep_check(connection, chain_of(shop.tenant), found)
    page = lead.get("/audit", tenant=slug).text
    assert ("Broken" in page, "event 5 is &lt;missing&gt;." in page) == (True, True)


def test_the_command_that_verifies_is_remembered_too(
    visit: Visit, shop: Shop, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    lead, slug = visit(Role.PLATFORM_MANAGER), shop.tenant.slug
    lead.post(f"/tenants/{shop.tenant.id}/suspend", reason="to have an event")
    done = CliRunner().invoke(commands, ["audit", "verify", "--tenant", slug, "--data", str(settings.data)])
    assert done.exit_code == 0, done.output
    assert "Whole" in lead.get("/audit", tenant=slug).text


# What is kept of a business


def manifest(reply: httpx2.Response) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert archive.testzip() is None
        told: dict[str, Any] = json.loads(archive.read("manifest.json"))
    return told


def test_a_superuser_exports_a_business_with_a_reason(visit: Visit, engine: Engine, shop: Shop) -> None:
    root, at = visit(Role.SUPERUSER), f"/tenants/{shop.tenant.id}/export"
    assert root.post(at, reason="  ").status_code == 422
    assert not events(engine, "data.exported", shop.tenant)
    reply = root.post(at, reason="they asked for it")
    assert reply.headers["content-disposition"] == f'attachment; filename="{shop.tenant.slug}.zip"'
    assert reply.headers["cache-control"] == "no-store"
    assert manifest(reply)["business"]["id"] == shop.tenant.id
    (told,) = events(engine, "data.exported", shop.tenant)
    assert (told.actor_email, told.reason) == (root.user and root.user.email, "they asked for it")
    assert [one.id for one in events(engine, "data.exported")][-1] == told.id, "in the platform's chain, too"


def test_a_grant_exports_one_business_while_it_counts(visit: Visit, engine: Engine, shop: Shop, server: Server) -> None:
    root, support = visit(Role.SUPERUSER), visit(Role.PLATFORM_SUPPORT)
    assert root.user
    assert support.user
    page, at = f"/tenants/{shop.tenant.id}", f"/tenants/{shop.tenant.id}/export"
    assert "Export" not in support.get(page).text
    assert support.post(at, reason="a call").status_code == 403
    given = grants.create(
        server, root.user, support.user.id, shop.tenant, Grantable.EXPORT_TENANT_DATA, reason="a call", minutes=5
    )
    assert "export-title" in support.get(page).text
    assert "erase-title" not in support.get(page).text
    assert manifest(support.post(at, reason="a call"))["customer"] is None
    other = open_shop(engine)
    assert "export-title" not in support.get(f"/tenants/{other.tenant.id}").text
    assert support.post(f"/tenants/{other.tenant.id}/export", reason="a call").status_code == 403
    with moved(timedelta(minutes=5)):
        assert support.post(at, reason="a call").status_code == 403
    grants.revoke(server, root.user, given.id)
    kinds = [(one.kind, one.outcome) for one in chain(engine, shop.tenant) if one.actor_id == support.user.id]
    assert kinds == [
        ("grant.used", "denied"), ("grant.used", "allowed"), ("data.exported", "allowed"), ("grant.expired", "denied"),
    ]  # fmt: skip


def test_how_a_business_is_erased_is_said_to_who_may_know(visit: Visit, shop: Shop) -> None:
    said = f"smoothschedule server erase --tenant {shop.tenant.slug}"
    for role in PLATFORM:
        assert (said in visit(role).get(f"/tenants/{shop.tenant.id}").text) is (role is Role.SUPERUSER)
