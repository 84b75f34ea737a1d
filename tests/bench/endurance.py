"""Two busy desks without windows, for as long as is asked: what server and desks hold in memory meanwhile.

`python -m tests.bench.endurance --minutes N [--pause SECONDS] [--json FILE]`
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tests.bench.desk import DeskProcess, desk
from tests.bench.edits import Edit, Edits
from tests.bench.stage import Stage, stage

_EVERY = 10.0
"""Seconds between two looks at memory."""
_WARM = 0.2
"""The part of the run before memory counts: caches fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What each process holds at one moment, in MiB, and how many edits were made by then."""

    seconds: float
    server: float
    a: float
    b: float
    edits: int


def main(argv: Sequence[str]) -> int:
    """Run, print a small table, write JSON; 1 where the desks' books differ in the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.endurance", description=__doc__)
    parser.add_argument("--minutes", type=float, required=True, metavar="N")
    parser.add_argument("--pause", type=float, default=0.5, metavar="SECONDS", help="between two edits of a desk")
    parser.add_argument("--json", type=Path, metavar="FILE")
    wish = parser.parse_args(argv)
    with (
        tempfile.TemporaryDirectory(prefix="smoothschedule-bench-") as folder,
        stage(Path(folder), quick=True) as ground,
    ):
        samples, sums = _run(ground, seconds=wish.minutes * 60, pause=wish.pause)
    document = {"pause": wish.pause, "growth": _growth(samples), "equal": sums[0] == sums[1]}
    print(_table(samples))
    print(json.dumps(document, indent=1))
    if wish.json:
        wish.json.write_text(json.dumps(document | {"samples": [asdict(one) for one in samples]}), encoding="utf-8")
    return 0 if document["equal"] else 1


def _run(ground: Stage, *, seconds: float, pause: float) -> tuple[list[Sample], list[Any]]:
    book = ground.book(1000)
    with desk(ground.new_folder(), ground.server, book) as a, desk(ground.new_folder(), ground.server, book) as b:
        makers = [iter(Edits(book, after=after)) for after in (0, 1000)]
        for one in (a, b):
            one.ask("first_sync")
        samples = list(_busy(ground, (a, b), makers, seconds=seconds, pause=pause))
        for one in (a, b):
            one.ask("drained")
        version = max(one.ask("version") for one in (a, b))
        sums = [one.ask("sums", version=version) for one in (a, b)]
    return samples, sums


def _busy(
    ground: Stage, desks: Sequence[DeskProcess], makers: Sequence[Iterator[Edit]], *, seconds: float, pause: float
) -> Iterator[Sample]:
    begun, edits, next_look = time.monotonic(), 0, 0.0
    while (elapsed := time.monotonic() - begun) < seconds:
        if elapsed >= next_look:
            next_look += _EVERY
            a, b = (one.ask("memory") for one in desks)
            yield Sample(seconds=elapsed, server=_resident(ground.server.pid), a=a, b=b, edits=edits)
        for one, maker in zip(desks, makers, strict=True):
            one.ask("make", edits=list(islice(maker, 1)))
            edits += 1
        time.sleep(pause)


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def _growth(samples: Sequence[Sample]) -> dict[str, float]:
    """MiB an hour by the straight line through all samples after the warm part."""
    counted = [one for one in samples if one.seconds >= _WARM * samples[-1].seconds]
    if len(counted) < 3:
        return {}
    hours = [one.seconds / 3600 for one in counted]
    held = {name: [getattr(one, name) for one in counted] for name in ("server", "a", "b")}
    return {name: statistics.linear_regression(hours, values).slope for name, values in held.items()}


def _table(samples: Sequence[Sample]) -> str:
    lines = [f"{'minute':>8}{'edits':>8}{'server':>9}{'desk A':>9}{'desk B':>9}  MiB"]
    step = max(1, len(samples) // 12)
    for one in [*samples[::step], samples[-1]]:
        lines.append(f"{one.seconds / 60:8.1f}{one.edits:8}{one.server:9.1f}{one.a:9.1f}{one.b:9.1f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
