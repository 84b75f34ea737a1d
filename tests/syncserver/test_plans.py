"""A business has the plan that is agreed with it, in its book, in its history, and wherever something is made."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from shared.errors import Refusal
from shared.ids import new_id
from shared.model.base import UserId
from shared.model.member import Role
from shared.model.plan import Feature, Limit, Plan, Tier, boundless
from shared.model.registry import ENTITIES, entity_type
from shared.mutations.registry import Actor
from shared.rules.permissions import Capability, may
from shared.rules.plans import DEFAULTS, Allowance, Override, plan_row
from syncserver.services.audit.recorder import Audit
from syncserver.services.platform import plans
from syncserver.services.platform.plans import OPERATOR, offered, set_plan
from syncserver.services.server import open_server
from syncserver.settings import Settings
from syncserver.store import statements, working_set
from syncserver.store.engine import make_engine
from syncserver.store.plans import stored_plans
from syncserver.store.tenancy import Tenant, control_transaction, tenant_transaction
from syncserver.store.tenants import create_tenant
from syncserver.store.users import BadUser, change_user, create_user, find_user
from tests.support.postgres import Postgres
from tests.support.replay import replayed
from tests.support.shop import Shop, open_shop, put_on_tier, stored_rows
from tests.support.trail import chain
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_passwords import NEW, mailed_code

Json = dict[str, Any]


def in_force(engine: Engine, tenant: Tenant) -> Plan:
    (row,) = stored_rows(engine, tenant)["plan"].values()
    plan: Plan = entity_type(Plan).decode(row)
    return plan


def version(engine: Engine, tenant: Tenant) -> int:
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        found: int = connection.exec_driver_sql("SELECT version FROM clock").scalar_one()
    return found


def history(engine: Engine, tenant: Tenant) -> list[tuple[str, str, str]]:
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        asked = "SELECT name, user_id::text, role FROM mutation_log ORDER BY version, ordinal"
        return [(name, user, role) for name, user, role in connection.exec_driver_sql(asked)]


def few(**most: int | None) -> Override:
    return Override(limits={Limit(name): count for name, count in most.items()})


def customer(desk: WireDesk) -> Json:
    return desk.edit("customer.create", {"customer_id": new_id(), "name": "Ida Brandt"})


def endings(outcomes: list[Json]) -> list[str]:
    return [one["code"] or one["outcome"] for one in outcomes]


# What is agreed


@pytest.mark.parametrize("tier", list(Tier))
def test_a_business_begins_with_the_plan_of_its_tier(engine: Engine, tier: Tier) -> None:
    override = few(customers=7)
    for agreed in (None, override):
        tenant = create_tenant(engine, slug=f"p{new_id()[-12:]}", name="Lind", tier=tier, override=agreed)
        plan = in_force(engine, tenant)
        expected = {**DEFAULTS[tier].limits, **(agreed.limits if agreed else {})}
        assert (str(plan.id), plan.tier) == (tenant.id, tier.value)
        assert {one: plan.most(one) for one in Limit} == expected
        assert set(plan.features) == DEFAULTS[tier].features
        assert replayed(engine, tenant)["plan"] == stored_rows(engine, tenant)["plan"]


def test_a_change_of_the_plan_is_an_edit_of_the_history_and_the_same_again_is_none(engine: Engine, shop: Shop) -> None:
    before = version(engine, shop.tenant)
    override = Override(features=frozenset({Feature.REPORTS}), limits={Limit.CUSTOMERS: 5})
    assert put_on_tier(engine, shop.tenant, Tier.STARTER, override) == before + 1
    assert put_on_tier(engine, shop.tenant, Tier.STARTER, override) is None
    assert history(engine, shop.tenant) == [("plan.set", OPERATOR.user_id, "SUPERUSER")]
    plan = in_force(engine, shop.tenant)
    assert (plan.tier, plan.features, plan.customers, plan.users) == ("STARTER", ("reports",), 5, 5)
    assert put_on_tier(engine, shop.tenant, Tier.STARTER) == before + 2
    assert in_force(engine, shop.tenant) == plan_row(plan.id, Tier.STARTER, DEFAULTS[Tier.STARTER])


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_set_plans_does(engine: Engine, shop: Shop, settings: Settings, role: Role) -> None:
    by = Actor(user_id=UserId(new_id()), role=role)
    if may(role, Capability.SET_PLANS):
        put_on_tier(engine, shop.tenant, Tier.FREE, by=by)
        assert history(engine, shop.tenant) == [("plan.set", by.user_id, role.value)]
        return
    with pytest.raises(Refusal, match="not_allowed"):
        put_on_tier(engine, shop.tenant, Tier.FREE, by=by)
    with pytest.raises(Refusal, match="not_allowed"):
        next(set_plan(open_server(engine, settings).audit, Tier.FREE, DEFAULTS[Tier.FREE], by=by), None)
    assert in_force(engine, shop.tenant) == boundless(in_force(engine, shop.tenant).id)


def test_the_history_is_replayed_with_the_plans_that_there_were(engine: Engine, shop: Shop, desk: DeskMaker) -> None:
    mine = desk()
    shop_rows = [entity_type(kind).decode(row) for kind, row in founding(engine, shop)]
    outcomes = mine.push(*(customer(mine) for _ in range(3)))
    put_on_tier(engine, shop.tenant, Tier.FREE, few(customers=5))
    outcomes += mine.push(customer(mine), customer(mine), mine.booking(next_day()))
    put_on_tier(engine, shop.tenant, Tier.FREE, few(customers=2, appointments_a_month=1))
    outcomes += mine.push(customer(mine), mine.booking(next_day(hour=13)))
    put_on_tier(engine, shop.tenant, Tier.ENTERPRISE)
    refused = [one["item"] for one in outcomes if one["outcome"] == "rejected"]
    keep = [{"item_id": item, "choice": "keep"} for item in refused]
    outcomes += mine.push_all(*(mine.edit("attention.resolve", one, v=2) for one in keep))
    told = endings(outcomes)
    assert told == ["applied"] * 4 + ["limit_reached", "applied"] + ["limit_reached"] * 2 + ["applied"] * 3
    assert replayed(engine, shop.tenant, *shop_rows) == stored_rows(engine, shop.tenant)


def founding(engine: Engine, shop: Shop) -> Iterator[tuple[Any, Any]]:
    """The rows that the shop was opened with, by no edit."""
    for table, rows in stored_rows(engine, shop.tenant).items():
        if table not in ("business", "member", "plan"):
            yield from ((ENTITIES[table].cls, row) for row in rows.values())


# Stored plans


@pytest.fixture
def alone(postgres: Postgres) -> Iterator[Engine]:
    """A database of its own: a stored plan is everybody's."""
    with postgres.fresh() as address:
        engine = make_engine(address)
        yield engine
        engine.dispose()


