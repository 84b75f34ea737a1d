"""What the looks at a resting book read: as much after years as on the first day, where nothing is due."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from shared.ids import new_id
from shared.model.base import SeriesId, TimeBlockId, WaitlistEntryId
from shared.model.hours import TimeBlock
from shared.model.registry import Entity
from shared.model.series import Series
from shared.model.waitlist import WaitlistEntry, WaitlistState
from syncserver.store.going_on import blocks_that_go_on, series_that_go_on
from syncserver.store.tenancy import tenant_transaction
from syncserver.store.waiting import ends_to_come, perhaps_over
from tests.support.row_copies import copy_row
from tests.support.rows_read import rows_read
from tests.support.shop import Shop, open_shop, put_rows, visit_at

_NOW = datetime(2026, 5, 5, 8, tzinfo=UTC)
_NEAR = _NOW + timedelta(days=337)
_FEW, _MANY = 20, 2000


@pytest.fixture
def shop(any_engine: Engine) -> Shop:
    return open_shop(any_engine)


def read_by(engine: Engine, shop: Shop, call: Callable[[Connection], object]) -> Counter[str]:
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        return rows_read(connection, lambda: call(connection))


def wish(shop: Shop, state: WaitlistState) -> WaitlistEntry:
    return WaitlistEntry(
        id=WaitlistEntryId(new_id()), customer_id=shop.customer, service_id=shop.cut, location_id=shop.location,
        people=(), weekdays=(), earliest=0, latest=1440, from_day=None, to_day=(_NOW - timedelta(days=9)).date(),
        priority=0, party=1, notes="", state=state, asked_at=_NOW - timedelta(days=90),
    )  # fmt: skip


def rule(shop: Shop, rrule: str, *, of_blocks: bool = False) -> Series:
    segments = () if of_blocks else visit_at(shop, _NOW).segments
    return Series(
        id=SeriesId(new_id()), customer_id=shop.customer, location_id=shop.location, zone="UTC",
        start="2016-05-05T12:00:00", rrule=rrule, exdates=(), segments=segments, notes="",
    )  # fmt: skip


def visit_of(shop: Shop, series: Series, start: datetime) -> Entity:
    return replace(visit_at(shop, start), series_id=series.id, original_start=start.isoformat())


def block_of(shop: Shop, origin: str, start: datetime) -> TimeBlock:
    return TimeBlock(
        id=TimeBlockId(new_id()), resource_id=shop.ana, starts_at=start, ends_at=start + timedelta(minutes=30),
        reason="Lunch", origin=origin,
    )  # fmt: skip


def test_a_look_at_the_waitlist_reads_the_wishes_that_are_open(any_engine: Engine, shop: Shop) -> None:
    due, settled = wish(shop, WaitlistState.WAITING), wish(shop, WaitlistState.BOOKED)
    put_rows(any_engine, shop.tenant, due, settled)
    copy_row(any_engine, shop.tenant, "waitlist_entry", settled.id, _MANY)
    found: list[str] = []

    def look(connection: Connection) -> None:
        found.extend(entry.id for entry, _ in perhaps_over(connection, _NOW))
        ends_to_come(connection, _NOW)

    assert 0 < read_by(any_engine, shop, look)["waitlist_entry"] < _FEW
    assert found == [due.id]


def test_a_look_at_blocked_time_reads_the_latest_date_of_each_rule(any_engine: Engine, shop: Shop) -> None:
    rules = [rule(shop, "FREQ=DAILY", of_blocks=True) for _ in range(3)]
    blocks = [block_of(shop, one.id, _NEAR + timedelta(days=9)) for one in rules]
    put_rows(any_engine, shop.tenant, *rules, *blocks)
    for one in blocks:
        copy_row(any_engine, shop.tenant, "time_block", one.id, _MANY, days_before=0)
    read = read_by(any_engine, shop, lambda connection: look_at_blocks(connection, expected=[]))
    assert 0 < read["time_block"] < _FEW


def look_at_blocks(connection: Connection, *, expected: list[tuple[str, int]]) -> None:
    found = blocks_that_go_on(connection, near=_NEAR, now=_NOW)
    assert [(one.series.id, len(one.made)) for one in found] == expected


def test_only_of_a_rule_that_goes_on_all_blocks_are_read(any_engine: Engine, shop: Shop) -> None:
    due, made = rule(shop, "FREQ=DAILY", of_blocks=True), rule(shop, "FREQ=DAILY", of_blocks=True)
    blocks = [block_of(shop, due.id, _NEAR - timedelta(days=1)), block_of(shop, made.id, _NEAR + timedelta(days=1))]
    put_rows(any_engine, shop.tenant, due, made, *blocks)
    copy_row(any_engine, shop.tenant, "time_block", blocks[0].id, _FEW, days_before=0)
    copy_row(any_engine, shop.tenant, "time_block", blocks[1].id, _MANY, days_before=0)
    read = read_by(any_engine, shop, lambda connection: look_at_blocks(connection, expected=[(due.id, _FEW + 1)]))
    assert _FEW < read["time_block"] < 4 * _FEW


def look_at_series(connection: Connection, *, expected: list[str]) -> None:
    assert [one.series.id for one in series_that_go_on(connection, near=_NEAR, now=_NOW)] == expected


@pytest.mark.parametrize(
    ("rrule", "latest"), [("FREQ=DAILY", _NEAR + timedelta(days=9)), ("FREQ=DAILY;UNTIL=20250101", _NOW)]
)
def test_a_look_at_series_reads_the_latest_visit_of_each_at_most(
    any_engine: Engine, shop: Shop, rrule: str, latest: datetime
) -> None:  # fmt: skip
    rules = [rule(shop, rrule) for _ in range(3)]
    visits = [visit_of(shop, one, latest) for one in rules]
    put_rows(any_engine, shop.tenant, *rules, *visits)
    for one in visits:
        copy_row(any_engine, shop.tenant, "appointment", one.id, _MANY, days_before=0)
    read = read_by(any_engine, shop, lambda connection: look_at_series(connection, expected=[]))
    assert read["appointment"] < _FEW


def test_only_of_a_counted_series_that_is_near_its_end_all_visits_are_counted(any_engine: Engine, shop: Shop) -> None:
    due, over = rule(shop, f"FREQ=DAILY;COUNT={_FEW + 2}"), rule(shop, f"FREQ=DAILY;COUNT={_FEW + 1}")
    ahead = rule(shop, f"FREQ=DAILY;COUNT={_MANY + 1}")
    visits = [visit_of(shop, one, _NOW) for one in (due, over)] + [visit_of(shop, ahead, _NEAR + timedelta(days=1))]
    put_rows(any_engine, shop.tenant, due, over, ahead, *visits)
    for one, count in zip(visits, (_FEW, _FEW, _MANY), strict=True):
        copy_row(any_engine, shop.tenant, "appointment", one.id, count, days_before=0)
    read = read_by(any_engine, shop, lambda connection: look_at_series(connection, expected=[due.id]))
    assert _FEW < read["appointment"] < 5 * _FEW
