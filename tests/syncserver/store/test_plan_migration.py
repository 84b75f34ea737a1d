"""What the migration that brings plans makes of a business with a history: nothing that it has is refused."""

from functools import partial
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from shared import clock
from shared.ids import new_id
from shared.model.base import BusinessId, CustomerId, MutationId, UserId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.plan import Plan, Tier
from shared.model.registry import canonical, entity_type
from shared.mutations.registry import Actor
from shared.rules.plans import DEFAULTS, plan_row
from syncserver.services.platform.plans import OPERATOR
from syncserver.services.sync.gateway import Edit, record
from syncserver.store.migrate import migrate
from syncserver.store.pushes import args_hash
from syncserver.store.tenancy import Tenant, control_transaction, found_chain, schema_part, tenant_transaction
from syncserver.store.tenants import create_tenant, default_business
from tests.support.replay import replayed
from tests.support.shop import stored_rows

BEFORE = "0007"
FOUND = "INSERT INTO tenant_state (state, tier, is_demo, founded) VALUES ('active', %s, false, %s)"


def of_before(engine: Engine, tier: Tier) -> Tenant:
    """A business as it was before there were plans."""
    tenant = create_tenant(engine, slug=new_id(), name="Acme Corp", tier=tier)
    with control_transaction(engine) as connection:
        connection.exec_driver_sql(f'DROP SCHEMA "{tenant.schema}" CASCADE; CREATE SCHEMA "{tenant.schema}"')
        connection.exec_driver_sql("UPDATE tenants SET revision = NULL WHERE id = %s", (tenant.id,))
        with schema_part(connection, tenant):
            command.upgrade(_config(connection, tenant), BEFORE)
            take(connection, tenant)
            row = entity_type(type(default_business(BusinessId(tenant.id), tenant.name))).encode(
                default_business(BusinessId(tenant.id), tenant.name)
            )
            connection.exec_driver_sql(FOUND, (tier.value, canonical(row)))
            put(connection, "business", row)
            connection.exec_driver_sql("INSERT INTO sync_row VALUES ('business', %s, 1, 'put')", (row[0],))
    return tenant


def _config(connection: Connection, tenant: Tenant) -> Config:
    config = Config(attributes={"connection": connection, "found_chain": partial(found_chain, connection, tenant)})
    config.set_main_option("script_location", "syncserver:migrations/tenant")
    config.set_main_option("path_separator", "os")
    return config


def put(connection: Connection, table: str, row: list[Any]) -> None:
    """Write a row of today as far as the table of then has its columns."""
    of_table = "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema AND table_name = %s"
    count = connection.exec_driver_sql(of_table, (table,)).scalar_one()
    marks = ", ".join(["%s"] * count)
    connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", tuple(row[:count]))


LOGGED = """
INSERT INTO mutation_log (version, ordinal, id, replica_id, seq, name, v, args, args_hash, session_id, user_id, role,
    at, outcome, details, recorded_at)
VALUES (2, %s, %s, %s, %s, 'customer.create', 1, %s, 'hash', %s, %s, 'TENANT_OWNER', %s, 'applied', '{}', %s)
"""


def take(connection: Connection, tenant: Tenant) -> None:
    connection.exec_driver_sql("SELECT public.take_clock(%s)", (tenant.id,))


def with_customers(engine: Engine, tenant: Tenant, count: int) -> None:
    """What desks had added before: rows, pointers, and the history, as the program of then wrote them."""
    now, owner = clock.now(), new_id()
    with control_transaction(engine) as connection, schema_part(connection, tenant):
        take(connection, tenant)
        for number in range(count):
            made = Customer(id=CustomerId(new_id()), name=f"Number {number}")
            row = [canonical(one) if isinstance(one, list) else one for one in entity_type(Customer).encode(made)]
            put(connection, "customer", row)
            connection.exec_driver_sql("INSERT INTO sync_row VALUES ('customer', %s, 2, 'put')", (made.id,))
            args = canonical({"customer_id": made.id, "name": made.name})
            connection.exec_driver_sql(
                LOGGED, (number, new_id(), new_id(), number + 1, args, new_id(), owner, now, now)
            )


@pytest.mark.parametrize("tier", list(Tier))
def test_a_business_of_before_gets_the_plan_of_its_tier_as_a_part_of_its_history(
    any_engine: Engine, tier: Tier
) -> None:
    tenant = of_before(any_engine, tier)
    with control_transaction(any_engine) as connection, schema_part(connection, tenant):
        before = connection.exec_driver_sql("SELECT version FROM clock").scalar_one()
    migrate(any_engine)
    expected = plan_row(default_business(BusinessId(tenant.id), tenant.name).id, tier, DEFAULTS[tier])
    assert stored_rows(any_engine, tenant)["plan"] == {expected.id: entity_type(Plan).encode(expected)}
    with tenant_transaction(any_engine, tenant, read_only=True) as connection:
        version = connection.exec_driver_sql("SELECT version FROM clock").scalar_one()
        pointer = connection.exec_driver_sql(
            "SELECT pk::text, version, op FROM sync_row WHERE table_name = 'plan'"
        ).one()
        logged = connection.exec_driver_sql(
            "SELECT version, name, v, args_hash, user_id::text, role, outcome FROM mutation_log"
        ).one()
    assert (version, tuple(pointer)) == (before + 1, (expected.id, version, "put"))
    args = {"business_id": expected.id} | dict(zip(entity_type(Plan).names[1:], _rest(expected), strict=True))
    told = (version, "plan.set", 1, args_hash("plan.set", 1, args), OPERATOR.user_id, "SUPERUSER", "applied")
    assert tuple(logged) == told
    assert replayed(any_engine, tenant) == stored_rows(any_engine, tenant)
    migrate(any_engine)
    assert len(stored_rows(any_engine, tenant)["plan"]) == 1


def _rest(plan: Plan) -> list[object]:
    return entity_type(Plan).encode(plan)[1:]


def test_a_business_that_has_more_than_its_plan_keeps_it_and_only_more_is_refused(any_engine: Engine) -> None:
    tenant = of_before(any_engine, Tier.FREE)
    with_customers(any_engine, tenant, 205)
    migrate(any_engine)
    rows = stored_rows(any_engine, tenant)
    assert len(rows["customer"]) == 205
    assert replayed(any_engine, tenant) == rows
    owner = Actor(user_id=UserId(new_id()), role=Role.TENANT_OWNER)
    wishes: list[tuple[str, dict[str, Any]]] = [
        ("customer.create", {"customer_id": new_id(), "name": "One more"}),
        ("customer.update", {"customer_id": min(rows["customer"]), "edits": [], "tags_added": ["kept"]}),
    ]
    edits = [Edit(id=MutationId(new_id()), name=name, args=args, at=clock.now()) for name, args in wishes]
    with tenant_transaction(any_engine, tenant) as connection:
        refused, taken = record(connection, tenant, edits, owner).outcomes
    assert refused.details["details"] == {"limit": "customers", "held": 205, "most": 200, "tier": "FREE"}
    assert taken.outcome == "applied"
    assert replayed(any_engine, tenant) == stored_rows(any_engine, tenant)
