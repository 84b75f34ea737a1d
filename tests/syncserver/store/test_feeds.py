"""What a pull reads grows with what is new, not with the book, also before the database knows how large that is."""

from collections.abc import Iterable

from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.registry import Entity, type_of
from syncserver.store import feeds
from syncserver.store.rows import flush
from syncserver.store.statements import ask
from syncserver.store.tenancy import Tenant, snapshot_transaction, take_clock, tenant_transaction
from syncserver.store.tenants import create_tenant

READ = """
    SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int FROM pg_stat_xact_user_tables
    WHERE schemaname = %s AND relname IN ('sync_row', 'customer')
"""


def people(count: int) -> list[Customer]:
    return [Customer(id=CustomerId(new_id()), name=f"Person {number}") for number in range(count)]


def write(engine: Engine, tenant: Tenant, rows: Iterable[Entity]) -> int:
    with tenant_transaction(engine, tenant) as connection:
        version = take_clock(connection, tenant)
        flush(connection, version, {(type_of(row).table, row.id): type_of(row).encode(row) for row in rows})
    return version


def rows_read_for_one_that_is_new(engine: Engine, *, beside: int) -> int:
    tenant = create_tenant(engine, slug=new_id(), name="A business")
    since = write(engine, tenant, people(beside))
    write(engine, tenant, people(1))
    with snapshot_transaction(engine, tenant) as (connection, _):
        _, new = feeds.difference(connection, new_id(), new_id(), after=since, last_seq=0)
        assert new.put == {"customer": 1}
        assert new.pages["customer"].json.count("Person 0") == 1
        ((read,),) = ask(connection, READ, tenant.schema)
    return int(read)


def test_a_delta_reads_as_many_rows_of_a_large_book_as_of_a_small_one(any_engine: Engine) -> None:
    assert rows_read_for_one_that_is_new(any_engine, beside=4000) == rows_read_for_one_that_is_new(any_engine, beside=5)


def test_a_delta_of_more_than_a_page_is_told_whole(any_engine: Engine) -> None:
    tenant = create_tenant(any_engine, slug=new_id(), name="A business")
    many = people(feeds.PAGE + 1)
    since = write(any_engine, tenant, many) - 1
    with snapshot_transaction(any_engine, tenant) as (connection, _):
        _, new = feeds.difference(connection, new_id(), new_id(), after=since, last_seq=0)
        pages = list(feeds.changed_rows(connection, "customer", since, new.pages["customer"], new.put["customer"]))
    assert [page.json.count('"Person ') for page in pages] == [feeds.PAGE, 1]


def test_rows_of_a_table_that_only_a_newer_program_knows_are_nothing_new(any_engine: Engine) -> None:
    tenant = create_tenant(any_engine, slug=new_id(), name="A business")
    with tenant_transaction(any_engine, tenant) as connection:
        version = take_clock(connection, tenant)
        connection.exec_driver_sql("INSERT INTO sync_row VALUES ('newer', %s, %s, 'put')", (new_id(), version))
    with snapshot_transaction(any_engine, tenant) as (connection, _):
        now, new = feeds.difference(connection, new_id(), new_id(), after=version - 1, last_seq=0)
    assert (now.version, new.put, new.pages) == (version, {}, {})
