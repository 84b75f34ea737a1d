"""The floor of a desk's book: one table in SQLCipher, each write on disk when it returns; no rules, no queue."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from sqlcipher3 import dbapi2

from tests.bench.floor_desk import records

_MADE = 1000
"""Rows of a transaction while it is filled."""


class FloorReplica:
    """Records by their ids, and by the version in which they came."""

    def __init__(self, path: Path, *, rows: int) -> None:
        """Make the file, opened as the product opens its own, with so many rows in it."""
        self._connection = dbapi2.connect(str(path), isolation_level=None)
        self._connection.execute(f"PRAGMA key = \"x'{bytes(32).hex()}'\"")
        for pragma in ("cache_size = -16384", "journal_mode = WAL", "synchronous = FULL", "temp_store = MEMORY"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE record (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT)")
        self._connection.execute("CREATE INDEX record_by_version ON record (version)")
        for _ in range(rows // _MADE):
            self.keep((one["id"], 0, one["body"]) for one in records(_MADE))

    def keep(self, rows: Iterable[tuple[str, int, Any]]) -> None:
        """Write records, in one transaction: their ids, versions and bodies."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT INTO record VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body",
            [(row_id, version, orjson.dumps(body).decode()) for row_id, version, body in rows],
        )
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
