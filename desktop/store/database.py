"""Opens the encrypted file, and gives its transactions."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlcipher3 import dbapi2

from desktop.store.faults import AsStorageFault
from shared.rules.names import without_accents

KEY_BYTES = 32
Journal = Literal["WAL", "DELETE"]
"""A log of writes, beside which others can read; or the pages that are to be changed, kept aside until they are."""
_WORD = re.compile(r"[^\W_]+")
_NO_DIGIT = re.compile(r"\D+")
_TRUNK = re.compile(r"\(0\)")
"""As in `+44 (0)20`: for those who are in the country."""


def folded(text: str | None) -> str:
    """A text as it is searched."""
    return without_accents(text or "")


def words_of(text: str | None) -> str:
    """A name as it is searched, with two blanks around each word: so three letters tell where a word begins.

    An index of three letters then finds a beginning of one, or a whole name, as it finds what lies in the middle.
    """
    return "".join(f"  {word}" for word in _WORD.findall(folded(text))) + "  "


def digits_of(text: str | None) -> str:
    """Nothing but the digits of a text; a break between two numbers stays one blank."""
    return " ".join(part for one in (text or "").split('","') if (part := _NO_DIGIT.sub("", _TRUNK.sub("", one))))


class Database:
    """One connection to the replica's file; used by the thread that owns it alone."""

    def __init__(self, path: Path | None, key: bytes, *, journal: Journal = "WAL") -> None:
        """Open or make the file at `path` with a raw key of 32 bytes, or one in memory where `path` is None.

        Many new pages go straight into the file where `journal` is DELETE: a log would hold them twice. Raises
        StorageFault where the file cannot be opened with this key.
        """
        if len(key) != KEY_BYTES:
            raise ValueError("the replica's key has 32 bytes")
        self._fault = AsStorageFault()
        with self._fault:
            self.connection = dbapi2.connect(
                str(path) if path else ":memory:", isolation_level=None, check_same_thread=False, timeout=5
            )
            # A raw key: a passphrase would cost 120 ms of derivation at every start.
            self.connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            # KiB. More makes a first sync no faster, and is taken by each book that is larger.
            self.connection.execute("PRAGMA cache_size = -16384")
            self.connection.execute(f"PRAGMA journal_mode = {journal}")
            self.connection.execute("PRAGMA synchronous = FULL")
            self.connection.execute("PRAGMA temp_store = MEMORY")
            self.connection.execute("PRAGMA foreign_keys = OFF")
        self.connection.create_function("folded", 1, folded, deterministic=True)
        self.connection.create_function("words_of", 1, words_of, deterministic=True)
        self.connection.create_function("digits_of", 1, digits_of, deterministic=True)

    @property
    def is_spent(self) -> bool:
        """Whether this has met a damaged page: then it reads nothing more, not even what is whole."""
        return self._fault.is_damaged

    @property
    def written(self) -> int:
        """How many rows were written since it was opened, those too that were taken back: it grows with each write."""
        return int(self.connection.total_changes)

    def close(self) -> None:
        """Close the file; what was committed is on disk."""
        with self._fault:
            self.connection.close()

    def rows(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """Every row of a query."""
        with self._fault:
            found: list[tuple[Any, ...]] = self.connection.execute(sql, parameters).fetchall()
        return found

    def row(self, sql: str, parameters: Any = ()) -> tuple[Any, ...] | None:
        """The first row of a query."""
        with self._fault:
            found: tuple[Any, ...] | None = self.connection.execute(sql, parameters).fetchone()
        return found

    def run(self, sql: str, parameters: Any = ()) -> int:
        """Run a statement; the number of rows that it touched."""
        with self._fault:
            return int(self.connection.execute(sql, parameters).rowcount)

    def run_many(self, sql: str, rows: Any) -> None:
        """Run a statement for each of many rows."""
        with self._fault:
            self.connection.executemany(sql, rows)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of a transaction that is taken back by itself where an exception ends it."""
        self.run("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            # What a full disk or a broken file has ended altogether has no savepoint any more.
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK TO attempt")
                self.connection.execute("RELEASE attempt")
            raise
        self.run("RELEASE attempt")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when it ends; an exception rolls back."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            # A commit that a full disk refuses leaves its transaction open.
            self.run("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
