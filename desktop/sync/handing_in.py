"""Hands in what waits in a book whose device or person was shut out: the server keeps it, and decides nothing."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from desktop.sync.batches import BatchSize, fitting
from desktop.sync.problems import Stopped, TooLarge
from desktop.sync.transport import Transport
from shared.errors import Unreachable
from shared.model.base import value
from shared.model.registry import canonical

log = logging.getLogger(__name__)

Edits = Sequence[Mapping[str, Any]]
Unsent = Callable[[int, int], Edits]
"""So many of the oldest edits that wait, at most, beyond a number."""
NO_FIT: Final = "invalid"
"""What the server says of a part in which an edit does not fit, and of a message that does not."""
_SMALL: Final = 16 * 1024
"""Bytes of an edit that gets through everywhere: of one that is no larger, too large is the number of edits."""


@value
class Handed:
    """How many edits the server has, and how many it does not take as they are."""

    kept: int
    refused: int = 0

    def __add__(self, more: "Handed") -> "Handed":
        return Handed(kept=self.kept + more.kept, refused=self.refused + more.refused)


class _Send(Protocol):
    """Sends a part, with `last` as all that there is."""

    def __call__(self, part: Edits, /, *, last: bool) -> Handed: ...


def hand_in(transport: Transport, ticket: str, replica: str, unsent: Unsent, *, books_left: int) -> Handed:
    """Hand in everything, part by part and in order: how many edits that were.

    An edit that does not fit is passed over, and so is one that is too large by itself: the server knows each by its
    id, and asks for no number between. It is not told then that this was all. `books_left` is how many other books of
    the device are still to come. Raises Unreachable and what a refusal means, TooLarge where the server takes no more
    edits; what the server has by then it knows when it comes again.
    """

    def send(part: Edits, /, *, last: bool) -> Handed:
        # The ticket first: without it the server does not wait for the rest of a large body.
        told = {"ticket": ticket, "replica": replica, "mutations": part, "last": last, "books_left": books_left}
        taken: int = transport.hand_in(told)["taken"]
        if taken < len(part):
            raise Unreachable("The server is older than this program: it will be upgraded.")
        return Handed(kept=taken)

    size, after, handed = BatchSize(), 0, Handed(kept=0)
    while True:
        part = fitting(unsent(size.now, after))
        is_last = not part or not unsent(1, part[-1]["seq"])
        try:
            handed += _all_that_fits(send, part, last=is_last and not handed.refused)
        except TooLarge as refused:
            if len(part) > 1:
                size.refused(len(part))
                continue
            if not part or len(canonical(part[0]).encode()) <= _SMALL:
                raise
            handed += _passed_over(part[0], refused)
            # Parts may have been too large for no more than this one.
            size = BatchSize()
        if is_last:
            return handed
        after = part[-1]["seq"]


def _all_that_fits(send: _Send, part: Edits, *, last: bool) -> Handed:
    """Send a part; of one that is refused each half, down to the edits that do not fit."""
    try:
        return send(part, last=last)
    except Stopped as refused:
        if refused.code != NO_FIT or not part:
            raise
        if len(part) == 1:
            return _passed_over(part[0], refused)
    middle = len(part) // 2
    first = _all_that_fits(send, part[:middle], last=False)
    return first + _all_that_fits(send, part[middle:], last=last and not first.refused)


def _passed_over(edit: Mapping[str, Any], refused: Exception) -> Handed:
    log.warning("hand_in.does_not_fit", extra={"mutation": edit["id"], "of": edit["name"], "why": str(refused)})
    return Handed(kept=0, refused=1)
