"""A tenant's transaction reaches its own rows and nothing else, on whatever connection it runs."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import psycopg.errors
import pytest
import sqlalchemy.exc
from sqlalchemy import Connection, Engine

from shared.errors import StorageFault
from shared.ids import new_id
from shared.model.base import LocationId
from shared.model.business import Location
from shared.model.registry import entity_type
from syncserver.store import tenancy
from syncserver.store.marks import Marks, PutBack
from syncserver.store.recoveries import epoch_and_lineage, versions
from syncserver.store.rows import flush
from syncserver.store.statements import ask_all
from syncserver.store.tenancy import (
    Tenant,
    allow_for,
    clocked_transaction,
    control_transaction,
    drop_schema,
    remembering,
    server_part,
    snapshot_transaction,
    take_clock,
    tenant_part,
    tenant_transaction,
)
from syncserver.store.tenants import create_tenant
from tests.support.pooler import pooled_engine
from tests.support.postgres import Postgres, fresh_engine, single
from tests.support.waiting import until


@pytest.fixture(scope="module", params=["postgres", "postgres_15", "pooled"])
def any_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A pool on a migrated database of each PostgreSQL there is, and behind a pooler with two connections."""
    if request.param == "pooled":
        server: Postgres = request.getfixturevalue("postgres")
        with server.fresh() as url, pooled_engine(url) as engine:
            yield engine
    else:
        with fresh_engine(request.getfixturevalue(request.param)) as engine:
            yield engine


@pytest.fixture
def acme(any_engine: Engine) -> Tenant:
    return create_tenant(any_engine, slug=new_id(), name="Acme Corp")


@pytest.fixture
def demo(any_engine: Engine) -> Tenant:
    return create_tenant(any_engine, slug=new_id(), name="Demo Company", is_demo=True)


def open_site(connection: Connection, tenant: Tenant, name: str) -> str:
    site = Location(id=LocationId(tenant.id), name=name, zone="UTC", address="")
    flush(connection, take_clock(connection, tenant), {("location", site.id): entity_type(Location).encode(site)})
    return site.id


def test_two_tenants_take_turns_on_one_connection(any_engine: Engine, acme: Tenant, demo: Tenant) -> None:
    with single(any_engine) as engine:
        for _ in range(3):
            for tenant in (acme, demo):
                with tenant_transaction(engine, tenant) as connection:
                    open_site(connection, tenant, tenant.slug)
                with tenant_transaction(engine, tenant, read_only=True) as connection:
                    seen = connection.exec_driver_sql("SELECT name FROM location").scalars().all()
                assert seen == [tenant.slug]
        with engine.connect() as connection:
            left = connection.exec_driver_sql("SELECT current_user, current_setting('search_path')").one()
    assert left == ("smoothschedule", '"$user", public')


@pytest.mark.parametrize("end", ["commit", "rollback", "error"])
def test_nothing_of_a_tenant_outlives_its_transaction(any_engine: Engine, acme: Tenant, end: str) -> None:
    with single(any_engine) as engine:
        try:
            with tenant_transaction(engine, acme) as connection:
                if end == "error":
                    connection.exec_driver_sql("SELECT 1 / 0")
                if end == "rollback":
                    raise LookupError
        except (LookupError, sqlalchemy.exc.DBAPIError):
            assert end != "commit"
        with engine.connect() as connection:
            after = connection.exec_driver_sql("SELECT current_user, current_setting('statement_timeout')").one()
            with pytest.raises(sqlalchemy.exc.ProgrammingError):
                connection.exec_driver_sql("SELECT * FROM location")
    assert after == ("smoothschedule", "0")


