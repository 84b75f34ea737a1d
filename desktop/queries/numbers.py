"""The figures of some days, read from the replica a piece at a time."""

from desktop.store.numbers import ReplicaSource
from desktop.store.replica import Replica
from shared.rules.numbers.material import Asked, Material
from shared.rules.numbers.reading import reading
from shared.rules.pieces import Pieces


def material(replica: Replica, asked: Asked) -> Pieces[Material]:
    """All that the figures are counted from. Raises Refusal as `reading` does."""
    return reading(ReplicaSource(replica), asked)
