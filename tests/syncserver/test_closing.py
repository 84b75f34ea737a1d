"""An owner closes their business: by its name and their password, felt everywhere at once, and nothing is gone."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from shared.ids import new_id
from shared.model.base import SessionId
from shared.model.member import Role
from shared.protocol.account_messages import Closing
from syncserver.effects.letters import letter_of
from syncserver.services.data.erasing import erase_customer
from syncserver.services.declined import Declined
from syncserver.services.identity import masquerades
from syncserver.services.identity.holders import Holder
from syncserver.services.identity.passwords import hash_password
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.server import Server
from syncserver.services.team import closing
from syncserver.store.sessions import find_session
from syncserver.store.tables import control
from syncserver.store.tenancy import TenantState, control_transaction
from syncserver.store.tenants import find_tenant, set_tenant_state
from syncserver.store.users import change_user, create_user, find_user
from tests.support.admin_staff import PLATFORM
from tests.support.shop import PASSWORD, Shop, open_shop, stored_rows
from tests.support.trail import chain
from tests.support.wire_desk import WireDesk
from tests.syncserver.conftest import DeskMaker, Visit
from tests.syncserver.test_passwords import code_of

pytestmark = pytest.mark.usefixtures("unsent")
OWNER, MANAGER, STAFF = Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF


def close(desk: WireDesk, shop: Shop, *, password: str = PASSWORD) -> object:
    return code_of(
        desk.http.post("/v1/business/close", json={"tenant": shop.tenant.slug, "password": password})
    )  # fmt: skip


def state(engine: Engine, shop: Shop) -> TenantState:
    found = find_tenant(engine, shop.tenant.id)
    assert found
    return found.state


def told(engine: Engine, shop: Shop) -> list[object]:
    return [one.actor_id for one in chain(engine, shop.tenant) if one.kind == "tenant.closed"]


def mailed(engine: Engine, shop: Shop) -> set[str]:
    users, mails = control.users.c, control.mails.c
    theirs = select(users.email).where(users.tenant_id == shop.tenant.id)
    asked = select(mails.recipient).where(mails.kind == "closed", mails.recipient.in_(theirs))
    with control_transaction(engine, read_only=True) as connection:
        return set(connection.execute(asked).scalars())


def test_it_is_felt_everywhere_at_once_and_nothing_is_gone(
    desk: DeskMaker, visitor: DeskMaker, visit: Visit, server: Server, engine: Engine, shop: Shop
) -> None:
    owner, staff, support = desk(OWNER), desk(STAFF), visit(Role.PLATFORM_SUPPORT)
    other = create_user(
        engine, shop.tenant, email=f"{new_id()}@salon.example", name="Other owner", role=OWNER,
        password_hash=hash_password(PASSWORD),
    )  # fmt: skip
    assert support.user
    acting = masquerades.start(server, support.user, shop.users[STAFF], reason="a look")
    before = stored_rows(engine, shop.tenant)
    waits = staff.edit("customer.create", {"customer_id": new_id(), "name": "Ida"})
    assert close(owner, shop) == 204
    assert state(engine, shop) is TenantState.CLOSED
    assert told(engine, shop) == [shop.users[OWNER]]
    assert "tenant.closed" in {one.kind for one in chain(engine, shop.tenant)}
    assert mailed(engine, shop) == {shop.email(OWNER), other.email}
    for somebody in (owner, staff):
        assert code_of(somebody.http.get("/v1/account/sessions")) == "tenant_suspended"
        assert code_of(somebody.try_pull()) == "tenant_suspended"
    assert code_of(staff.try_push(waits)) == "tenant_suspended"
    assert code_of(visitor(MANAGER).try_sign_in()) == "tenant_suspended"
    assert masquerades.running(server, support.user) is None
    assert acting.tenant
    assert stored_rows(engine, shop.tenant) == before
    assert close(owner, shop) == "tenant_suspended"
    assert told(engine, shop) == [shop.users[OWNER]]


@pytest.mark.parametrize("role", PLATFORM)
def test_the_platforms_people_open_it_again_and_what_waited_is_taken(
    desk: DeskMaker, visit: Visit, engine: Engine, shop: Shop, role: Role
) -> None:
    owner, somebody = desk(OWNER), visit(role)
    waits = owner.edit("customer.create", {"customer_id": new_id(), "name": "Ida"})
    assert close(owner, shop) == 204
    may = role in (Role.SUPERUSER, Role.PLATFORM_MANAGER)
    assert somebody.post(f"/tenants/{shop.tenant.id}/suspend", reason="late").status_code == (303 if may else 403)
    assert state(engine, shop) is TenantState.CLOSED, "it is closed, and not suspended"
    reply = somebody.post(f"/tenants/{shop.tenant.id}/reopen", reason="its owner has called")
    assert reply.status_code == (303 if may else 403)
    if may:
        assert [one["outcome"] for one in owner.push(waits)] == ["applied"]
        assert [one.reason for one in chain(engine, shop.tenant) if one.kind == "tenant.reopened"] == [
            "its owner has called"
        ]
    else:
        assert state(engine, shop) is TenantState.CLOSED


@pytest.mark.parametrize("role", [MANAGER, STAFF, Role.CUSTOMER])
def test_nobody_else_closes_it(visitor: DeskMaker, engine: Engine, shop: Shop, role: Role) -> None:
    assert close(visitor(role).sign_in(), shop) == "not_allowed"
    assert state(engine, shop) is TenantState.ACTIVE


def test_a_stolen_token_and_another_name_close_nothing(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner, other = desk(OWNER), open_shop(engine)
    assert close(owner, other) == "not_found"
    assert [close(owner, shop, password="guess") for _ in range(6)] == ["wrong_password"] * 5 + ["too_many_tries"]
    for odd in ({}, {"tenant": shop.tenant.slug}, {"tenant": 1, "password": PASSWORD}, {"tenant": "x" * 64}):
        assert code_of(owner.http.post("/v1/business/close", json=odd)) == "invalid"
    assert state(engine, shop) is state(engine, other) is TenantState.ACTIVE
    assert told(engine, shop) == []
    assert mailed(engine, shop) == set()


def otherwise(engine: Engine, shop: Shop, **other: Any) -> None:
    """Have the owner be otherwise."""
    user = find_user(engine, shop.users[OWNER])
    assert user
    change_user(engine, shop.tenant, replace(user, **other))


MEANWHILE: Mapping[str, Callable[[Engine, Shop, WireDesk], object]] = {
    "not_allowed": lambda engine, shop, _: otherwise(engine, shop, role=MANAGER),
    "revoked": lambda engine, shop, _: otherwise(engine, shop, is_active=False),
    "reauth": lambda engine, shop, desk: desk.sign_out(),
}
"""What can become of an owner while their password waits to be checked, by what they are told then."""


@pytest.mark.parametrize("code", MEANWHILE)
def test_whoever_is_its_owner_no_more_when_it_is_their_turn_closes_and_erases_nothing(
    desk: DeskMaker, server: Server, engine: Engine, shop: Shop, code: str
) -> None:
    owner, user = desk(OWNER), find_user(engine, shop.users[OWNER])
    session = find_session(engine, SessionId(owner.session))
    assert user
    assert session
    holder = Holder(user=user, tenant=shop.tenant, session=session)
    MEANWHILE[code](engine, shop, owner)
    with pytest.raises(Declined) as closed:
        closing.close(server, holder, Closing(tenant=shop.tenant.slug, password=PASSWORD))
    with pytest.raises(Declined) as erased:
        erase_customer(server, shop.tenant, shop.customer, by=party_of(user), holder=holder)
    assert closed.value.code.value == erased.value.code.value == code
    assert state(engine, shop) is TenantState.ACTIVE
    assert stored_rows(engine, shop.tenant)["customer"][shop.customer][1] == shop.canary


def test_of_many_at_once_one_closes_it(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = desk(OWNER)
    with ThreadPoolExecutor(4) as pool:
        said = sorted(map(str, pool.map(lambda _: close(owner, shop), range(4))))
    assert said.count("204") == 1
    assert len(told(engine, shop)) == 1


def test_a_suspended_business_is_closed_by_nobody(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = desk(OWNER)
    set_tenant_state(engine, shop.tenant, TenantState.SUSPENDED)
    assert close(owner, shop) == "tenant_suspended"
    assert state(engine, shop) is TenantState.SUSPENDED


def test_the_mail_says_by_whom_and_what_to_do(shop: Shop) -> None:
    fields = {"name": "Ann", "business": "Salon <Lind>", "who": "Bo"}
    letter = letter_of("1", "closed", "ann@salon.example", fields)
    assert letter.subject == "Salon <Lind> was closed on SmoothSchedule"
    assert "Bo has closed Salon <Lind>." in letter.text
    assert "Bo has closed Salon &lt;Lind&gt;." in letter.html
    assert all("open it again" in text for text in (letter.text, letter.html))
