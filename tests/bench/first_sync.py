"""W1: the first sync of a fresh desk into its encrypted, indexed replica, beside SQLCipher alone."""

from pathlib import Path

from tests.bench.desk import desk
from tests.bench.edits import Edits
from tests.bench.figures import Figure, figure
from tests.bench.sqlcipher_alone import seconds_alone
from tests.bench.stage import Stage
from tests.bench.wire_desk import batches

WAITING = 500


def measure(stage: Stage) -> list[Figure]:
    """10,000 and 100,000 appointments; at the larger one the replay of what waits, too."""
    sizes = (1000,) if stage.quick else (10_000, 100_000)
    return [one for size in sizes for one in _synced(stage, size)] + [_rebased(stage, sizes[-1])]


def _synced(stage: Stage, appointments: int) -> list[Figure]:
    book = stage.book(appointments)
    ours, alone, peaks = [], [], []
    for _ in range(2 if stage.quick else 5):
        folder = stage.new_folder()
        with desk(folder, stage.server, book) as one:
            told = one.ask("first_sync")
            replica = one.ask("replica")
        ours.append(told["seconds"])
        peaks.append(told["peak"])
        alone.append(seconds_alone(Path(replica["path"]), bytes.fromhex(replica["key"]), folder / "alone.db"))
    what = f"first sync of {appointments:,} appointments"
    return [
        figure(
            f"W1 {what}, stored", "s", ours, limit=figure("", "s", alone).value, limit_is="SQLCipher alone",
            by_ratio=True, bar=3, goal=2,
        ),
        figure(f"{what}, the desk's highest memory", "MiB", peaks),
    ]  # fmt: skip


def _rebased(stage: Stage, appointments: int) -> Figure:
    book = stage.book(appointments)
    with desk(stage.new_folder(), stage.server, book) as one:
        one.ask("first_sync")
        one.ask("pause")
        (edits,) = batches(iter(Edits(book, after=stage.free_days())), WAITING, WAITING)
        one.ask("make", edits=edits)
        ours = [one.ask("rebase") * 1000 for _ in range(2 if stage.quick else 5)]
    return figure(
        f"replay of {WAITING} waiting edits over {appointments:,} appointments", "ms", ours, bar=200, goal=100
    )
