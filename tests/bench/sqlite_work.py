"""Counts what SQLite does for a call: the rows it hands over and writes, its steps, and the tables it reads whole."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from desktop.store.database import Database
from tests.bench.figures import Work

_EXPLAINED: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_SCAN: Final = re.compile(r"SCAN (\w+)(?: VIRTUAL TABLE INDEX (.*))?")
_BY_NOTHING: Final = "0:"
"""How a plan tells of a search index that is read from end to end (SQLite's fts5, bestindex)."""
_SET_UP: Final = frozenset({"business", "plan", "location", "member", "resource", "service", "meta", "person"})
"""Tables that a screen or a rule may read whole: what an owner has set up, and what a desk knows of itself."""


def work_of(database: Database, call: Callable[[], object]) -> Work:
    """The work of one call. It takes longer than otherwise: nothing is timed by it.

    SQLite counts no rows that it looks at and leaves out, as this build of it is made; its steps do, and are exact.
    """
    written = database.connection.total_changes
    counter = _counted(database, call)
    return Work(
        statements=counter.count,
        rows=counter.rows,
        written=database.connection.total_changes - written,
        steps=counter.steps,
        whole=tuple(sorted(_scanned(database, _plans(database, counter)))),
    )


def plan_of(database: Database, call: Callable[[], object]) -> list[str]:
    """How SQLite goes about the statements of one call, a line for each table, as `EXPLAIN QUERY PLAN` tells."""
    return list(_plans(database, _counted(database, call)))


def _counted(database: Database, call: Callable[[], object]) -> "_Counter":
    counter, connection = _Counter(), database.connection
    connection.row_factory = counter.row
    connection.set_progress_handler(counter.step, 1)
    connection.set_trace_callback(counter.statement)
    try:
        call()
    finally:
        connection.set_trace_callback(None)
        connection.set_progress_handler(None, 0)
        connection.row_factory = None
    return counter


class _Counter:
    def __init__(self) -> None:
        self.count = self.rows = self.steps = 0
        self.statements = dict[str, None]()

    def row(self, cursor: Any, row: tuple[Any, ...]) -> tuple[Any, ...]:
        self.rows += 1
        return row

    def step(self) -> int:
        self.steps += 1
        return 0

    def statement(self, text: str) -> None:
        self.count += 1
        self.statements[text.strip()] = None


def _plans(database: Database, counter: _Counter) -> Iterator[str]:
    for text in counter.statements:
        if text.startswith(_EXPLAINED):
            yield from (detail for *_, detail in database.rows(f"EXPLAIN QUERY PLAN {text}"))


def _scanned(database: Database, plans: Iterable[str]) -> set[str]:
    """The tables that are gone through from end to end, or until there is enough."""
    scans = map(_SCAN.match, plans)
    whole = {scan[1] for scan in scans if scan is not None and scan[2] in (None, _BY_NOTHING)}
    return whole & {name for (name,) in database.rows("SELECT name FROM sqlite_master")} - _SET_UP
