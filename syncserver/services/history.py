"""Whether the database is the one that desks remember, or was put back from a backup; and what follows of that.

`shared/decisions/0021-a-server-that-is-put-back.md` has the whole story.
"""

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from shared import clock
from syncserver.settings import Settings
from syncserver.store.handles import Engine
from syncserver.store.marks import Marks
from syncserver.store.recoveries import begin_recovery, epoch_and_lineage, versions
from syncserver.store.tenancy import TenantId
from syncserver.store.tombstones import Tombstones

log = structlog.get_logger()

_FOLDER: Final = "marks"
_FIRST_COMES_WITHIN: Final = timedelta(days=365)
"""How long recovery waits where no desk comes."""


def marks_of(engine: Engine, settings: Settings) -> Marks:
    """The marks of a migrated database."""
    epoch, lineage = epoch_and_lineage(engine)
    return Marks(marks_folder(settings), lineage=lineage, epoch=epoch)


def marks_folder(settings: Settings) -> Path:
    """Where the marks are, and the ledger of erasures: what must not go back with the database."""
    return settings.marks or settings.data / _FOLDER


def tombstones_of(engine: Engine, settings: Settings) -> Tombstones:
    """The ledger of erasures of a migrated database, beside the marks."""
    _, lineage = epoch_and_lineage(engine)
    return Tombstones(marks_folder(settings), lineage=lineage)


def check_history(engine: Engine, settings: Settings) -> None:
    """Compare a migrated database with its marks, before anybody is answered.

    Where it is older than what desks were told, a new epoch begins and the tenants in question are in recovery. Marks
    that are not there, or cannot be read, are begun anew: that an older database goes unnoticed is worse than nothing,
    but a server that does not start is worse still.
    """
    marks = marks_of(engine, settings)
    erased = _erased(engine, settings)
    try:
        behind = _behind(engine, marks, erased)
    except OSError as error:
        log.error("history.marks_unreadable", why=error.strerror)
        behind = frozenset()
    if behind:
        # From the first desk that comes the time counts that is set: a database is put back at night as well.
        epoch = begin_recovery(engine, behind, clock.now() + _FIRST_COMES_WITHIN)
        log.error("history.put_back", epoch=epoch, tenants=sorted(behind))
        marks = marks_of(engine, settings)
    elif not marks.are_known() and versions(engine):
        log.warning("history.adopted", why="there is no record of how far this database had come")
    for tenant in erased:
        # Where whoever erased it was killed before.
        marks.forget(tenant)
    try:
        marks.begin()
    except OSError as error:
        log.error("history.marks_unwritable", why=error.strerror)


def _erased(engine: Engine, settings: Settings) -> Collection[TenantId]:
    try:
        stones = tombstones_of(engine, settings).all()
    except OSError:
        # Nobody is served without it: whoever makes the erasures again says so.
        return frozenset()
    return {stone.tenant for stone in stones if stone.customer is None}


def _behind(engine: Engine, marks: Marks, erased: Collection[TenantId]) -> Collection[TenantId]:
    """The tenants of which somebody was told more than the database knows; one that it does not know at all too.

    Those that were erased are not there for a reason, or will be no more before anybody is answered.
    """
    now = versions(engine)
    if marks.are_of_another_epoch():
        # Numbers of two epochs cannot be compared.
        return now.keys()
    if not marks.are_known():
        return frozenset()
    return {tenant for tenant, mark in marks.read().items() if mark > now.get(tenant, -1) and tenant not in erased}
