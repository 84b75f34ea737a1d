"""What the demo's server has written down of edits, read past the server, straight from its database."""

from collections import Counter
from collections.abc import Collection

import psycopg
from psycopg import sql

from syncserver.store.private_postgres import DATABASE, setup_url
from tests.support.demo_server import DemoServer


def logged(server: DemoServer, ids: Collection[str]) -> Counter[str]:
    """How often each of these mutations stands in the log of any tenant."""
    (told,) = server.data.rglob("postgres.json")
    found: Counter[str] = Counter()
    with psycopg.connect(setup_url(told.parent).replace("/postgres?", f"/{DATABASE}?")) as connection:
        schemas = connection.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'mutation_log'").fetchall()
        for (schema,) in schemas:
            query = sql.SQL("SELECT id::text FROM {} WHERE id = ANY(%s::uuid[])").format(
                sql.Identifier(schema, "mutation_log")
            )
            found.update(one for (one,) in connection.execute(query, [list(ids)]))
    return found
