"""Nothing of one business ever reaches another, whatever is forged."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.member import Role
from tests.support.shop import Shop, open_shop
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_push import dump


@pytest.fixture
def neighbour(engine: Engine) -> Shop:
    return open_shop(engine)


def book_with_foreign_rows(mine: WireDesk, other: Shop) -> str:
    segments = [{"service_id": other.cut, "resources": [other.ana]}]
    foreign = {"location_id": other.location, "customer_id": other.customer, "segments": segments}
    return mine.try_push(mine.booking(next_day(), **foreign)).text


def read_foreign_customer(mine: WireDesk, other: Shop) -> str:
    edits = [{"field": "name", "was": "", "value": "Mine now"}]
    return mine.try_push(mine.edit("customer.update", {"customer_id": other.customer, "edits": edits})).text


def make_what_is_there_already(mine: WireDesk, other: Shop) -> str:
    return mine.try_push(mine.edit("customer.create", {"customer_id": other.customer, "name": "Mine"})).text


def name_the_other_in_the_body(mine: WireDesk, other: Shop) -> str:
    return mine.try_push(mine.booking(next_day()), tenant=other.tenant.id).text


def sign_in_next_door(mine: WireDesk, other: Shop) -> str:
    return mine.try_sign_in(tenant=other.tenant.slug).text


@pytest.mark.parametrize(
    "attempt",
    [
        book_with_foreign_rows,
        read_foreign_customer,
        make_what_is_there_already,
        name_the_other_in_the_body,
        sign_in_next_door,
    ],
)
def test_an_attempt_on_the_neighbour_shows_and_changes_nothing(
    desk: DeskMaker, engine: Engine, neighbour: Shop, attempt: Callable[[WireDesk, Shop], str]
) -> None:
    before = dump(engine, neighbour)
    mine = desk(Role.TENANT_OWNER)
    text = attempt(mine, neighbour) + mine.try_pull().text
    assert neighbour.canary not in text
    assert dump(engine, neighbour) == before


def test_the_token_alone_says_whose_book_it_is(desk: DeskMaker, engine: Engine, shop: Shop, neighbour: Shop) -> None:
    mine = desk(Role.TENANT_OWNER)
    before = dump(engine, shop), dump(engine, neighbour)
    reply = mine.try_push(mine.booking(next_day()), tenant=neighbour.tenant.id)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")
    assert (dump(engine, shop), dump(engine, neighbour)) == before


def test_two_businesses_may_use_the_same_ids(desk: DeskMaker, neighbour: Shop) -> None:
    mine, theirs = desk(), desk(at=neighbour)
    customer = new_id()
    for one in (mine, theirs):
        edit = one.edit("customer.create", {"customer_id": customer, "name": one.shop.canary})
        assert one.push(edit)[0]["outcome"] == "applied"
        one.pull()
    assert mine.rows["customer"][customer][1] == mine.shop.canary
    assert theirs.rows["customer"][customer][1] == theirs.shop.canary


def test_a_neighbours_replica_device_cursor_and_mutation_id_are_nothing(desk: DeskMaker, neighbour: Shop) -> None:
    mine, theirs = desk(), desk(at=neighbour)
    theirs.pull()
    known = theirs.booking(next_day())
    theirs.push(known)
    replies = [
        mine.try_pull(replica=theirs.replica),
        mine.try_pull(theirs.cursor),
        mine.try_register(device=theirs.device),
    ]
    assert [reply.status_code for reply in replies] == [404] * 3
    (outcome,) = mine.push(mine.booking(next_day()) | {"id": known["id"]})
    assert outcome["outcome"] == "applied", "another business's id is not known here"
    assert all(neighbour.canary not in reply.text for reply in replies)


def test_a_neighbours_writes_do_not_reach_my_cursor(desk: DeskMaker, neighbour: Shop) -> None:
    mine, theirs = desk(), desk(at=neighbour)
    mine.pull()
    theirs.push(theirs.booking(next_day()))
    assert mine.pull()["counts"] == {}
