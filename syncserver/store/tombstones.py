"""Who was erased, kept outside of the database: a backup that is put back knows nothing of it.

One file for a database (its lineage), a line of ids and a time for each erasure, only ever added to.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import orjson

from shared.clock import instant_text
from shared.model.base import value
from syncserver.store.tenancy import TenantId


@value
class Tombstone:
    """One erasure: of a customer, or of the whole tenant."""

    tenant: TenantId
    customer: str | None


class Tombstones:
    """The ledger of one database. Every method may be called from any process, and raises OSError."""

    def __init__(self, folder: Path, *, lineage: str) -> None:
        self._file = folder / f"erased-{lineage}.jsonl"

    def add(self, stone: Tombstone, at: datetime) -> None:
        """Write an erasure down, and wait until that is on the disk; before it is committed."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        line = orjson.dumps({"tenant": stone.tenant, "customer": stone.customer, "at": instant_text(at)})
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            # A line that a power cut left half is ended first.
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            os.write(handle, (b"\n" if torn else b"") + line + b"\n")
            os.fsync(handle)
            if size == 0:
                _sync(self._file.parent)
        finally:
            os.close(handle)

    def all(self) -> list[Tombstone]:
        """Every erasure, the first one first; a line that was torn is passed over: nothing was committed after it."""
        return list(dict.fromkeys(self._read()))

    def _read(self) -> Iterator[Tombstone]:
        try:
            lines = self._file.read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            with suppress(orjson.JSONDecodeError, KeyError, TypeError):
                told = orjson.loads(line)
                yield Tombstone(tenant=TenantId(told["tenant"]), customer=told["customer"])


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