@pytest.fixture
def audit(alone: Engine, settings: Settings) -> Audit:
    return open_server(alone, settings).audit


def made(engine: Engine, tier: Tier, override: Override | None = None) -> Tenant:
    return create_tenant(engine, slug=f"p{new_id()[-12:]}", name="Lind", tier=tier, override=override)


def larger(tier: Tier, **most: int | None) -> Allowance:
    limits = {Limit(name): count for name, count in most.items()}
    return Allowance(features=DEFAULTS[tier].features | {Feature.REPORTS}, limits={**DEFAULTS[tier].limits, **limits})


def test_a_stored_plan_is_that_of_every_business_of_its_tier_and_of_those_to_come(alone: Engine, audit: Audit) -> None:
    free, agreed, starter = made(alone, Tier.FREE), made(alone, Tier.FREE, few(users=9)), made(alone, Tier.STARTER)
    wanted = larger(Tier.FREE, customers=321, users=4)
    assert not offered(alone)[Tier.FREE].stored
    assert {one.id for one in set_plan(audit, Tier.FREE, wanted)} == {free.id, agreed.id}
    assert (offered(alone)[Tier.FREE].allowance, offered(alone)[Tier.FREE].stored) == (wanted, True)
    assert offered(alone)[Tier.STARTER].allowance == DEFAULTS[Tier.STARTER]
    later = made(alone, Tier.FREE)
    found = [in_force(alone, one) for one in (free, agreed, later)]
    assert [(one.customers, one.users, "reports" in one.features) for one in found] == [
        (321, 4, True), (321, 9, True), (321, 4, True),
    ]  # fmt: skip
    assert in_force(alone, starter) == plan_row(in_force(alone, starter).id, Tier.STARTER, DEFAULTS[Tier.STARTER])
    put_on_tier(alone, starter, Tier.FREE)
    assert in_force(alone, starter).customers == 321
    with control_transaction(alone, read_only=True) as connection:
        assert stored_plans(connection) == {Tier.FREE: wanted}


