"""Grants: given, used, run out, revoked, never passed on, and each of it one event."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event as Signal
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, make_url

from shared.errors import Refusal, StorageFault
from shared.ids import new_id
from shared.model.base import UserId
from shared.model.member import Role
from shared.rules.grants import Action
from syncserver.services.declined import Declined
from syncserver.services.identity import masquerades
from syncserver.services.platform import grants
from syncserver.services.platform.grants import Grant, State
from syncserver.services.server import Server
from syncserver.store import grants as store
from syncserver.store.events import Entry
from syncserver.store.tenancy import TenantId, control_transaction
from syncserver.store.users import User, change_user
from tests.support.masquerade import REASON, member, platform_person
from tests.support.moving_clock import moved
from tests.support.postgres import Postgres
from tests.support.shop import Shop, open_shop
from tests.support.trail import chain

EDIT = Action.EDIT_SCHEDULE


@pytest.fixture
def server(app: FastAPI) -> Server:
    made: Server = app.state.wiring.server
    return made


@pytest.fixture
def root(engine: Engine) -> User:
    return platform_person(engine, Role.SUPERUSER)


@pytest.fixture
def support(engine: Engine) -> User:
    return platform_person(engine)


def give(server: Server, root: User, to: User, shop: Shop, **other: Any) -> Grant:
    return grants.create(server, root, to.id, shop.tenant, EDIT, **{"reason": REASON, **other})


def refusal(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(Declined) as refused:
        call(*arguments, **named)
    return refused.value.code


def told(engine: Engine, shop: Shop) -> list[Entry]:
    return list(chain(engine, shop.tenant))


def kinds(engine: Engine, shop: Shop) -> list[tuple[str, str]]:
    return [(one.kind, one.outcome) for one in told(engine, shop)]


def test_a_grant_lets_one_person_do_one_thing_in_one_business(
    server: Server, engine: Engine, shop: Shop, root: User, support: User
) -> None:
    made = give(server, root, support, shop)
    assert made.expires_at - made.created_at == timedelta(minutes=30)
    assert (made.grantor, made.grantee, made.tenant, made.state) == (root, support, shop.tenant, State.ACTIVE)
    assert grants.use(server, support, shop.tenant, EDIT) == made
    assert refusal(grants.use, server, support, shop.tenant, Action.VIEW_BILLING) == "not_allowed"
    assert refusal(grants.use, server, platform_person(engine), shop.tenant, EDIT) == "not_allowed"
    assert refusal(grants.use, server, support, open_shop(engine).tenant, EDIT) == "not_allowed"
    assert kinds(engine, shop) == [
        ("grant.created", "allowed"), ("grant.used", "allowed"), ("grant.used", "denied"), ("grant.used", "denied"),
    ]  # fmt: skip
    created, used, *_ = told(engine, shop)
    assert (created.actor_id, created.subject, created.reason) == (root.id, "edit_schedule", REASON)
    assert support.email in created.details
    assert used.actor_id == support.id
    assert made.id in used.details
    assert {created.id, used.id} <= {one.id for one in chain(engine)}


def test_it_runs_out_when_it_is_used_and_not_before(
    server: Server, engine: Engine, shop: Shop, root: User, support: User
) -> None:
    give(server, root, support, shop, minutes=2)
    with moved(timedelta(seconds=60)):
        grants.use(server, support, shop.tenant, EDIT)
    with moved(timedelta(seconds=120)):
        assert refusal(grants.use, server, support, shop.tenant, EDIT) == "not_allowed"
    assert kinds(engine, shop)[1:] == [("grant.used", "allowed"), ("grant.expired", "denied")]


@pytest.mark.parametrize("minutes", [0, -1, 31, 10_000])
def test_it_lasts_no_shorter_and_no_longer(
    server: Server, engine: Engine, shop: Shop, root: User, support: User, minutes: int
) -> None:
    with pytest.raises(Refusal):
        give(server, root, support, shop, minutes=minutes)
    with pytest.raises(Refusal):
        give(server, root, support, shop, reason=" ")
    assert kinds(engine, shop) == []


def test_nobody_gives_what_they_hold_by_a_grant_or_to_themselves(
    server: Server, engine: Engine, shop: Shop, root: User, support: User
) -> None:
    give(server, root, support, shop)
    manager, owner = platform_person(engine, Role.PLATFORM_MANAGER), member(engine, shop, Role.TENANT_OWNER)
    assert refusal(give, server, support, platform_person(engine), shop) == "not_allowed"
    assert refusal(give, server, manager, support, shop) == "not_allowed"
    assert refusal(give, server, root, root, shop) == "not_allowed"
    assert refusal(give, server, owner, support, shop) == "not_allowed"
    assert refusal(give, server, root, owner, shop) == "not_allowed"
    for nobody in (new_id(), "x"):
        wish = (server, root, UserId(nobody), shop.tenant, EDIT)
        assert refusal(grants.create, *wish, reason=REASON) == "not_found"
    change_user(engine, None, replace(root, is_active=False))
    assert refusal(give, server, root, support, shop) == "not_allowed"
    gone = replace(root, id=UserId(new_id()))
    assert refusal(give, server, gone, support, shop) == "not_allowed"
    assert kinds(engine, shop)[1:] == [("grant.created", "denied")] * 9


def test_it_goes_with_the_one_who_has_it(server: Server, engine: Engine, shop: Shop, root: User, support: User) -> None:
    give(server, root, support, shop)
    change_user(engine, None, replace(support, is_active=False))
    assert refusal(grants.use, server, support, shop.tenant, EDIT) == "not_allowed"
    gone = replace(support, id=UserId(new_id()))
    assert refusal(grants.use, server, gone, shop.tenant, EDIT) == "not_allowed"


def test_one_is_revoked_and_counts_no_more(
    server: Server, engine: Engine, shop: Shop, root: User, support: User
) -> None:
    made = give(server, root, support, shop)
    assert refusal(grants.revoke, server, support, made.id) == "not_allowed"
    assert grants.revoke(server, platform_person(engine, Role.PLATFORM_MANAGER), made.id)
    assert not grants.revoke(server, root, made.id)
    assert refusal(grants.use, server, support, shop.tenant, EDIT) == "not_allowed"
    for nothing in (new_id(), "x"):
        assert refusal(grants.revoke, server, root, nothing) == "not_found"
    again = give(server, root, support, shop)
    assert grants.use(server, support, shop.tenant, EDIT) == again
    assert kinds(engine, shop)[1:4] == [
        ("grant.revoked", "denied"), ("grant.revoked", "allowed"), ("grant.used", "denied"),
    ]  # fmt: skip


def test_many_are_revoked_at_once_in_several_businesses(
    server: Server, engine: Engine, shop: Shop, root: User, support: User
) -> None:
    other = open_shop(engine)
    made = [give(server, root, one, home) for one in (support, platform_person(engine)) for home in (shop, other)]
    ids = [one.id for one in made]
    with moved(timedelta(minutes=30)):
        assert grants.revoke_many(server, root, ids) == 0
    assert grants.revoke_many(server, root, [*ids, new_id(), "x"]) == 4
    assert grants.revoke_many(server, root, ids) == 0
    assert [one for one, _ in kinds(engine, shop)] == ["grant.created"] * 2 + ["grant.revoked"] * 2
    gone = replace(root, id=UserId(new_id()))
    assert refusal(grants.revoke_many, server, gone, ids) == "not_allowed"


def test_they_are_listed_by_what_has_become_of_them(server: Server, shop: Shop, root: User, support: User) -> None:
    over = give(server, root, support, shop, minutes=1)
    revoked, active = give(server, root, support, shop), give(server, root, support, shop)
    grants.revoke(server, root, revoked.id)
    mine = {over.id, revoked.id, active.id}
    with moved(timedelta(minutes=2)):
        for state, one in ((State.EXPIRED, over), (State.REVOKED, revoked), (State.ACTIVE, active)):
            assert {found.id for found in grants.listed(server, state=state)} & mine == {one.id}
        assert {found.id for found in grants.listed(server)} >= mine


def test_none_is_given_used_or_revoked_by_whoever_masquerades(
    server: Server, engine: Engine, shop: Shop, root: User, support: User
) -> None:
    made = give(server, root, support, shop)
    other = platform_person(engine, Role.SUPERUSER)
    under = masquerades.start(server, other, root.id, reason="see what it shows")
    assert refusal(give, server, root, support, shop, under=under) == "not_allowed"
    assert refusal(grants.revoke, server, root, made.id, under=under) == "not_allowed"
    masquerades.stop(server, under)
    second = masquerades.start(server, other, support.id, reason="use it as them")
    assert refusal(grants.use, server, support, shop.tenant, EDIT, under=second) == "not_allowed"
    assert refusal(give, server, other, support, shop) == "not_allowed"
    mine = masquerades.start(server, support, shop.users[Role.TENANT_STAFF], reason=REASON)
    assert refusal(grants.use, server, support, shop.tenant, EDIT) == "not_allowed"
    masquerades.stop(server, mine)
    grants.use(server, support, shop.tenant, EDIT)
    denied = [one for one in told(engine, shop) if one.kind == "masquerade.action_denied"]
    assert [(one.actor_id, one.as_whom_id) for one in denied] == [
        (other.id, root.id), (other.id, root.id), (other.id, support.id), (other.id, support.id),
        (support.id, shop.users[Role.TENANT_STAFF]),
    ]  # fmt: skip


def test_what_is_used_commits_with_the_deed_and_no_revocation_comes_between(
    server: Server, engine: Engine, shop: Shop, root: User, support: User
) -> None:
    made = give(server, root, support, shop)

    def fail() -> None:
        with server.audit.transaction(shop.tenant) as within:
            grants.use(server, support, shop.tenant, EDIT, within=within)
            raise RuntimeError("the deed failed")

    with pytest.raises(RuntimeError):
        fail()
    assert [one for one, _ in kinds(engine, shop)] == ["grant.created"]
    begun = Signal()

    def revoke() -> bool:
        begun.set()
        return grants.revoke(server, root, made.id)

    with ThreadPoolExecutor(1) as pool:
        with server.audit.transaction(shop.tenant) as within:
            grants.use(server, support, shop.tenant, EDIT, within=within)
            revoking = pool.submit(revoke)
            assert begun.wait(5)
            with control_transaction(engine, read_only=True) as connection:
                (kept,) = store.find_grants(connection, [made.id])
            assert kept.revoked_at is None
        assert revoking.result(timeout=10)
    assert [one for one, _ in kinds(engine, shop)] == ["grant.created", "grant.used", "grant.revoked"]


def test_it_goes_with_who_is_erased_and_a_list_of_that_moment_is_asked_again(
    server: Server, engine: Engine, shop: Shop, root: User, support: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = give(server, root, support, shop)
    with control_transaction(engine, read_only=True) as connection:
        kept = list(store.find_grants(connection, [made.id]))
    with control_transaction(engine) as connection:
        connection.exec_driver_sql("DELETE FROM users WHERE id = %s", (support.id,))
        assert list(store.find_grants(connection, [made.id])) == []
    monkeypatch.setattr(store, "newest_grants", lambda *_, **__: kept)
    assert refusal(grants.listed, server) == "retry"
    monkeypatch.setattr(store, "find_grants", lambda *_: [replace(kept[0], tenant_id=TenantId(new_id()))])
    assert refusal(grants.revoke_many, server, root, [made.id]) == "retry"


def test_nothing_is_granted_used_or_revoked_where_that_cannot_be_recorded(
    server: Server, engine: Engine, shop: Shop, root: User, support: User, postgres: Postgres, database_url: str
) -> None:
    made = give(server, root, support, shop)
    with psycopg.connect(postgres.setup.replace("/postgres?", f"/{make_url(database_url).database}?")) as setup:
        setup.execute(f"REVOKE INSERT ON {shop.tenant.schema}.audit_event FROM {shop.tenant.role}".encode())
    for call in (
        lambda: give(server, root, support, shop),
        lambda: grants.use(server, support, shop.tenant, EDIT),
        lambda: grants.revoke(server, root, made.id),
    ):
        with pytest.raises(StorageFault):
            call()
    with control_transaction(engine, read_only=True) as connection:
        (kept,) = store.find_grants(connection, [made.id])
    assert kept.revoked_at is None
