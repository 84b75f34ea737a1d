"""The database as it was at a moment: all that two businesses have in it, and the epoch; and the way back to it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, select, update

from shared import clock
from syncserver.store.tables.control import tenants
from syncserver.store.tenancy import Tenant, control_transaction, schema_part

# The audit trail belongs to another role: no backup that the server's login plays back takes anything of it away.
_TABLES: Final = """
SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tableowner = current_user ORDER BY tablename
"""
_OF_SESSIONS: Final = "session_id IN (SELECT id FROM sessions WHERE tenant_id = '{tenant}')"
_OF_TENANT: Final = "tenant_id = '{tenant}'"
# In the order in which one refers to another.
_CONTROL: Final = {
    "users": _OF_TENANT, "devices": _OF_TENANT, "sessions": _OF_TENANT, "spent_tokens": _OF_SESSIONS,
}  # fmt: skip
_VERSION: Final = "SELECT version FROM tenant_clock WHERE tenant_id = %s"
_SET_VERSION: Final = "UPDATE tenant_clock SET version = %s WHERE tenant_id = %s"
_Texts = Mapping[str, bytes]


class Backup:
    """In memory, for a simulation has many: a whole PostgreSQL would be copied in a second."""

    def __init__(self, engine: Engine, tenants: Sequence[Tenant]) -> None:
        """Take it now, of one snapshot."""
        self._engine = engine
        self.taken_at: datetime = clock.now()
        with control_transaction(engine, read_only=True) as connection:
            self._epoch = connection.exec_driver_sql("SELECT epoch FROM server_meta").scalar_one()
            self._tenants = [_Part(connection, one) for one in tenants]

    def put_back(self) -> None:
        """Let the database be what it was; nobody else may be at it."""
        with control_transaction(self._engine) as connection:
            connection.exec_driver_sql("UPDATE server_meta SET epoch = %s", (self._epoch,))
            for one in self._tenants:
                one.put_back(connection)


class _Part:
    """One tenant's share."""

    def __init__(self, connection: Connection, tenant: Tenant) -> None:
        self._tenant = tenant
        self._version = connection.exec_driver_sql(_VERSION, (tenant.id,)).scalar_one()
        self._row = connection.execute(select(tenants).where(tenants.c.id == tenant.id)).mappings().one()
        self._control: _Texts = {table: self._copied(connection, table) for table in _CONTROL}
        with schema_part(connection, tenant):
            self._own = _own_tables(connection)

    def _copied(self, connection: Connection, table: str) -> bytes:
        return _copied(connection, f"(SELECT * FROM {table} WHERE {self._which(table)})")

    def _which(self, table: str) -> str:
        return _CONTROL[table].format(tenant=self._tenant.id)

    def put_back(self, connection: Connection) -> None:
        for table in reversed(_CONTROL):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE {self._which(table)}")
        for table, text in self._control.items():
            _fill(connection, table, text)
        connection.exec_driver_sql(_SET_VERSION, (self._version, self._tenant.id))
        connection.execute(update(tenants).where(tenants.c.id == self._tenant.id).values(self._row))
        with schema_part(connection, self._tenant):
            now = _own_tables(connection)
            for table, text in self._own.items():
                if text != now[table]:
                    with _unguarded(connection, table):
                        connection.exec_driver_sql(f"DELETE FROM {table}")
                        _fill(connection, table, text)


def _own_tables(connection: Connection) -> _Texts:
    tables = connection.exec_driver_sql(_TABLES).scalars().all()
    return {table: _copied(connection, table) for table in tables}


@contextmanager
def _unguarded(connection: Connection, table: str) -> Iterator[None]:
    """The guards look at what people write; a backup is older than what they protect."""
    connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _copied(connection: Connection, what: str) -> bytes:
    with _cursor(connection).copy(f"COPY {what} TO STDOUT") as copy:
        return b"".join(copy)


def _fill(connection: Connection, table: str, text: bytes) -> None:
    if text:
        with _cursor(connection).copy(f"COPY {table} FROM STDIN") as copy:
            copy.write(text)


def _cursor(connection: Connection) -> Any:
    driver: Any = connection.connection.driver_connection
    return driver.cursor()
