"""What only this computer knows goes with it from one file of the book to the next, which takes the other's place."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from desktop.durable import sync_file, sync_folder
from desktop.store.database import Database
from desktop.store.meta import LOAD
from desktop.store.rows import SEARCH
from shared.errors import StorageFault
from shared.model.registry import ENTITIES

_MADE_BY_REPLAY: Final = "base"
_OF_THE_FILE: Final = ("replica_version", "schema", "view", LOAD)
"""What a file says of itself in `meta`; all else there is the computer's."""
_LOGS: Final = ("-wal", "-journal")


def carried(database: Database) -> list[str]:
    """Every table of a book that the server does not fill: those that are added later, too."""
    tables = [row[0] for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    ours = [name for name in tables if not name.startswith(("sqlite_", SEARCH))]
    return [name for name in ours if name not in ENTITIES and name != _MADE_BY_REPLAY]


def carry_over(old: Database, fresh: Database) -> None:
    """Copy what is carried, within a transaction of `fresh`; what was copied before is replaced."""
    for table in carried(old):
        columns = columns_of(old, table)
        put_carried(fresh, table, columns, old.rows(carried_rows(table, columns)))


def columns_of(database: Database, table: str) -> list[str]:
    """The columns of a table, as a statement names them."""
    return [f'"{row[1]}"' for row in database.rows(f"PRAGMA table_info({table})")]


def carried_rows(table: str, columns: Sequence[str]) -> str:
    """The query for what is carried of a table."""
    return f"SELECT {', '.join(columns)} FROM {table} WHERE NOT ({_stays(table)})"


def put_carried(fresh: Database, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Let these rows be what a table has of what is carried."""
    fresh.run(f"DELETE FROM {table} WHERE NOT ({_stays(table)})")
    marks = ", ".join("?" * len(columns))
    fresh.run_many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _stays(table: str) -> str:
    return f"name IN {_OF_THE_FILE}" if table == "meta" else "0"


def put_in_place(fresh: Path, book: Path) -> None:
    """Let one closed file take the place of another; before the renaming it is the old one, after it the new one.

    Raises StorageFault, and nothing has changed then.
    """
    if any(book.with_name(book.name + log).exists() for log in _LOGS):
        # It would be taken for the new file's, and played into it.
        raise StorageFault("The book on this computer is in use by another program.")
    try:
        sync_file(fresh)
        sync_folder(book.parent)
        rename(fresh, book)
        sync_folder(book.parent)
    except OSError as error:
        raise StorageFault("The book that was loaded cannot take the place of the one on this computer.") from error


def rename(fresh: Path, book: Path) -> None:
    """Give the book's name to another file, at once or not at all."""
    fresh.replace(book)
