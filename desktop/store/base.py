"""The server's version of every row that a waiting edit has changed, absent rows too: what a rebase begins from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from desktop.store.database import Database
from desktop.store.rows import STORED, Key, Row, stored_rows, write_rows
from desktop.store.tx import ReplicaTx
from shared.model.registry import canonical

Touched = dict[str, set[str]]
"""The rows that changed, by table; an empty set stands for all of them."""
_Texts = dict[Key, str | None]
_KEEP: Final = "INSERT INTO base (table_name, row_id, row) VALUES (?, ?, ?) ON CONFLICT DO"


def touch(touched: Touched, key: Key) -> None:
    """Add a row to those that changed."""
    table, row_id = key
    if table not in touched or touched[table]:
        touched.setdefault(table, set()).add(row_id)


def write_edit(database: Database, before: Mapping[Key, Row | None], final: Mapping[Key, Row | None]) -> Touched:
    """Write what an edit has made of rows, and keep the server's version of those that no earlier one has changed.

    `before` says of each of them what the table holds.
    """
    touched: Touched = {}
    for table, ids in _by_table(final).items():
        kept = [(table, one, _canonical(before[table, one])) for one in ids]
        database.run_many(f"{_KEEP} NOTHING", kept)
        write_rows(database, table, {one: final[table, one] for one in ids})
        touched[table] = set(ids)
    return touched


class Base:
    """The base during one rebase: read once, told what the server says now, and written where it has changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        rows = database.rows("SELECT table_name, row_id, row FROM base")
        self._was: _Texts = {(table, row_id): row for table, row_id, row in rows}
        self._now = dict(self._was)

    def __contains__(self, key: Key) -> bool:
        return key in self._now

    def between(self, table: str, start: str | None, before: str | None) -> list[str]:
        """The ids of a table that it has in a range: from `start` up to `before`, which is not in it."""
        keys = (key for name, key in self._now if name == table)
        return [key for key in keys if (start is None or start <= key) and (before is None or key < before)]

    def say(self, key: Key, row: Row | None) -> None:
        """Take the server's word about a row that a waiting edit had changed."""
        self._now[key] = _canonical(row)

    def lay(self, tx: ReplicaTx) -> None:
        """Show the rules what the server has, where the tables still hold what was made of it."""
        for key, text in self._now.items():
            tx.lay(key, None if text is None else orjson.loads(text))

    def settle(self, final: Mapping[Key, Row | None], touched: Touched) -> None:
        """Write what the replay has made, and what it has not made again, where the tables hold something else."""
        kept: _Texts = {}
        for table, ids in _by_table([*self._now, *(key for key in final if key not in self._now)]).items():
            now = stored_rows(self._database, table, ids)
            wanted = {one: self._wanted((table, one), final) for one in ids}
            ready = _as_stored(table, wanted)
            write_rows(self._database, table, {one: wanted[one] for one in ids if ready.get(one) != now.get(one)})
            for one in ids:
                key = (table, one)
                if key in final:
                    kept[key] = self._now[key] if key in self._now else _text(table, now.get(one))
                if ready.get(one) != now.get(one) or (key in kept) != (key in self._was):
                    touch(touched, key)
        self._keep(kept)

    def _wanted(self, key: Key, final: Mapping[Key, Row | None]) -> Row | None:
        if key in final:
            return final[key]
        text = self._now[key]
        return None if text is None else orjson.loads(text)

    def _keep(self, kept: _Texts) -> None:
        gone = [key for key in self._was if key not in kept]
        self._database.run_many("DELETE FROM base WHERE table_name = ? AND row_id = ?", gone)
        other = [(*key, text) for key, text in kept.items() if key not in self._was or self._was[key] != text]
        self._database.run_many(f"{_KEEP} UPDATE SET row = excluded.row", other)


def _by_table(keys: Iterable[Key]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, row_id in keys:
        found.setdefault(table, []).append(row_id)
    return found


def _text(table: str, row: Sequence[Any] | None) -> str | None:
    return None if row is None else canonical(STORED[table].from_file(row))


def _canonical(row: Row | None) -> str | None:
    return None if row is None else canonical(row)


def _as_stored(table: str, rows: Mapping[str, Row | None]) -> dict[str, tuple[Any, ...]]:
    ready = STORED[table].to_file(row for row in rows.values() if row is not None)
    return {row[0]: tuple(row) for row in ready}
