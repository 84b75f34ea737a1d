"""How much work something is, as a number that is the same on every machine, however busy it is."""

import cProfile
from collections.abc import Callable


def calls_of(work: Callable[[], object]) -> int:
    """How many functions are called in a piece of work, those of C among them; one that hangs is the timeout's."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())
