"""How far each tenant's history has come, kept outside the database: a backup that is put back is noticed by it.

One folder for a database (its lineage), one in it for the epoch, one small file for each tenant: the highest version
that anybody was told of. Written with each answer and synced once: what kills the process keeps it, and what a power
cut takes of it makes the mark lower, never wrong. Where a database was found to have come less far, the mark is raised
beyond every version: nothing makes up for what is lost but a start, which begins another epoch.
"""

import fcntl
import os
import shutil
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from shared.errors import StorageFault
from syncserver.store.tenancy import TenantId

log = structlog.get_logger()

_WIDTH: Final = 19
"""Digits of the largest version, so that a higher mark overwrites a lower one whole."""
_BEYOND: Final = 2**63 - 1
"""The largest version, which no tenant comes to."""


class PutBack(StorageFault):
    """The database is not the one that desks remember, which only a start of the server mends."""


class Marks:
    """The marks of one database in one epoch. Every method may be called from any thread and any process."""

    def __init__(self, folder: Path, *, lineage: str, epoch: str) -> None:
        self.epoch: Final = epoch
        self._lineage = folder / lineage
        self._folder = self._lineage / epoch
        self._lock = threading.Lock()
        self._noted: dict[TenantId, int] = {}
        self._files: dict[TenantId, str] = {}

    def are_known(self) -> bool:
        """Whether this epoch has marks, if perhaps of no tenant yet."""
        return self._folder.is_dir()

    def are_of_another_epoch(self) -> bool:
        """Whether the database had an epoch that it does not know of."""
        return not self.are_known() and self._lineage.is_dir() and any(self._lineage.iterdir())

    def read(self) -> Mapping[TenantId, int]:
        """The mark of each tenant; one that cannot be read is left out. Raises OSError."""
        found: dict[TenantId, int] = {}
        for file in self._folder.iterdir():
            try:
                found[TenantId(file.name)] = int(file.read_text())
            except (OSError, ValueError) as error:
                # Of this one it will not be noticed; of the others it still is.
                log.error("history.mark_unreadable", tenant=file.name, kind=type(error).__name__)
        return found

    def told(self, tenant: TenantId) -> int:
        """The highest version of a tenant that anybody was told of, as far as that can be read; -1 for none."""
        with self._lock:
            noted = self._noted.get(tenant, -1)
        with suppress(OSError, ValueError):
            noted = max(noted, self._written(tenant))
        return noted

    def require_epoch(self, epoch: str) -> None:
        """Raise PutBack where the database is in another epoch than this: others were told of what is not in this one.

        So it is where somebody else has put it back and started, and this process was left running.
        """
        if epoch != self.epoch:
            log.error("history.epoch_over", epoch=epoch, ours=self.epoch, what_to_do="restart the server")
            raise PutBack("The database has begun another epoch: start the server again.")

    def require_progress(self, tenant: TenantId, told: int, version: int) -> None:
        """Raise PutBack where a tenant has come less far than what somebody had been `told` before it was asked.

        Its database was put back while this process runs. From then on it is raised in every process.
        """
        if version < told:
            log.error("history.went_back", tenant=tenant, version=version, told=told, what_to_do="restart the server")
            self._give_up(tenant)
            raise PutBack("The database was put back: start the server, which begins recovery.")

    def _give_up(self, tenant: TenantId) -> None:
        with self._lock:
            self._noted[tenant] = _BEYOND
        try:
            self._raise(tenant, _BEYOND)
        except OSError as error:
            log.error("history.marks_unwritable", tenant=tenant, why=error.strerror)

    def _written(self, tenant: TenantId) -> int:
        file = os.open(self._file_of(tenant), os.O_RDONLY)
        try:
            # Never half of what another process writes.
            fcntl.flock(file, fcntl.LOCK_SH)
            return int(os.pread(file, _WIDTH, 0))
        finally:
            os.close(file)

    def begin(self) -> None:
        """Let the epoch have marks, and none other. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for other in self._lineage.iterdir():
            if other != self._folder:
                shutil.rmtree(other)
        _sync(self._lineage)

    def note(self, tenant: TenantId, version: int) -> None:
        """Remember that somebody is told of a version. Raises OSError."""
        with self._lock:
            if self._noted.get(tenant, -1) >= version:
                return
        try:
            self._raise(tenant, version)
        except FileNotFoundError:
            # An epoch that was ended, or was put back and not noticed yet, is no more known for that.
            if self.are_of_another_epoch():
                raise
            self._folder.mkdir(parents=True, exist_ok=True)
            self._raise(tenant, version)
        with self._lock:
            self._noted[tenant] = max(version, self._noted.get(tenant, -1))

    def forget(self, tenant: TenantId) -> None:
        """A tenant is there no more; what cannot be removed is the mark of nothing."""
        with self._lock:
            self._noted.pop(tenant, None)
            self._files.pop(tenant, None)
        with suppress(OSError):
            (self._folder / tenant).unlink(missing_ok=True)

    def _file_of(self, tenant: TenantId) -> str:
        # Asked twice at every push: a path is made of its parts by twenty calls.
        if (known := self._files.get(tenant)) is None:
            known = self._files[tenant] = str(self._folder / tenant)
        return known

    def _raise(self, tenant: TenantId, version: int) -> None:
        file = os.open(self._file_of(tenant), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Another process may have written a later one meanwhile.
            fcntl.flock(file, fcntl.LOCK_EX)
            before = os.pread(file, _WIDTH, 0)
            if not before.isdigit() or int(before) < version:
                os.pwrite(file, f"{version:0{_WIDTH}}".encode(), 0)
            if not before:
                os.fsync(file)
        finally:
            os.close(file)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