def test_a_tenant_reads_no_other_schema(any_engine: Engine, acme: Tenant, demo: Tenant) -> None:
    for statement in (
        f'SELECT * FROM "{demo.schema}".customer',
        f'SELECT * FROM "{demo.schema}".clock',
        "SELECT * FROM public.users",
        "SELECT * FROM public.tenant_clock",
        f"SELECT public.take_clock('{demo.id}')",
        f"INSERT INTO \"{demo.schema}\".session VALUES ('{acme.id}', '{acme.id}', '{acme.id}', null)",
    ):
        with (
            pytest.raises(sqlalchemy.exc.ProgrammingError) as refused,
            tenant_transaction(any_engine, acme) as connection,
        ):
            connection.exec_driver_sql(statement)
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege), statement


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE session",
        "TRUNCATE customer",
        "DROP TABLE customer",
        "ALTER TABLE customer DISABLE TRIGGER ALL",
        "CREATE TABLE loot (id int)",
        "CREATE TEMPORARY TABLE loot (id int)",
        "UPDATE clock SET taken_by = pg_current_xact_id()",
        "UPDATE mutation_log SET args = '{}'",
        "DELETE FROM mutation_log",
        "UPDATE alembic_version SET version_num = '0'",
    ],
)
def test_a_tenant_owns_nothing(any_engine: Engine, statement: str) -> None:
    tenant = create_tenant(any_engine, slug=new_id(), name="Acme Corp")
    with (
        pytest.raises(sqlalchemy.exc.ProgrammingError) as refused,
        tenant_transaction(any_engine, tenant) as connection,
    ):
        connection.exec_driver_sql(statement)
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_the_servers_login_has_no_rights_of_a_tenant_without_its_role(any_engine: Engine, acme: Tenant) -> None:
    with control_transaction(any_engine) as connection:
        inherited = connection.exec_driver_sql(f"SELECT pg_has_role(current_user, '{acme.role}', 'USAGE')").scalar_one()
        superuser = connection.exec_driver_sql(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        ).scalar_one()
    assert (inherited, superuser) == (False, False)


def test_a_server_part_ends_in_the_tenants_role_again(any_engine: Engine, acme: Tenant) -> None:
    with tenant_transaction(any_engine, acme) as connection:
        with pytest.raises(LookupError), server_part(connection, acme):
            raise LookupError(connection.exec_driver_sql("SELECT count(*) FROM tenants").scalar_one())
        assert connection.exec_driver_sql("SELECT current_user").scalar_one() == acme.role
        assert connection.exec_driver_sql("SELECT current_schemas(false)").scalar_one() == [acme.schema]


def test_a_read_is_one_snapshot_and_writes_nothing(any_engine: Engine, acme: Tenant) -> None:
    with tenant_transaction(any_engine, acme, read_only=True) as reader:
        before = reader.exec_driver_sql("SELECT version FROM clock").scalar_one()
        with tenant_transaction(any_engine, acme) as writer:
            assert take_clock(writer, acme) == before + 1
        assert reader.exec_driver_sql("SELECT version FROM clock").scalar_one() == before
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="read-only"):
            reader.exec_driver_sql("DELETE FROM session")


def test_a_snapshot_is_its_tenants_reads_by_keys_and_writes_nothing(any_engine: Engine, acme: Tenant) -> None:
    version = ("SELECT version::text FROM clock", ())
    read_only = ("SELECT to_json(current_setting('transaction_read_only'))::text", ())
    with snapshot_transaction(any_engine, acme) as (reader, _):
        ((inside,), (before,), (kind,)) = ask_all(reader, [(_SETTINGS, ()), version, read_only])
        with tenant_transaction(any_engine, acme) as writer:
            take_clock(writer, acme)
        assert ask_all(reader, [version]) == [[before]]
    assert kind == "on"
    assert inside[:2] == [acme.role, f'"{acme.schema}", pg_temp']
    assert inside[3:] == ["1min", "UTC", "off", "off", "force_generic_plan"]


@pytest.mark.parametrize("way", ["read", "write", "snapshot", "clocked", "part"])
def test_nobody_gets_into_a_tenants_transaction_in_an_epoch_that_they_do_not_know(
    any_engine: Engine, acme: Tenant, tmp_path: Path, way: str
) -> None:
    known, _ = epoch_and_lineage(any_engine)
    for epoch, refuses in ((known, False), (new_id(), True)):
        engine = remembering(any_engine, Marks(tmp_path, lineage="any", epoch=epoch))
        with pytest.raises(PutBack) if refuses else nullcontext():
            _enter(engine, acme, way)


