"""The rows of what is done in the book beside booking: visits that change or change places, and blocked time."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from desktop.models.rows import RepeatForm


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapRow:
    """One of two visits that are to change places: whose it is, and where it stands and is to stand, in words."""

    title: str
    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockForm:
    """What stands in the form of blocked time; `starts` and `ends` are what the clock on the location's wall shows."""

    resource_id: str
    starts: datetime
    ends: datetime
    reason: str = ""
    repeat: RepeatForm | None = None
    """How it repeats; None for once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One service of a visit that is being changed, and who and where it is done; empty is whoever is free."""

    service_id: str
    title: str
    staff_id: str = ""
    room_id: str = ""
    place: int | None = None
    """Which of the services it is that are booked, from 0 on; None for one that is added."""
    minutes: int | None = None
    """How long it is where others have taken it out meanwhile; None for as long as it is booked, or takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForm:
    """What a visit is to become; `day` and `start` are what the clock on the location's wall shows."""

    lines: tuple[ChangeLine, ...]
    day: date
    start: time
    party: int = 1
    override: str | None = None
    """The reason to change it over a rule; None asks for no override."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a visit two people can change apart from one another: for whom or where, of which service."""

    name: Literal["start", "party", "services", "staff", "room"]
    service: tuple[str, int] | None = None
    """A service, and how many of the same there are before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestRow:
    """A part that somebody else has changed otherwise meanwhile: what it is now, and what stands in the form."""

    part: Part
    title: str
    now: str
    mine: str
    is_settled: bool = False
    """Whether theirs was taken: then mine is what stood in the form before."""
