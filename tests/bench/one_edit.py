"""W3: one edit from its request to its 2xx, decided and on disk."""

from itertools import islice

from tests.bench.edits import Edits
from tests.bench.figures import Figure, figure, milliseconds, p99
from tests.bench.floor_desk import FloorDesk
from tests.bench.processes import cpu_seconds
from tests.bench.stage import Stage
from tests.bench.wire_desk import WireDesk, batches

WARM = 20
BUSY = 2000
"""Edits of the minute before: a machine that rested has let go of what the server needs, which is not the question."""


def measure(stage: Stage) -> list[Figure]:
    """One after the other over one connection, the product and the floor by turns."""
    rounds, each = (2, 20) if stage.quick else (5, 200)
    book = stage.book(1000 if stage.quick else 10_000)
    ours: list[float] = []
    floor: list[float] = []
    busy: list[float] = []
    bare_busy: list[float] = []
    with WireDesk(stage.server, book) as desk, FloorDesk(stage.floor) as bare:
        edits = iter(Edits(book, after=stage.free_days()))
        for batch in batches(edits, 100 if stage.quick else BUSY, 100):
            desk.push(desk.body(batch))
            bare.push(bare.body(len(batch)))
        for _ in range(rounds):
            bodies = [desk.body([one]) for one in islice(edits, each + WARM)]
            before = cpu_seconds(stage.server.pid)
            ours += [milliseconds(desk.push, body) for body in bodies][WARM:]
            busy.append((cpu_seconds(stage.server.pid) - before) / len(bodies) * 1000)
            bare_bodies = [bare.body(1) for _ in range(each + WARM)]
            before = cpu_seconds(stage.floor.pid)
            floor += [milliseconds(bare.push, body) for body in bare_bodies][WARM:]
            bare_busy.append((cpu_seconds(stage.floor.pid) - before) / len(bare_bodies) * 1000)
    p50 = "W3 one edit to its 2xx, p50"
    limit = figure(p50, "ms", floor).value
    return [
        figure(p50, "ms", ours, limit=limit, limit_is="floor", by_ratio=True, bar=5, goal=2.5),
        figure("W3 one edit to its 2xx, p99", "ms", [p99(ours)], limit=p99(floor), limit_is="floor", bar=25, goal=10),
        figure(
            "the server's processor time for one edit",
            "ms",
            busy,
            limit=figure("", "ms", bare_busy).value,
            limit_is="floor",
        ),
    ]
