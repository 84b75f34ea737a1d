"""One long question to the replica as a row of short ones: edits and the book come in between."""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from desktop.runtime.uncollected import uncollected
from desktop.store.replica import Replica
from shared.rules.pieces import Pieces

T = TypeVar("T")


class Asked(Protocol):
    """Who asks the replica from another thread, and waits for the answer."""

    def do(self, question: Callable[[Replica], T]) -> T: ...


class InPieces(Generic[T]):
    """A reading that goes on at each step; its answer is never None."""

    def __init__(self, read: Callable[[Replica], Pieces[T]]) -> None:
        self._read = read
        self._pieces: Pieces[T] | None = None

    def step(self, replica: Replica) -> T | None:
        """Read the next piece; the answer once there is none left. Raises Refusal as the reading does."""
        if self._pieces is None:
            self._pieces = self._read(replica)
        try:
            with uncollected():
                next(self._pieces)
        except StopIteration as ended:
            found: T = ended.value
            return found
        return None


def read_in_pieces(desk: Asked, read: Callable[[Replica], Pieces[T]]) -> T:
    """Read piece by piece, and wait: edits and the book come in between. Raises what `desk` does."""
    reading = InPieces(read)
    while (found := desk.do(reading.step)) is None:
        pass
    return found
