"""What time decides is looked for in books that were written to, or in which something comes due, and in no others."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from shared import clock
from shared.errors import StorageFault
from shared.ids import new_id
from shared.model.base import CustomerId, LocationId, WaitlistEntryId
from shared.model.business import Business, Location
from shared.model.member import Role
from shared.model.registry import E, entity_type
from shared.model.waitlist import Offer, WaitlistEntry, WaitlistState
from shared.rules.waitlist import state_at
from syncserver.services.jobs import overdue
from syncserver.services.jobs.overdue import Look, Overdue, end_overdue
from syncserver.services.server import Server, open_server
from syncserver.services.sync.endings import lapsing
from syncserver.services.sync.endings.ending import ENDINGS, GOING_ON, Ending, end
from syncserver.settings import Settings
from syncserver.store.recoveries import recover_until
from syncserver.store.tenancy import Tenant, TenantState, tenant_transaction
from syncserver.store.tenants import set_tenant_state
from tests.support.moving_clock import moved
from tests.support.shop import Shop, open_shop, put_rows, stored_rows
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker

ZONES = ("Pacific/Kiritimati", "Europe/Berlin", "UTC", "America/New_York", "Pacific/Pago_Pago")
"""From the furthest east to nearly the furthest west."""
MINUTE = timedelta(minutes=1)


@pytest.fixture
def server(engine: Engine, settings: Settings) -> Server:
    return open_server(engine, settings)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tenants whose books were opened, in order."""
    seen: list[str] = []

    def noted(server: Server, tenant: Tenant, endings: Sequence[Ending]) -> Look:
        seen.append(tenant.id)
        return end_overdue(server, tenant, endings)

    monkeypatch.setattr(overdue, "end_overdue", noted)
    return seen


def looked(jobs: Overdue, opened: list[str], tenant: Tenant) -> int:
    """How often a look opens the book of a tenant."""
    opened.clear()
    jobs.look()
    return opened.count(tenant.id)


def rows(engine: Engine, shop: Shop, cls: type[E]) -> list[E]:
    kind = entity_type(cls)
    return [kind.decode(row) for row in stored_rows(engine, shop.tenant)[kind.table].values()]


def requested(desk: WireDesk) -> datetime:
    """A request for the day after tomorrow; when it is over."""
    start = next_day(10, days=2).replace(microsecond=0)
    edit = desk.booking(start, status="requested")
    assert [one["outcome"] for one in desk.push(edit)] == ["applied"]
    return start


def test_a_book_that_rests_is_not_opened(server: Server, shop: Shop, opened: list[str]) -> None:
    jobs = Overdue(server)
    assert looked(jobs, opened, shop.tenant) == 1, "nobody has looked yet"
    with moved(timedelta(days=400)):
        assert looked(jobs, opened, shop.tenant) == 0, "there is nothing to wait for"


def test_one_that_was_written_to_is_opened_once(server: Server, shop: Shop, desk: DeskMaker, opened: list[str]) -> None:
    mine, jobs = desk(Role.TENANT_STAFF), Overdue(server)
    jobs.look()
    requested(mine)
    assert looked(jobs, opened, shop.tenant) == 1
    assert looked(jobs, opened, shop.tenant) == 0


def test_one_in_which_something_comes_due_is_opened_then(
    engine: Engine, server: Server, shop: Shop, desk: DeskMaker, opened: list[str]
) -> None:
    start, jobs = requested(desk(Role.TENANT_STAFF)), Overdue(server)
    jobs.look()
    until = start - clock.now()
    with moved(until - MINUTE):
        assert looked(jobs, opened, shop.tenant) == 0
    with moved(until + MINUTE):
        assert looked(jobs, opened, shop.tenant) == 1
        assert "expired" in str(stored_rows(engine, shop.tenant)["appointment"])
        assert looked(jobs, opened, shop.tenant) == 1, "it was written to"
        assert looked(jobs, opened, shop.tenant) == 0


