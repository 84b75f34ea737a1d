"""A replica that is open on its own thread: the edits and questions of a person, and who hears of changes."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from desktop.operations.operation import Operation
from desktop.runtime.changes import Changes, Tables
from desktop.runtime.threads import StoreThread
from desktop.store.replica import Edited, Replica
from desktop.store.turning import Turned

T = TypeVar("T")


class OpenBook:
    """Every call may come from any thread; `_edited` is called on the store's own after each edit."""

    def __init__(self, path: Path | None, key: bytes) -> None:
        """Open the file, or a book in memory where there is none.

        Raises StorageFault where it is damaged or the key is not its own, ProtocolMismatch.
        """
        self.changes = Changes()
        self._store = StoreThread()
        try:
            self.replica = self._store.call(lambda: Replica(path, key))
        except BaseException:
            self._store.stop()
            raise

    def _edited(self) -> None:
        """Somebody has made an edit, which is saved."""

    def run(self, operation: Operation) -> "Future[Edited]":
        """Make an edit. The future raises Refusal where the rules say no, StorageFault where the disk does."""
        return self._store.submit(lambda: self._edit(operation))

    def run_from(self, make: Callable[[Replica], Operation | None]) -> "Future[Edited | None]":
        """Make the edit that `make` draws from the book as it is when its turn comes; none where it draws none."""

        def job() -> Edited | None:
            operation = make(self.replica)
            return None if operation is None else self._edit(operation)

        return self._store.submit(job)

    def edit(self, operation: Operation) -> Edited:
        """Make an edit and wait for it."""
        return self._store.call(lambda: self._edit(operation))

    def _edit(self, operation: Operation) -> Edited:
        edited = self.replica.edit(operation.name, operation.args, label=operation.label, macro=operation.macro)
        self._tell_of(edited.touched)
        return edited

    def turn(self, turn: Callable[[Replica], tuple[Turned | None, T]]) -> "Future[tuple[Turned | None, T]]":
        """Take back a step or do it again, as `turn` does; the future raises StorageFault where the disk does."""

        def job() -> tuple[Turned | None, T]:
            turned, answer = turn(self.replica)
            self._tell_of(turned.touched if turned else {})
            return turned, answer

        return self._store.submit(job)

    def change(self, work: Callable[[Replica], tuple[T, Tables]]) -> T:
        """Have the store thread make several edits of one kind and say which rows they touched, and wait for it."""
        return self._store.call(lambda: self._change(work))

    def _change(self, work: Callable[[Replica], tuple[T, Tables]]) -> T:
        answer, touched = work(self.replica)
        self._tell_of(touched)
        return answer

    def ask(self, question: Callable[[Replica], T]) -> "Future[T]":
        """Ask the book something."""
        return self._store.submit(lambda: question(self.replica))

    def do(self, question: Callable[[Replica], T]) -> T:
        """Ask the book something and wait for the answer."""
        return self._store.call(lambda: question(self.replica))

    def _tell_of(self, touched: Mapping[str, frozenset[str]]) -> None:
        self.changes.tell(dict(touched) | {"outbox": frozenset()})
        self._edited()
