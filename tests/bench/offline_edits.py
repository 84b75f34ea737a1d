"""W2: edits that were made offline, pushed in batches and decided; what the server takes, without a desk's own work."""

from tests.bench.edits import Edits
from tests.bench.figures import Figure, figure, seconds
from tests.bench.floor_desk import FloorDesk
from tests.bench.stage import Stage
from tests.bench.wire_desk import WireDesk, batches

BATCH = 500


def measure(stage: Stage) -> list[Figure]:
    """1,000 and 10,000 edits over one connection, one batch in flight as the protocol has it."""
    return [_pushed(stage, count) for count in ((500,) if stage.quick else (1000, 10_000))]


def _pushed(stage: Stage, edits: int) -> Figure:
    book = stage.book(1000 if stage.quick else 10_000)
    ours, floor = [], []
    for _ in range(2 if stage.quick else 5):
        with WireDesk(stage.server, book) as desk, FloorDesk(stage.floor) as bare:
            made = Edits(book, after=stage.free_days())
            bodies = [desk.body(batch) for batch in batches(iter(made), edits, BATCH)]
            ours.append(edits / seconds(lambda desk=desk, bodies=bodies: [desk.push(one) for one in bodies]))
            bare_bodies = [bare.body(BATCH) for _ in range(edits // BATCH)]
            floor.append(edits / seconds(lambda bare=bare, bodies=bare_bodies: [bare.push(one) for one in bodies]))
    return figure(
        f"W2 {edits:,} offline edits pushed and decided", "edits/s", ours, limit=figure("", "", floor).value,
        limit_is="floor", more_is_better=True, bar=5000, goal=20_000,
    )  # fmt: skip
