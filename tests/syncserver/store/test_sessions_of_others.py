"""What is asked of one business's sessions reads none of another's, however many there are."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, event

from shared import clock
from shared.model.member import Role
from syncserver.store.directory import Search, find_tenants
from syncserver.store.retention import drop_sessions
from syncserver.store.tenancy import control_transaction
from tests.support.rows_read import rows_read
from tests.support.shop import Shop, open_shop

_READ = """
SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
WHERE schemaname = 'public' AND relname = 'sessions'
"""
_FEW, _MANY = 20, 3000
_SIGNED_OUT = """
INSERT INTO sessions (id, user_id, tenant_id, device_id, token_hash, created_at, last_used_at, expires_at, ended_at)
SELECT gen_random_uuid(), %s::uuid, %s::uuid, gen_random_uuid(), gen_random_uuid()::text, now(), now(),
    now() + interval '90 days', now() FROM generate_series(1, %s) AS n
"""


@pytest.fixture
def shop(any_engine: Engine) -> Shop:
    """A business where nobody has signed in yet, beside one where many have."""
    other = open_shop(any_engine)
    with control_transaction(any_engine) as connection:
        connection.exec_driver_sql(_SIGNED_OUT, (other.users[Role.TENANT_STAFF], other.tenant.id, _MANY))
    return open_shop(any_engine)


def test_when_a_business_was_last_heard_of_is_read_from_its_latest_session(any_engine: Engine, shop: Shop) -> None:
    with control_transaction(any_engine, read_only=True) as connection:
        asked = Search(text=shop.tenant.slug)
        found: list[datetime | None] = []
        read = rows_read(
            connection, lambda: found.extend(one.last_contact for one in find_tenants(connection, asked).rows)
        )
        every = rows_read(connection, lambda: find_tenants(connection, Search()))
    assert found == [None]
    assert read["sessions"] < _FEW
    assert every["sessions"] < _FEW


def test_a_night_of_one_business_reads_no_sessions_of_another(any_engine: Engine, shop: Shop) -> None:
    read: list[int] = []

    def count(connection: Connection) -> None:
        read.append(connection.exec_driver_sql(_READ).scalar_one())

    event.listen(any_engine, "commit", count)
    try:
        assert drop_sessions(any_engine, shop.tenant, clock.now() - timedelta(days=400)) is None
    finally:
        event.remove(any_engine, "commit", count)
    assert max(read) < _FEW
