"""Many rows that are like one, which PostgreSQL makes faster than any edit."""

from sqlalchemy import Engine

from syncserver.store.tenancy import Tenant, take_clock, tenant_transaction

_COPIES = """
INSERT INTO {table}
SELECT made.* FROM {table} AS one CROSS JOIN generate_series(1, %s) AS n
CROSS JOIN LATERAL jsonb_populate_record(one, jsonb_build_object('id', md5(one.id::text || n)::uuid{moved})) AS made
WHERE one.id = %s::uuid
"""
_MOVED = """, 'starts_at', one.starts_at - ({after} + n) * interval '1 day',
    'ends_at', one.ends_at - ({after} + n) * interval '1 day'"""


def copy_row(
    engine: Engine, tenant: Tenant, table: str, row_id: str, count: int, *, days_before: int | None = None
) -> None:  # fmt: skip
    """So many more rows that are like one of a tenant; with `days_before` each a day before the last, after a gap."""
    moved = "" if days_before is None else _MOVED.format(after=days_before)
    with tenant_transaction(engine, tenant) as connection:
        take_clock(connection, tenant)
        connection.exec_driver_sql(_COPIES.format(table=table, moved=moved), (count, row_id))