@pytest.mark.parametrize("way", ["clocked", "part"])
def test_nobody_takes_the_clock_of_a_tenant_that_has_come_less_far_than_was_told(
    any_engine: Engine, acme: Tenant, tmp_path: Path, way: str
) -> None:
    epoch, _ = epoch_and_lineage(any_engine)
    marks = Marks(tmp_path, lineage="any", epoch=epoch)
    engine = remembering(any_engine, marks)
    marks.note(acme.id, versions(any_engine)[acme.id])
    _enter(engine, acme, way)
    marks.note(acme.id, (came := versions(any_engine)[acme.id]) + 1)
    with pytest.raises(PutBack):
        _enter(engine, acme, way)
    assert versions(any_engine)[acme.id] == came


def _enter(engine: Engine, tenant: Tenant, way: str) -> None:
    """Do the least in a transaction of a tenant."""
    match way:
        case "clocked":
            with clocked_transaction(engine, tenant) as (_, taken):
                taken()
        case "part":
            with control_transaction(engine) as connection, tenant_part(connection, tenant):
                take_clock(connection, tenant)
        case "snapshot":
            with snapshot_transaction(engine, tenant) as (connection, require_epoch):
                ask_all(connection, [("SELECT version::text FROM clock", ())])
                require_epoch()
        case _:
            with tenant_transaction(engine, tenant, read_only=way == "read"):
                pass


def test_a_schema_that_is_dropped_takes_all_that_is_in_it(any_engine: Engine, acme: Tenant, demo: Tenant) -> None:
    with control_transaction(any_engine) as connection:
        drop_schema(connection, acme)
        left = connection.exec_driver_sql("SELECT nspname FROM pg_namespace").scalars().all()
        connection.rollback()
    assert acme.schema not in left
    assert demo.schema in left


def test_a_clock_that_is_held_is_trouble_that_passes(any_engine: Engine) -> None:
    acme = create_tenant(any_engine, slug=new_id(), name="Acme Corp")
    with tenant_transaction(any_engine, acme) as holder:
        take_clock(holder, acme)
        with pytest.raises(StorageFault, match="lock timeout"), tenant_transaction(any_engine, acme) as late:
            take_clock(late, acme)


def test_one_tenants_clock_does_not_hold_anothers(any_engine: Engine) -> None:
    acme = create_tenant(any_engine, slug=new_id(), name="Acme Corp")
    demo = create_tenant(any_engine, slug=new_id(), name="Demo Company")
    with tenant_transaction(any_engine, acme) as holder:
        take_clock(holder, acme)
        with tenant_transaction(any_engine, demo) as other:
            site = open_site(other, demo, "Main street")
            assert other.exec_driver_sql("SELECT id FROM location").scalars().all() == [site]


_SETTINGS = """
SELECT json_build_array(current_user, current_setting('search_path'), current_setting('lock_timeout'),
    current_setting('statement_timeout'), current_setting('TimeZone'), current_setting('enable_seqscan'),
    current_setting('jit'), current_setting('plan_cache_mode'))::text
"""


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_clocked_transaction_is_its_tenants_within_limits_and_nothing_of_it_stays(
    any_engine: Engine, acme: Tenant, end: str
) -> None:
    with single(any_engine) as engine:
        with engine.connect() as connection:
            before = connection.exec_driver_sql(_SETTINGS).scalar_one()
        with suppress(LookupError), clocked_transaction(engine, acme) as (connection, version):
            ((inside,), (noted,)) = ask_all(connection, [(_SETTINGS, ()), ("SELECT version::text FROM clock", ())])
            taken = version()
            if end == "rollback":
                raise LookupError
        with engine.connect() as connection:
            after = connection.exec_driver_sql(_SETTINGS).scalar_one()
    assert inside == [acme.role, f'"{acme.schema}", pg_temp', "2s", "5s", "UTC", "off", "off", "force_generic_plan"]
    assert noted == taken
    assert after == before


