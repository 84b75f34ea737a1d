"""The schemas are what the code takes them for, and a migration that fails somewhere holds nobody else up."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import Engine, MetaData, event, make_url, text

from shared.ids import new_id
from syncserver.store.engine import make_engine
from syncserver.store.migrate import MigrationFailed, migrate
from syncserver.store.schemas import upgrade_tenant
from syncserver.store.tables.control import CONTROL
from syncserver.store.tables.tenant import TENANT
from syncserver.store.tenancy import (
    Tenant,
    control_transaction,
    migration_transaction,
    schema_part,
    tenant_transaction,
)
from syncserver.store.tenants import create_tenant
from tests.support.postgres import Postgres

WRITTEN_AS_SQL = {"alembic_version", "sign_in_misses", "clock"}
"""Tables that no statement of SQLAlchemy's names."""
UNKNOWN = text("UPDATE tenants SET revision = NULL WHERE id = :id")

Columns = dict[str, tuple[str, bool, bool]]


@pytest.fixture
def acme(any_engine: Engine) -> Tenant:
    return create_tenant(any_engine, slug=new_id(), name="Acme Corp")


def in_database(engine: Engine, schema: str) -> dict[str, Columns]:
    """Type, null and part in the key of each column of each table."""
    found: dict[str, Columns] = {}
    with engine.connect() as connection:
        rows = connection.execute(COLUMNS, {"schema": schema})
        for table, column, kind, nullable, in_key in rows:
            found.setdefault(table, {})[column] = (kind, nullable, in_key)
    return {table: columns for table, columns in found.items() if table not in WRITTEN_AS_SQL}


COLUMNS = text(
    """
    SELECT relname, attname, format_type(atttypid, atttypmod), NOT attnotnull, coalesce(attnum = ANY(conkey), false)
    FROM pg_class
    JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_constraint ON conrelid = pg_class.oid AND contype = 'p'
    WHERE relkind = 'r' AND relnamespace = CAST(:schema AS regnamespace)
    """
)


def in_code(engine: Engine, metadata: MetaData) -> dict[str, Columns]:
    return {
        table.name: {
            column.name: (
                column.type.compile(dialect=engine.dialect).lower(),
                bool(column.nullable),
                column.primary_key,
            )
            for column in table.columns
        }
        for table in metadata.tables.values()
    }


def versions(engine: Engine, tenant: Tenant) -> list[str]:
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        return list(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars())


def undo(engine: Engine, tenant: Tenant) -> None:
    """Take the tenant's schema back to before its first migration."""
    with control_transaction(engine) as connection:
        connection.execute(UNKNOWN, {"id": tenant.id})
        connection.exec_driver_sql(f'DROP SCHEMA "{tenant.schema}" CASCADE; CREATE SCHEMA "{tenant.schema}"')


def forget(engine: Engine, tenant: Tenant) -> list[str]:
    """Forget that the tenant's schema was migrated: the next run stumbles over its tables."""
    known = versions(engine, tenant)
    with control_transaction(engine) as connection:
        connection.execute(UNKNOWN, {"id": tenant.id})
        with schema_part(connection, tenant):
            connection.exec_driver_sql("DELETE FROM alembic_version")
    return known


def test_a_tenants_schema_has_the_entities_of_the_registry(any_engine: Engine, acme: Tenant) -> None:
    assert in_database(any_engine, acme.schema) == in_code(any_engine, TENANT)


def test_the_control_schema_has_the_tables_of_the_code(any_engine: Engine) -> None:
    assert in_database(any_engine, "public") == in_code(any_engine, CONTROL)


def test_a_new_tenants_schema_is_the_one_that_all_steps_make(any_engine: Engine, acme: Tenant) -> None:
    stepped = create_tenant(any_engine, slug=new_id(), name="Step by step")
    undo(any_engine, stepped)
    with migration_transaction(any_engine) as connection:
        upgrade_tenant(connection, stepped)
    told = [described(any_engine, one) for one in (acme, stepped)]
    assert len(told[0]) > 300
    assert told[0] == told[1]


