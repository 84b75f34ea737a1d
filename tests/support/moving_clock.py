"""A clock that tests move."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from shared import clock


class MovingClock:
    """The machine's clock with an offset."""

    def __init__(self) -> None:
        self._machine = clock.SystemClock()
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return self._machine.now() + self.offset

    def monotonic(self) -> float:
        return self._machine.monotonic() + self.offset.total_seconds()


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Let it be later, or earlier, for everybody in this process inside the block."""
    moving = MovingClock()
    moving.offset = by
    with clock.using(moving):
        yield


class FrozenClock:
    """A clock that stands at `at`, and goes on as that does: nothing of how busy the machine is comes into it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Let it be this instant for everybody in this process inside the block."""
    with clock.using(FrozenClock(at)):
        yield


class StoppedClock(clock.SystemClock):
    """A clock that shows `at` for ever; what is counted by it goes on."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


@contextmanager
def stopped(at: datetime) -> Iterator[None]:
    """Let a clock on the wall show this instant for everybody in this process inside the block."""
    with clock.using(StoppedClock(at)):
        yield
