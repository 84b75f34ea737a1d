"""Who listens leaves a server alone for as long as it asks, and no longer than that."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from desktop.runtime import threads
from desktop.sync.live import Live
from desktop.sync.problems import Busy
from desktop.sync.session import Session
from desktop.sync.transport import Transport
from shared.errors import NotSignedIn, Unreachable
from tests.support.authority import Admitted
from tests.support.waiting import until

ASKED = 0.5
"""Seconds that the server asks for."""


class Line:
    """Streams of which the first ones are refused, and when each was tried."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.tries: list[float] = []

    @contextmanager
    def live(self, token: str) -> Iterator[Iterator[dict[str, Any]]]:
        self.tries.append(time.monotonic())
        if self._errors:
            raise self._errors.pop(0)
        yield iter([{"version": 2}])


@contextmanager
def listening(line: Line) -> Iterator[tuple[Live, list[int | None]]]:
    """Somebody who listens at this line, and what is heard."""
    heard: list[int | None] = []
    live = Live(
        cast(Transport, line), cast(Session, Admitted()), version=lambda: 1,
        heard=lambda version, view: heard.append(version), chance=random.Random(1),
    )  # fmt: skip
    loop = threads.start("live", live.run)
    try:
        yield live, heard
    finally:
        live.stop()
        loop.join(timeout=5)
        assert not loop.is_alive()


def test_a_server_that_asks_for_a_pause_has_it_whoever_wakes() -> None:
    line = Line(Busy("too many", ASKED))
    with listening(line) as (live, heard):
        until(lambda: len(line.tries) == 1)
        while len(line.tries) == 1:
            live.wake()
            time.sleep(0.01)
        until(lambda: 2 in heard)
    assert line.tries[1] - line.tries[0] >= ASKED
    assert heard[0] == 2, "the server has spoken: nobody need look whether it is there"


def test_a_pause_that_is_asked_for_does_not_outlast_the_desk() -> None:
    line = Line(Busy("too many", 60))
    with listening(line):
        until(lambda: len(line.tries) == 1)


def test_whoever_wakes_after_a_failure_is_served_at_once() -> None:
    line = Line(*(Unreachable("gone") for _ in range(20)))
    with listening(line) as (live, heard):
        while 2 not in heard:
            live.wake()
            time.sleep(0.001)


def test_whoever_is_not_let_in_looks_why_and_leaves_the_server_alone() -> None:
    line = Line(NotSignedIn())
    with listening(line) as (_, heard):
        until(lambda: heard == [None])
    assert len(line.tries) == 1
