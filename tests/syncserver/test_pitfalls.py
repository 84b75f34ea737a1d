"""Failures of other sync engines, each of which must not be ours, by their numbers in the list of pitfalls."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.errors import StorageFault
from shared.ids import new_id
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.registry import entity_type
from shared.mutations.registry import MUTATIONS
from syncserver.settings import Settings
from syncserver.store import feeds
from syncserver.store.rows import flush
from syncserver.store.tenancy import take_clock, tenant_transaction
from syncserver.store.users import change_user, find_user
from tests.support.running import running
from tests.support.shop import Shop, open_shop, put_rows
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker


def a_customer(name: str = "Ida") -> Customer:
    return Customer(id=CustomerId(new_id()), name=name)


def new_customer(desk: WireDesk) -> Json:
    return desk.edit("customer.create", {"customer_id": new_id(), "name": "Ida"})


def test_p1_a_transaction_that_was_numbered_first_and_ends_last_is_not_skipped(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    """A number taken before another's commit must not fall behind a cursor that the other moved on."""
    mine = desk()
    mine.pull()
    slow, numbered, go_on = a_customer(), threading.Event(), threading.Event()

    def hold() -> None:
        with tenant_transaction(engine, shop.tenant) as connection:
            version = take_clock(connection, shop.tenant)
            numbered.set()
            go_on.wait(timeout=10)
            flush(connection, version, {("customer", slow.id): entity_type(Customer).encode(slow)})

    with ThreadPoolExecutor(2) as threads:
        held = threads.submit(hold)
        assert numbered.wait(timeout=5)
        pushed = threads.submit(mine.push, new_customer(mine))
        mid = WireDesk(str(mine.http.base_url), shop)
        mid.http.headers["Authorization"], mid.replica = mine.http.headers["Authorization"], mine.replica
        mid.cursor = mine.cursor
        mid.pull()
        mid.http.close()
        assert not pushed.done(), "the order of numbers is the order of commits"
        go_on.set()
        held.result()
        assert pushed.result()[0]["outcome"] == "applied"
    mine.cursor = mid.cursor
    mine.pull()
    assert slow.id in mine.rows["customer"]


def test_p2_an_idle_transaction_of_another_business_delays_nobody(desk: DeskMaker, engine: Engine) -> None:
    """No gap is waited for, and none is skipped by a time limit."""
    mine, elsewhere = desk(), open_shop(engine)
    mine.pull()
    with tenant_transaction(engine, elsewhere.tenant) as connection:
        take_clock(connection, elsewhere.tenant)
        begun = time.monotonic()
        mine.push(new_customer(mine))
        assert mine.pull()["counts"] == {"customer": 1}
        assert time.monotonic() - begun < 2