def test_what_was_brought_back_is_not_waited_for(
    engine: Engine, server: Server, shop: Shop, desk: DeskMaker, opened: list[str]
) -> None:
    mine, jobs = desk(), Overdue(server)
    start = requested(mine)
    (visit,) = stored_rows(engine, shop.tenant)["appointment"]
    # From now on a request waits for an hour.
    (business,) = rows(engine, shop, Business)
    put_rows(engine, shop.tenant, replace(business, request_life=60))
    with moved(timedelta(hours=2)):
        jobs.look()
    was = {"status": "expired", "start": clock.instant_text(start)}
    (told,) = mine.push(mine.edit("appointment.undo_step", {"appointment_id": visit, "was": was}))
    assert told["outcome"] == "applied"
    with moved(timedelta(hours=3)):
        assert looked(jobs, opened, shop.tenant) == 1
        assert looked(jobs, opened, shop.tenant) == 0


def test_a_clock_that_was_put_back_makes_all_be_opened_again(server: Server, shop: Shop, opened: list[str]) -> None:
    jobs = Overdue(server, GOING_ON)
    with moved(timedelta(days=1000)):
        jobs.look()
    assert looked(jobs, opened, shop.tenant) == 1
    assert looked(jobs, opened, shop.tenant) == 0


def test_what_goes_on_is_opened_again_in_good_time(
    engine: Engine, server: Server, shop: Shop, opened: list[str]
) -> None:
    (business,) = rows(engine, shop, Business)
    put_rows(engine, shop.tenant, replace(business, max_advance=8))
    jobs = Overdue(server, GOING_ON)
    jobs.look()
    # A quarter of eight days may be empty; a look is late by a 24th of that at most.
    with moved(timedelta(hours=1)):
        assert looked(jobs, opened, shop.tenant) == 0
    with moved(timedelta(hours=2, minutes=1)):
        assert looked(jobs, opened, shop.tenant) == 1


def breaking(error: Exception) -> Callable[..., Any]:
    def fails(*_: object) -> Any:
        raise error

    return fails


TROUBLE = [ValueError("a row that nobody foresaw"), StorageFault("away")]


@pytest.mark.parametrize("error", TROUBLE)
def test_one_that_could_not_be_opened_is_tried_again(server: Server, shop: Shop, error: Exception) -> None:
    with capture_logs() as logs:
        look = end_overdue(server, shop.tenant, [replace(one, due=breaking(error)) for one in ENDINGS])
    assert (look.made, look.again) == (0, look.at)
    event = "overdue.not_looked_at" if isinstance(error, StorageFault) else "overdue.failed"
    assert [(one["event"], one["what"]) for one in logs] == [(event, one.name) for one in ENDINGS]


