"""What a push asks with the clock in hand: as much after years as on the first day."""

from collections import Counter

import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.base import SessionId
from shared.model.member import Role
from shared.store import Wanted
from syncserver.store import pushes
from syncserver.store.pushes import Asked, Facts, Person
from syncserver.store.tenancy import clocked_transaction, take_clock, tenant_transaction
from syncserver.store.working_set import WorkingSet
from tests.support.rows_read import rows_read
from tests.support.shop import Shop, open_shop

_FEW, _MANY = 5, 800
_SIGNED_IN = """
INSERT INTO session (id, user_id, device_id, ended_at)
SELECT gen_random_uuid(), %s::uuid, %s::uuid, CASE WHEN %s THEN now() END FROM generate_series(1, %s) RETURNING id::text
"""


@pytest.fixture
def shop(any_engine: Engine) -> Shop:
    return open_shop(any_engine)


def sign_in(engine: Engine, shop: Shop, device: str, *, count: int = 1, ended: bool = False) -> list[str]:
    with tenant_transaction(engine, shop.tenant) as connection:
        take_clock(connection, shop.tenant)
        given = (shop.users[Role.TENANT_STAFF], device, ended, count)
        return list(connection.exec_driver_sql(_SIGNED_IN, given).scalars())


def facts(engine: Engine, shop: Shop, *asked: Asked) -> tuple[Facts, Counter[str]]:
    """What a push is decided by, and the rows that were looked at for it."""
    found: list[Facts] = []
    with clocked_transaction(engine, shop.tenant) as (connection, _):
        state = WorkingSet(connection)
        read = rows_read(
            connection, lambda: found.append(pushes.facts(state.load([Wanted()], beside=pushes.questions(asked))))
        )
    return found[0], read


def push(device: str, *sessions: str) -> Asked:
    return Asked(replica=new_id(), device=device, sessions=sessions, first=1, last=1, ids=(new_id(),))


def test_a_push_reads_as_many_sessions_where_many_have_ended_on_its_device(any_engine: Engine, shop: Shop) -> None:
    device, (live,) = (made := new_id()), sign_in(any_engine, shop, made)
    (gone, *_) = sign_in(any_engine, shop, device, count=_FEW, ended=True)
    _, few = facts(any_engine, shop, push(device, live, gone))
    sign_in(any_engine, shop, device, count=_MANY, ended=True)
    _, many = facts(any_engine, shop, push(device, live, gone))
    assert 0 < few["session"] == many["session"] < _FEW
    assert few["member"] == many["member"]


def test_of_ended_sessions_a_push_knows_those_that_it_names_on_its_own_device(any_engine: Engine, shop: Shop) -> None:
    device, other = new_id(), new_id()
    (mine,), (colleague,) = sign_in(any_engine, shop, device), sign_in(any_engine, shop, device)
    named, _ = sign_in(any_engine, shop, device, count=2, ended=True)
    (elsewhere,) = sign_in(any_engine, shop, other, ended=True)
    known, _ = facts(any_engine, shop, push(device, mine, named, elsewhere))
    assert {one: person.live for one, person in known.people.items()} == {mine: True, colleague: True, named: False}


def test_pushes_of_one_transaction_know_what_each_names(any_engine: Engine, shop: Shop) -> None:
    devices = [new_id(), new_id()]
    live = [sign_in(any_engine, shop, one)[0] for one in devices]
    gone = [sign_in(any_engine, shop, one, ended=True)[0] for one in devices]
    known, _ = facts(any_engine, shop, *map(push, devices, live, gone))
    assert known.people.keys() == {*live, *gone}


def test_whom_a_device_stands_for_is_told_by_what_goes_on_alone(any_engine: Engine, shop: Shop) -> None:
    device, (live,) = (made := new_id()), sign_in(any_engine, shop, made)
    found: list[Person] = []
    sign_in(any_engine, shop, device, count=_MANY, ended=True)
    with tenant_transaction(any_engine, shop.tenant, read_only=True) as connection:
        read = rows_read(connection, lambda: found.extend(pushes.live_on(connection, [device])))
    assert [one.session_id for one in found] == [SessionId(live)]
    assert read["session"] < _FEW
