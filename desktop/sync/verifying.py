"""Proves now and then that the replica is the server's book, and mends what is not, without ever going in circles."""

import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final

from desktop.store.checksums import Summed
from desktop.store.faults import DamagedFile
from desktop.store.rows import Line
from desktop.sync.engine_store import EngineStore
from desktop.sync.problems import Busy, TimedOut
from desktop.sync.session import Tokens
from desktop.sync.transport import Transport
from desktop.sync.watch import Watch
from shared import clock
from shared.errors import AppError, Unreachable
from shared.model.registry import ENTITIES
from shared.protocol.messages import MAX_REPAIRED, MAX_SUMS

log = logging.getLogger(__name__)

COMPLAINT: Final = (
    "This book does not match the server. What you enter is still saved and sent; tell whoever runs the server. It is "
    "compared again tonight."
)
FIRST: Final = (30.0, 180.0)
"""Seconds after the start of the program in which nothing is compared: many desks of a business start at one moment."""
AGAIN: Final = 900.0
"""Seconds after a comparison that did not come to its end."""
NIGHT: Final = timedelta(hours=2)
"""From when on, in the night of this computer, the next comparison is due."""
SPREAD: Final = timedelta(hours=3)
_BEHIND: Final = 4
"""Answers in a row that too much has changed, after which the next one is waited for."""
_ROWS: Final = 500
"""Rows of a range: what the store's one thread adds up without holding up an edit."""


class _Tried(IntEnum):
    """What was done about a difference since the replica was last equal: each step once."""

    NOTHING = 0
    REPAIR = 1
    LOAD = 2


