"""The one place that asks what time it is, and the text form of an instant."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Protocol

_BOOT_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


class Clock(Protocol):
    """A source of time. `now` is aware UTC in whole seconds, `monotonic` counts seconds since an unknown start."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0)

    def monotonic(self) -> float:
        # Where there is a clock that counts through sleep, it is the one: a laptop that slept all night has aged.
        return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)


_source: Clock = SystemClock()


def now() -> datetime:
    """The instant, aware UTC, in whole seconds."""
    return _source.now()


def monotonic() -> float:
    """Seconds since an unknown start that never step back while the machine is up."""
    return _source.monotonic()


@contextmanager
def using(clock: Clock) -> Iterator[None]:
    """Let `clock` tell the time inside the block: simulations and tests own time through it."""
    global _source
    before, _source = _source, clock
    try:
        yield
    finally:
        _source = before


# A booking asks for eleven texts at the server, of four instants (counted): the rest is remembered.
@lru_cache(maxsize=8192)
def instant_text(instant: datetime) -> str:
    """`2026-05-04T09:00:00Z` for an aware instant in whole seconds (RFC 3339, section 5.6).

    An offset other than zero is converted; a naive or fractional instant is a programming error and raises ValueError.
    """
    if instant.tzinfo is None or instant.microsecond:
        raise ValueError(f"not an aware instant in whole seconds: {instant!r}")
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat()[:19] + "Z"


@lru_cache(maxsize=8192)
def parse_instant(text: str) -> datetime:
    """The aware UTC instant of `2026-05-04T09:00:00Z`; ValueError for any other shape."""
    if len(text) != 20 or text[19] != "Z" or text[10] != "T":
        raise ValueError(f"not an instant like 2026-05-04T09:00:00Z: {text!r}")
    return datetime.fromisoformat(text)
