"""Notices that the server has fallen silent, long before the request that waits for it gives up."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from desktop.runtime.threads import Bell
from shared import clock
from shared.errors import Unreachable

log = logging.getLogger(__name__)

SILENT: Final = 1.0
"""Seconds without a byte after which somebody else asks whether the server is there."""
_BETWEEN: Final = 0.5
_LONGEST_BETWEEN: Final = 4.0
_GRACE: Final = 2.0
"""Seconds that an answer may still take once a server that was away is back."""
_END: Final = object()


class GivenUp(Unreachable):
    """The server was away and is back, and no answer came: the connection has died. It is worth asking anew at once."""


@dataclass(slots=True, eq=False)
class _Wait:
    """Somebody waits for the server's next bytes, and may go on doing so however long it takes."""

    due: float
    """When the server is next asked whether it is there."""
    between: float
    lost: bool = False
    was_lost: bool = False
    given_up: bool = False


class Watch:
    """Asks beside a request that has no answer whether the server is there at all.

    A server that decides a large batch is busy, not away: it answers `probe`, and is asked ever less often, because
    many desks wait for a busy server at once. Nothing is asked while nobody waits. `lost` and `found` are called as
    the server falls silent and speaks again, before the wait's own end is known to whoever waits; `cut` ends every
    connection. `probe` raises Unreachable where nobody answers within some 1.5 seconds.
    """

    def __init__(
        self,
        probe: Callable[[], None],
        *,
        lost: Callable[[], None],
        found: Callable[[], None],
        cut: Callable[[], None],
    ) -> None:
        self._probe, self._lost, self._found, self._cut = probe, lost, found, cut
        self._bell = Bell()
        # What is said of a wait is said before it ends, or not at all.
        self._lock = threading.Lock()
        self._wait: _Wait | None = None
        self._asleep = False
        """Whether only a ring wakes it."""
        self._running = True

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait for the server inside the block; one at a time. Raises GivenUp instead of Unreachable where that is."""
        wait = self._wait = _Wait(due=clock.monotonic() + SILENT, between=SILENT)
        if self._asleep:
            # Else it looks in time: each line of an answer would be one more thread that wants to run.
            self._bell.ring()
        try:
            yield
        except Unreachable as error:
            self._end(wait, answered=False)
            if wait.given_up:
                raise GivenUp(str(error)) from error
            raise
        finally:
            self._end(wait, answered=True)

    def each(self, lines: Iterator[Any]) -> Iterator[Any]:
        """The same lines, each of them waited for."""
        while True:
            with self.waiting():
                line = next(lines, _END)
            if line is _END:
                return
            yield line

    def _end(self, wait: _Wait, *, answered: bool) -> None:
        with self._lock:
            if self._wait is wait:
                self._wait = None
                if answered and wait.lost:
                    self._found()

    def stop(self) -> None:
        """End."""
        self._running = False
        self._bell.ring()

    def run(self) -> None:
        """Watch over whoever waits, until it is stopped."""
        while self._running:
            try:
                pause = self._look()
            except BaseException as error:
                log.error("watch.failed", exc_info=error)
                pause = SILENT
            self._bell.wait(pause)

    def _look(self) -> float | None:
        """Ask whether the server is there, if that is due; how many seconds to rest, None until somebody waits."""
        # Said before it is read whether somebody waits: who begins to after that rings.
        self._asleep = True
        wait = self._wait
        if wait is None:
            return None
        self._asleep = False
        left = wait.due - clock.monotonic()
        if left > 0:
            # Whoever waits next is due no sooner than after that.
            return min(left, SILENT)
        answers = self._answers()
        with self._lock:
            if self._wait is wait:
                wait.due = clock.monotonic() + (self._there(wait) if answers else self._away(wait))
        return 0.0

    def _answers(self) -> bool:
        try:
            self._probe()
        except Unreachable:
            return False
        return True

    def _away(self, wait: _Wait) -> float:
        if not wait.lost:
            wait.lost = wait.was_lost = True
            self._lost()
        return _BETWEEN

    def _there(self, wait: _Wait) -> float:
        if wait.lost:
            wait.lost = False
            self._found()
            return _GRACE
        if wait.was_lost:
            wait.given_up = True
            self._cut()
        wait.between = min(_LONGEST_BETWEEN, 2 * wait.between)
        return wait.between
