"""Tells the audit trail how often somebody was refused the same, once the time for which that is counted is over."""

from typing import Final

from syncserver.services.audit.recorder import Audit
from syncserver.services.jobs.rounds import Rounds

_EVERY: Final = 60.0


class RefusalCounts:
    """Records the counts of windows that have ended, for as long as the server runs."""

    def __init__(self, audit: Audit) -> None:
        self._rounds = Rounds("refusals", audit.tell_counted, every=_EVERY)
        self.start, self.close = self._rounds.start, self._rounds.close
