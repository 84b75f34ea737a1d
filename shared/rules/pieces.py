"""Long readings in pieces of bounded size, between which whoever waits for the store comes in."""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Final, TypeVar

from shared.store import Reads

T = TypeVar("T")
Pieces = Generator[None, None, T]
"""Pauses after each piece; its value is what all of it comes to."""
Ask = Callable[[], Reads]
"""The state, to be asked for once more after each pause: somebody may have changed it."""
AT_ONCE: Final = 1_000_000
"""For whoever wants no pauses: the rows of a piece."""


def whole(pieces: Pieces[T]) -> T:
    """What a reading comes to, without a pause."""
    while True:
        try:
            next(pieces)
        except StopIteration as ended:
            found: T = ended.value
            return found


def parts(rows: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """The rows in parts of so many at most."""
    for place in range(0, len(rows), most):
        yield rows[place : place + most]
