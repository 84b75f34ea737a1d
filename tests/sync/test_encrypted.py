"""Nothing of the demo's people stands readable in a desk's book, its WAL, or in any log."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from shared.clock import instant_text, now
from shared.model.registry import ENTITIES
from tests.support.demo_server import DemoServer
from tests.support.headless import HeadlessDesk
from tests.support.server_sums import server_rows
from tests.sync.conftest import DeskMaker

SHORTEST = 7
"""Bytes of a word below which it would be found by chance."""


def people(server: DemoServer) -> set[str]:
    """Names, phones and mail addresses of every customer and member, and every password."""
    words = {account["password"] for account in server.accounts}
    for table, columns in {"customer": ("name", "phones", "emails"), "member": ("name", "email")}.items():
        names = ENTITIES[table].names
        for row in server_rows(server)[table]:
            for column in columns:
                value = row[names.index(column)]
                words |= set(value if isinstance(value, list) else [value])
    return {word for word in words if len(word.encode()) >= SHORTEST}


def found_in(file: Path, words: set[str], told: set[str]) -> set[str]:
    """The words that stand in a file, but for the lines in which the demo's command tells its accounts on purpose."""
    lines = file.read_bytes().split(b"\n")
    raw = b"\n".join(line for line in lines if not any(password.encode() in line for password in told))
    return {word for word in words if word.encode() in raw}


@pytest.fixture
def killed(server: DemoServer, desk: DeskMaker) -> HeadlessDesk:
    """A desk that was in the middle of its work: its WAL is there."""
    one = desk("desk").sign_in(server, "TENANT_STAFF")
    known = one.tell("stylists")
    booking = {"location": known["location"], "staff": known["staff"][0], "service": known["service"]}
    one.tell("edits", count=20, name="Zanzibar Quill", start=instant_text(now() + timedelta(days=60)), **booking)
    one.drained()
    one.kill()
    return one


def test_nothing_of_anybody_stands_readable(server: DemoServer, killed: HeadlessDesk) -> None:
    words = people(server) | {"Zanzibar", "SQLite format 3"}
    assert len(words) > 800
    books = [file for file in killed.home.iterdir() if file.name.startswith("book-")]
    assert {file.name.rpartition(".")[2] for file in books} >= {"db", "db-wal"}
    assert max(file.stat().st_size for file in books) > 100_000
    logs = [killed.log, *server.data.rglob("*.log")]
    assert any(file.stat().st_size > 0 for file in logs)
    told = {server.data / "server.log": {account["password"] for account in server.accounts}}
    found = {file.name: found_in(file, words, told.get(file, set())) for file in [*books, *logs]}
    # The audit trail names whoever signs in; that is what it is for.
    found["security.log"] -= {account["email"] for account in server.accounts}
    assert not any(found.values()), found


def test_plain_sqlite_cannot_open_the_book(killed: HeadlessDesk) -> None:
    (book,) = killed.home.glob("book-*.db")
    connection = sqlite3.connect(book)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        connection.execute("SELECT count(*) FROM sqlite_master")
    connection.close()
