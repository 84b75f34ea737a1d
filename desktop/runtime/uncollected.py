"""Work that makes many objects and no cycles, without a search for cycles in between."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def is_resting() -> bool:
    """Whether such work is going on, on any thread."""
    return _Resting.blocks > 0


class _Resting:
    blocks = 0
    was_enabled = False
    lock = threading.Lock()


def rest_for_good() -> None:
    """Let Python's own search rest from now on, whatever blocks end later."""
    with _Resting.lock:
        _Resting.was_enabled = False
        gc.disable()


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector of cycles rest inside the block; what is in none is freed at once all the same.

    Parsed JSON is lists and dictionaries by the thousand, and each few hundred of them set it off: over a whole program
    it takes longer than the parsing.
    """
    with _Resting.lock:
        if _Resting.blocks == 0:
            _Resting.was_enabled = gc.isenabled()
            gc.disable()
        _Resting.blocks += 1
    try:
        yield
    finally:
        with _Resting.lock:
            _Resting.blocks -= 1
            if _Resting.blocks == 0 and _Resting.was_enabled:
                gc.enable()
