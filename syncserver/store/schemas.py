"""Runs the migration trees in the schemas, and gives each tenant's role the rows of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from io import StringIO
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text, update

from syncserver.store.tables import control
from syncserver.store.tenancy import Tenant, found_chain, schema_part

_APPEND_ONLY: Final = ("mutation_log",)
_READ_ONLY: Final = ("clock", "alembic_version", "erasure")
_REACHED: Final = text("SELECT version_num FROM alembic_version")
# A chain of events is not the server's to grant anything on: its owner has said who may add to it.
_OWN_TABLES: Final = text(
    """
    SELECT quote_ident(relname) FROM pg_class
    WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind = 'r'
        AND pg_get_userbyid(relowner) = current_user
    """
)


def upgrade_control(connection: Connection) -> None:
    """Bring the control schema to the newest version, within a control transaction."""
    _upgrade(connection, "control")


def found_schema(connection: Connection, tenant: Tenant) -> None:
    """Bring a tenant's schema in which nothing is yet to the newest version, as `upgrade_tenant` does, in one go."""
    with _reaching_newest(connection, tenant):
        connection.exec_driver_sql(_all_steps())
        found_chain(connection, tenant)


def upgrade_tenant(connection: Connection, tenant: Tenant) -> None:
    """Bring one tenant's schema to the newest version, and note that it is, within a control transaction.

    One that is noted is not looked at again before there is a newer version: other grants need one, too.
    """
    with _reaching_newest(connection, tenant):
        _upgrade(connection, "tenant", found_chain=partial(found_chain, connection, tenant))


@contextmanager
def _reaching_newest(connection: Connection, tenant: Tenant) -> Iterator[None]:
    """In the tenant's schema while its tables are made; then its role gets its rights, and the version is noted."""
    with schema_part(connection, tenant):
        yield
        _grant(connection, tenant)
        reached = connection.execute(_REACHED).scalar_one()
    tenants = control.tenants
    connection.execute(update(tenants).where(tenants.c.id == tenant.id).values(revision=reached))


def newest_revision() -> str | None:
    """The newest version of a tenant's schema."""
    return ScriptDirectory.from_config(_config("tenant")).get_current_head()


@cache
def _all_steps() -> str:
    """The tenant's tree as one text, but for its chain, which is not the tree's to make."""
    written = StringIO()
    config = _config("tenant")
    config.output_buffer = written
    config.attributes["found_chain"] = lambda: None
    command.upgrade(config, "head", sql=True)
    return written.getvalue()


def _upgrade(connection: Connection, tree: str, **steps: Callable[[], None]) -> None:
    """`steps` are for migrations that cannot say everything themselves."""
    config = _config(tree)
    config.attributes.update(connection=connection, **steps)
    command.upgrade(config, "head")


def _config(tree: str) -> Config:
    config = Config()
    config.set_main_option("script_location", f"syncserver:migrations/{tree}")
    config.set_main_option("path_separator", "os")
    return config


def _grant(connection: Connection, tenant: Tenant) -> None:
    """Rows and nothing else: the role owns nothing, truncates nothing and marks no clock."""
    role, schema = f'"{tenant.role}"', f'"{tenant.schema}"'
    tables = list(connection.execute(_OWN_TABLES).scalars())
    own = ", ".join(tables)
    closed = ", ".join(one for one in _APPEND_ONLY + _READ_ONLY if one in tables)
    connection.exec_driver_sql(
        f"GRANT USAGE ON SCHEMA {schema} TO {role};"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {own} TO {role};"
        f"REVOKE INSERT, UPDATE, DELETE ON {closed} FROM {role};"
        f"GRANT INSERT ON {', '.join(_APPEND_ONLY)} TO {role}"
    )
