"""The pool of connections to PostgreSQL."""

from contextlib import ExitStack

import pytest
from sqlalchemy import Engine

from syncserver.store.engine import make_engine
from syncserver.store.tenancy import clocked_transaction
from syncserver.store.tenants import find_tenant
from tests.support.shop import new_tenant


@pytest.mark.parametrize("clocked", [False, True])
def test_connections_whose_back_ends_were_ended_are_not_handed_out(new_engine: Engine, *, clocked: bool) -> None:
    """By an administrator, or by a restart of PostgreSQL, while they waited in the pool."""
    tenant = new_tenant(new_engine)
    with ExitStack() as stack:
        open_ones = [stack.enter_context(new_engine.connect()) for _ in range(3)]
        ids = [one.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for one in open_ones]
    killer = make_engine(new_engine.url.render_as_string(hide_password=False))
    with killer.connect() as connection:
        for one in ids:
            connection.exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (one,))
    killer.dispose()
    for _ in ids:
        if clocked:
            with clocked_transaction(new_engine, tenant) as (_connection, taken):
                assert taken() > 0
        else:
            assert find_tenant(new_engine, tenant.id) == tenant
