"""What of a tenant's past is dropped, a little at a time: nothing here waits for the clock, and no push waits long."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, text

from syncserver.store.tenancy import Tenant, control_transaction, schema_part, tenant_part, tenant_transaction

BATCH: Final = 1000
"""Rows of one transaction."""

# Versions rise with time, so the newest logged one that is old enough has only older ones below it, logged or not.
_OLD: Final = text("""
    SELECT version FROM mutation_log WHERE version > :above AND recorded_at < :before ORDER BY version DESC LIMIT 1
""")
_FLOORS: Final = text("SELECT sync_floor, history_floor FROM tenant_state")
_RAISE: Final = text("UPDATE tenant_state SET sync_floor = greatest(sync_floor, :floor)")
# One that a push is just writing is left: neither may wait for the other in turn.
_DROP: Final = text("""
    DELETE FROM sync_row WHERE (table_name, pk) IN (
        SELECT table_name, pk FROM sync_row WHERE version <= (SELECT sync_floor FROM tenant_state)
        ORDER BY version LIMIT :batch FOR UPDATE SKIP LOCKED
    )
""")
_NEXT: Final = text("""
    SELECT max(version) FROM (
        SELECT version FROM mutation_log WHERE version > :above AND version <= :target ORDER BY version LIMIT :batch
    ) next_ones
""")
_LOWER: Final = text("UPDATE tenant_state SET history_floor = :floor WHERE history_floor = :above")
_COMPACT: Final = text("""
    UPDATE mutation_log SET args = NULL
    WHERE version > :above AND version <= :floor AND args IS NOT NULL AND outcome <> 'quarantined'
""")
_RETIRE: Final = text("UPDATE replica SET retired_at = :now WHERE retired_at IS NULL AND seen_at < :before")
_FIRST_SEEN: Final = text("UPDATE replica SET seen_at = :now WHERE seen_at IS NULL")
_DROP_OUTCOMES: Final = text("""
    DELETE FROM outcome WHERE (replica_id, seq) IN (
        SELECT outcome.replica_id, outcome.seq FROM outcome JOIN replica ON replica.id = outcome.replica_id
        WHERE replica.retired_at IS NOT NULL LIMIT :batch
    )
""")
_DROP_FAILURES: Final = text("""
    DELETE FROM mutation_failure USING replica WHERE replica.id = mutation_failure.replica_id
        AND (replica.retired_at IS NOT NULL OR mutation_failure.seq <= replica.last_seq)
""")
# By its token a desk is told that it is shut out, however late it comes: one that holds a book still keeps it.
_DEAD_SESSIONS: Final = text("""
    SELECT id FROM sessions WHERE tenant_id = :tenant AND least(ended_at, expires_at) < :before AND NOT EXISTS (
        SELECT FROM devices JOIN users ON users.id = sessions.user_id
        WHERE devices.tenant_id = sessions.tenant_id AND devices.id = sessions.device_id
            AND handed_in_at IS NULL AND (revoked_at IS NOT NULL OR NOT is_active)
    ) LIMIT :batch
""")
_DROP_TOKENS: Final = text("DELETE FROM spent_tokens WHERE session_id = ANY(CAST(:ids AS uuid[]))")
_DROP_SESSIONS: Final = text("DELETE FROM sessions WHERE id = ANY(CAST(:ids AS uuid[]))")
_OLD_MASQUERADES: Final = text("""
    DELETE FROM masquerades WHERE id IN (
        SELECT id FROM masquerades WHERE tenant_id = :tenant AND expires_at < :before LIMIT :batch
    ) RETURNING id