def test_a_change_of_a_stored_plan_that_was_broken_off_is_finished_by_the_same_again(
    alone: Engine, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenants = [made(alone, Tier.FREE) for _ in range(3)]
    wanted = larger(Tier.FREE, customers=321)
    before = plans._put_in_force
    done: list[str] = []

    def dies_at_the_second(connection: Connection, tenant: Tenant, *given: Any) -> int | None:
        written = before(connection, tenant, *given)
        done.append(tenant.id)
        if len(done) == 2:
            raise KeyboardInterrupt
        return written

    monkeypatch.setattr(plans, "_put_in_force", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        list(set_plan(audit, Tier.FREE, wanted))
    monkeypatch.undo()
    changed = [one for one in tenants if in_force(alone, one).customers == 321]
    assert [one.id for one in changed] == done[:1]
    written = version(alone, changed[0])
    assert {one.id for one in set_plan(audit, Tier.FREE, wanted)} == {one.id for one in tenants} - {changed[0].id}
    assert {in_force(alone, one).customers for one in tenants} == {321}
    assert version(alone, changed[0]) == written
    # What was broken off is not recorded either; what has the plan already is not told of it once more.
    assert [[one.kind for one in chain(alone, tenant)] for tenant in tenants] == [["tenant.plan_changed"]] * 3
    assert [one.kind for one in chain(alone)].count("plan.stored") == 2


# Users and devices


def hire(engine: Engine, tenant: Tenant, role: Role = Role.TENANT_STAFF) -> UserId:
    email = f"{new_id()}@lind.example"
    return create_user(engine, tenant, email=email, name="Somebody", role=role, password_hash="x").id


def test_no_more_people_work_there_than_the_plan_has_room_for(engine: Engine) -> None:
    tenant = made(engine, Tier.FREE)
    first, _ = hire(engine, tenant), hire(engine, tenant)
    with pytest.raises(BadUser, match="The plan Free has room for 2 users"):
        hire(engine, tenant)
    hire(engine, tenant, Role.CUSTOMER)
    user = find_user(engine, first)
    assert user is not None
    change(engine, tenant, first, is_active=False)
    second = hire(engine, tenant)
    with pytest.raises(Refusal, match="limit_reached"):
        change(engine, tenant, first, is_active=True)
    change(engine, tenant, second, name="Another name")
    assert len(stored_rows(engine, tenant)["member"]) == 4


def change(engine: Engine, tenant: Tenant, who: UserId, **changes: Any) -> None:
    user = find_user(engine, who)
    assert user is not None
    change_user(engine, tenant, replace(user, **changes))


def test_of_many_who_are_made_at_once_so_many_are_as_there_is_room_for(engine: Engine) -> None:
    tenant = made(engine, Tier.FREE, few(users=3))

    def hired(_: int) -> bool:
        try:
            hire(engine, tenant)
        except BadUser:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(hired, range(6))) == 3


def test_a_new_device_needs_room_and_a_known_one_goes_on(engine: Engine, shop: Shop, visitor: DeskMaker) -> None:
    put_on_tier(engine, shop.tenant, Tier.FREE, few(devices=2))
    first, second, third = visitor(), visitor(Role.TENANT_OWNER), visitor(Role.TENANT_STAFF)
    first.sign_in()
    second.sign_in()
    refused = third.try_sign_in()
    assert (refused.status_code, refused.json()["code"]) == (403, "limit_reached")
    assert refused.json()["detail"] == "The plan Free has room for 2 computers."
    last = chain(engine, shop.tenant)[-1]
    assert (last.kind, last.outcome, last.details) == ("sign_in.tried", "denied", '{"why":"limit_reached"}')
    put_on_tier(engine, shop.tenant, Tier.FREE, few(devices=0))
    assert first.try_sign_in().status_code == 200
    assert first.try_refresh().status_code == 200
    assert visitor(Role.TENANT_STAFF, device=first.device).try_sign_in().status_code == 200
    assert third.try_sign_in().json()["code"] == "limit_reached"
    with control_transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE devices SET revoked_at = now() WHERE id = %s", (second.device,))
    put_on_tier(engine, shop.tenant, Tier.FREE, few(devices=2))
    assert third.try_sign_in().status_code == 200


def test_whoever_is_let_in_by_a_call_needs_room_too(
    engine: Engine, shop: Shop, settings: Settings, visitor: DeskMaker
) -> None:
    """By an invite that is taken, by being enabled, and by another role; what is refused changes nothing."""
    owner = visitor(Role.TENANT_OWNER).sign_in()
    email, staff = f"{new_id()}@acme.example", shop.users[Role.TENANT_STAFF]
    assert owner.http.post("/v1/team/invites", json={"email": email, "role": "TENANT_STAFF"}).status_code == 200
    assert owner.http.post(f"/v1/team/{staff}/disable", json={}).status_code == 204
    put_on_tier(engine, shop.tenant, Tier.FREE, few(users=2))
    form = {"code": mailed_code(settings, email), "name": "Zoe Neu", "password": NEW, "again": NEW}
    full = owner.http.post("/account/invite", data=form)
    assert (full.status_code, "The plan Free has room for 2 users." in full.text) == (403, True)
    customer = shop.users[Role.CUSTOMER]
    for path, body in ((f"{staff}/enable", {}), (f"{customer}/role", {"role": "TENANT_STAFF"})):
        reply = owner.http.post(f"/v1/team/{path}", json=body)
        assert (reply.status_code, reply.json()["code"]) == (403, "limit_reached")
    put_on_tier(engine, shop.tenant, Tier.FREE, few(users=3))
    assert owner.http.post("/account/invite", data=form).status_code == 200, "the invite is as good as before"
    assert owner.http.post(f"/v1/team/{staff}/enable", json={}).json()["code"] == "limit_reached"


# Pushes


def test_desks_that_come_together_fill_the_plan_and_no_more(engine: Engine, shop: Shop, desk: DeskMaker) -> None:
    put_on_tier(engine, shop.tenant, Tier.FREE, few(customers=10, devices=None))
    desks = [desk(role) for role in (Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF)]
    wishes = [[customer(one) for _ in range(6)] for one in desks]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda told: told[0].push(*told[1]), zip(desks, wishes, strict=True)))
    told = [one for answer in answers for one in endings(answer)]
    assert (told.count("applied"), told.count("limit_reached")) == (9, 9), "the shop has one already"
    assert len(stored_rows(engine, shop.tenant)["attention_item"]) == 9
    assert desks[0].push(*wishes[0]) == answers[0]


