"""Hands in what waits in a book whose device or person was shut out: the server keeps it, and decides nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from desktop.sync.batches import BatchSize, fitting
from desktop.sync.problems import TooLarge
from desktop.sync.transport import Transport
from shared.errors import Unreachable

Unsent = Callable[[int, int], Sequence[Mapping[str, Any]]]
"""So many of the oldest edits that wait, at most, beyond a number."""


def hand_in(transport: Transport, ticket: str, replica: str, unsent: Unsent, *, books_left: int) -> int:
    """Hand in everything, part by part and in order: how many edits that were.

    `books_left` is how many other books of the device are still to come. Raises Unreachable and what a refusal means;
    what the server has by then it knows when it comes again.
    """
    size, after, count = BatchSize(), 0, 0
    while True:
        part = fitting(unsent(size.now, after))
        is_last = not part or not unsent(1, part[-1]["seq"])
        # The ticket first: without it the server does not wait for the rest of a large body.
        told = {"ticket": ticket, "replica": replica, "mutations": part, "last": is_last, "books_left": books_left}
        try:
            taken: int = transport.hand_in(told)["taken"]
        except TooLarge:
            if len(part) <= 1:
                raise
            size.refused(len(part))
            continue
        if taken < len(part):
            raise Unreachable("The server is older than this program: it will be upgraded.")
        count += taken
        if is_last:
            return count
        after = part[-1]["seq"]
