"""Who listens leaves a server alone for as long as it asks, and no longer than that."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

from desktop.runtime import threads
from desktop.sync.live import Live
from desktop.sync.problems import Busy, TimedOut
from desktop.sync.session import Session
from desktop.sync.transport import Transport
from shared import clock
from shared.errors import NotSignedIn, Unreachable
from tests.support.authority import Admitted
from tests.support.moving_clock import MovingClock
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


class Hour:
    """A desk that listens by a clock which moves as it waits, and what it asks of the server within an hour."""

    def __init__(self, stream: Callable[["Hour"], Iterator[dict[str, Any]]], *, version: int = 1) -> None:
        self._stream, self._version = stream, version
        self._moving = MovingClock()
        self.streams = self.polls = 0
        self.heard: list[int | None] = []

    def listen(self, seconds: float = 3600.0) -> None:
        live = Live(
            cast(Transport, self), cast(Session, Admitted()), version=lambda: self._version,
            heard=lambda version, view: self.heard.append(version), chance=random.Random(1),
        )  # fmt: skip
        with clock.using(self._moving):
            end = clock.monotonic() + seconds
            while clock.monotonic() < end:
                self.passes(live._listen_once())

    def passes(self, seconds: float) -> None:
        self._moving.offset += timedelta(seconds=seconds)

    @contextmanager
    def live(self, token: str) -> Iterator[Iterator[dict[str, Any]]]:
        self.streams += 1
        yield self._stream(self)

    def long_poll(self, token: str, after: int) -> dict[str, Any]:
        """As the server does: who is behind is answered at once."""
        self.polls += 1
        if after >= 5:
            self.passes(25)
        return {"version": 5, "view": "v"}


def test_a_desk_that_cannot_catch_up_polls_ever_less_often() -> None:
    """Its disk is full, or its program too old: behind a proxy that swallows streams each poll is answered at once."""
    hour = Hour(lambda hour: iter([]))
    hour.listen()
    assert 60 <= hour.polls <= 150


def test_a_desk_that_has_caught_up_goes_on_polling() -> None:
    hour = Hour(lambda hour: iter([]), version=5)
    hour.listen()
    assert hour.polls >= 130


def test_a_stream_that_ends_after_its_first_line_is_opened_ever_less_often() -> None:
    hour = Hour(lambda hour: iter([{"version": 1, "view": "v"}]))
    hour.listen()
    # Every two seconds for five minutes, as at a server that is gone; then every half minute.
    assert hour.streams <= 300
    assert hour.heard.count(None) == 1, "each end was worth a look"


def test_a_stream_that_lasts_is_opened_again_at_once() -> None:
    def stream(hour: Hour) -> Iterator[dict[str, Any]]:
        yield {"version": 1, "view": "v"}
        hour.passes(30)

    hour = Hour(stream)
    hour.listen()
    assert hour.streams >= 110
    assert hour.heard.count(None) == hour.streams


def test_a_server_that_breaks_off_is_not_a_proxy_that_swallows_streams() -> None:
    """Its database was gone for a moment between the head of the answer and the first line."""

    def stream(hour: Hour) -> Iterator[dict[str, Any]]:
        if hour.streams <= 5:
            raise Unreachable("The server cannot be reached.")
        yield {"version": 1, "view": "v"}
        hour.passes(60)

    hour = Hour(stream)
    hour.listen()
    assert hour.streams > 50
    assert hour.polls == 0


def test_a_stream_that_is_held_back_until_nobody_waits_any_more_is_swallowed() -> None:
    def stream(hour: Hour) -> Iterator[dict[str, Any]]:
        hour.passes(65)
        if hour.streams:
            raise TimedOut("The server does not answer.")
        yield {}

    hour = Hour(stream, version=5)
    hour.listen()
    assert hour.streams == 2
    assert hour.polls >= 120


def test_streams_are_tried_again_after_an_hour_of_polls() -> None:
    hour = Hour(lambda hour: iter([]), version=5)
    hour.listen(3700)
    assert hour.streams == 3


def test_a_stream_that_breaks_off_after_an_outage_is_worth_a_look_as_well() -> None:
    """The server was away for a while, is back, and then the cable is pulled: that shows at once, too."""

    class Outage(Hour):
        @contextmanager
        def live(self, token: str) -> Iterator[Iterator[dict[str, Any]]]:
            if self.streams != 20:
                self.streams += 1
                raise Unreachable("refused")
            with super().live(token) as pokes:
                yield pokes

    def told(hour: Hour) -> Iterator[dict[str, Any]]:
        yield {"version": 1, "view": "v"}
        raise Unreachable("broken off")

    hour = Outage(told)
    hour.listen()
    assert hour.heard.count(None) == 2


def test_streams_that_are_broken_off_again_and_again_before_they_say_anything_are_given_up() -> None:
    def told(hour: Hour) -> Iterator[dict[str, Any]]:
        yield from ()
        raise Unreachable("broken off")

    hour = Hour(told, version=5)
    hour.listen()
    assert 5 <= hour.streams <= 15
    assert hour.polls >= 100


def test_polls_that_something_on_the_way_answers_at_once_are_made_ever_less_often() -> None:
    class Kept(Hour):
        def long_poll(self, token: str, after: int) -> dict[str, Any]:
            self.polls += 1
            return {"version": after, "view": "v"}

    hour = Kept(lambda hour: iter([]), version=5)
    hour.listen()
    assert 60 <= hour.polls <= 150
