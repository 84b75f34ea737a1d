"""How much work something is, as a number that is the same on every machine, however busy it is."""

import ctypes
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from tests.support.compiled import compiled

_SOURCE: Final = Path(__file__).with_suffix(".c")


def calls_of(work: Callable[[], object]) -> int:
    """How many functions are called in a piece of work, those of C among them; one that hangs is the timeout's."""
    # A profiler of Python would say which ones as well, and take twice as long.
    counter, tell = _counter(), ctypes.pythonapi.PyEval_SetProfile
    counter.effort_taken()
    tell(counter.effort_told, ctypes.py_object())
    try:
        work()
    finally:
        tell(None, ctypes.py_object())
    return int(counter.effort_taken())


@cache
def _counter() -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        counter = ctypes.CDLL(str(compiled(_SOURCE, Path(folder))))
    counter.effort_taken.restype = ctypes.c_ulonglong
    return counter
