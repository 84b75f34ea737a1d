"""What asks for the visits of some days, whatever became of them, reads those and not the years before."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from shared.model.appointment import Appointment, Status
from shared.model.base import Span
from shared.model.member import Role
from syncserver.store import calendar_feeds
from syncserver.store.numbers import TenantSource
from syncserver.store.tenancy import clocked_transaction, tenant_transaction
from syncserver.store.working_set import WorkingSet
from tests.support.row_copies import copy_row
from tests.support.rows_read import rows_read
from tests.support.shop import Shop, open_shop, put_rows, visit_at

_NOW = datetime(2026, 5, 5, 8, tzinfo=UTC)
_MONTH = Span(_NOW - timedelta(days=4), _NOW + timedelta(days=27))
_YEARS = 3000
_LITTLE = 40
"""Rows that some visits of a month may be found by, with what they name."""


@pytest.fixture
def shop(any_engine: Engine) -> Shop:
    return open_shop(any_engine)


@pytest.fixture
def visits(any_engine: Engine, shop: Shop) -> Sequence[Appointment]:
    """Three in the month, one of them called off, after years of others."""
    made = [visit_at(shop, _NOW + timedelta(days=day)) for day in range(3)]
    made[2] = replace(made[2], status=Status.CANCELLED)
    put_rows(any_engine, shop.tenant, *made)
    copy_row(any_engine, shop.tenant, "appointment", made[0].id, _YEARS, days_before=400)
    return made


@pytest.fixture
def connection(any_engine: Engine, shop: Shop, visits: Sequence[Appointment]) -> Iterator[Connection]:
    with tenant_transaction(any_engine, shop.tenant, read_only=True) as connection:
        yield connection


def test_a_poll_of_a_calendar_reads_the_visits_of_its_days(connection: Connection, shop: Shop) -> None:
    whose = shop.users[Role.TENANT_STAFF]
    read = rows_read(connection, lambda: calendar_feeds.feed_written(connection, whose, _MONTH))
    assert 3 <= read["appointment"] < _LITTLE


def test_a_calendar_is_made_of_the_visits_of_its_days(
    connection: Connection, shop: Shop, visits: Sequence[Appointment]
) -> None:  # fmt: skip
    found: list[Appointment] = []
    whose = shop.users[Role.TENANT_STAFF]
    read = rows_read(connection, lambda: found.extend(calendar_feeds.visits_with(connection, whose, _MONTH).visits))
    assert found == visits
    assert read["appointment"] < _LITTLE


def test_a_page_of_the_numbers_reads_the_visits_of_its_days(connection: Connection, shop: Shop) -> None:
    source, nothing = TenantSource(connection), "00000000-0000-0000-0000-000000000000"
    after = (_MONTH.start.isoformat(), nothing)
    found: list[object] = []
    read = rows_read(connection, lambda: found.extend(source.visits(shop.location, _MONTH, after, 500)))
    assert len(found) == 3
    assert read["appointment"] < _LITTLE


@pytest.mark.usefixtures("visits")
def test_the_count_of_a_month_reads_the_visits_of_the_month(any_engine: Engine, shop: Shop) -> None:
    with clocked_transaction(any_engine, shop.tenant) as (connection, _):
        state, counted = WorkingSet(connection), list[int]()
        read = rows_read(connection, lambda: counted.append(state.visits_starting(_MONTH)))
    assert counted == [2]
    assert 2 <= read["appointment"] < _LITTLE
