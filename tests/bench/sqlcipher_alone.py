"""The limit of a first sync: SQLCipher alone, given the same rows as ready tuples, with the same indexes."""

from pathlib import Path

from sqlcipher3 import dbapi2

from desktop.store.database import Database
from desktop.store.schema import INDEXES
from shared.model.registry import ENTITIES
from tests.bench.figures import seconds


def seconds_alone(source: Path, key: bytes, target: Path) -> float:
    """How long a copy of a replica's rows takes: one transaction, indexes last, on disk at the end.

    The customers' full text, which the product makes as well, is not made here: the limit is the stricter for it.
    """
    replica = Database(source, key)
    made = dict(replica.rows("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    tables = [(made[name], name, replica.rows(f"SELECT * FROM {name}")) for name in ENTITIES]
    replica.close()

    connection = dbapi2.connect(str(target), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA synchronous = FULL")

    def write() -> None:
        connection.execute("BEGIN")
        for statement, name, rows in tables:
            connection.execute(statement)
            if rows:
                connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        for statement in INDEXES:
            connection.execute(statement)
        connection.execute("COMMIT")

    took = seconds(write)
    connection.close()
    return took
