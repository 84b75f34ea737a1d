"""Work that makes many objects and no cycles, without a search for cycles in between."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector of cycles rest inside the block; what is in none is freed at once all the same.

    Parsed JSON is lists and dictionaries by the thousand, and each few hundred of them set it off: over a whole program
    it takes longer than the parsing.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
