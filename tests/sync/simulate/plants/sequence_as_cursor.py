"""Planted: a version is drawn like from a sequence, before the transaction, and holds nobody up: P1 of the pitfalls."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

from sqlalchemy import Connection, Engine

from syncserver.services.sync import push
from syncserver.store.tenancy import Tenant, control_transaction, schema_part, tenant_part
from tests.sync.simulate.patches import Turns


@contextmanager
def _unordered(engine: Engine, tenant: Tenant) -> Iterator[tuple[Connection, Callable[[], int]]]:
    drawn = "UPDATE tenant_clock SET version = version + 1 WHERE tenant_id = %s RETURNING version"
    with control_transaction(engine) as connection:
        version: int = connection.exec_driver_sql(drawn, (tenant.id,)).scalar_one()
    Turns.scheduler.pause("has drawn a version", seconds=Turns.scheduler.chance.uniform(0, 3))
    with control_transaction(engine) as connection:
        with schema_part(connection, tenant):
            # The guards look for this mark.
            mark = "UPDATE clock SET version = greatest(version, %s), taken_by = pg_current_xact_id()"
            connection.exec_driver_sql(mark, (version,))
        with tenant_part(connection, tenant):
            yield connection, lambda: version


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with mock.patch.object(push, "clocked_transaction", _unordered):
        yield
