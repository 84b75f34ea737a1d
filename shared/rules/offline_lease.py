"""How long a desk takes edits without its server: between which bounds, and in which words."""

from datetime import timedelta
from typing import Final

USUAL: Final = timedelta(days=7)
"""Where nobody has said another (design: access, Offline lease)."""
SHORTEST: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=30)
MINUTE: Final = timedelta(minutes=1)
"""In which lengths are said to the server and kept there."""
BOUNDS: Final = "A desk works without the server for 1 hour at least and 30 days at most."
_UNITS: Final = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (MINUTE, "minute"))


def is_within(minutes: int) -> bool:
    """Whether a desk may go on for so many minutes."""
    return SHORTEST // MINUTE <= minutes <= LONGEST // MINUTE


def length_words(length: timedelta) -> str:
    """A length in whole minutes by the largest unit that tells it exactly, such as `7 days` or `90 minutes`."""
    unit, name = next(one for one in _UNITS if not length % one[0])
    count = length // unit
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
