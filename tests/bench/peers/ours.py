"""The product and the floor as rows of the peers' table, from the figures that the bench has of them anyway."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from tests.bench import first_sync, many_desks, offline_edits, one_edit, other_desk
from tests.bench.edits import Edits
from tests.bench.figures import Figure
from tests.bench.floor_desk import FloorDesk
from tests.bench.peers.synced import Synced, synced
from tests.bench.peers.workloads import EDITS
from tests.bench.processes import Child, memory_of
from tests.bench.stage import Stage
from tests.bench.wire_desk import WireDesk

_MEASURES: Final = (first_sync, offline_edits, one_edit, other_desk, many_desks)
_BEGINNINGS: Final = (
    "W1 ", "W2 ", "W3 one edit to its 2xx, p50", "W4 A's save to B's replica", "W5 many desks, one batch",
    "W5 many desks, one edit",
)  # fmt: skip


def measured(ground: Stage) -> tuple[list[Figure], list[Sequence[str]]]:
    """All figures of W1 to W5, and the two rows. What the floor has no part in has a dash there."""
    figures = [figure for one in _MEASURES for figure in one.measure(ground)]
    chosen = [next(one for one in figures if one.name.startswith(beginning)) for beginning in _BEGINNINGS]
    ours = [f"{one.value:,.3g}" if one.value < 1000 else f"{one.value:,.0f}" for one in chosen]
    floor = [_floor(one) for one in chosen]
    book = ground.book(1000 if ground.quick else 10_000)
    with WireDesk(ground.server, book) as desk, FloorDesk(ground.floor) as bare:
        bodies = [desk.body([one]) for one in islice(Edits(book, after=ground.free_days()), EDITS)]
        kept = _synced(ground, ground.server, desk.push, bodies)
        bare_kept = _synced(ground, ground.floor, bare.push, [bare.body(1) for _ in range(EDITS)])
    return figures, [
        ["**SmoothSchedule**, one worker", *ours, "0", f"{memory_of(ground.server.pid, 'VmRSS'):,.0f}", str(kept)],
        ["*floor*", *floor, "0", f"{memory_of(ground.floor.pid, 'VmRSS'):,.0f}", str(bare_kept)],
    ]


def _floor(one: Figure) -> str:
    if one.limit is None or not one.limit_is.startswith("floor"):
        return "–"
    return f"{one.limit:,.3g}" if one.limit < 1000 else f"{one.limit:,.0f}"


def _synced(ground: Stage, server: Child, push: Callable[[bytes], object], bodies: Sequence[bytes]) -> Synced:
    def one_by_one() -> None:
        for body in bodies:
            push(body)

    return synced([server.pid, *ground.database_processes()], one_by_one, len(bodies))