def test_p3_a_pull_is_one_snapshot_though_commits_fall_between_its_statements(
    desk: DeskMaker, engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, outcomes and version of all its pages tell of the same moment."""
    mine, other = desk(), desk()
    mine.pull()
    mine.push(new_customer(mine))
    many = [Customer(id=CustomerId(new_id()), name=f"Customer {one}") for one in range(feeds.PAGE)]
    put_rows(engine, shop.tenant, *many)
    read = feeds.difference

    def with_a_commit_after(*args: Any, **more: Any) -> Any:
        told = read(*args, **more)
        other.push(new_customer(other))
        mine.push(new_customer(mine))
        return told

    with monkeypatch.context() as patched:
        patched.setattr(feeds, "difference", with_a_commit_after)
        tail = mine.pull()
    assert (tail["last_seq"], [one["seq"] for one in tail["outcomes"]]) == (1, [1])
    assert tail["counts"] == {"customer": feeds.PAGE + 1}
    after = mine.pull()
    assert (after["counts"], [one["seq"] for one in after["outcomes"]]) == ({"customer": 2}, [2])


def test_p8_a_mutation_that_always_fails_is_set_aside_and_holds_nobody_up(
    desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails alone five times, each told as `retry`; what stands before and after it takes effect."""
    mine, other = desk(), desk()
    poison = MUTATIONS["customer.update"]

    def fails(*_: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(MUTATIONS, "customer.update", replace(poison, run=fails))
    edits = [
        new_customer(mine),
        mine.edit("customer.update", {"customer_id": mine.shop.customer}),
        new_customer(mine),
    ]
    for _ in range(4):
        reply = mine.try_push(*edits)
        assert (reply.status_code, reply.json()["code"]) == (503, "retry")
        assert int(reply.headers["retry-after"]) >= 1
        assert other.push(new_customer(other))[0]["outcome"] == "applied"
    outcomes = mine.push(*edits)
    assert [one["outcome"] for one in outcomes] == ["applied", "quarantined", "applied"]
    assert outcomes[1]["incident"]
    # The whole book tells of no edits; what follows it does.
    mine.pull()
    assert mine.pull()["outcomes"][1]["incident"] == outcomes[1]["incident"]


@pytest.mark.parametrize("trouble", [StorageFault("no space left"), MemoryError()], ids=repr)
def test_p8_trouble_of_the_machine_counts_against_no_mutation(
    desk: DeskMaker, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """Locks, lost connections and a full memory are told as `retry` without limit."""
    mine = desk()
    edit = new_customer(mine)
    customers = MUTATIONS["customer.create"]

    def troubled(*_: object) -> Any:
        raise trouble

    with monkeypatch.context() as patched:
        patched.setitem(MUTATIONS, "customer.create", replace(customers, run=troubled))
        assert {mine.try_push(edit).json()["code"] for _ in range(8)} == {"retry"}
    assert mine.push(edit)[0]["outcome"] == "applied"


def test_p8_a_tenant_whose_clock_is_held_is_told_to_try_again(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    """A lock is waited for two seconds and no longer."""
    mine = desk()
    edit = new_customer(mine)
    with tenant_transaction(engine, shop.tenant) as connection:
        take_clock(connection, shop.tenant)
        reply = mine.try_push(edit)
        assert (reply.status_code, reply.json()["code"]) == (503, "retry")
    assert mine.push(edit)[0]["outcome"] == "applied"


def test_p10_a_later_batch_never_overtakes_one_that_failed(desk: DeskMaker) -> None:
    """Eight and nine are not decided before seven."""
    mine = desk()
    seven, eight = new_customer(mine), new_customer(mine)
    assert mine.try_push(eight).json()["code"] == "seq_gap"
    assert len(mine.push(seven, eight)) == 2


def test_p23_a_changed_role_decides_the_next_push_and_the_next_pull(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    """Nothing about a role is remembered between requests."""
    mine = desk(Role.TENANT_MANAGER)
    mine.pull()
    price = [{"field": "price", "was": 4500, "value": 4600}]
    edit = mine.edit("service.update", {"service_id": shop.cut, "edits": price})
    user = find_user(engine, shop.users[Role.TENANT_MANAGER])
    assert user is not None
    change_user(engine, shop.tenant, replace(user, role=Role.TENANT_STAFF))
    assert mine.push(edit)[0]["code"] == "not_allowed"
    mine.pull()
    assert mine.rows["member"][user.id][3] == "TENANT_STAFF"
    change_user(engine, shop.tenant, replace(user, role=Role.CUSTOMER))
    assert mine.try_pull(mine.cursor).json()["code"] == "no_replica"
    assert mine.try_push(new_customer(mine)).json()["code"] == "no_replica"


def test_p37_every_reply_lost_once_gives_the_same_state_and_the_same_outcomes(desk: DeskMaker) -> None:
    """A reply that never came is asked for again."""
    mine = desk()
    edits = [mine.booking(next_day() + timedelta(minutes=15 * one)) for one in range(6)]
    outcomes = []
    for edit in edits:
        lost = mine.push(edit)
        assert mine.push(edit) == lost
        outcomes += lost
    assert mine.push(*edits) == outcomes
    mine.pull()
    applied = [one for one in outcomes if one["outcome"] == "applied"]
    assert len(mine.rows["appointment"]) == len(applied) == 2
    assert len(mine.rows["attention_item"]) == 4


def test_p39_what_was_acknowledged_is_there_after_the_server_comes_back(
    engine: Engine, settings: Settings, shop: Shop
) -> None:
    """The answer comes after the commit: another process finds everything."""
    with running(engine, settings) as (url, _):
        mine = WireDesk(url, shop).ready()
        edits = [new_customer(mine) for _ in range(5)]
        outcomes = mine.push(*edits)
        mine.pull()
    with running(engine, settings) as (url, _):
        again = WireDesk(url, shop)
        again.http.headers["Authorization"] = mine.http.headers["Authorization"]
        again.replica, again.device, again.session = mine.replica, mine.device, mine.session
        again.register()
        assert again.push(*edits) == outcomes
        again.cursor = mine.cursor
        assert again.pull()["counts"] == {}
    for desk in (mine, again):
        desk.http.close()


def test_p44_what_a_client_says_of_its_view_replica_or_role_opens_nothing(desk: DeskMaker) -> None:
    """Parameters are no access control."""
    mine, other = desk(Role.TENANT_STAFF), desk(Role.TENANT_OWNER)
    forged: dict[str, Any] = {"role": "TENANT_OWNER", "view": "all", "scope": ["*"], "tenant": "demo"}
    for name, said in forged.items():
        assert mine.try_register(**{name: said}).status_code == 422
        assert mine.try_push(new_customer(mine) | {"seq": 1}, **{name: said}).status_code == 422
    assert mine.try_pull(replica=other.replica).status_code == 404
    assert mine.try_pull(other.pull()["cursor"]).status_code == 404
