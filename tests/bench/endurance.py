"""Two busy desks without windows, and a window that hears of it all: what everybody holds in memory meanwhile.

`python -m tests.bench.endurance --minutes N [--pause SECONDS] [--book APPOINTMENTS] [--json FILE]`

A desk keeps what it has read of the book, up to the cache of its database (16 MiB). A book that fits into it fills it
bit by bit, so that part is told apart; with `--book 100000` it is full after the first sync. What may not grow is the
rest. Growth is told of the second half of the run.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from tests.bench.desk import DeskProcess, desk
from tests.bench.edits import Edit, Edits
from tests.bench.processes import memory_of
from tests.bench.shop_book import Book
from tests.bench.stage import Stage, stage
from tests.bench.window import Window, window

_LOOKS: Final = 120
"""Looks at memory in a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a desk holds: in all and in its book's page cache, in MiB, and as how many blocks of Python's."""

    resident: float
    cache: float
    blocks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What each process holds at one moment, the server in MiB, and how many edits were made by then."""

    seconds: float
    edits: int
    server: float
    a: Held
    b: Held
    window: Held


_DESKS: Final = ("a", "b", "window")


def _of_desk(name: str) -> dict[str, Callable[[Sample], float]]:
    """What is looked at of a desk, in MiB: all that it holds, its cache, and all but that."""
    held: Callable[[Sample], Held] = attrgetter(name)
    return {
        name: lambda one: held(one).resident,
        f"{name} cache": lambda one: held(one).cache,
        f"{name} rest": lambda one: held(one).resident - held(one).cache,
    }


_SERIES: Final[Mapping[str, Callable[[Sample], float]]] = {
    "server": lambda one: one.server,
    **_of_desk("a"),
    **_of_desk("b"),
    **_of_desk("window"),
}


def main(argv: Sequence[str]) -> int:
    """Run, print a small table and the growth, write JSON; 1 where the desks' books differ in the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.endurance", description=__doc__)
    parser.add_argument("--minutes", type=float, required=True, metavar="N")
    parser.add_argument("--pause", type=float, default=0.5, metavar="SECONDS", help="between two edits of a desk")
    parser.add_argument("--book", type=int, default=1000, metavar="APPOINTMENTS", help="in the book at the start")
    parser.add_argument("--json", type=Path, metavar="FILE")
    wish = parser.parse_args(argv)
    with (
        tempfile.TemporaryDirectory(prefix="smoothschedule-bench-") as folder,
        stage(Path(folder), quick=True) as ground,
    ):
        samples, sums = _run(ground, ground.book(wish.book), seconds=wish.minutes * 60, pause=wish.pause)
    document = {
        "pause": wish.pause, "book": wish.book, "growth": growth(samples), "blocks": _blocks(samples),
        "equal": sums[0] == sums[1],
    }  # fmt: skip
    print(_table(samples))
    print(json.dumps(document, indent=1))
    if wish.json:
        wish.json.write_text(json.dumps(document | {"samples": [asdict(one) for one in samples]}), encoding="utf-8")
    return 0 if document["equal"] else 1


def _run(ground: Stage, book: Book, *, seconds: float, pause: float) -> tuple[list[Sample], list[Any]]:
    with (
        _window(ground, book) as shown,
        desk(ground.new_folder(), ground.server, book) as a,
        desk(ground.new_folder(), ground.server, book) as b,
    ):
        makers = [iter(Edits(book, after=after)) for after in (0, 1000)]
        for one in (a, b):
            one.ask("first_sync")

        def look(elapsed: float, edits: int) -> Sample:
            server, in_window = memory_of(ground.server.pid, "VmRSS"), Held(**shown.held())
            held = [Held(**one.ask("memory")) for one in (a, b)]
            return Sample(seconds=elapsed, edits=edits, server=server, a=held[0], b=held[1], window=in_window)

        samples = list(_busy((a, b), makers, look, seconds=seconds, pause=pause))
        for one in (a, b):
            one.ask("drained")
        version = max(one.ask("version") for one in (a, b))
        sums = [one.ask("sums", version=version) for one in (a, b)]
    return samples, sums


@contextmanager
def _window(ground: Stage, book: Book) -> Iterator[Window]:
    """A third desk's window, once it shows the book."""
    folder = ground.new_folder()
    with desk(folder, ground.server, book) as one:
        one.ask("first_sync")
    with window(str(folder), ground.folder / "windows.log") as shown:
        shown.first()
        yield shown


def _busy(
    desks: Sequence[DeskProcess], makers: Sequence[Iterator[Edit]], look: Callable[[float, int], Sample], *,
    seconds: float, pause: float,
) -> Iterator[Sample]:  # fmt: skip
    begun, edits, next_look = time.monotonic(), 0, 0.0
    while (elapsed := time.monotonic() - begun) < seconds:
        if elapsed >= next_look:
            next_look += seconds / _LOOKS
            yield look(elapsed, edits)
        for one, maker in zip(desks, makers, strict=True):
            one.ask("make", edits=list(islice(maker, 1)))
            edits += 1
        time.sleep(pause)


def growth(samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """MiB an hour, and in 1,000 edits, by the straight line through the samples of the second half."""
    counted = samples[len(samples) // 2 :]
    if len(counted) < 3:
        return {}
    hours, thousands = [one.seconds / 3600 for one in counted], [one.edits / 1000 for one in counted]
    held = {name: [of(one) for one in counted] for name, of in _SERIES.items()}
    return {
        name: {
            "an hour": round(statistics.linear_regression(hours, values).slope, 2),
            "in 1,000 edits": round(statistics.linear_regression(thousands, values).slope, 3),
        }
        for name, values in held.items()
    }


def _blocks(samples: Sequence[Sample]) -> dict[str, list[int]]:
    """Python's blocks in each desk: in the middle of the run, and at its end."""
    ends = (samples[len(samples) // 2], samples[-1])
    return {name: [getattr(one, name).blocks for one in ends] for name in _DESKS}


def _table(samples: Sequence[Sample]) -> str:
    lines = [f"{'minute':>8}{'edits':>8}" + "".join(f"{name:>14}" for name in _SERIES) + "  MiB"]
    step = max(1, len(samples) // 12)
    for one in [*samples[::step], samples[-1]]:
        held = "".join(f"{of(one):14.1f}" for of in _SERIES.values())
        lines.append(f"{one.seconds / 60:8.1f}{one.edits:8}{held}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
