"""What the process that asks holds in memory."""

import ctypes
import gc
import os
import sys
from typing import Any

from sqlcipher3 import _sqlite3

from tests.bench.processes import memory_of


def held() -> dict[str, Any]:
    """In all and as its book's page cache, in MiB, and how many blocks of Python's."""
    gc.collect()
    return {"resident": memory("VmRSS"), "cache": _book_cache(), "blocks": sys.getallocatedblocks()}


def memory(what: str) -> float:
    """`VmRSS` or its highest mark `VmHWM` of this process, in MiB."""
    return memory_of(os.getpid(), what)


def _book_cache() -> float:
    # SQLite's own count of what it holds (its C interface, `sqlite3_memory_used`), in a process with one book.
    used = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used
    used.restype = ctypes.c_int64
    return int(used()) / 2**20
