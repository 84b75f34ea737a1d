"""W2: edits that were made offline, pushed in batches and decided."""

from collections.abc import Callable, Sequence

from tests.bench.desk import desk
from tests.bench.edits import Edits
from tests.bench.figures import Figure, figure, seconds
from tests.bench.floor_desk import FloorDesk
from tests.bench.processes import cpu_seconds
from tests.bench.stage import Stage
from tests.bench.wire_desk import WireDesk, batches

BATCH = 500


def measure(stage: Stage) -> list[Figure]:
    """1,000 and 10,000 edits: the server's part alone, then all that a desk does until nothing waits any more."""
    counts = (500,) if stage.quick else (1000, 10_000)
    return [one for count in counts for one in (*_pushed(stage, count), *_drained(stage, count))]


def _pushed(stage: Stage, edits: int) -> list[Figure]:
    """Over one connection, one batch in flight as the protocol has it."""
    book = stage.book(1000 if stage.quick else 10_000)
    ours: list[float] = []
    floor: list[float] = []
    busy: list[float] = []
    for _ in range(2 if stage.quick else 5):
        with WireDesk(stage.server, book) as one, FloorDesk(stage.floor) as bare:
            made = iter(Edits(book, after=stage.free_days()))
            bodies = [one.body(batch) for batch in batches(made, edits, BATCH)]
            before = cpu_seconds(stage.server.pid)
            ours.append(edits / seconds(_each, one.push, bodies))
            busy.append((cpu_seconds(stage.server.pid) - before) / edits * 1000)
            floor.append(edits / seconds(_each, bare.push, [bare.body(BATCH) for _ in range(edits // BATCH)]))
    return [
        figure(
            f"W2 {edits:,} offline edits pushed and decided", "edits/s", ours, limit=figure("", "", floor).value,
            limit_is="floor", more_is_better=True, bar=5000, goal=20_000,
        ),
        figure(f"the server's processor time for each of {edits:,} edits", "ms", busy),
    ]  # fmt: skip


def _each(push: Callable[[bytes], object], bodies: Sequence[bytes]) -> None:
    for body in bodies:
        push(body)


def _drained(stage: Stage, edits: int) -> list[Figure]:
    book = stage.book(1000 if stage.quick else 10_000)
    drained: list[float] = []
    saved: list[float] = []
    for _ in range(2 if stage.quick else 5):
        with desk(stage.new_folder(), stage.server, book) as one:
            one.ask("first_sync")
            one.ask("close")
            one.ask("reopen")
            (made,) = batches(iter(Edits(book, after=stage.free_days())), edits, edits)
            saved.append(one.ask("make", edits=made) / edits * 1000)
            drained.append(edits / one.ask("drain"))
    return [
        figure(f"{edits:,} offline edits of a desk pushed, answered and settled in its replica", "edits/s", drained,
               more_is_better=True),
        figure(f"an edit saved on the desk's disk, mean of {edits:,}", "ms", saved),
    ]  # fmt: skip
