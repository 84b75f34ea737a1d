"""A book whose file is damaged gives way to a new one, with what of it can still be read; it is kept beside."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Final

from desktop.durable import write_whole
from desktop.store.carrying import carried, carried_rows, columns_of, put_carried, put_in_place
from desktop.store.database import Database
from desktop.store.faults import SENTENCES, DamagedFile, as_storage_fault
from desktop.store.fork import rename
from desktop.store.meta import VERIFIED, Meta
from desktop.store.schema import REPLICA_VERSION, bring_up, prepare
from shared import ids
from shared.errors import StorageFault

REPLACED: Final = (
    "The book on this computer was damaged, and a new one has taken its place. Try again: the server sends everything "
    "that it has accepted."
)
MAY_LACK: Final = " What was entered here and not sent may be in the damaged one alone, which is kept."
_LACKS: Final = "lacks"
"""Stands in a note where something that waited could not be read; else the note is empty."""
_LOGS: Final = ("-journal", "-wal", "-shm")
_OF_THE_ROWS: Final = (VERIFIED, "last_contact")
"""What a book notes of the rows that it holds, beside what goes with its name: the new one has none."""


class Replaced(StorageFault):
    """The book was damaged; there is a new one now, which whoever tries again finds.

    `is_whole` says whether nothing that waited is missing there.
    """

    def __init__(self, *, is_whole: bool) -> None:
        super().__init__(REPLACED if is_whole else REPLACED + MAY_LACK)
        self.is_whole = is_whole


def note_damaged(book: Path) -> None:
    """Have the next start put a new book in this one's place. Raises StorageFault."""
    try:
        _note(book).touch()
    except OSError as error:
        raise StorageFault("A file beside the book on this computer cannot be written.") from error


def forget_note(book: Path) -> None:
    """Another file that is whole has taken the place of the one that was noted."""
    with suppress(OSError):
        # Else the next start makes a new book in vain.
        _note(book).unlink(missing_ok=True)


def require_not_noted(book: Path) -> None:
    """Raise DamagedFile where it is known of a file that its opening may not find damaged."""
    if _note(book).exists():
        raise DamagedFile(SENTENCES["malformed"])


def _note(book: Path) -> Path:
    return book.with_suffix(".damaged")


def give_way(book: Path, key: bytes) -> Replaced:
    """Let a new book take the place of a damaged one, which is kept under another name; what there is to say of it.

    All that is not the server's goes with it, as far as it can be read. Nobody may have it open. Raises StorageFault;
    killed at any point, the next start goes on, and says what this one would have said.
    """
    with giving_way(book, key) as replaced:
        return replaced


@contextmanager
def giving_way(book: Path, key: bytes) -> Iterator[Replaced]:
    """The same, for whoever notes elsewhere what there is to say: where the block fails it is said once more."""
    note_damaged(book)
    with _setting_aside():
        is_whole = _replace(book, key)
    yield Replaced(is_whole=is_whole)
    with _setting_aside():
        _note(book).unlink(missing_ok=True)


@contextmanager
def _setting_aside() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFault("The damaged book on this computer cannot be set aside.") from error


def _replace(book: Path, key: bytes) -> bool:
    """Put a new book in the place of one that is noted; whether nothing that waited is missing. Raises OSError."""
    fresh = book.with_suffix(".fresh")
    if book.exists():
        fresh.unlink(missing_ok=True)
        if not _make(fresh, book, key):
            # Before it takes the place: whoever goes on from there finds a book in which nothing seems to be missing.
            write_whole(_note(book), _LACKS)
        _keep_beside(book)
    if not fresh.exists():
        return False
    put_in_place(fresh, book)
    return not _note(book).stat().st_size


def _make(fresh: Path, book: Path, key: bytes) -> bool:
    """Make a new book with what can be read of another; whether nothing that waited is missing."""
    with closing(Database(fresh, key, journal="DELETE")) as database:
        prepare(database)
        with database.transaction():
            is_whole = _rescue(book, key, database)
            for name in _OF_THE_ROWS:
                Meta(database).delete(name)
            # Under the former name the server may have had edits that are not here any more.
            rename(database, ids.new_id(), offer_sent=False)
    return is_whole


def _rescue(book: Path, key: bytes, fresh: Database) -> bool:
    """Within a transaction: take over what can be read of what is carried; whether nothing that waited is missing."""
    try:
        with closing(Database(book, key)) as old:
            made = dict(old.rows("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
            tables = {table: columns_of(old, table) for table in carried(old)}
    except DamagedFile:
        return False
    if "outbox" not in tables:
        return False
    known, version = {table: columns_of(fresh, table) for table in carried(fresh)}, _version(book, key)
    if version > REPLICA_VERSION or not all(set(tables[one]) <= set(known.get(one, ())) for one in tables):
        # A newer version of this program has made it.
        return False
    read = {table: _readable(book, key, carried_rows(table, columns)) for table, columns in tables.items()}
    if version < REPLICA_VERSION:
        # As they were first: what an upgrade makes of them is more than further columns.
        for table in known.keys() - {"meta"}:
            fresh.run(f"DROP TABLE {table}")
        for table in tables.keys() - {"meta"}:
            fresh.run(made[table])
    for table, (rows, _) in read.items():
        put_carried(fresh, table, tables[table], rows)
    if version < REPLICA_VERSION:
        bring_up(fresh, version)
    return read["outbox"][1]


def _version(book: Path, key: bytes) -> int:
    """Which version the tables have that syncing keeps; where that cannot be read it is taken for this one."""
    rows, _ = _until_damage(book, key, "SELECT value FROM meta WHERE name = 'replica_version'")
    return int(rows[0][0]) if rows else REPLICA_VERSION


def _readable(book: Path, key: bytes, sql: str) -> tuple[list[tuple[Any, ...]], bool]:
    """The rows that lie before what is damaged and behind it, and whether those are all."""
    before, is_all = _until_damage(book, key, f"{sql} ORDER BY rowid")
    if is_all:
        return before, True
    behind, _ = _until_damage(book, key, f"{sql} ORDER BY rowid DESC")
    return [*before, *reversed(behind)], False


def _until_damage(book: Path, key: bytes, sql: str) -> tuple[list[tuple[Any, ...]], bool]:
    # By a connection of its own: one that has met what is damaged reads nothing more.
    found: list[tuple[Any, ...]] = []
    with suppress(DamagedFile), closing(Database(book, key)) as database, as_storage_fault():
        found.extend(database.connection.execute(sql))
        return found, True
    return found, False


def _keep_beside(book: Path) -> None:
    """Give a damaged file another name, and what lies beside it. Raises OSError."""
    free = (book.with_suffix(f".damaged-{number}") for number in count(1))
    kept = next(one for one in free if not one.exists())
    # The logs first: none may be there for a file that takes the name.
    for log in _LOGS:
        beside = book.with_name(book.name + log)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + log))
    book.rename(kept)