def test_a_large_push_is_counted_over_all_of_its_shares(engine: Engine, shop: Shop, desk: DeskMaker) -> None:
    put_on_tier(engine, shop.tenant, Tier.FREE, few(customers=161, devices=None))
    mine = desk()
    mixed = [customer(mine) for _ in range(120)]
    mixed += [archiving(mine, one) for one in mixed[:20]]
    mixed += [customer(mine) for _ in range(80)]
    told = endings(mine.push(*mixed))
    assert told == ["applied"] * 200 + ["limit_reached"] * 20
    assert sum(not row[10] for row in stored_rows(engine, shop.tenant)["customer"].values()) == 161


def archiving(desk: WireDesk, made_by: Json) -> Json:
    edits = [{"field": "archived", "was": False, "value": True}]
    return desk.edit("customer.update", {"customer_id": made_by["args"]["customer_id"], "edits": edits})


@pytest.mark.parametrize(("override", "counted"), [(few(customers=None, appointments_a_month=None), 0), (few(), 2)])
def test_a_count_is_asked_once_a_push_and_not_at_all_without_a_limit(
    engine: Engine, shop: Shop, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch, override: Override, counted: int
) -> None:
    put_on_tier(engine, shop.tenant, Tier.STARTER, override)
    mine = desk()
    asked: list[str] = []
    before = statements.ask_all

    def noting(connection: Connection, questions: Any) -> Any:
        asked.extend(sql for sql, _ in questions if "count(*)" in sql)
        return before(connection, questions)

    monkeypatch.setattr(working_set, "ask_all", noting)
    start = next_day(hour=0)
    told = mine.push(
        *(customer(mine) for _ in range(110)), *(mine.booking(start.replace(hour=one)) for one in range(9))
    )
    assert {one["outcome"] for one in told} == {"applied"}
    assert len(asked) == counted


def test_a_refused_edit_is_kept_and_taken_once_the_plan_has_room(engine: Engine, desk: DeskMaker) -> None:
    full = open_shop(engine)
    put_on_tier(engine, full.tenant, Tier.FREE, few(customers=1, devices=None))
    mine = desk(at=full)
    wish = customer(mine)
    (refused,) = mine.push(wish)
    assert refused["details"] == {"limit": "customers", "held": 1, "most": 1, "tier": "FREE"}
    keep = {"item_id": refused["item"], "choice": "keep"}
    assert mine.push(mine.edit("attention.resolve", keep, v=2))[0]["code"] == "limit_reached"
    put_on_tier(engine, full.tenant, Tier.STARTER)
    assert mine.push(mine.edit("attention.resolve", keep, v=2))[0]["outcome"] == "applied"
    assert wish["args"]["customer_id"] in stored_rows(engine, full.tenant)["customer"]
