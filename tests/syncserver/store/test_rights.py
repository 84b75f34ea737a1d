"""What a tenant's database role may do with each table and function there is; a new one has to be named here."""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest
from sqlalchemy import Engine, text

from shared.ids import new_id
from syncserver.store.tenancy import Tenant
from syncserver.store.tenants import create_tenant
from tests.support.postgres import fresh_engine

ALL: Final = {"SELECT", "INSERT", "UPDATE", "DELETE"}
READ: Final = {"SELECT"}
ADD: Final = {"SELECT", "INSERT"}
OWN: Final[Mapping[str, set[str]]] = {
    **dict.fromkeys(
        (
            "allocation", "appointment", "attention_item", "business", "customer", "hand_in", "hours_exception",
            "hours_rule", "kept_apart", "location", "member", "mutation_failure", "note", "offered", "outcome",
            "payment", "plan", "replica", "resource", "series", "service", "session", "sync_row", "tenant_state",
            "time_block", "waitlist_entry",
        ),
        ALL,
    ),
    **dict.fromkeys(("audit_event", "audit_checkpoint", "mutation_log"), ADD),
    **dict.fromkeys(("alembic_version", "clock", "erasure"), READ),
}  # fmt: skip
"""Its own tables: rows and nothing else, and neither what happened nor what the server alone says is changed."""
CLOSED: Final = frozenset(
    {
        "admin_sessions", "alembic_version", "audit_checkpoint", "audit_checks", "audit_event",
        "calendar_feeds", "devices", "erased_sessions", "grants", "invites", "mails", "masquerade_codes",
        "masquerades", "plans", "recovery_codes", "refusal_counts", "reset_links", "reset_wishes",
        "second_factors", "server_meta", "sessions", "sign_in_misses", "signing_keys", "spent_tokens",
        "tenant_clock", "tenants", "used_steps", "users",
    }
)  # fmt: skip
"""The server's tables, with which a tenant's role does nothing."""
SCHEMAS: Final = {"information_schema"}
"""Schemas beside its own that it may look into: PostgreSQL's own."""
_TABLES: Final = text(
    """
    SELECT nspname, relname, array_remove(ARRAY[
        CASE WHEN has_table_privilege(:role, c.oid, 'SELECT') OR has_any_column_privilege(:role, c.oid, 'SELECT')
            THEN 'SELECT' END,
        CASE WHEN has_table_privilege(:role, c.oid, 'INSERT') OR has_any_column_privilege(:role, c.oid, 'INSERT')
            THEN 'INSERT' END,
        CASE WHEN has_table_privilege(:role, c.oid, 'UPDATE') OR has_any_column_privilege(:role, c.oid, 'UPDATE')
            THEN 'UPDATE' END,
        CASE WHEN has_table_privilege(:role, c.oid, 'DELETE') THEN 'DELETE' END,
        CASE WHEN has_table_privilege(:role, c.oid, 'TRUNCATE') THEN 'TRUNCATE' END,
        CASE WHEN has_table_privilege(:role, c.oid, 'REFERENCES') THEN 'REFERENCES' END,
        CASE WHEN has_table_privilege(:role, c.oid, 'TRIGGER') THEN 'TRIGGER' END], NULL)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname NOT IN ('pg_catalog', 'information_schema')
        AND nspname NOT LIKE 'pg\\_t%'
    """
)


_SCHEMAS: Final = text(
    """
    SELECT nspname, has_schema_privilege(:role, oid, 'USAGE'), has_schema_privilege(:role, oid, 'CREATE')
    FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'
    """
)
Made = tuple[Engine, Tenant, Tenant]


@pytest.fixture(scope="module", params=["postgres", "postgres_15"])
def made(request: pytest.FixtureRequest) -> Iterator[Made]:
    with fresh_engine(request.getfixturevalue(request.param)) as engine:
        mine, other = (create_tenant(engine, slug=new_id(), name=name) for name in ("Acme Corp", "Demo Company"))
        yield engine, mine, other


def tables_of(made: Made) -> dict[str, dict[str, set[str]]]:
    """What the first tenant's role may do with each table of each schema."""
    engine, mine, other = made
    names = {mine.schema: "own", other.schema: "other"}
    found: dict[str, dict[str, set[str]]] = {}
    with engine.connect() as connection:
        for schema, table, rights in connection.execute(_TABLES, {"role": mine.role}):
            found.setdefault(names.get(schema, schema), {})[table] = set(rights)
    return found


def test_it_has_the_rows_of_its_own_tables_as_far_as_each_is_named(made: Made) -> None:
    assert tables_of(made)["own"] == OWN


def test_every_table_of_the_server_and_of_another_tenant_is_closed_to_it(made: Made) -> None:
    found = tables_of(made)
    assert found.keys() == {"own", "other", "public"}
    assert found["public"] == {table: set() for table in CLOSED}
    assert found["other"] == {table: set() for table in OWN}


def test_it_looks_into_no_other_schema_and_makes_nothing_in_any(made: Made) -> None:
    engine, mine, _ = made
    with engine.connect() as connection:
        rights = connection.execute(_SCHEMAS, {"role": mine.role}).all()
    assert {name for name, uses, _ in rights if uses} == SCHEMAS | {mine.schema}
    assert not [name for name, _, makes in rights if makes]


def test_a_table_that_nobody_named_is_found(made: Made) -> None:
    engine, mine, _ = made
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE forgotten (id int)")
        connection.exec_driver_sql(f'CREATE TABLE "{mine.schema}".forgotten (id int)')
        found = {
            (schema == mine.schema) for schema, table, _ in connection.execute(_TABLES, {"role": mine.role})
            if table == "forgotten"
        }  # fmt: skip
        connection.rollback()
    assert found == {True, False}
