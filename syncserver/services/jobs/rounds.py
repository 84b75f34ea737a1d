"""Something that is done again and again, in a thread of its own, for as long as the server runs."""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from shared.errors import StorageFault

log = structlog.get_logger()

_END: Final = 4.0
"""Seconds that a round has to end when the server goes away: a mail server that hangs holds up nobody."""
_AFTER_TROUBLE: Final = 15.0


class Rounds:
    """Calls `look` every so many seconds; what goes wrong in one round is logged, and the next is made."""

    def __init__(self, name: str, look: Callable[[], None], *, every: float) -> None:
        """`name` is the thread's, and stands in what is logged."""
        self._name, self._look, self._every = name, look, every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def ended(self) -> bool:
        """Whether a round that is under way is to come to its end."""
        return self._ended.is_set()

    def start(self) -> None:
        """Begin; the first round is one interval away, for a start has enough to do."""
        self._thread.start()

    def close(self) -> None:
        """End after the round that is under way, or leave it to end with the process where it takes too long."""
        self._ended.set()
        self._thread.join(_END)

    def _run(self) -> None:
        pause = self._every
        while not self._ended.wait(pause):
            pause = self._every
            try:
                self._look()
            except StorageFault as trouble:
                pause = max(pause, _AFTER_TROUBLE)
                log.warning("round.trouble", what=self._name, kind=type(trouble.__cause__).__name__)
            except Exception:
                # Serving goes on, and so does the next round.
                log.exception("round.failed", what=self._name)
