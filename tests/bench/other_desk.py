"""W4: from A's save until another desk has it, by the open stream and a pull."""

from itertools import islice

from tests.bench.edits import Edits
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.floor_desk import FloorDesk
from tests.bench.line import Ear
from tests.bench.stage import Stage
from tests.bench.wire_desk import WireDesk

WARM = 5


def measure(stage: Stage) -> list[Figure]:
    """Over the wire alone, the product and the floor by turns."""
    rounds, each = (2, 10) if stage.quick else (5, 60)
    book = stage.book(1000 if stage.quick else 10_000)
    ours: list[float] = []
    floor: list[float] = []
    with (
        WireDesk(stage.server, book) as a,
        WireDesk(stage.server, book) as b,
        FloorDesk(stage.floor) as bare_a,
        FloorDesk(stage.floor) as bare_b,
    ):
        b.pull()
        bare_b.pull()
        ear, bare_ear = b.listen(), bare_b.listen()
        edits = iter(Edits(book, after=stage.free_days()))
        for _ in range(rounds):
            bodies = [a.body([one]) for one in islice(edits, each + WARM)]
            ours += [milliseconds(_saved, a, b, ear, body) for body in bodies][WARM:]
            bare_bodies = [bare_a.body(1) for _ in range(each + WARM)]
            floor += [milliseconds(_saved_bare, bare_a, bare_b, bare_ear, body) for body in bare_bodies][WARM:]
        ear.hang_up()
        bare_ear.hang_up()
    limit = figure("", "ms", floor).value
    return [
        figure(
            "W4 A's save to another desk, wire alone, p50", "ms", ours, limit=limit, limit_is="floor", by_ratio=True,
            bar=5, goal=2.5,
        )
    ]  # fmt: skip


def _saved(a: WireDesk, b: WireDesk, ear: Ear, body: bytes) -> None:
    version = a.push(body)
    ear.wait_for(version)
    lines = b.pull()
    assert any(line["kind"] == "rows" for line in lines)


def _saved_bare(a: FloorDesk, b: FloorDesk, ear: Ear, body: bytes) -> None:
    ear.wait_for(a.push(body))
    assert b.pull() == 1
