"""What tenants cost while nobody does anything: to start a server, to serve nobody, to look for what to prune."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Final

from structlog.testing import capture_logs

from syncserver.services.jobs.pruning import Upkeep
from syncserver.settings import load
from tests.bench.figures import Figure, figure, seconds
from tests.bench.processes import cpu_seconds, looking_after
from tests.bench.stage import Stage

_BY: Final = "tenants in the database"


def idle(grounds: Mapping[int, Stage], *, rest: float, times: int) -> list[Figure]:
    """Each figure of the databases of so many tenants beside that of the first of them.

    `rest` is in seconds; what needs none is asked so many `times`.
    """
    starts: dict[int, list[float]] = {count: [] for count in grounds}
    for count, ground in list(grounds.items()) * times:
        starts[count].append(_start(ground))
    pruned = {count: [seconds(_prune, ground)] for count, ground in grounds.items()}
    looked = {count: [seconds(_prune, ground) for _ in range(times)] for count, ground in grounds.items()}
    before = {count: _busy(ground) for count, ground in grounds.items()}
    time.sleep(rest)
    shares = {
        count: [(now - then) / rest * 100 for now, then in zip(_busy(ground), before[count], strict=True)]
        for count, ground in grounds.items()
    }
    return [
        *_beside_first("the start of a server", "s", starts, bar=2.0),
        *_beside_first("pruning all tenants once", "s", pruned),
        *_beside_first("a look for what to prune", "s", looked),
        *_beside_first("the server, of a core", "%", {count: shares[count][:1] for count in grounds}),
        *_beside_first("PostgreSQL, of a core", "%", {count: shares[count][1:] for count in grounds}),
    ]


def _start(ground: Stage) -> float:
    """Seconds until another server on the same database serves."""
    with ExitStack() as stack:
        return seconds(stack.enter_context, ground.server_of(1))


def _prune(ground: Stage) -> None:
    with capture_logs():
        Upkeep(ground.engine, load()).look()


def _busy(ground: Stage) -> tuple[float, float]:
    by_itself = sum(map(cpu_seconds, looking_after(ground.postmaster)))
    return cpu_seconds(ground.server.pid), ground.database_seconds() + by_itself


def _beside_first(name: str, unit: str, told: Mapping[int, list[float]], **marks: float) -> Iterator[Figure]:
    first, *others = told
    limit = figure("", unit, told[first]).value
    for count in others:
        yield figure(
            f"growth: {name}, {count:,} {_BY}", unit, told[count], limit=limit, limit_is=f"{first} tenants",
            by_ratio=True, **marks,
        )  # fmt: skip