""")
_DROP_MIRRORED: Final = text("DELETE FROM session WHERE id = ANY(CAST(:ids AS uuid[]))")


_DROP_SPENT: Final = (
    text("DELETE FROM mails WHERE given_up_at < :before"),
    text("DELETE FROM reset_links WHERE expires_at < :before"),
    text("DELETE FROM invites WHERE expires_at < :before"),
    text("DELETE FROM admin_sessions WHERE last_used_at < :before"),
    text("DELETE FROM masquerades WHERE expires_at < :before AND tenant_id IS NULL"),
    text("DELETE FROM grants WHERE expires_at < :before"),
)


def drop_spent(engine: Engine, before: datetime) -> None:
    """Forget mails that were given up before an instant, and what else was over then; the audit trail has it still."""
    with control_transaction(engine) as connection:
        for statement in _DROP_SPENT:
            connection.execute(statement, {"before": before})


def raise_floor(engine: Engine, tenant: Tenant, before: datetime) -> None:
    """Answer no pull any more from a version that was written before an instant.

    Whoever has already begun to read goes on in a snapshot in which neither this nor what is dropped after it is seen.
    """
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        above = connection.execute(_FLOORS).one().sync_floor
        floor = _newest_before(connection, above, before)
    if floor is not None:
        with tenant_transaction(engine, tenant) as connection:
            connection.execute(_RAISE, {"floor": floor})


def drop_pointers(engine: Engine, tenant: Tenant) -> int | None:
    """Drop some of what only pulls from below the floor would read; how many, None once there are no more."""
    with tenant_transaction(engine, tenant) as connection:
        return connection.execute(_DROP, {"batch": BATCH}).rowcount or None


def newest_version(engine: Engine, tenant: Tenant, before: datetime) -> int:
    """The newest version that the log has of before an instant; 0 where there is none whose arguments are kept."""
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        above = connection.execute(_FLOORS).one().history_floor
        return _newest_before(connection, above, before) or 0


def compact_log(engine: Engine, tenant: Tenant, target: int) -> int | None:
    """Drop the arguments of some mutations up to a version; how many, None once all are done.

    What makes a mutation known again stays for good: its id, the hash of its arguments and its outcome. One in
    quarantine keeps its arguments, which stand nowhere else.
    """
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        above = connection.execute(_FLOORS).one().history_floor
        if target <= above:
            return None
        floor = connection.execute(_NEXT, {"above": above, "target": target, "batch": BATCH}).scalar_one()
    # The tenant's role may not touch its log.
    with control_transaction(engine) as connection, schema_part(connection, tenant):
        if connection.execute(_LOWER, {"above": above, "floor": floor}).rowcount == 0:
            # Another process was faster.
            return 0
        return connection.execute(_COMPACT, {"above": above, "floor": floor}).rowcount


def retire_replicas(engine: Engine, tenant: Tenant, *, before: datetime, now: datetime) -> int:
    """Let replicas that were not heard of since an instant be replicas no more; how many."""
    with tenant_transaction(engine, tenant) as connection:
        connection.execute(_FIRST_SEEN, {"now": now})
        retired = connection.execute(_RETIRE, {"now": now, "before": before}).rowcount
        connection.execute(_DROP_FAILURES)
        return retired


def drop_outcomes(engine: Engine, tenant: Tenant) -> int | None:
    """Drop some of the outcomes that were kept for retired replicas; how many, None once there are no more."""
    with tenant_transaction(engine, tenant) as connection:
        return connection.execute(_DROP_OUTCOMES, {"batch": BATCH}).rowcount or None


def drop_sessions(engine: Engine, tenant: Tenant, before: datetime) -> int | None:
    """Drop some sessions that were over before an instant, on both sides; how many, None once there are no more.

    Those of whoever is shut out stay until their device has handed in all. Masquerades are sessions, too.
    """
    with control_transaction(engine) as connection:
        given = {"tenant": tenant.id, "before": before, "batch": BATCH}
        ids = list(connection.execute(_DEAD_SESSIONS, given).scalars())
        if ids:
            connection.execute(_DROP_TOKENS, {"ids": ids})
            connection.execute(_DROP_SESSIONS, {"ids": ids})
        ids += connection.execute(_OLD_MASQUERADES, given).scalars()
        if ids:
            with tenant_part(connection, tenant):
                connection.execute(_DROP_MIRRORED, {"ids": ids})
    return len(ids) or None


def _newest_before(connection: Connection, above: int, before: datetime) -> int | None:
    version: int | None = connection.execute(_OLD, {"above": above, "before": before}).scalar_one_or_none()
    return version
