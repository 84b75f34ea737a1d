"""A desk at which somebody acts as somebody else: a book in memory, and no edit that the server has not decided."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final

from desktop.operations.operation import Operation
from desktop.store.database import KEY_BYTES
from desktop.store.load import Load
from desktop.store.meta import Identity
from desktop.store.replica import Edited, Replica
from desktop.store.rows import Line
from desktop.sync.engine import Engine
from desktop.sync.masquerade import Begun, OneToken
from desktop.sync.replica_store import ReplicaStore
from desktop.sync.status import Connection, SyncStatus
from desktop.sync.transport import Transport
from desktop.synced_book import SyncedBook
from shared import clock, ids
from shared.errors import AppError, Code, Refusal, StorageFault
from shared.mutations.decide import OutcomeKind

_NO_KEY: Final = bytes(KEY_BYTES)
"""What is nowhere but in memory is not encrypted."""
_TAKEN: Final = (OutcomeKind.APPLIED.value, OutcomeKind.ADJUSTED.value)
_OVER: Final = (Connection.SIGN_IN, Connection.STOPPED)


class End(StrEnum):
    """Why it is over."""

    STOPPED = "stopped"
    """By the person at the window."""
    EXPIRED = "expired"
    REFUSED = "refused"
    """The server takes it no more: it was ended elsewhere, somebody was disabled, or the business is suspended."""


class _Asked:
    """An edit that somebody waits for: what draws it, and what it became."""

    def __init__(self, make: Callable[[Replica], Operation | None]) -> None:
        self.make = make
        self.future: Future[Edited | None] = Future()
        self.edited: Edited | None = None


class MasqueradeDesk(SyncedBook):
    """Works while the server answers. One edit is asked of it at a time, and shown once it has taken it.

    Nothing is written to disk and there is no queue: what it has not answered is taken back when it cannot be reached.
    `ended` is called once, on any thread, when it is over by the server or by time.
    """

    def __init__(self, begun: Begun, ended: Callable[[End], None]) -> None:
        """A book that is empty until `start` has brought it. Raises StorageFault where there is no memory for one."""
        super().__init__(None, _NO_KEY, begun.server)
        self.begun = begun
        self._ended = ended
        self._over = False
        self._transport, self._token = Transport(begun.server), OneToken(begun)
        self._open: _Asked | None = None
        """What the server is being asked. It and the others are the store thread's alone."""
        self._later: deque[_Asked] = deque()
        about = begun.about
        identity = Identity(
            replica=ids.new_id(), device=begun.session, tenant=about.target.tenant or "", session=begun.session,
            user_id=begun.user, user_name=about.target.name, role=about.target.role,
        )  # fmt: skip
        self.do(lambda replica: replica.identify(identity))
        store = _AnsweredStore(self.do, self.changes, is_shared=lambda: False, holds=lambda view, business: None)
        store.answered = self._answered
        self.engine = Engine(self._transport, self._token, store, on_status=self._tell)
        self.on_status(self._look)

    @property
    def seconds_left(self) -> float:
        """Until it is over by time; the server's clock said how many there were."""
        return self.begun.until - clock.monotonic()

    def expire(self) -> None:
        """Its time is over, as the window's own clock says."""
        self._end(End.EXPIRED)

    def stop(self) -> bool:
        """End it on the server and here; whether the server knows of it, which ends it by time otherwise."""
        self._over = True
        told = False
        with suppress(AppError):
            self._transport.masquerade_stop(self._token.token())
            told = True
        self.close()
        return told

    def close(self) -> None:
        """Let go of the book: nothing of it is left. A second time does nothing."""
        self._over = True
        self._token.forget_token()
        self.engine.stop()
        self._store.stop(self._let_go)

    def _let_go(self) -> None:
        for asked in (self._open, *self._later):
            if asked is not None:
                asked.future.set_exception(StorageFault("The book is closed."))
        self._open = None
        self._later.clear()
        self.replica.close()

    # Edits

    def run_from(self, make: Callable[[Replica], Operation | None]) -> "Future[Edited | None]":
        """Ask the server for the edit that `make` draws; the future raises Refusal where it or the rules say no."""
        asked = _Asked(make)
        self._store.submit(lambda: self._take(asked)).add_done_callback(lambda taken: _give_up(asked, taken))
        return asked.future

    def run(self, operation: Operation) -> "Future[Edited]":
        """Ask the server for an edit; the future raises Refusal where it or the rules say no."""
        made: Future[Edited] = self.run_from(lambda replica: operation)  # type: ignore[assignment]
        return made

    def edit(self, operation: Operation) -> Edited:
        """The same, and wait for its answer."""
        return self.run(operation).result()

    def _take(self, asked: _Asked) -> None:
        self._later.append(asked)
        self._ask_next()

    def _ask_next(self) -> None:
        while self._open is None and self._later:
            asked = self._later.popleft()
            try:
                asked.edited = self._announced(asked)
            except BaseException as error:  # noqa: BLE001 - whoever asked gets it, whatever it is
                asked.future.set_exception(error)
                continue
            if asked.edited is None:
                asked.future.set_result(None)
                continue
            self._open = asked
            self._edited()

    def _announced(self, asked: _Asked) -> Edited | None:
        if self.status.connection is not Connection.ONLINE:
            raise Refusal(Code.NOT_REACHED)
        operation = asked.make(self.replica)
        return None if operation is None else self.replica.announce(operation.name, operation.args)

    def _answered(self, outcomes: Sequence[Mapping[str, Any]]) -> None:
        """On the store thread: a pull has come, with what the server has made of edits."""
        asked = self._open
        if asked is None or asked.edited is None or asked.edited.mutation_id in self.replica.outbox.ids():
            return
        self._open = None
        mine = asked.edited.mutation_id
        told = next((one for one in outcomes if one["id"] == mine), None)
        if told is None:
            # Decided, and nobody has said how: whoever asked looks at the book.
            asked.future.set_exception(Refusal(Code.NOT_ANSWERED))
        elif told["outcome"] in _TAKEN:
            asked.future.set_result(asked.edited)
        else:
            asked.future.set_exception(_refusal(told))
        self._ask_next()

    def _look(self, status: SyncStatus) -> None:
        if status.connection in _OVER or not status.may_hold:
            self._end(End.EXPIRED if self.seconds_left <= 0 else End.REFUSED)
        elif status.connection is Connection.OFFLINE:
            self._store.submit(self._withdraw)

    def _withdraw(self) -> None:
        """On the store thread: what has no answer is not kept, to be sent later."""
        asked, self._open = self._open, None
        if asked is not None and asked.edited is not None:
            touched = self.replica.withdraw(asked.edited.mutation_id)
            if touched is None:
                # Its answer has come, and is about to be looked at.
                self._open = asked
                return
            asked.future.set_exception(Refusal(Code.NOT_ANSWERED))
            self._tell_of({table: frozenset(rows) for table, rows in touched.items()})
        self._ask_next()

    def _end(self, why: End) -> None:
        if not self._over:
            self._over = True
            self._ended(why)


class _AnsweredStore(ReplicaStore):
    """Tells on the store thread what each pull has said of edits."""

    answered: Callable[[Sequence[Mapping[str, Any]]], None]

    def apply_lines(self, lines: Iterator[Line]) -> None:
        kept = list(lines)
        super().apply_lines(iter(kept))
        self._told(kept[-1].get("outcomes") or ())

    def take_over(self, load: Load) -> None:
        super().take_over(load)
        self._told(load.outcomes)

    def _told(self, outcomes: Sequence[Mapping[str, Any]]) -> None:
        self._ask(lambda replica: self.answered(outcomes))


def _refusal(told: Mapping[str, Any]) -> Refusal:
    code = told.get("code")
    known = Code(code) if code in set(Code) else Code.QUARANTINED
    return Refusal(known, **(told.get("details") or {}))


def _give_up(asked: _Asked, taken: "Future[None]") -> None:
    """Whoever waits hears it where the book was closed before their turn came."""
    error = taken.exception()
    if error is not None and not asked.future.done():
        asked.future.set_exception(error)
