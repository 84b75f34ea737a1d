"""Hands in what waits in a book whose device or person was shut out: the server keeps it, and decides nothing."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from desktop.sync.batches import BatchSize, fitting
from desktop.sync.problems import Busy, PutBack, Stopped, TimedOut, TooLarge
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
_PUT_BACK: Final = "epoch_changed"
"""What it says where it was put back since it took the parts before, and has let everybody in again."""
_SMALL: Final = 16 * 1024
"""Bytes of an edit that gets through everywhere: of one that is no larger, too large is the number of edits."""


@value
class Handed:
    """How many edits the server has, and how many it does not take as they are."""

    kept: int
    refused: int = 0

    @property
    def tried(self) -> int:
        """How many edits that is."""
        return self.kept + self.refused

    def __add__(self, more: "Handed") -> "Handed":
        return Handed(kept=self.kept + more.kept, refused=self.refused + more.refused)


class _Send(Protocol):
    """Sends a part, with `last` as all that there is."""

    def __call__(self, part: Edits, /, *, last: bool) -> None: ...


class HandingIn:
    """One book on its way to the business: how far that has come, and how much of it gets through at once.

    Both are kept from one try to the next: a line that lasts for one part at a time, or for small ones alone, gets all
    of it through in the end.
    """

    def __init__(self, replica: str) -> None:
        """`replica` is what the server knows the book by, and by which its edits have their numbers."""
        self._replica = replica
        self._size = BatchSize()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.furthest = Handed(kept=0)
        """How far it has come at most: what the server has is no less where all is gone through once more."""
        self._begin_again()

    def _begin_again(self) -> None:
        self._last: Mapping[str, Any] | None = None
        """The last edit up to which the server has all, but what it does not take."""
        self._epoch: str | None = None
        """The history of the server that has them; None before it is known, and an older server does not name it."""
        self._handed = Handed(kept=0)

    def hand_in(self, transport: Transport, ticket: str, unsent: Unsent, *, books_left: int) -> Handed:
        """Hand in everything, part by part and in order, from where the last try broke off: how many edits that were.

        An edit that does not fit is passed over, and so is one that is too large by itself: the server knows each by
        its id, and asks for no number between. It is not told then that this was all. `books_left` is how many other
        books of the device are still to come. Raises Unreachable and what a refusal means, TooLarge where the server
        takes no more edits.
        """

        def send(part: Edits, /, *, last: bool) -> None:
            # The ticket first: without it the server does not wait for the rest of a large body.
            told = {
                "ticket": ticket, "replica": self._replica, "mutations": part, "last": last, "books_left": books_left,
            }  # fmt: skip
            if self._epoch is not None:
                # Without it a server that was put back would take the rest for all that there is.
                told["epoch"] = self._epoch
            self._note_answer(self._asked(transport, told), part)

        if self._last is not None and not _is_there(self._last, unsent):
            # They were let in meanwhile, and what waits has other numbers: what the server has, it knows.
            self._begin_anew()
        while True:
            part = fitting(unsent(self._size.now, self._after))
            is_last = not part or not unsent(1, part[-1]["seq"])
            try:
                self._send_all_that_fits(send, part, last=is_last)
            except TooLarge as refused:
                if len(part) > 1:
                    self._size.refused(len(part))
                    continue
                # Parts may have been too large for no more than this one.
                self._size = BatchSize()
                if not part or len(canonical(part[0]).encode()) <= _SMALL:
                    raise
                self._pass_over(part[0], refused)
            if is_last:
                handed = self._handed
                # What was passed over may fit the next time.
                self._begin_again()
                return handed

    def _note_answer(self, answer: Mapping[str, Any], part: Edits) -> None:
        taken: int = answer["taken"]
        if taken < len(part):
            raise Unreachable("The server is older than this program: it will be upgraded.")
        self._epoch = answer.get("epoch")
        if part:
            self._size.taken()
        self._went(part, Handed(kept=taken))

    def _asked(self, transport: Transport, told: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return transport.hand_in(told)
        except PutBack:
            # What the server had taken may be lost with what it has lost.
            self._begin_anew()
            raise
        except Stopped as refused:
            if refused.code != _PUT_BACK:
                raise
            self._begin_anew()
            raise Unreachable("The server was put back from a backup.") from refused
        except (Busy, TimedOut):
            self._size.missed(len(told["mutations"]))
            raise

    @property
    def _after(self) -> int:
        return 0 if self._last is None else self._last["seq"]

    def _went(self, part: Edits, handed: Handed) -> None:
        self._handed += handed
        self.furthest = max(self._handed, self.furthest, key=lambda one: one.tried)
        if part:
            self._last = part[-1]

    def _send_all_that_fits(self, send: _Send, part: Edits, *, last: bool) -> None:
        """Send a part; of one that is refused each half, down to the edits that do not fit."""
        try:
            send(part, last=last and not self._handed.refused)
        except Stopped as refused:
            if refused.code != NO_FIT or not part:
                raise
            if len(part) == 1:
                self._pass_over(part[0], refused)
                return
        else:
            return
        middle = len(part) // 2
        self._send_all_that_fits(send, part[:middle], last=False)
        self._send_all_that_fits(send, part[middle:], last=last)

    def _pass_over(self, edit: Mapping[str, Any], refused: Exception) -> None:
        log.warning("hand_in.does_not_fit", extra={"mutation": edit["id"], "of": edit["name"], "why": str(refused)})
        self._went([edit], Handed(kept=0, refused=1))


def _is_there(edit: Mapping[str, Any], unsent: Unsent) -> bool:
    """Whether an edit waits still, under its number."""
    return any(one["id"] == edit["id"] for one in unsent(1, edit["seq"] - 1))