def described(engine: Engine, tenant: Tenant) -> list[str]:
    """All that a tenant's schema has, as PostgreSQL writes it, with who owns it and who may do what."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f'SET search_path = "{tenant.schema}"')
        lines = connection.execute(DESCRIBED, {"schema": tenant.schema}).scalars().all()
    return sorted(one.replace(tenant.schema, "the schema") for one in lines)


DESCRIBED = text(
    """
    WITH here AS (SELECT * FROM pg_class WHERE relnamespace = CAST(:schema AS regnamespace))
    SELECT concat_ws(' ', relname, attname, format_type(atttypid, atttypmod), attnotnull,
        pg_get_expr(adbin, adrelid)) FROM here
        JOIN pg_attribute ON attrelid = here.oid AND NOT attisdropped AND attnum > 0
        LEFT JOIN pg_attrdef ON adrelid = here.oid AND adnum = attnum WHERE relkind = 'r'
    UNION ALL SELECT concat_ws(' ', relname, relkind, pg_get_userbyid(relowner), relacl) FROM here
    UNION ALL SELECT pg_get_indexdef(oid) FROM here WHERE relkind = 'i'
    UNION ALL SELECT concat_ws(' ', here.relname, conname, pg_get_constraintdef(pg_constraint.oid)) FROM here
        JOIN pg_constraint ON conrelid = here.oid
    UNION ALL SELECT concat_ws(' ', tgenabled, pg_get_triggerdef(pg_trigger.oid)) FROM here
        JOIN pg_trigger ON tgrelid = here.oid WHERE NOT tgisinternal
    UNION ALL SELECT concat_ws(' ', pg_get_functiondef(oid), pg_get_userbyid(proowner), proacl) FROM pg_proc
        WHERE pronamespace = CAST(:schema AS regnamespace)
    UNION ALL SELECT 'version ' || version_num FROM alembic_version
    """
)


def test_a_second_run_changes_nothing(any_engine: Engine, acme: Tenant) -> None:
    before = (in_database(any_engine, acme.schema), versions(any_engine, acme))
    migrate(any_engine)
    assert (in_database(any_engine, acme.schema), versions(any_engine, acme)) == before


def test_a_second_run_asks_the_same_however_many_tenants_there_are(any_engine: Engine) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    migrate(any_engine)
    event.listen(any_engine, "before_cursor_execute", note)
    migrate(any_engine)
    of_few = list(asked)
    for _ in range(2):
        create_tenant(any_engine, slug=new_id(), name="A business")
    asked.clear()
    migrate(any_engine)
    assert asked == of_few


def test_a_failure_at_one_tenant_is_told_and_leaves_the_others_and_a_later_run_goes_on(any_engine: Engine) -> None:
    first, broken, last = (create_tenant(any_engine, slug=new_id(), name="A business") for _ in range(3))
    known = forget(any_engine, broken)
    undo(any_engine, first)
    undo(any_engine, last)
    with pytest.raises(MigrationFailed, match=f"1 tenants .*{broken.slug}: .*already exists"):
        migrate(any_engine)
    assert versions(any_engine, first) == versions(any_engine, last) == known
    assert versions(any_engine, broken) == []

    with control_transaction(any_engine) as connection, schema_part(connection, broken):
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{known[0]}')")
    migrate(any_engine)
    assert versions(any_engine, broken) == known


def test_a_tenant_is_made_whole_or_not_at_all(any_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    slug = new_id()
    with monkeypatch.context() as patch:
        patch.setattr("syncserver.store.tenants._first_rows", fail)
        with pytest.raises(RuntimeError):
            create_tenant(any_engine, slug=slug, name="Half a business")
    assert create_tenant(any_engine, slug=slug, name="A whole one").slug == slug


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("ALTER ROLE {login} NOCREATEROLE", "may not create roles"),
        (
            "ALTER DATABASE {database} OWNER TO smoothschedule_setup; GRANT CONNECT ON DATABASE {database} TO {login}",
            "may not create schemas",
        ),
        ("ALTER SCHEMA public OWNER TO smoothschedule_setup", "may not create tables"),
        ("ALTER ROLE {login} SUPERUSER", "is a superuser"),
    ],
)
def test_a_login_that_lacks_a_right_is_told_which(postgres: Postgres, change: str, reason: str) -> None:
    with postgres.fresh() as url, poor_login(postgres, url) as (poor, setup):
        database = make_url(url).database
        setup.execute(change.format(login="poor", database=database).encode())
        engine = make_engine(poor)
        try:
            with pytest.raises(MigrationFailed, match=reason):
                migrate(engine)
        finally:
            engine.dispose()


@contextmanager
def poor_login(postgres: Postgres, url: str) -> Iterator[tuple[str, psycopg.Connection]]:
    """The URL of a login that owns the database and no more, and the superuser's connection to it."""
    database = make_url(url).database
    with psycopg.connect(postgres.setup.replace("/postgres?", f"/{database}?"), autocommit=True) as setup:
        row = setup.execute("SELECT current_setting('ident_file')").fetchone()
        assert row is not None
        file = Path(row[0])
        before = file.read_text()
        with file.open("a") as more:
            more.write(f'owner "{psutil.Process().username()}" poor\n')
        setup.execute("SELECT pg_reload_conf()")
        setup.execute("CREATE ROLE poor LOGIN NOINHERIT CREATEROLE")
        setup.execute(f"ALTER DATABASE {database} OWNER TO poor".encode())
        setup.execute("ALTER SCHEMA public OWNER TO poor")
        try:
            yield url.replace("smoothschedule@", "poor@"), setup
        finally:
            setup.execute("REASSIGN OWNED BY poor TO smoothschedule")
            setup.execute("DROP OWNED BY poor")
            setup.execute("DROP ROLE poor")
            file.write_text(before)
            setup.execute("SELECT pg_reload_conf()")
