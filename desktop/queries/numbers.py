"""The figures of some days, read from the replica a piece at a time: edits and the book come in between."""

from collections.abc import Generator

from desktop.store.numbers import ReplicaSource
from desktop.store.replica import Replica
from desktop.store.uncollected import uncollected
from shared.rules.numbers.material import Asked, Material
from shared.rules.numbers.reading import reading


class NumbersReading:
    """One reading, for one question to the store after the other."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._pieces: Generator[None, None, Material] | None = None

    def step(self, replica: Replica) -> Material | None:
        """Read the next piece; the material once there is none left. Raises Refusal as `reading` does."""
        if self._pieces is None:
            self._pieces = reading(ReplicaSource(replica), self.asked)
        try:
            with uncollected():
                next(self._pieces)
        except StopIteration as ended:
            found: Material = ended.value
            return found
        return None
