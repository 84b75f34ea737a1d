"""Cuts what waits into pushes that the server takes."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from shared.protocol.messages import MAX_BATCH, MAX_BODY

log = logging.getLogger(__name__)

_Edit = Mapping[str, Any]
_ROOM: Final = MAX_BODY - 4096
"""Bytes of a push that its edits may fill."""
_IN_A_ROW: Final = 4
"""Pushes that are taken one after the other before a larger one is tried."""


class BatchSize:
    """How many edits go into one push: fewer where the server or the link does not manage as many."""

    def __init__(self) -> None:
        self.now = self._most = MAX_BATCH
        self._missed = self._taken = 0

    def refused(self, sent: int) -> None:
        """So many were too large: something on the way has a limit, and it stays."""
        self._most = max(1, sent // 2)
        self._shrink(self._most)

    def missed(self, sent: int) -> None:
        """So many had no answer in time. Once may be chance; from the second time in a row on it is halved."""
        self._missed += 1
        self._taken = 0
        if self._missed > 1:
            self._shrink(max(1, sent // 2))

    def _shrink(self, edits: int) -> None:
        if edits != self.now:
            # Whoever looks after this network should know: what is large does not get through.
            log.warning("sync.smaller_pushes", extra={"edits": edits})
        self.now = edits

    def taken(self) -> None:
        """A push was answered."""
        self._missed = 0
        self._taken += 1
        if self._taken == _IN_A_ROW:
            self._taken = 0
            self.now = min(self._most, 2 * self.now)


def fitting(edits: Sequence[_Edit]) -> list[_Edit]:
    """As many of the first edits as fit into one push; at least one, where there is one."""
    batch: list[_Edit] = []
    size = 0
    for one in edits:
        size += len(orjson.dumps(one)) + 1
        if batch and size > _ROOM:
            break
        batch.append(one)
    return batch