@pytest.mark.parametrize("error", TROUBLE)
@pytest.mark.parametrize("where", ["told", "made"])
def test_one_ending_that_fails_keeps_no_other_from_being_made(
    engine: Engine, server: Server, shop: Shop, desk: DeskMaker, where: str, error: Exception,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    start = requested(desk(Role.TENANT_STAFF))
    put_rows(engine, shop.tenant, wish(shop, shop.location, to_day=date(2020, 1, 1)))
    first, second = ENDINGS
    endings = [replace(first, due=breaking(error)), second] if where == "told" else ENDINGS
    if where == "made":
        fails = breaking(error)
        monkeypatch.setattr(overdue, "end", lambda *given: (fails if given[2] is first else end)(*given))
    with moved(start - clock.now() + MINUTE), capture_logs():
        look = end_overdue(server, shop.tenant, endings)
    assert (look.made, look.again) == (1, look.at), "what has failed is tried again"
    assert [one.state for one in rows(engine, shop, WaitlistEntry)] == [WaitlistState.EXPIRED]
    assert "expired" not in str(stored_rows(engine, shop.tenant)["appointment"])


def test_one_that_comes_back_to_work_is_opened(
    engine: Engine, server: Server, shop: Shop, desk: DeskMaker, opened: list[str]
) -> None:
    start, jobs = requested(desk(Role.TENANT_STAFF)), Overdue(server)
    jobs.look()
    with moved(start - clock.now() + MINUTE):
        recover_until(engine, shop.tenant, clock.now() + timedelta(hours=1))
        assert looked(jobs, opened, shop.tenant) == 0, "in recovery"
        recover_until(engine, shop.tenant, None)
        set_tenant_state(engine, shop.tenant, TenantState.SUSPENDED)
        assert looked(jobs, opened, shop.tenant) == 0, "suspended"
        set_tenant_state(engine, shop.tenant, TenantState.ACTIVE)
        assert looked(jobs, opened, shop.tenant) == 1


def test_a_wish_until_the_end_of_all_days_keeps_nothing_from_ending(engine: Engine, server: Server, shop: Shop) -> None:
    forever = wish(shop, shop.location, to_day=date.max)
    put_rows(engine, shop.tenant, forever, wish(shop, shop.location, to_day=date.max - timedelta(days=400)))
    look = end_overdue(server, shop.tenant)
    assert look.made == 0
    assert look.again is not None
    assert look.again.year == 9998
    put_rows(engine, shop.tenant, wish(shop, shop.location, to_day=date(2020, 1, 1)))
    assert end_overdue(server, shop.tenant).made == 1


def wish(shop: Shop, where: LocationId, *, to_day: date | None = None, until: datetime | None = None) -> WaitlistEntry:
    """Somebody who waits, with an offer where it has an end."""
    return WaitlistEntry(
        id=WaitlistEntryId(new_id()), customer_id=CustomerId(shop.customer), service_id=shop.cut, location_id=where,
        people=(), weekdays=(), earliest=0, latest=1440, from_day=None, to_day=to_day, priority=0, party=1, notes="",
        state=WaitlistState.WAITING if until is None else WaitlistState.OFFERED,
        asked_at=datetime(2020, 1, 1, tzinfo=UTC),
        offer=None if until is None else Offer(start=until, resources=(shop.ana,), until=until),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_nothing_ends_before_it_is_said_to(engine: Engine, seed: int) -> None:
    """A waitlist over all zones is walked from end to end: at each the first entry changes, and none just before."""
    print("seed", seed)
    chance, shop = Random(seed), open_shop(engine)
    now = datetime(2026, 3, 27, 12, tzinfo=UTC) + timedelta(minutes=chance.randrange(3 * 24 * 60))
    (here,) = rows(engine, shop, Location)
    places = [replace(here, id=LocationId(new_id()), zone=zone) for zone in ZONES]
    wishes = [
        wish(
            shop, chance.choice(places).id,
            to_day=chance.choice([None, now.date() + timedelta(days=chance.randrange(-2, 3))]),
            until=chance.choice([None, now + timedelta(minutes=chance.randrange(-600, 3000))]),
        )
        for _ in range(8)
    ]  # fmt: skip
    put_rows(engine, shop.tenant, *places, *wishes)
    zone_of = {one.id: one.zone for one in places}

    def states(at: datetime) -> list[WaitlistState]:
        return [state_at(one, at, zone_of[one.location_id]) for one in wishes]

    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        steps = 0
        while (then := lapsing.next_due(connection, now)) is not None:
            assert then > now
            assert states(then - timedelta(microseconds=1)) == states(now), (now, then)
            now, steps = then, steps + 1
            assert steps < 50
        assert states(now + timedelta(days=5000)) == states(now)


def test_of_many_that_rest_none_is_opened(engine: Engine, server: Server, shop: Shop, opened: list[str]) -> None:
    mine = {shop.tenant.id, *(open_shop(engine).tenant.id for _ in range(8))}
    for endings in (ENDINGS, GOING_ON):
        jobs = Overdue(server, endings)
        jobs.look()
        assert mine <= set(opened)
        opened.clear()
        jobs.look()
        assert not mine & set(opened)
