"""What time decided while the edits were made that are decided again: the server's own ones, made again between them.

No desk has kept one of those, and what was made afterwards stands on them. When the server had made them nobody knows:
at the next look of its jobs, or later. What was applied tells: it stood on them, or they were not there yet.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import structlog

from shared import clock
from shared.errors import StorageFault
from syncserver.services.sync.endings.ending import ENDINGS, GOING_ON, Ending, end_within
from syncserver.store.faults import TookTooLong, as_storage_fault
from syncserver.store.handles import Connection, Engine
from syncserver.store.recoveries import Offer
from syncserver.store.tenancy import Tenant, tenant_transaction

log = structlog.get_logger()

_BEGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST: Final = 100
"""Steps in which one ending is made at most: each makes a part of what is due."""
_TRIED: Final = 200
"""Edits that are tried in one transaction at most, which holds the tenant's clock."""
_PATIENCE: Final = 500
"""Edits that may be tried in vain in one recovery; what is due then is made for good, before whatever comes next."""


class EndingFailed(Exception):
    """What is due cannot be told or made, and is left to the jobs from now on. The transaction is to be rolled back."""


class TooMuch(Exception):
    """More is due than is worth being tried. The transaction is to be rolled back."""


class Timeline:
    """How far time has come in a book that is decided again: it only goes on, and not beyond the present.

    What cannot be made again is left to the jobs of the server, which look once recovery is over.
    """

    def __init__(self, engine: Engine, tenant: Tenant) -> None:
        self._engine, self._tenant = engine, tenant
        self.looks: Sequence[Sequence[Ending]] = (tuple(ENDINGS), tuple(GOING_ON), (*ENDINGS, *GOING_ON))
        """What the server may have done before an edit, to be tried in this order: as one job, the other, and both."""
        self._now = _BEGIN
        self._left = set[str]()
        """The endings that have failed."""
        self._patience = _PATIENCE

    def note(self, decided: Sequence[Offer]) -> None:
        """Time has come as far as these edits."""
        for one in decided:
            self._now = self._moment(one)

    def is_due(self, connection: Connection, endings: Sequence[Ending], offers: Sequence[Offer]) -> bool:
        """Whether anything of these is due by the time of one of the edits to come. Raises EndingFailed, StorageFault.

        The last of them need not be the latest: a desk that was away pushes its morning in the evening.
        """
        until = max(map(self._moment, offers))
        return any(self._is_due(connection, one, until) for one in endings)

    def make(self, connection: Connection, endings: Sequence[Ending], first: Offer) -> int:
        """Make in a tenant's transaction what of these is due by the time of the edit that comes next; how many edits.

        Raises TooMuch, EndingFailed, and StorageFault for trouble that may pass.
        """
        count, until = 0, self._moment(first)
        for one in endings:
            while made := self._step(connection, one, until):
                count += made
                if count > min(_TRIED, self._patience):
                    raise TooMuch
        return count

    def was_in_vain(self, made: int) -> None:
        """So many edits were tried for nothing."""
        self._patience -= made

    def pass_to(self, first: Offer | None) -> None:
        """Make for good what is due by the time of the edit that comes next, or of the last that was decided.

        Raises StorageFault for trouble that may pass.
        """
        until = self._now if first is None else self._moment(first)
        for one in self.looks[-1]:
            try:
                self._pass(one, until)
            except EndingFailed:
                continue

    def _pass(self, ending: Ending, until: datetime) -> None:
        for _ in range(_MOST):
            with self._leaving(ending), tenant_transaction(self._engine, self._tenant) as connection:
                made = self._step(connection, ending, until)
            if not made:
                return
            log.info("recovery.time_passed", tenant=self._tenant.id, what=ending.name, count=made)
        log.warning("recovery.not_ended", tenant=self._tenant.id, what=ending.name)

    def _moment(self, first: Offer) -> datetime:
        """The time of the edit that comes next: it was not decided before one that it came after."""
        return max(self._now, min(first.at, clock.now())) if first.is_dated else self._now

    def _is_due(self, connection: Connection, ending: Ending, until: datetime) -> bool:
        with self._leaving(ending), as_storage_fault():
            return ending.name not in self._left and bool(ending.due(connection, until))

    def _step(self, connection: Connection, ending: Ending, until: datetime) -> int:
        """Make what one transaction makes of an ending; how many edits."""
        if not self._is_due(connection, ending, until):
            return 0
        with self._leaving(ending), as_storage_fault():
            made, _ = end_within(connection, self._tenant, ending, until)
        return made

    @contextmanager
    def _leaving(self, ending: Ending) -> Iterator[None]:
        try:
            yield
            return
        except EndingFailed:
            raise
        except (StorageFault, MemoryError) as trouble:
            if not isinstance(trouble, TookTooLong):
                raise
            failed: Exception = trouble
        except Exception as bug:  # noqa: BLE001 the rules have not taken it, or a bug: no reason to keep everybody out
            failed = bug
        log.error("recovery.not_ended", tenant=self._tenant.id, what=ending.name, exc_info=failed)
        self._left.add(ending.name)
        raise EndingFailed from failed
