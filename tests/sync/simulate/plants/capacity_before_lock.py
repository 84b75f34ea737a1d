"""Planted: what a slot holds is read before the clock is taken, and the database's own guard sleeps."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from sqlalchemy import Engine

from syncserver.store.tenancy import Tenant, control_transaction, schema_part
from syncserver.store.working_set import WorkingSet
from tests.support.shop import Shop, open_shop
from tests.sync.simulate import run
from tests.sync.simulate.plants.before_the_lock import Early, knowing_early


def _unguarded(engine: Engine, tenant: Tenant) -> Shop:
    shop = open_shop(engine, tenant)
    with control_transaction(engine) as connection, schema_part(connection, shop.tenant):
        for moment in ("new", "changed"):
            connection.exec_driver_sql(f"ALTER TABLE allocation DISABLE TRIGGER within_capacity_{moment}")
    return shop


@contextmanager
def _held_as_it_was(early: Early) -> Iterator[None]:
    state, _ = early

    def taken(self: WorkingSet, queries: Any, beside: Any = ()) -> Any:
        self._rows.update(state._rows)
        self._found.update({key: dict(ids) for key, ids in state._found.items()})
        return read(self, queries, beside)

    read = WorkingSet._read
    with mock.patch.object(WorkingSet, "_read", taken):
        yield


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(run, "open_shop", _unguarded))
        stack.enter_context(knowing_early(_held_as_it_was))
        yield
