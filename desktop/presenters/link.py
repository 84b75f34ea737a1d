"""The line between presenters and the desk: questions, edits and changes, none of which keeps the window waiting."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

from PySide6.QtCore import QObject, Signal

from desktop.desk import Desk
from desktop.operations.operation import Operation
from desktop.runtime.changes import Tables
from desktop.runtime.qt import MainThread
from desktop.store.pieces import InPieces
from desktop.store.replica import Edited, Replica
from desktop.store.turning import Turned
from desktop.sync.status import SyncStatus
from desktop.synced_book import SyncedBook
from shared.errors import AppError, Refusal, StorageFault

T = TypeVar("T")


class Link(QObject):
    """One open book as the presenters use it; its signals come on the main thread."""

    changed = Signal(object)
    """The set of the names of tables of which rows changed."""
    statusChanged = Signal(object)
    """The `SyncStatus`."""
    faulted = Signal(str)
    """A sentence: the disk is full, the file is damaged."""
    saved = Signal()
    """An edit was saved, or taken back."""

    desk: SyncedBook

    def __init__(self, desk: SyncedBook, main: MainThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self._main = main
        self._open = True
        self._ends = desk.changes.listen(self._tables_changed), desk.on_status(self._status_changed)

    @property
    def is_open(self) -> bool:
        """Whether anybody hears of answers still."""
        return self._open

    def close(self) -> None:
        """Say nothing any more of what comes after; the desk, which the next person goes on with, knows it no more."""
        if self._open:
            self._open = False
            for end in self._ends:
                end()

    def ask(
        self,
        question: Callable[[Replica], T],
        then: Callable[[T], None],
        lost: Callable[[], object] = lambda: None,
    ) -> None:
        """Ask the book; `then` gets the answer, and `lost` is called where there is none."""

        def failed(error: BaseException) -> None:
            lost()
            self._failed(error)

        self._main.deliver(self.desk.ask(question), lambda answer: then(answer) if self._open else None, failed)

    def ask_in_pieces(
        self,
        reading: InPieces[T],
        then: Callable[[T], None],
        lost: Callable[[], object] = lambda: None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Ask one piece after the other, as long as it is `wanted`: edits and other questions come in between."""

        def read(answer: T | None) -> None:
            if not wanted():
                return
            if answer is None:
                self.ask_in_pieces(reading, then, lost, wanted)
            else:
                then(answer)

        self.ask(reading.step, read, lost)

    def run(
        self,
        operation: Operation,
        then: Callable[[Edited], None],
        refused: Callable[[Refusal], None],
        lost: Callable[[], object] = lambda: None,
    ) -> None:
        """Make an edit; `refused` gets the refusal where the rules say no, `lost` is called where the disk does."""
        self._deliver(self.desk.run(operation), self._saying(then, lambda edited: True), refused, lost)

    def run_from(
        self,
        make: Callable[[Replica], Operation | None],
        then: Callable[[Edited | None], None],
        refused: Callable[[Refusal], None],
        lost: Callable[[], object] = lambda: None,
    ) -> None:
        """Make the edit that `make` draws from the book when its turn comes: two in a row stand on one another."""
        was_made = self._saying(then, lambda edited: edited is not None)
        self._deliver(self.desk.run_from(make), was_made, refused, lost)

    def turn(
        self,
        turn: Callable[[Replica], tuple[Turned | None, T]],
        then: Callable[[tuple[Turned | None, T]], None],
        refused: Callable[[Refusal], None],
    ) -> None:
        """Take a step back, or do it again; `then` gets what came of it, and what else was asked."""
        was_turned = self._saying(then, lambda told: told[0] is not None and told[0].made > 0)
        self._deliver(self.desk.turn(turn), was_turned, refused)

    def _saying(self, then: Callable[[T], None], is_saved: Callable[[T], bool]) -> Callable[[T], None]:
        """`then`, and before it the signal where something was saved."""

        def and_say(result: T) -> None:
            if is_saved(result):
                self.saved.emit()
            then(result)

        return and_say

    def _deliver(
        self,
        future: "Future[T]",
        then: Callable[[T], None],
        refused: Callable[[Refusal], None],
        lost: Callable[[], object] = lambda: None,
    ) -> None:

        def failed(error: BaseException) -> None:
            if isinstance(error, Refusal):
                if self._open:
                    refused(error)
            else:
                if self._open:
                    lost()
                self._failed(error)

        self._main.deliver(future, lambda result: then(result) if self._open else None, failed)

    def await_job(
        self, future: "Future[T]", then: Callable[[T], None], failed: Callable[[AppError | OSError], None]
    ) -> None:
        """Hand what another thread has done to `then`; `failed` gets what the world or the rules had against it."""

        def ended(error: BaseException) -> None:
            if not isinstance(error, (AppError, OSError)):
                raise error
            if self._open:
                failed(error)

        self._main.deliver(future, lambda result: then(result) if self._open else None, ended)

    def tell(self, act: Callable[[], None]) -> None:
        """Have `act` called on the main thread, where the book is open still; may be asked from any thread."""
        self._main.post(lambda: act() if self._open else None)

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, StorageFault):
            raise error
        if self._open:
            self.faulted.emit(str(error))

    def _tables_changed(self, tables: Tables) -> None:
        names = frozenset(tables)
        self.tell(lambda: self.changed.emit(names))

    def _status_changed(self, status: SyncStatus) -> None:
        self.tell(lambda: self.statusChanged.emit(status))


class DeskLink(Link):
    """The line to a desk that people take turns at."""

    desk: Desk

    def __init__(self, desk: Desk, main: MainThread, parent: QObject | None = None) -> None:
        super().__init__(desk, main, parent)
        self.account: Final = desk.account
        """Who came to the desk with it: the desk may be handed on before the window hears of that."""


class Latest:
    """Asks one question at a time; asked again meanwhile, it asks once more and drops the older answer."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._asking = False
        self._next: Callable[[], None] | None = None
        self._forgotten = 0

    def ask(self, question: Callable[[Replica], T], then: Callable[[T], None]) -> None:
        """Ask, as soon as the answer before has come; only the newest question is still asked."""
        if self._asking:
            self._next = lambda: self._begin(question, then)
        else:
            self._begin(question, then)

    def forget(self) -> None:
        """Drop what would be asked next, and the answer that is on its way."""
        self._next = None
        self._forgotten += 1

    def _begin(self, question: Callable[[Replica], T], then: Callable[[T], None]) -> None:
        self._asking, asked = True, self._forgotten

        def answered(answer: T) -> None:
            if not self._went_on() and asked == self._forgotten:
                then(answer)

        self._link.ask(question, answered, self._went_on)

    def _went_on(self) -> bool:
        """Ask what is to be asked next; whether there was anything."""
        self._asking = False
        following, self._next = self._next, None
        if following is not None:
            following()
        return following is not None
