"""What the database itself refuses, whatever the code above it forgets."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg.errors
import pytest
import sqlalchemy.exc
from sqlalchemy import Connection, Engine

from shared.ids import new_id
from shared.model.appointment import Allocation
from shared.model.base import AllocationId, AppointmentId, LocationId, ResourceId
from shared.model.registry import ENTITIES, Entity, type_of
from shared.model.resource import Resource, ResourceKind
from syncserver.store.rows import flush
from syncserver.store.tenancy import Tenant, control_transaction, schema_part, take_clock, tenant_transaction
from syncserver.store.tenants import create_tenant

NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def acme(any_engine: Engine) -> Tenant:
    return create_tenant(any_engine, slug=new_id(), name="Acme Corp")


@pytest.fixture
def book(any_engine: Engine, acme: Tenant) -> Iterator[Connection]:
    """An open transaction of the tenant that holds its clock."""
    with tenant_transaction(any_engine, acme) as connection:
        take_clock(connection, acme)
        yield connection


def put(connection: Connection, *entities: Entity) -> None:
    flush(connection, 1, {(type_of(one).table, one.id): type_of(one).encode(one) for one in entities})


def resource(capacity: int = 1) -> Resource:
    return Resource(
        id=ResourceId(new_id()), location_id=LocationId(new_id()), kind=ResourceKind.ROOM, name="Room",
        capacity=capacity, colour="#336699", position=0,
    )  # fmt: skip


def held(room: Resource, start: int, end: int, *, over: bool = False) -> Allocation:
    """The room held from `start` to `end`, minutes after nine."""
    return Allocation(
        id=AllocationId(new_id()), appointment_id=AppointmentId(new_id()), resource_id=room.id,
        starts_at=NINE + timedelta(minutes=start), ends_at=NINE + timedelta(minutes=end), over=over,
    )  # fmt: skip


def assert_refused(connection: Connection, *entities: Entity) -> None:
    with pytest.raises(psycopg.errors.ExclusionViolation), connection.begin_nested():
        put(connection, *entities)


@pytest.mark.parametrize("write", ["DELETE FROM {}", "UPDATE {} SET id = id", "INSERT INTO {} SELECT * FROM {}"])
def test_no_synced_table_is_written_without_the_clock(any_engine: Engine, acme: Tenant, write: str) -> None:
    with tenant_transaction(any_engine, acme) as connection:
        for table in ENTITIES:
            with (
                pytest.raises(sqlalchemy.exc.IntegrityError, match=f"to {table} in .* has not taken the clock"),
                connection.begin_nested(),
            ):
                connection.exec_driver_sql(write.format(table, table))


def test_the_clock_of_an_earlier_transaction_opens_nothing(any_engine: Engine, acme: Tenant) -> None:
    with tenant_transaction(any_engine, acme) as connection:
        take_clock(connection, acme)
    with (
        pytest.raises(sqlalchemy.exc.IntegrityError, match="has not taken the clock"),
        tenant_transaction(any_engine, acme) as connection,
    ):
        connection.exec_driver_sql("DELETE FROM customer")


def test_a_clock_that_was_rolled_back_opens_nothing(any_engine: Engine, acme: Tenant) -> None:
    with tenant_transaction(any_engine, acme) as connection:
        with connection.begin_nested() as part:
            take_clock(connection, acme)
            part.rollback()
        with pytest.raises(sqlalchemy.exc.IntegrityError, match="has not taken the clock"), connection.begin_nested():
            connection.exec_driver_sql("DELETE FROM customer")


def test_another_tenants_clock_opens_nothing(any_engine: Engine, acme: Tenant) -> None:
    demo = create_tenant(any_engine, slug=new_id(), name="Demo Company")
    with control_transaction(any_engine) as connection:
        with schema_part(connection, demo):
            take_clock(connection, demo)
        with (
            pytest.raises(sqlalchemy.exc.IntegrityError, match="has not taken the clock"),
            connection.begin_nested(),
            schema_part(connection, acme),
        ):
            connection.exec_driver_sql("DELETE FROM customer")


def test_versions_count_up_by_one_without_gaps(any_engine: Engine, acme: Tenant) -> None:
    with tenant_transaction(any_engine, acme) as connection:
        first = take_clock(connection, acme)
    with pytest.raises(LookupError), tenant_transaction(any_engine, acme) as connection:
        raise LookupError(take_clock(connection, acme))
    with tenant_transaction(any_engine, acme) as connection:
        assert take_clock(connection, acme) == first + 1


def test_not_even_the_owner_of_the_tables_truncates_them(any_engine: Engine, acme: Tenant) -> None:
    """P20: no trigger would tell of the rows."""
    with control_transaction(any_engine) as connection:
        for table in (*ENTITIES, "sync_row", "mutation_log"):
            with (
                pytest.raises(sqlalchemy.exc.IntegrityError, match="leave one by one"),
                connection.begin_nested(),
                schema_part(connection, acme),
            ):
                connection.exec_driver_sql(f'TRUNCATE "{table}"')


def test_a_resource_is_not_held_twice(book: Connection) -> None:
    room = resource()
    put(book, room, held(room, 0, 60))
    for start, end in [(0, 60), (30, 90), (-30, 1), (59, 61), (10, 20), (-10, 70)]:
        assert_refused(book, held(room, start, end))


def test_spans_that_touch_do_not_overlap(book: Connection) -> None:
    room = resource()
    put(book, room, held(room, 0, 60), held(room, 60, 120), held(room, -60, 0))


def test_capacity_is_counted_at_every_instant(book: Connection) -> None:
    room = resource(capacity=2)
    put(book, room, held(room, 0, 60), held(room, 60, 120))
    put(book, held(room, 0, 120))
    assert_refused(book, held(room, 59, 61))
    put(book, held(room, 120, 180))


def test_two_in_one_statement_are_counted_together(book: Connection) -> None:
    room = resource()
    put(book, room)
    assert_refused(book, held(room, 0, 60), held(room, 30, 90))


def test_a_swap_is_judged_by_its_end(book: Connection) -> None:
    room = resource()
    first, second = held(room, 0, 60), held(room, 60, 120)
    put(book, room, first, second)
    put(
        book,
        replace(first, starts_at=second.starts_at, ends_at=second.ends_at),
        replace(second, starts_at=first.starts_at, ends_at=first.ends_at),
    )


def test_what_was_allowed_over_the_capacity_is_left_aside(book: Connection) -> None:
    room = resource()
    put(book, room, held(room, 0, 60), held(room, 0, 60, over=True), held(room, 30, 90, over=True))
    assert_refused(book, held(room, 0, 60))
    put(book, held(room, 60, 90))


def test_a_move_onto_a_held_span_is_refused(book: Connection) -> None:
    room = resource()
    first, second = held(room, 0, 60), held(room, 60, 120)
    put(book, room, first, second)
    assert_refused(book, replace(second, starts_at=NINE))


def test_a_resource_that_is_not_there_cannot_be_held(book: Connection) -> None:
    assert_refused(book, held(resource(), 0, 60))


@pytest.mark.parametrize("minutes", [0, -1, 72 * 60 + 1])
def test_a_span_is_longer_than_nothing_and_three_days_at_most(book: Connection, minutes: int) -> None:
    room = resource()
    put(book, room)
    with pytest.raises(psycopg.errors.CheckViolation, match="allocation_span"), book.begin_nested():
        put(book, held(room, 0, minutes))


def test_the_longest_span_still_counts(book: Connection) -> None:
    room = resource()
    put(book, room, held(room, 0, 72 * 60))
    assert_refused(book, held(room, 72 * 60 - 1, 72 * 60))
