"""How long this desk may go on without its server, by a clock that nobody sets back.

The clock is the greatest that the book has seen since the server last answered: its own steps while the machine runs,
and this computer's wall clock as far as that has gone since. What the server says begins it anew: a wall clock that
was wrong then is as wrong later, and that difference is no time that has passed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from shared import clock, ids
from shared.clock import parse_instant
from shared.model.base import value
from shared.rules.offline_lease import LONGEST, SHORTEST, USUAL

Known = Mapping[str, str]
_SET_FORWARD: Final = 300.0
"""Seconds by which a wall clock runs ahead of the machine's own only where somebody has set it."""
_LEAP: Final = 30.0
"""Seconds."""
_RUN: Final = ids.new_id()
"""This run of the program: only within one are the machine's own steps all that has passed."""


@value
class Lease:
    """How the person at the desk stands. `now` is the desk's clock, `confirmed` when the server last said yes."""

    now: datetime
    confirmed: datetime
    length: timedelta
    set_forward: timedelta
    """By how much the wall clock was set forward since; it counts as time without the server."""

    @property
    def ends(self) -> datetime:
        """From when on no edit is taken."""
        return self.confirmed + self.length

    @property
    def is_told(self) -> bool:
        """Whether half of it is over."""
        return self.now - self.confirmed >= self.length / 2

    @property
    def is_over(self) -> bool:
        """Whether no edit is taken until the server is reached."""
        return self.now >= self.ends


def lease_of(known: Known, user_id: str) -> Lease:
    """How somebody stands by what the book keeps, now."""
    _, seen, forward = _seen(known)
    # A book from before leases: it was confirmed when the server last gave it its time.
    given = parse_instant(known["lease_time"]).timestamp() if "lease_time" in known else seen
    confirmed = float(known.get(_confirmed(user_id), given))
    return Lease(
        now=_instant(seen),
        confirmed=_instant(confirmed),
        length=timedelta(seconds=float(known.get("lease_length", USUAL.total_seconds()))),
        set_forward=timedelta(seconds=forward),
    )


def ticked(known: Known) -> Known:
    """What is to be kept of the clock now."""
    _, seen, forward = _seen(known)
    return {
        "clock_seen": repr(seen),
        "clock_forward": repr(forward),
        "clock_monotonic": repr(clock.monotonic()),
        "clock_run": _RUN,
    }


def confirmed(known: Known, user_id: str, server_time: datetime, length: float | None) -> Known:
    """What is to be kept where the server has answered somebody; `length` in seconds, None where it said none."""
    # A server whose own clock was set back takes nothing back of what it has said.
    at = max(server_time.timestamp(), float(known.get("clock_told", "-inf")))
    said = {} if length is None else {"lease_length": repr(_within(length))}
    return said | {
        "clock_told": repr(at),
        "clock_seen": repr(at),
        "clock_forward": "0.0",
        "clock_monotonic": repr(clock.monotonic()),
        "clock_run": _RUN,
        "clock_skew": repr(clock.now().timestamp() - at),
        _confirmed(user_id): repr(at),
    }


def has_leapt(known: Known) -> bool:
    """Whether the wall clock runs ahead of what is kept: then that is kept at once, for it may be set back."""
    least, seen, _ = _seen(known)
    return seen - least >= _LEAP


def _seen(known: Known) -> tuple[float, float, float]:
    """The least that the clock can be and what it is, as POSIX times, and the seconds that the wall was set forward."""
    wall = clock.now().timestamp() - float(known.get("clock_skew", "0"))
    if "clock_seen" not in known:
        return wall, wall, 0.0
    # The machine's own clock begins at 0 when it starts: more of it than before has passed in any case.
    step = max(0.0, clock.monotonic() - float(known["clock_monotonic"]))
    least = float(known["clock_seen"]) + step
    ahead, forward = wall - least, float(known.get("clock_forward", "0"))
    if known.get("clock_run") == _RUN and ahead > _SET_FORWARD:
        forward += ahead
    return least, max(least, wall), forward


def _within(length: float) -> float:
    return min(max(length, SHORTEST.total_seconds()), LONGEST.total_seconds())


def _confirmed(user_id: str) -> str:
    return f"confirmed:{user_id}"


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
