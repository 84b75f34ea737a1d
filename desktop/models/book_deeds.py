"""The rows of what is done in the book beside booking: visits that change places, and blocked time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapRow:
    """One of two visits that are to change places: whose it is, and where it stands and is to stand, in words."""

    title: str
    was: str
    now: str
