"""Waiting for what happens soon, and not for longer than it may take."""

import time
from collections.abc import Callable


def until(holds: Callable[[], bool], *, within: float = 5.0) -> None:
    """Wait until it holds; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, f"it did not come to hold within {within} s"
        time.sleep(0.01)
