"""A whole book on its way from the server, in a file of its own beside the one that people work with."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

import orjson

from desktop.runtime.uncollected import uncollected
from desktop.store.base import Base
from desktop.store.carrying import carry_over
from desktop.store.database import Database
from desktop.store.erased import went_with_erased
from desktop.store.faults import SENTENCES, BrokenDisk, DamagedFile
from desktop.store.fork import require_own_history
from desktop.store.meta import LOAD, VERIFIED, Meta
from desktop.store.rebase import Rebase
from desktop.store.rows import STORED, Line, index_customers, put_rows, rows_of
from desktop.store.schema import REPLICA_VERSION, create_indexes, create_tables
from shared import clock
from shared.errors import StorageFault, Unreachable
from shared.model.base import value
from shared.model.registry import SCHEMA_VERSION, canonical

Progress = Callable[[int, int], None]
"""Is told the rows that have come, and how many there are."""

SAVED_EVERY: Final = 2.0
"""Seconds of a download that a process that is killed may lose; a line that is cut costs nothing that has come."""
_BESIDE: Final = ("", "-journal", "-wal", "-shm")


@value
class LoadedFor:
    """What a load is good for; its view is the server's to say, with every request."""

    replica: str
    epoch: str | None


class Load:
    """Everything that a desk may hold, taken a line at a time; not a book before `catch_up` and `carry_over`.

    Used by one thread. What has been saved stays in the file with the token that the server goes on from, so that
    neither the end of a stream nor that of the process costs it.
    """

    def __init__(self, path: Path | None, key: bytes, good_for: LoadedFor) -> None:
        """Go on with what is at `path`, or begin where that is nothing, damaged, or for something else.

        Where it is None everything is in memory, and what is cut off begins anew.

        Raises StorageFault.
        """
        self.path = path
        self._of: dict[str, Any] = {
            "replica": good_for.replica, "epoch": good_for.epoch, "schema": SCHEMA_VERSION, "version": REPLICA_VERSION
        }  # fmt: skip
        self._database = self._kept(key) or self._begun(key)
        self._meta = Meta(self._database)
        self._state = orjson.loads(self._meta.get(LOAD) or "{}")
        self._saved_at = clock.monotonic()
        self._tail: Line | None = None
        self._is_book = False
        self.is_in_place = False
        """Whether its file has taken the book's place, whether or not that could be opened."""

    @property
    def resume(self) -> str | None:
        """With what the server goes on; None for a load that has nothing yet."""
        return cast("str | None", self._state.get("resume"))

    @property
    def cursor(self) -> str | None:
        """Once every row has come: where the load began, from which the difference closes it."""
        return cast("str | None", self._state.get("cursor"))

    def _kept(self, key: bytes) -> Database | None:
        if self.path is None or not self.path.exists():
            return None
        with suppress(DamagedFile, BrokenDisk), ExitStack() as stack:
            database = stack.enter_context(closing(Database(self.path, key, journal="DELETE")))
            if self._goes_on(database):
                stack.pop_all()
                return database
        return None

    def _goes_on(self, database: Database) -> bool:
        if database.row("SELECT 1 FROM sqlite_master WHERE name = 'meta'") is None:
            return False
        state = orjson.loads(Meta(database).get(LOAD) or "{}")
        if state.get("of") != self._of or not state.keys() & {"resume", "cursor"}:
            return False
        with database.transaction():
            # It had been made ready to be a book, and did not become one: it is the server's word alone again.
            Base(database).settle({}, {})
        return True

    def _begun(self, key: bytes) -> Database:
        if self.path is not None:
            discard(self.path)
        database = Database(self.path, key, journal="DELETE")
        try:
            self._lay(database)
        except StorageFault:
            # A file that holds nothing would count as a load that has begun.
            database.close()
            if self.path is not None:
                discard(self.path)
            raise
        return database

    def _lay(self, database: Database) -> None:
        with database.transaction():
            create_tables(database)
            Meta(database).set(LOAD, canonical({"of": self._of, "rows": 0}))
            if self._of["epoch"] is not None:
                Meta(database).set("epoch", self._of["epoch"])

    def take(self, lines: Iterator[Line], *, progress: Progress) -> None:
        """Take the lines of a first sync, to the end. Raises Unreachable where they break off, ServerPutBack.

        Raises StorageFault too.
        """
        total = 0
        with self._given_up_if_damaged(), self._rolled_back():
            while (line := self._next(lines)) is not None:
                if line["kind"] == "head":
                    require_own_history(self._meta, line.get("epoch"))
                    total = self._state["rows"] + sum(line["counts"].values())
                    self._state["view"] = line["view"]
                    self._state["newest"] = max(line.get("newest") or 0, self._state.get("newest", 0))
                elif line["kind"] == "rows":
                    self._put(line)
                    progress(self._state["rows"], max(total, self._state["rows"]))
                elif line["kind"] == "tail":
                    self._finish(line)
                    return
        raise Unreachable("the server's answer broke off before its end")

    def _next(self, lines: Iterator[Line]) -> Line | None:
        """The next line, None at their end; what has come is saved now and then, and where no other comes."""
        if clock.monotonic() - self._saved_at >= SAVED_EVERY:
            self._save()
        try:
            with uncollected():
                line = next(lines, None)
        except BaseException:
            self._save()
            raise
        if line is None:
            self._save()
        return line

    @contextmanager
    def _rolled_back(self) -> Iterator[None]:
        """What is not saved inside the block is gone after it: a line that was half taken, too."""
        self._database.run("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            if self._database.connection.in_transaction:
                self._database.run("ROLLBACK")

    def _save(self) -> None:
        self._meta.set(LOAD, canonical(self._state))
        self._database.run("COMMIT")
        self._database.run("BEGIN IMMEDIATE")
        self._saved_at = clock.monotonic()

    def _put(self, line: Line) -> None:
        if line["table"] in STORED:
            with uncollected():
                put_rows(self._database, line["table"], rows_of(line), fresh=True)
        self._state["rows"] += len(line["rows"])
        self._state["resume"] = line["resume"]

    def _finish(self, tail: Line) -> None:
        index_customers(self._database)
        create_indexes(self._database)
        self._state["cursor"] = tail["cursor"]
        self._save()

    def catch_up(self, lines: Iterator[Line]) -> None:
        """Take what has changed since the load began.

        Raises Unreachable where that breaks off, OlderAnswer where it was told before some of it, and StorageFault.
        """
        with self._given_up_if_damaged():
            with self._database.transaction():
                tail = Rebase(self._database).catch_up(lines, at_least=self._state.get("newest", 0))
                # Where it does not become a book now, no answer from before this one closes it later.
                newest = self._state | {"newest": tail["version"]}
                self._meta.set(LOAD, canonical(newest))
            self._tail, self._state = tail, newest

    @property
    def outcomes(self) -> Sequence[Line]:
        """What the server said of edits as it caught up."""
        return () if self._tail is None else self._tail.get("outcomes") or ()

    def carry_over(self, old: Database) -> None:
        """Make it the book that follows on `old`, with all that only this computer knows.

        Raises StorageFault, and ReplicaForked where the server knows edits that were never made here.
        """
        if self._tail is None:
            raise ValueError("a load that has not caught up is no book")
        try:
            with self._database.transaction():
                carry_over(old, self._database)
                self._meta.set("view", self._state["view"])
                self._meta.delete(VERIFIED)
                rebase = Rebase(self._database)
                rebase.touched.update(went_with_erased(old, self._database))
                rebase.replay_after(self._tail)
        except DamagedFile:
            # What only this computer knows cannot be read whole: no load mends that.
            self.discard()
            raise

    def become_book(self) -> Database:
        """What was carried over to in memory, which is another's to close from now on."""
        self._is_book = True
        return self._database

    def discard(self) -> None:
        """Close it, and leave nothing of it behind."""
        self.close()
        if self.path is not None:
            discard(self.path)

    def close(self) -> None:
        """Close the file, to go on another time; a second time does nothing."""
        if not self._is_book:
            self._database.close()

    @contextmanager
    def _given_up_if_damaged(self) -> Iterator[None]:
        try:
            yield
        except DamagedFile as damaged:
            self.discard()
            # Of the book, which is another file, that says nothing.
            raise BrokenDisk(SENTENCES["disk I/O error"]) from damaged


def load_path(book: Path) -> Path:
    """Where the load is that is to become this book."""
    return book.with_suffix(".load")


def discard(load: Path) -> None:
    """Delete a load's file and what may lie beside it. Raises StorageFault."""
    try:
        for one in _BESIDE:
            load.with_name(load.name + one).unlink(missing_ok=True)
    except OSError as error:
        raise StorageFault("A file beside the book on this computer cannot be removed.") from error
