"""A desk that was away while a plan was full, and one whose book is of before plans: nothing that waits is lost."""

from contextlib import closing
from typing import Any

from desktop.desk import Desk
from desktop.operations import attention
from desktop.operations import customers as edits
from desktop.queries.attention_items import attention_items
from desktop.store.database import Database
from shared.model.customer import Customer
from shared.model.plan import Limit, Tier
from shared.model.registry import SCHEMA_VERSION
from shared.rules.plans import Override
from tests.desktop.sync.conftest import DeskMaker
from tests.desktop.sync.stage import Stage
from tests.desktop.sync.test_loads import book_of, desk_key, outcomes, until_synced
from tests.support.shop import Shop, put_on_tier, stored_rows


def few(stage: Stage, shop: Shop, customers: int | None) -> None:
    put_on_tier(
        stage.engine, shop.tenant, Tier.FREE, Override(limits={Limit.CUSTOMERS: customers, Limit.DEVICES: None})
    )


def names(desk: Desk) -> set[str]:
    return desk.do(lambda replica: {row[0] for row in replica.database.rows("SELECT name FROM customer")})


def test_what_was_added_offline_beyond_the_limit_waits_for_a_larger_plan(
    stage: Stage, shop: Shop, desk: DeskMaker
) -> None:
    one, other = desk("a"), desk("b")
    few(stage, shop, 2)
    until_synced(one)
    until_synced(other)
    for here, name in ((one, "Ida Brandt"), (other, "Jo Winter")):
        here.edit(edits.create(name=name))
    until_synced(one)
    until_synced(other)
    assert (outcomes(one), outcomes(other)) == (["applied"], ["rejected"])
    until_synced(one)
    for here in (one, other):
        assert names(here) == {shop.canary, "Ida Brandt"}
        (item,) = here.do(attention_items)
        assert (item.code, item.customer) == ("limit_reached", "Jo Winter")
        assert item.still == "The plan Free has room for 2 customers."
    few(stage, shop, 3)
    until_synced(other)
    (item,) = other.do(attention_items)
    assert item.still == ""
    other.edit(attention.keep(item.id))
    until_synced(other)
    assert outcomes(other) == ["rejected", "applied"]
    assert names(other) == {shop.canary, "Ida Brandt", "Jo Winter"}
    assert other.do(attention_items) == ()


def test_a_plan_that_is_lowered_leaves_what_is_there_and_what_waits_about_it(
    stage: Stage, shop: Shop, desk: DeskMaker
) -> None:
    one = desk("a")
    one.edit(edits.create(name="Ida Brandt"))
    until_synced(one)
    seen: Any = one.do(lambda replica: replica.tx().find(Customer, shop.customer))
    one.edit(edits.update(seen, {"name": "Renamed"}))
    few(stage, shop, 0)
    until_synced(one)
    assert outcomes(one) == ["applied", "applied"]
    assert names(one) == {"Renamed", "Ida Brandt"}


def test_a_book_of_before_plans_is_loaded_once_more_and_keeps_what_waits(
    stage: Stage, shop: Shop, desk: DeskMaker
) -> None:
    one = desk("a")
    one.edit(edits.create(name="Ida Brandt"))
    path, key = book_of(one), desk_key(one)
    one.close()
    with closing(Database(path, key)) as database, database.transaction():
        database.run("DROP TABLE plan")
        database.run("UPDATE meta SET value = ? WHERE name = 'schema'", (str(SCHEMA_VERSION - 1),))
    few(stage, shop, 5)
    again = Desk.open(one.home, one._secrets)
    assert again is not None
    with closing(again):
        assert again.do(lambda replica: replica.tx().plan()).customers is None
        again.edit(edits.create(name="Jo Winter"))
        until_synced(again)
        assert again.do(lambda replica: replica.tx().plan()).customers == 5
        assert outcomes(again) == ["applied", "applied"]
        assert names(again) == {shop.canary, "Ida Brandt", "Jo Winter"}
        assert len(stored_rows(stage.engine, shop.tenant)["customer"]) == 3