@pytest.mark.parametrize(
    ("rows", "time"), [(0, "5s"), (5_999, "5s"), (6_000, "6s"), (30_500, "30s"), (10**7, "2min")]
)  # fmt: skip
@pytest.mark.parametrize("begin", [clocked_transaction, tenant_transaction])
def test_much_to_write_has_its_time_in_this_transaction_alone(
    any_engine: Engine, acme: Tenant, begin: Callable[..., Any], rows: int, time: str
) -> None:
    asked = [("SELECT to_json(current_setting('statement_timeout'))::text", ())]
    with single(any_engine) as engine:
        with begin(engine, acme) as begun:
            connection = begun if isinstance(begun, Connection) else begun[0]
            allow_for(connection, rows)
            assert ask_all(connection, asked) == [[time]]
            allow_for(connection, 6_000)
            assert ask_all(connection, asked) == [["6s" if time == "5s" else time]]
        with engine.connect() as connection:
            assert ask_all(connection, asked) == [["0"]]


def test_whoever_writes_is_given_up_in_the_end_and_no_reader_is(any_engine: Engine, acme: Tenant) -> None:
    """A process that is stopped holds no clock for ever; a pull may wait for a slow reader as long as that takes."""
    idle, whole = "idle_in_transaction_session_timeout", "transaction_timeout"
    unlimited = {idle: "0", whole: "0"} if _has(any_engine, whole) else {idle: "0"}
    asked = [(f"SELECT to_json(current_setting('{name}'))::text", ()) for name in unlimited]

    def limits(connection: Connection) -> dict[str, str]:
        return dict(zip(unlimited, [said for (said,) in ask_all(connection, asked)], strict=True))

    with clocked_transaction(any_engine, acme) as (connection, _):
        # Between the statements of a pipeline it is not idle: only its whole length says anything.
        assert limits(connection) == unlimited | ({whole: "5min"} if whole in unlimited else {})
    for writing in (tenant_transaction(any_engine, acme), control_transaction(any_engine)):
        with writing as connection:
            assert limits(connection) == unlimited | {idle: "5min"}
    for reading in (
        tenant_transaction(any_engine, acme, read_only=True), control_transaction(any_engine, read_only=True),
    ):  # fmt: skip
        with reading as connection:
            assert limits(connection) == unlimited
    with snapshot_transaction(any_engine, acme) as (connection, _):
        assert limits(connection) == unlimited


def _has(engine: Engine, setting: str) -> bool:
    with engine.connect() as connection:
        asked = "SELECT current_setting(%s, true) IS NOT NULL"
        found: bool = connection.exec_driver_sql(asked, (setting,)).scalar_one()
    return found


def test_a_transaction_that_takes_too_long_lets_go_of_the_clock_between_its_statements(
    any_engine: Engine, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not _has(any_engine, "transaction_timeout"):
        pytest.skip("it is of PostgreSQL 17")
    monkeypatch.setattr(tenancy, "_CLOCKED", tenancy._CLOCKED.replace("5min", "500ms"))
    with pytest.raises(StorageFault):
        _stop_within(any_engine, acme)


def _stop_within(engine: Engine, tenant: Tenant) -> None:
    with clocked_transaction(engine, tenant) as (stopped, version):
        version()
        until(lambda: _takes_the_clock(engine, tenant), within=10)
        ask_all(stopped, [("SELECT version::text FROM clock", ())])


def _takes_the_clock(engine: Engine, tenant: Tenant) -> bool:
    try:
        with tenant_transaction(engine, tenant) as connection:
            return take_clock(connection, tenant) > 0
    except StorageFault:
        return False


def test_whoever_finds_the_clock_taken_waits_two_seconds_at_most(any_engine: Engine, acme: Tenant) -> None:
    with tenant_transaction(any_engine, acme) as holder:
        take_clock(holder, acme)
        with pytest.raises(StorageFault) as told, clocked_transaction(any_engine, acme) as (_, version):
            version()
    assert isinstance(told.value.__cause__, psycopg.errors.LockNotAvailable)
