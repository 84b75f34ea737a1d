"""The log is the history: replayed in order through the pure rules, it gives the server's tables."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shared import ids
from shared.clock import instant_text, now
from shared.model.base import CustomerId, LocationId, MutationId, ResourceId, ServiceId
from shared.model.member import Role
from shared.model.plan import Limit, Tier
from shared.mutations.registry import MUTATIONS, Actor
from shared.rules.plans import Override
from syncserver.services.data.erasing import erase_customer
from syncserver.services.demo.tenants import invented_accounts, make_demo
from syncserver.services.identity.passwords import hash_password
from syncserver.services.jobs.overdue import end_overdue
from syncserver.services.server import open_server
from syncserver.services.sync.gateway import Edit, record
from syncserver.settings import Settings
from syncserver.store.engine import make_engine
from syncserver.store.events import OPERATOR
from syncserver.store.tenancy import Tenant, tenant_transaction
from syncserver.store.tenants import find_tenant_by_slug
from syncserver.store.users import change_user, find_user
from tests.support.meddler import Meddler
from tests.support.moving_clock import moved
from tests.support.postgres import Postgres
from tests.support.replay import replayed
from tests.support.running import running
from tests.support.shop import Shop, hire, put_on_tier, stored_rows
from tests.support.wire_desk import WireDesk

ROUNDS = 5
A_WEEK = timedelta(days=7)
"""After which every request has had its start."""
STAFFED = (Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF)


@pytest.fixture(scope="module")
def engine(postgres: Postgres) -> Iterator[Engine]:
    """A database with the whole demo."""
    with postgres.fresh() as url:
        engine = make_engine(url)
        make_demo(engine, hash_password, invented_accounts([]))
        yield engine
        engine.dispose()


def demo(engine: Engine, slug: str) -> Tenant:
    tenant = find_tenant_by_slug(engine, slug)
    assert tenant is not None
    return tenant


def staffed(engine: Engine, tenant: Tenant) -> Shop:
    """The demo's business with somebody of each role whose password is known."""
    shop = Shop(
        tenant=tenant, canary="Demo", location=LocationId(""), ana=ResourceId(""), ben=ResourceId(""),
        cut=ServiceId(""), customer=CustomerId(""), users={},
    )  # fmt: skip
    hire(engine, shop)
    return shop


def demote(engine: Engine, shop: Shop, role: Role, to: Role) -> None:
    user = find_user(engine, shop.users[role])
    assert user is not None
    change_user(engine, shop.tenant, replace(user, role=to))


def take_note(engine: Engine, shop: Shop, number: int) -> None:
    """An edit of the server's own, as a support person who acts as the owner would make it."""
    owner = shop.users[Role.TENANT_OWNER]
    actor = Actor(user_id=shop.users[Role.TENANT_STAFF], role=Role.TENANT_OWNER, as_whom=owner)
    args = {"customer_id": ids.new_id(), "name": f"From a job {number}"}
    lost = {"appointment_id": ids.new_id(), "was": {"status": "booked", "start": instant_text(now())}}
    with tenant_transaction(engine, shop.tenant) as connection:
        edits = [
            Edit(id=MutationId(ids.new_id()), name=name, args=one, at=now())
            for name, one in (("customer.create", args), ("appointment.confirm", lost))
        ]
        assert [one.outcome for one in record(connection, shop.tenant, edits, actor).outcomes] == [
            "applied",
            "rejected",
        ]


def erase_some(engine: Engine, data: Path, tenant: Tenant, dice: random.Random) -> None:
    """Erase the customers of the last bookings, of whom the most is known, and some whom nobody ever booked."""
    server = open_server(engine, Settings(data=data, port=0))
    rows = stored_rows(engine, tenant)
    booked = [row[1] for row in rows["appointment"].values() if row[1] is not None][-12:]
    for customer in dict.fromkeys([*booked, *dice.sample(sorted(rows["customer"]), 8)]):
        erase_customer(server, tenant, customer, by=OPERATOR)


def logged(engine: Engine, tenant: Tenant, column: str) -> set[str | None]:
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        return set(connection.exec_driver_sql(f"SELECT DISTINCT {column} FROM mutation_log").scalars())


@pytest.mark.parametrize("slug", ["demo", "acme"])
def test_the_demos_book_is_history(engine: Engine, slug: str) -> None:
    tenant = demo(engine, slug)
    rows = stored_rows(engine, tenant)
    # Some 580 to 660, by the hour at which it is made.
    assert len(rows["appointment"]) > 500
    assert replayed(engine, tenant) == rows


def test_a_demo_that_is_made_again_gets_no_second_history(engine: Engine) -> None:
    tenant = demo(engine, "acme")
    before = stored_rows(engine, tenant)
    make_demo(engine, hash_password, invented_accounts([]))
    assert stored_rows(engine, tenant) == before
    assert replayed(engine, tenant) == before


def test_what_desks_and_server_did_is_replayed_row_for_row(engine: Engine, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    shop = staffed(engine, demo(engine, "demo"))
    with running(engine, Settings(data=tmp_path, port=0)) as (url, _), ExitStack() as stack:
        desks = [WireDesk(url, shop, role).ready() for role in STAFFED]
        for desk in desks:
            stack.callback(desk.http.close)
            desk.pull()
        meddlers = [Meddler(desk, dice) for desk in desks]
        assert meddlers[0].kinds == set(MUTATIONS) - {"plan.set", "customer.erase", "appointment.expire"}
        for number in range(ROUNDS):
            # From no room at all to more than there is.
            few = {Limit.CUSTOMERS: 200 * number, Limit.RESOURCES: 5 * number, Limit.APPOINTMENTS_A_MONTH: 400 * number}
            put_on_tier(engine, shop.tenant, Tier.ENTERPRISE, Override(limits=few))
            for meddler in meddlers:
                meddler.desk.push_all(*meddler.edits(bookings=6))
                if dice.random() < 0.7:
                    meddler.desk.pull()
            put_on_tier(engine, shop.tenant, Tier.ENTERPRISE)
            take_note(engine, shop, number)
            if number == ROUNDS // 2:
                demote(engine, shop, Role.TENANT_MANAGER, Role.TENANT_STAFF)
        # Its policy is no longer the one that the first edits were decided under.
        policy = {"business_id": next(iter(desks[0].rows["business"])), **meddlers[0].late_from(0)}
        desks[0].push(desks[0].edit("business.update", policy))
        stray = desks[0].edit("customer.create", {"customer_id": ids.new_id(), "name": "Nobody"}, author=ids.new_id())
        desks[0].push(stray)
        # Chance may have answered every request by now.
        asked = desks[0].push(*(desks[0].edit("appointment.book", meddlers[0].request()) for _ in range(20)))
        assert "applied" in {one["outcome"] for one in asked}
    with moved(A_WEEK):
        assert end_overdue(open_server(engine, Settings(data=tmp_path, port=0)), shop.tenant).made
    assert logged(engine, shop.tenant, "name") == set(MUTATIONS) - {"customer.erase"}
    erase_some(engine, tmp_path, shop.tenant, dice)
    assert replayed(engine, shop.tenant) == stored_rows(engine, shop.tenant)
    assert logged(engine, shop.tenant, "name") == set(MUTATIONS)
    assert {"applied", "rejected", "quarantined"} <= logged(engine, shop.tenant, "outcome")
    assert "limit_reached" in logged(engine, shop.tenant, "details ->> 'code'")
    assert replayed(engine, shop.tenant) == stored_rows(engine, shop.tenant)