class Verifying:
    """One comparison at a time, asked for by the engine's own thread between two rounds, when nothing waits.

    A difference is repaired range by range; what still differs then is loaded afresh; what differs even then is
    reported and left alone until the next night. So one night costs three questions, a repair and a load at most,
    whatever is wrong. `load_afresh` has the next round pull the whole book.
    """

    def __init__(
        self, transport: Transport, session: Tokens, store: EngineStore, watch: Watch, *,
        load_afresh: Callable[[], None], chance: random.Random,
    ) -> None:  # fmt: skip
        self._transport, self._session, self._store, self._watch = transport, session, store, watch
        self._load_afresh = load_afresh
        self._not_before = clock.monotonic() + chance.uniform(*FIRST)
        self._night = NIGHT + chance.random() * SPREAD
        self._tried = _Tried.NOTHING
        self._behind = 0
        self._ended = False
        self.complaint = ""
        """A sentence for a person, where the last comparison ended with a difference that nothing has mended."""

    def stop(self) -> None:
        """Compare nothing more; what is being added up is given up."""
        self._ended = True

    def begin_with_another(self) -> None:
        """Somebody else is at the desk: what was to be done about a difference may not have been."""
        self._tried = _Tried.NOTHING

    def run(self) -> bool:
        """Compare, where that is due; whether the engine has to pull at once.

        Raises Unreachable where nobody answers, DamagedFile where the book cannot be read. Whatever else is in the way
        is no reason not to sync: the next round meets it too, and a server that cannot compare is asked again later.
        """
        if not self._is_due():
            return False
        self._not_before = clock.monotonic() + AGAIN
        try:
            return self._settle()
        except (Busy, TimedOut) as later:
            log.info("verify.put_off", extra={"why": type(later).__name__})
        except (Unreachable, DamagedFile):
            raise
        except AppError as odd:
            log.warning("verify.failed", extra={"why": type(odd).__name__})
        return False

    def _is_due(self) -> bool:
        if clock.monotonic() < self._not_before:
            return False
        last, now = self._store.verified(), clock.now()
        # One that is still to come was noted under a clock that somebody has set right since.
        return last is None or not _last_night(now, self._night) <= last <= now

    def _settle(self) -> bool:
        """One comparison and what follows from it; whether the engine has to pull at once."""
        wrong = self._wrong()
        if wrong and self._tried < _Tried.REPAIR and len(wrong) <= MAX_REPAIRED:
            self._tried = _Tried.REPAIR
            self._repair(wrong)
            wrong = self._wrong()
        if wrong is None:
            return self._pull_first()
        self._behind = 0
        if wrong and self._tried < _Tried.LOAD:
            self._tried = _Tried.LOAD
            log.warning("verify.loads_afresh", extra={"ranges": len(wrong)})
            self._load_afresh()
            self._not_before = clock.monotonic()
            return True
        self._end(wrong)
        return False

    def _pull_first(self) -> bool:
        """More was written meanwhile than the server sets aside: the next pull brings it. Not tried without end."""
        self._behind = (self._behind + 1) % _BEHIND
        if self._behind:
            self._not_before = clock.monotonic()
        return self._behind > 0

    def _end(self, wrong: Sequence[Summed]) -> None:
        if wrong:
            log.error("verify.differs", extra={"ranges": len(wrong), "tables": sorted({one.table for one in wrong})})
        self.complaint = COMPLAINT if wrong else ""
        self._tried = _Tried.NOTHING
        self._store.note_verified()

    def _wrong(self) -> Sequence[Summed] | None:
        """The ranges that differ; None where the server says that there is too much to be pulled first.

        The sums stay what they are while edits are made: they are over what the server has, as far as this replica
        knows, and only this thread pulls.
        """
        held = list(self._sums())
        tables: dict[str, list[Mapping[str, Any]]] = {table: [] for table in ENTITIES}
        for one in held:
            tables[one.table].append({"before": one.before, "rows": one.rows, "sum": one.sum})
        answer = self._asked(tables)
        wrong = [] if answer["behind"] else [one for one in map(self._compared, answer["ranges"]) if one is not None]
        log.info(
            "verify.compared",
            extra={
                "ranges": len(held), "rows": sum(one.rows for one in held), "behind": answer["behind"],
                "unequal": len(answer["ranges"]), "wrong": len(wrong),
            },
        )  # fmt: skip
        return None if answer["behind"] else wrong

    def _sums(self) -> Iterator[Summed]:
        rows = max(_ROWS, 2 * self._store.most_rows() // MAX_SUMS)
        for table in ENTITIES:
            start: str | None = None
            while True:
                if self._ended:
                    raise Unreachable("The connection was closed.")
                one = self._store.next_sum(table, start, rows)
                yield one
                if (start := one.before) is None:
                    break

    def _asked(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Mapping[str, Any]:
        place = self._store.place()
        question = {
            "replica": place.replica, "cursor": place.cursor, "tables": tables, "tried": self._tried.name.lower()
        }  # fmt: skip
        with self._watch.waiting():
            return self._transport.verify(self._session.token(), question)

    def _compared(self, told: Mapping[str, Any]) -> Summed | None:
        """The range where it differs even without the rows that have changed since the cursor."""
        mine = self._store.range_sum(told["table"], told["start"], told["before"], told["changed"])
        return None if (mine.rows, mine.sum) == (told["rows"], told["sum"]) else mine

    def _repair(self, wrong: Sequence[Summed]) -> None:
        log.warning("verify.repairs", extra={"ranges": len(wrong), "tables": sorted({one.table for one in wrong})})
        place = self._store.place()
        ranges = [{"table": one.table, "start": one.start, "before": one.before} for one in wrong]
        wish = {"replica": place.replica, "cursor": place.cursor, "ranges": ranges}
        with ExitStack() as stack:
            with self._watch.waiting():
                lines = stack.enter_context(self._transport.repair(self._session.token(), wish))
            # All of it first: the store is not held up by the network.
            whole: Sequence[Line] = list(self._watch.each(lines))
        self._store.apply_lines(iter(whole))


def _last_night(now: datetime, after_midnight: timedelta) -> datetime:
    """The last moment, so long after a midnight of this computer, that is not after `now`."""
    local = now.astimezone()
    moment = local.replace(hour=0, minute=0, second=0, microsecond=0) + after_midnight
    return moment if moment <= local else moment - timedelta(days=1)
