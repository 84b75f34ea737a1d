"""What the server tells an owner of their plan beside what stands in the book."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from shared.model.member import Role
from shared.model.plan import Feature, Limit, Tier
from shared.rules.plans import Override
from syncserver.services.platform import plans
from syncserver.store.tenancy import control_transaction
from syncserver.store.users import change_user, find_user
from tests.support.shop import Shop
from tests.syncserver.conftest import DeskMaker

PATH = "/v1/business/plan"


def agree(engine: Engine, shop: Shop, override: Override | None) -> None:
    with control_transaction(engine) as connection:
        plans.set_terms(connection, shop.tenant, Tier.STARTER, override)


def test_users_and_devices_are_those_that_count(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = visitor(Role.TENANT_OWNER).sign_in()
    told = owner.http.get(PATH).json()
    assert told == {"otherwise": [], "users": 3, "devices": 1}, "customers who sign in are no users"
    gone = visitor(Role.TENANT_STAFF).sign_in()
    assert owner.http.get(PATH).json()["devices"] == 2
    owner.http.post(f"/v1/devices/{gone.device}/revoke", json={}).raise_for_status()
    staff = find_user(engine, shop.users[Role.TENANT_STAFF])
    assert staff is not None
    change_user(engine, shop.tenant, replace(staff, is_active=False))
    assert owner.http.get(PATH).json() == {"otherwise": [], "users": 2, "devices": 1}


def test_what_was_agreed_apart_from_the_tier_is_named(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = visitor(Role.TENANT_OWNER).sign_in()
    agree(engine, shop, Override(limits={Limit.CUSTOMERS: None, Limit.RESOURCES: 12}))
    assert owner.http.get(PATH).json()["otherwise"] == ["resources", "customers"]
    agree(engine, shop, Override(limits={}, features=frozenset({Feature.REPORTS})))
    assert owner.http.get(PATH).json()["otherwise"] == ["features"]
    agree(engine, shop, None)
    assert owner.http.get(PATH).json()["otherwise"] == []


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER])
def test_nobody_else_of_the_business_is_told(visitor: DeskMaker, role: Role) -> None:
    reply = visitor(role).sign_in().http.get(PATH)
    assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed")
    assert "devices" not in reply.text


def test_a_business_that_is_named_beside_the_token_is_not_looked_at(visitor: DeskMaker, shop: Shop) -> None:
    owner = visitor(Role.TENANT_OWNER).sign_in()
    asked = {"tenant": shop.tenant.id, "business": "another"}
    assert owner.http.get(PATH, params=asked).json() == owner.http.get(PATH).json()
    assert owner.http.post(PATH, json={"users": 0}).status_code == 405
