"""Every exception of the database: the world's fault in a plain sentence, or a bug that is not hidden."""

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from desktop.store.database import Database
from desktop.store.faults import SENTENCES, as_storage_fault
from shared.errors import StorageFault
from tests.support.replicas import KEY

WORLD = {dbapi2.DatabaseError, dbapi2.InternalError, dbapi2.OperationalError}
BUGS = {
    dbapi2.DataError, dbapi2.Error, dbapi2.IntegrityError, dbapi2.InterfaceError, dbapi2.NotSupportedError,
    dbapi2.ProgrammingError, dbapi2.Warning,
}  # fmt: skip


def test_every_exception_of_the_library_is_listed_here() -> None:
    found = {one for _, one in inspect.getmembers(dbapi2, inspect.isclass) if issubclass(one, Exception)}
    assert found == WORLD | BUGS


@pytest.mark.parametrize("kind", sorted(WORLD, key=str))
def test_what_the_disk_does_is_said_plainly(kind: type[Exception]) -> None:
    with pytest.raises(StorageFault), as_storage_fault():
        raise kind("something new")


@pytest.mark.parametrize("kind", sorted(BUGS, key=str))
def test_a_wrong_statement_stays_a_bug(kind: type[Exception]) -> None:
    with pytest.raises(kind), as_storage_fault():
        raise kind("something new")


@pytest.mark.parametrize(
    "sql", ["SELEC 1", "SELECT 1 FROM nowhere", "SELECT nothing FROM note", "CREATE TABLE note (a)"]
)
def test_a_statement_of_ours_that_cannot_run_is_no_storage_fault(sql: str, tmp_path: Path) -> None:
    database = with_rows(tmp_path / "book.db")
    with pytest.raises(dbapi2.OperationalError):
        database.run(sql)
    database.close()


def with_rows(path: Path) -> Database:
    database = Database(path, KEY)
    database.run("CREATE TABLE note (text TEXT)")
    with database.transaction():
        database.run_many("INSERT INTO note VALUES (?)", [("x" * 1000,)] * 200)
    return database


def full(path: Path) -> None:
    database = with_rows(path)
    (pages,) = database.row("PRAGMA page_count") or (0,)
    database.row(f"PRAGMA max_page_count = {pages}")
    try:
        with database.transaction():
            database.run_many("INSERT INTO note VALUES (?)", [("x" * 1000,)] * 200)
    finally:
        database.close()


def locked(path: Path) -> None:
    first, second = with_rows(path), Database(path, KEY)
    second.row("PRAGMA busy_timeout = 10")
    first.run("BEGIN IMMEDIATE")
    try:
        second.run("BEGIN IMMEDIATE")
    finally:
        first.close()
        second.close()


def read_only(path: Path) -> None:
    database = with_rows(path)
    database.run("PRAGMA query_only = ON")
    try:
        database.run("INSERT INTO note VALUES ('y')")
    finally:
        database.close()


def damaged(path: Path) -> None:
    with_rows(path).close()
    whole = bytearray(path.read_bytes())
    whole[3 * 4096 : 8 * 4096] = bytes(5 * 4096)
    path.write_bytes(whole)
    database = Database(path, KEY)
    try:
        database.rows("SELECT text FROM note")
    finally:
        database.close()


def cut_short(path: Path) -> None:
    with_rows(path).close()
    path.write_bytes(path.read_bytes()[:100])
    Database(path, KEY)


def other_key(path: Path) -> None:
    with_rows(path).close()
    Database(path, bytes(32))


def a_folder(path: Path) -> None:
    path.mkdir()
    Database(path, KEY)


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (full, SENTENCES["disk is full"]),
        (locked, SENTENCES["database is locked"]),
        (read_only, SENTENCES["readonly database"]),
        (damaged, "The book on this computer"),
        (cut_short, "The book on this computer"),
        (other_key, SENTENCES["file is not a database"]),
        (a_folder, SENTENCES["unable to open"]),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_a_real_fault_says_what_it_is(do: Callable[[Path], None], said: str, tmp_path: Path) -> None:
    with pytest.raises(StorageFault) as raised:
        do(tmp_path / "book.db")
    assert str(raised.value).startswith(said)


def test_a_full_disk_loses_nothing_that_was_saved(tmp_path: Path) -> None:
    with pytest.raises(StorageFault):
        full(tmp_path / "book.db")
    again = Database(tmp_path / "book.db", KEY)
    assert again.row("SELECT count(*) FROM note") == (200,)
    assert again.row("PRAGMA integrity_check") == ("ok",)
    again.close()


def test_a_transaction_that_failed_leaves_the_file_usable(tmp_path: Path) -> None:
    database = with_rows(tmp_path / "book.db")
    with pytest.raises(dbapi2.OperationalError), database.transaction():
        database.rows("DELETE FROM note RETURNING nothing")
    with pytest.raises(ZeroDivisionError), database.transaction():
        1 / database.run("UPDATE note SET text = '' WHERE 0")
    with database.transaction():
        database.run("INSERT INTO note VALUES ('y')")
    assert database.row("SELECT count(*) FROM note") == (201,)
    database.close()
