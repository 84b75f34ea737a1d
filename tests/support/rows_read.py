"""How many rows of which table a question makes PostgreSQL look at."""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import Connection

from syncserver.store.statements import ask

_READ = """
SELECT relname::text, (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables
WHERE schemaname = current_schema()
"""


def rows_read(connection: Connection, call: Callable[[], object]) -> Counter[str]:
    """Rows by table that a call looks at in a tenant's transaction; what is told by an index alone is none."""
    before = Counter(dict(ask(connection, _READ)))
    call()
    return Counter(dict(ask(connection, _READ))) - before
