"""The rows of what is done in the book beside booking: visits that change places, and blocked time."""

from dataclasses import dataclass
from datetime import datetime

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
