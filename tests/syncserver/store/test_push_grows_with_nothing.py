"""What a push asks with the clock in hand: as much after years as on the first day."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.base import HoursExceptionId, OwnerId, ResourceId, SessionId, Span
from shared.model.hours import HoursException
from shared.model.member import Role
from shared.store import Changes, Wanted
from syncserver.store import pushes, working_set
from syncserver.store.pushes import Asked, Facts, Person
from syncserver.store.tenancy import clocked_transaction, take_clock, tenant_transaction
from syncserver.store.working_set import WorkingSet
from tests.support.rows_read import rows_read
from tests.support.shop import Shop, open_shop, put_rows

_FEW, _MANY = 5, 800
_TODAY = date(2026, 5, 5)
_NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
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


def close_on(engine: Engine, shop: Shop, owner: OwnerId, *days: date) -> None:
    put_rows(
        engine, shop.tenant,
        *(
            HoursException(id=HoursExceptionId(new_id()), owner_id=owner, day=day, opens=None, closes=None)
            for day in days
        ),
    )  # fmt: skip


def long_over(count: int) -> list[date]:
    return [_TODAY - timedelta(days=30 + one) for one in range(count)]


def owners_of(shop: Shop) -> tuple[OwnerId, ...]:
    return OwnerId(shop.location), OwnerId(shop.ana)


def around(shop: Shop, start: datetime) -> Wanted:
    return Wanted(spans=(((ResourceId(shop.ana),), Span(start, start + timedelta(hours=1))),))


def test_a_booking_reads_as_many_dates_where_many_are_long_over(any_engine: Engine, shop: Shop) -> None:
    owners = owners_of(shop)

    def read() -> Counter[str]:
        with clocked_transaction(any_engine, shop.tenant) as (connection, _):
            state = WorkingSet(connection)
            return rows_read(connection, lambda: book(state))

    def book(state: WorkingSet) -> None:
        state.load([Wanted(owners=owners) + around(shop, _NOON)])
        assert [one.day for one in state.exceptions(owners, _TODAY - timedelta(days=1), _TODAY)] == [_TODAY]

    close_on(any_engine, shop, owners[0], _TODAY, *long_over(_FEW))
    few = read()
    close_on(any_engine, shop, owners[0], *long_over(_MANY))
    assert 0 < few["hours_exception"] == read()["hours_exception"] < _FEW


@pytest.mark.parametrize("hour", [0, 23])
def test_the_day_before_a_booking_is_read_with_it_wherever_it_is(
    any_engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch, hour: int
) -> None:
    owners, start = owners_of(shop), _NOON.replace(hour=hour)
    close_on(any_engine, shop, owners[1], *(_TODAY + timedelta(days=one) for one in range(-4, 4)))
    with tenant_transaction(any_engine, shop.tenant, read_only=True) as connection:
        state = WorkingSet(connection)
        # As a series does: it names its owners first, and its dates once its rule is known.
        state.load([Wanted(owners=owners)])
        state.load([around(shop, start)])
        with monkeypatch.context() as patch:
            patch.setattr(working_set, "ask_all", _ask_nothing)
            for west_or_east in (-1, 0, 1):
                day = _TODAY + timedelta(days=west_or_east)
                found = state.exceptions(owners, day - timedelta(days=1), day)
                assert sorted(one.day for one in found) == [day - timedelta(days=1), day]


def _ask_nothing(*_: object) -> None:
    raise AssertionError("what was wanted is asked for once more")


def test_what_is_asked_for_of_an_earlier_day_is_read_and_only_that(any_engine: Engine, shop: Shop) -> None:
    owners, ago = owners_of(shop), timedelta(days=_MANY)
    close_on(any_engine, shop, owners[0], *(_TODAY - timedelta(days=one) for one in range(_MANY + 1)))
    with clocked_transaction(any_engine, shop.tenant) as (connection, _):
        state = WorkingSet(connection)
        state.load([Wanted(owners=owners) + around(shop, _NOON)])
        assert len(state.exceptions(owners, _TODAY - timedelta(days=9), _TODAY)) == 10
        read = rows_read(
            connection, lambda: state.exceptions(owners, _TODAY - timedelta(days=19), _TODAY - timedelta(days=15))
        )
        assert read["hours_exception"] == 10
        # By another edit of the same push that is of long ago.
        state.load([around(shop, _NOON - ago)])
        assert len(state.exceptions(owners, _TODAY - ago, _TODAY)) == _MANY + 1


def test_a_date_that_was_let_go_stays_so_when_an_earlier_day_is_read(any_engine: Engine, shop: Shop) -> None:
    owner = OwnerId(shop.ana)
    close_on(any_engine, shop, owner, _TODAY - timedelta(days=20))
    with tenant_transaction(any_engine, shop.tenant) as connection:
        take_clock(connection, shop.tenant)
        (row_id,) = connection.exec_driver_sql("SELECT id::text FROM hours_exception").scalars()
        state = WorkingSet(connection)
        state.load([Wanted(owners=(owner,)) + around(shop, _NOON)])
        state.apply(Changes(removed=((HoursException, row_id),)))
        assert state.exceptions([owner], _TODAY - timedelta(days=30), _TODAY) == []


def test_the_first_day_of_all_has_none_before_it(any_engine: Engine, shop: Shop) -> None:
    with tenant_transaction(any_engine, shop.tenant, read_only=True) as connection:
        state = WorkingSet(connection)
        state.load([Wanted(owners=owners_of(shop)) + around(shop, datetime.min.replace(tzinfo=UTC))])
        assert state.exceptions(owners_of(shop), date.min, date.max) == []
