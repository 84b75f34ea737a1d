"""The steps whose growth is measured, each taken a few times at a site: a push, a pull, a poke."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from types import TracebackType
from typing import Final, Self

from tests.bench.edits import Edit, Edits
from tests.bench.figures import milliseconds
from tests.bench.processes import cpu_seconds
from tests.bench.shop_book import Book
from tests.bench.stage import Stage
from tests.bench.streams import listening, staff_tokens
from tests.bench.wire_desk import WireDesk

_BATCH: Final = 20
_WARM: Final = 3
"""Steps of each visit that do not count: what another site has displaced comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What a step took, in ms: processor time of both sides at the mean of some, the clock's time at the median."""

    server: float
    database: float
    wall: float


class Site:
    """A tenant with desks that listen, one that saves and one that pulls; with several tenants these save by turns."""

    def __init__(self, stage: Stage, books: Sequence[Book], desks: int) -> None:
        self._stage = stage
        self._stack = ExitStack()
        after = stage.free_days()
        self._savers = [
            (self._stack.enter_context(WireDesk(stage.server, one)), iter(Edits(one, after=after))) for one in books
        ]
        self._reader = self._stack.enter_context(WireDesk(stage.server, books[0]))
        self._reader.pull()
        tokens = staff_tokens(stage.engine, stage.server, books[0], desks)
        self._streams = self._stack.enter_context(listening(stage.server, tokens))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def pushes(self, size: int) -> Iterator[Callable[[], int]]:
        """Pushes of so many edits, ready to be sent, of each tenant in turn; each gives its version."""
        for desk, edits in cycle(self._savers):
            yield _ready(desk, list(islice(edits, size)))

    def pulls(self) -> Iterator[Callable[[], object]]:
        """Pulls of one tenant, before each of which every tenant has pushed an edit."""
        while True:
            for push in islice(self.pushes(1), len(self._savers)):
                push()
            yield self._reader.pull

    def pokes(self) -> Iterator[Callable[[], object]]:
        """Pushes to one tenant that end when every desk that listens has heard; before each the others have pushed."""
        while True:
            first, *others = islice(self.pushes(1), len(self._savers))
            for push in others:
                push()
            yield lambda push=first: self._streams.wait_for(push())  # type: ignore[misc]

    def took(self, steps: Iterator[Callable[[], object]], count: int) -> Took:
        """What so many steps took, one after the other."""
        for desk, _ in self._savers:
            desk.line.rest()
        self._reader.line.rest()
        for step in islice(steps, _WARM):
            step()
        times: list[float] = []
        server = database = 0.0
        for step in islice(steps, count):
            before = self._busy()
            times.append(milliseconds(step))
            after = self._busy()
            server, database = server + after[0] - before[0], database + after[1] - before[1]
        return Took(server=server / count * 1000, database=database / count * 1000, wall=statistics.median(times))

    def _busy(self) -> tuple[float, float]:
        return cpu_seconds(self._stage.server.pid), self._stage.database_seconds()


def _ready(desk: WireDesk, edits: list[Edit]) -> Callable[[], int]:
    body = desk.body(edits)
    return lambda: desk.push(body)


def _visit(count: int, steps: Callable[[Site], Iterator[Callable[[], object]]]) -> Callable[[Site], Took]:
    return lambda site: site.took(steps(site), count)


STEPS: Final = {
    "push of one edit": _visit(30, lambda site: site.pushes(1)),
    f"push of {_BATCH} edits": _visit(8, lambda site: site.pushes(_BATCH)),
    "pull of one edit": _visit(15, Site.pulls),
    "poke": _visit(15, Site.pokes),
}
"""What is done at each visit of a site."""
