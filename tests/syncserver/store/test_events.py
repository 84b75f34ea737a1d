"""A chain of events accepts inserts and nothing else, and what stood there before it gets one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy.exc
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, make_url

from shared.errors import StorageFault
from shared.ids import new_id
from shared.rules.plans import DEFAULTS
from syncserver.services.audit.checks import check_chains
from syncserver.services.audit.recorder import Audit
from syncserver.services.server import open_server
from syncserver.settings import Settings
from syncserver.store import tenants as tenants_module
from syncserver.store.engine import make_engine
from syncserver.store.events import OPERATOR, Event, Kind
from syncserver.store.migrate import MigrationFailed, migrate, migrate_control
from syncserver.store.private_postgres import PrivatePostgres
from syncserver.store.schemas import upgrade_tenant
from syncserver.store.tenancy import Tenant, control_transaction, schema_part, tenant_transaction
from syncserver.store.tenants import create_tenant
from tests.support.postgres import Postgres
from tests.support.trail import chain
from tests.syncserver.store.test_migrations import poor_login

CHANGES = (
    "UPDATE audit_event SET reason = 'another'",
    "DELETE FROM audit_event",
    "TRUNCATE audit_event",
    "UPDATE audit_checkpoint SET signed = 'another'",
    "DELETE FROM audit_checkpoint",
    "TRUNCATE audit_checkpoint",
    "ALTER TABLE audit_event DISABLE TRIGGER keep_event",
    "ALTER TABLE audit_event OWNER TO CURRENT_USER",
    "ALTER TABLE audit_event DROP COLUMN reason",
    "DROP TRIGGER keep_event ON audit_event",
    "CREATE RULE gone AS ON INSERT TO audit_event DO INSTEAD NOTHING",
    "GRANT UPDATE ON audit_event TO CURRENT_USER; UPDATE audit_event SET reason = 'another'",
    "SET LOCAL ROLE smoothschedule_audit",
)


@pytest.fixture
def acme(any_engine: Engine, tmp_path: Path) -> Tenant:
    tenant = create_tenant(any_engine, slug=new_id(), name="Acme Corp")
    with open_server(any_engine, Settings(data=tmp_path)).audit.transaction(tenant) as (_, record):
        record(Event(kind=Kind.TENANT_CREATED, tenant=tenant, actor=OPERATOR))
    return tenant


def refused(connection: Connection, statement: str) -> None:
    with pytest.raises(sqlalchemy.exc.ProgrammingError) as no:
        connection.exec_driver_sql(statement)
    assert isinstance(no.value.orig, psycopg.errors.InsufficientPrivilege), statement


@pytest.mark.parametrize("statement", CHANGES)
def test_neither_the_servers_login_nor_a_tenant_changes_what_is_recorded(
    any_engine: Engine, acme: Tenant, statement: str
) -> None:
    with control_transaction(any_engine) as connection:
        refused(connection, statement)
    with control_transaction(any_engine) as connection, schema_part(connection, acme):
        refused(connection, statement)
    with tenant_transaction(any_engine, acme) as connection:
        refused(connection, statement)


@pytest.mark.parametrize("statement", CHANGES[:6])
def test_the_guard_refuses_the_owner_too(postgres: Postgres, statement: str) -> None:
    with (
        postgres.fresh() as url,
        psycopg.connect(postgres.setup.replace("/postgres?", f"/{make_url(url).database}?")) as setup,
    ):
        setup.execute("SET ROLE smoothschedule_audit")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="neither changed nor taken away"):
            setup.execute(statement.encode())


def test_a_tenant_adds_to_its_own_chain_alone(any_engine: Engine, acme: Tenant) -> None:
    other = create_tenant(any_engine, slug=new_id(), name="Other")
    for statement in (
        f'SELECT * FROM "{other.schema}".audit_event',
        f"INSERT INTO \"{other.schema}\".audit_checkpoint VALUES (1, '')",
        "SELECT * FROM public.audit_event",
        "INSERT INTO public.audit_checkpoint VALUES (1, '')",
        f"SELECT public.make_chain('{acme.schema}', '{acme.role}')",
        f"SELECT public.found_chain('{acme.schema}', '{acme.role}')",
    ):
        with tenant_transaction(any_engine, acme) as connection:
            refused(connection, statement)


def rename(audit: Audit, tenant: Tenant) -> None:
    with audit.transaction(tenant) as (connection, record):
        connection.exec_driver_sql("UPDATE tenants SET name = 'Another'")
        record(Event(kind=Kind.TIER_SET, tenant=tenant))


def test_where_nothing_can_be_added_what_needs_it_is_refused_and_notes_go_by(
    postgres: Postgres, tmp_path: Path
) -> None:
    with postgres.fresh() as url, opened(url) as engine:
        audit = open_server(engine, Settings(data=tmp_path)).audit
        tenant = create_tenant(engine, slug="acme", name="Acme Corp")
        with psycopg.connect(postgres.setup.replace("/postgres?", f"/{make_url(url).database}?")) as setup:
            setup.execute(f"REVOKE INSERT ON {tenant.schema}.audit_event FROM {tenant.role}".encode())
        with pytest.raises(StorageFault, match="The audit trail cannot be written: permission denied"):
            rename(audit, tenant)
        audit.note(Event(kind=Kind.SIGN_IN, tenant=tenant))
        with control_transaction(engine) as connection:
            assert connection.exec_driver_sql("SELECT name FROM tenants").scalar_one() == "Acme Corp"
        assert chain(engine, tenant) == []


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.mark.parametrize("version", ["postgres", "postgres_15"])
def test_businesses_from_before_get_a_chain_that_is_not_the_servers(
    request: pytest.FixtureRequest, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server: Postgres = request.getfixturevalue(version)
    newest = command.upgrade

    def before(config: Config, _: str) -> None:
        newest(config, "0006" if str(config.get_main_option("script_location")).endswith("tenant") else "0007")

    with server.fresh(like="/template0?") as url, opened(url) as engine:
        with monkeypatch.context() as patch:
            patch.setattr(command, "upgrade", before)
            # What today's program writes besides, the tables of then have no place for.
            patch.setattr(tenants_module, "plan_of", lambda _, tier: DEFAULTS[tier])
            patch.setattr(tenants_module, "keep_deal", lambda *_: None)
            patch.setattr(tenants_module, "_first_rows", lambda *_: None)
            patch.setattr(tenants_module, "found_schema", upgrade_tenant)
            migrate_control(engine)
            tenants = [create_tenant(engine, slug=slug, name=slug) for slug in ("acme", "beta")]
            with tenant_transaction(engine, tenants[0]) as connection:
                connection.exec_driver_sql(
                    "INSERT INTO session VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), NULL)"
                )
        migrate(engine)
        migrate(engine)
        audit = open_server(engine, settings := Settings(data=tmp_path)).audit
        for tenant in (None, *tenants):
            with audit.transaction(tenant) as (_, record):
                record(Event(kind=Kind.TIER_SET, tenant=tenant))
            assert [entry.number for entry in chain(engine, tenant)] == [1]
        assert [one.found for one in check_chains(engine, settings, None)] == [None] * 3
        with tenant_transaction(engine, tenants[0], read_only=True) as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM session").scalar_one() == 1
        with control_transaction(engine) as connection:
            owners = connection.exec_driver_sql(
                "SELECT DISTINCT tableowner FROM pg_tables WHERE tablename IN ('audit_event', 'audit_checkpoint')"
            )
            assert owners.scalars().all() == ["smoothschedule_audit"]


def test_a_login_that_may_not_use_the_role_of_the_trail_is_told(postgres: Postgres) -> None:
    with postgres.fresh(like="/template0?") as url, poor_login(postgres, url) as (poor, setup), opened(poor) as engine:
        setup.execute("CREATE ROLE poor_audit NOLOGIN")
        try:
            with pytest.raises(MigrationFailed, match=r"GRANT poor_audit TO poor WITH ADMIN OPTION"):
                migrate(engine)
            setup.execute("GRANT poor_audit TO poor WITH ADMIN OPTION")
            migrate(engine)
        finally:
            setup.execute("REASSIGN OWNED BY poor_audit TO smoothschedule")
            setup.execute("DROP OWNED BY poor_audit")
            setup.execute("DROP ROLE poor_audit")


def test_from_its_second_start_on_the_servers_login_has_no_way_to_the_role_of_the_trail(tmp_path: Path) -> None:
    def granted(url: str) -> Any:
        with psycopg.connect(url) as login:
            login.execute("GRANT smoothschedule_audit TO smoothschedule")

    with PrivatePostgres(tmp_path) as url, opened(url) as engine:
        migrate(engine)
    with PrivatePostgres(tmp_path) as url:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            granted(url)
        with opened(url) as engine:
            create_tenant(engine, slug="acme", name="Made all the same")
            with control_transaction(engine) as connection:
                connection.exec_driver_sql("DROP TABLE audit_event")
    with PrivatePostgres(tmp_path) as url:
        granted(url)
