"""The replica as the engine sees it: every call waits for the store thread."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from desktop.runtime.changes import Changes
from desktop.store import checksums
from desktop.store.base import Touched
from desktop.store.checksums import Summed
from desktop.store.fork import begin_again
from desktop.store.load import Load
from desktop.store.meta import BUSINESS, VERIFIED, hidden_name, identity_of
from desktop.store.people import Leave
from desktop.store.replica import Replica
from desktop.store.rows import Line
from desktop.sync.engine_store import LeftDesk, Place
from shared import clock, ids
from shared.clock import instant_text, parse_instant
from shared.errors import StorageFault
from shared.model.registry import ENTITIES, SCHEMA_VERSION

log = logging.getLogger(__name__)
T = TypeVar("T")
_NO_SEQ: Final = 0


class Ask(Protocol):
    """Asks the replica on its own thread, and waits for the answer."""

    def __call__(self, question: Callable[[Replica], T], /) -> T: ...


class ReplicaStore:
    """The replica on its thread. `is_shared` says whether others than the person at the desk work on it."""

    def __init__(
        self, ask: Ask, changes: Changes, *, is_shared: Callable[[], bool], holds: Callable[[str, str], None]
    ) -> None:
        """`holds` is told which view it has, and of which business it is; an empty one is not known."""
        self._ask, self._changes = ask, changes
        self._is_shared, self._holds = is_shared, holds
        self._may_note: Callable[[], bool] = lambda: True
        self._is_untold = False
        """Whether another book may have taken this one's place, and could not be opened: of that nobody was told."""

    def only_while(self, holds: Callable[[], bool]) -> None:
        self._may_note = holds

    def _note(self, write: Callable[[Replica], T]) -> T:
        """Write what the server has said."""

        def on_the_thread(replica: Replica) -> T:
            # Here, where whoever comes to the desk is named in the book: neither gets in between.
            if not self._may_note():
                raise LeftDesk
            return write(replica)

        return self._ask(on_the_thread)

    def place(self) -> Place:
        return self._ask(_place)

    def standing(self, limit: int, after: int) -> tuple[Place, Sequence[Line]]:
        found = self._ask(lambda replica: (_place(replica), replica.unsent(limit, after)))
        if self._is_untold:
            self._tell_of_another({table: set() for table in ENTITIES})
        return found

    def registered(self, answer: Mapping[str, Any]) -> None:
        self._note(lambda replica: replica.registered(answer))
        self._note_view()

    def belongs_elsewhere(self, view: str) -> bool:
        held = self._ask(lambda replica: replica.meta.get("view"))
        return held not in (None, view) and self._is_shared()

    def begin_to_end(self) -> Sequence[Leave]:
        return self._ask(_begin_to_end)

    def ended(self, session: str) -> None:
        self._ask(lambda replica: _forget(replica, session))

    def unsent(self, limit: int, after: int) -> Sequence[Mapping[str, Any]]:
        return self._ask(lambda replica: replica.unsent(limit, after))

    def waiting(self) -> int:
        return self._ask(lambda replica: replica.outbox.count())

    def last_contact(self) -> datetime | None:
        return self._ask(lambda replica: replica.meta.moment("last_contact"))

    def begin_again(self, *, offer_sent: bool) -> None:
        self._note(lambda replica: begin_again(replica.database, ids.new_id(), offer_sent=offer_sent))

    def hidden(self) -> str | None:
        return self._ask(lambda replica: replica.meta.get(_hidden_name(replica)))

    def note_hidden(self, why: str | None) -> None:
        self._note(lambda replica: _note_hidden(replica, why))

    def verified(self) -> datetime | None:
        return self._ask(lambda replica: replica.meta.moment(VERIFIED))

    def note_verified(self) -> None:
        self._ask(lambda replica: _note_now(replica, VERIFIED))

    def most_rows(self) -> int:
        return self._ask(lambda replica: checksums.most_rows(replica.database))

    def next_sum(self, table: str, start: str | None, rows: int) -> Summed:
        return self._ask(lambda replica: checksums.next_sum(replica.database, table, start, rows))

    def range_sum(self, table: str, start: str | None, before: str | None, without: Collection[str]) -> Summed:
        return self._ask(lambda replica: checksums.range_sum(replica.database, table, start, before, without=without))

    def touch_contact(self, tail: Line) -> None:
        self._note(lambda replica: _touch_contact(replica, tail))

    def apply_lines(self, lines: Iterator[Line]) -> None:
        self._tell(self._note(lambda replica: replica.apply_lines(lines)))

    def note_damaged(self) -> None:
        self._ask(lambda replica: replica.note_damaged())

    def load(self) -> Load:
        return self._ask(lambda replica: replica.load())

    def take_over(self, load: Load) -> None:
        self._is_untold = True
        self._tell_of_another(self._note(lambda replica: replica.take_over(load)))

    def _tell_of_another(self, touched: Touched) -> None:
        self._is_untold = False
        self._tell(touched)
        self._note_view()

    def _note_view(self) -> None:
        view, business = self._ask(lambda replica: (replica.meta.get("view"), replica.meta.get(BUSINESS)))
        if view is not None:
            try:
                self._holds(view, business or "")
            except StorageFault:
                # The book is taken in all the same, and is not to be loaded again for that.
                log.exception("view.not_noted")

    def _tell(self, touched: Touched) -> None:
        rows = {table: frozenset(found) for table, found in touched.items()}
        self._changes.tell(rows | {"outbox": frozenset()})


def _begin_to_end(replica: Replica) -> Sequence[Leave]:
    if not replica.database.row("SELECT 1 FROM leaving"):
        # As nearly always: a round that has nothing to write waits for no disk.
        return ()
    with replica.database.transaction():
        return replica.people.begin_to_end()


def _forget(replica: Replica, session: str) -> None:
    with replica.database.transaction():
        replica.people.ended(session)


def _note_now(replica: Replica, name: str) -> None:
    with replica.database.transaction():
        replica.meta.set(name, instant_text(clock.now()))


def _touch_contact(replica: Replica, tail: Line) -> None:
    with replica.database.transaction():
        replica.meta.set("last_contact", instant_text(clock.now()))
        replica.meta.confirm(parse_instant(tail["server_time"]), tail.get("offline_lease"))


def _hidden_name(replica: Replica) -> str:
    return hidden_name(replica.meta.get("user_id") or "")


def _note_hidden(replica: Replica, why: str | None) -> None:
    with replica.database.transaction():
        if why is None:
            replica.meta.delete(_hidden_name(replica))
        else:
            replica.meta.set(_hidden_name(replica), why)


def _place(replica: Replica) -> Place:
    known = replica.meta.all()
    identity = identity_of(known)
    return Place(
        replica=identity.replica,
        device=identity.device,
        schema=SCHEMA_VERSION,
        epoch=known.get("epoch"),
        cursor=known.get("cursor"),
        version=int(known.get("version") or _NO_SEQ),
        view=known.get("view"),
        is_loading=replica.is_loading,
    )
