"""What time decided while the edits were made that are decided again: the server's own ones, made again between them.

No desk has kept one of those, and what was made afterwards stands on them.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from shared import clock
from shared.errors import StorageFault
from syncserver.services.sync.endings.ending import ENDINGS, GOING_ON, Ending, end
from syncserver.store.faults import TookTooLong, as_storage_fault
from syncserver.store.handles import Connection, Engine
from syncserver.store.recoveries import Offer
from syncserver.store.tenancy import Tenant, tenant_transaction

log = structlog.get_logger()

_BEGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST: Final = 100
"""Transactions in which one ending is made at one instant, at most: each makes a part of what is due."""


class LookFailed(Exception):
    """What is due cannot be told: a bug, or a question that takes too long. The transaction is to be rolled back."""


class Timeline:
    """How far time has come in a book that is decided again: it only goes on, and not beyond the present.

    What cannot be made again is left to the jobs of the server, which look once recovery is over.
    """

    def __init__(self, engine: Engine, tenant: Tenant) -> None:
        self._engine, self._tenant = engine, tenant
        self._endings: Sequence[Ending] = (*ENDINGS, *GOING_ON)
        self._now = _BEGIN
        self._left: frozenset[str] = frozenset()
        """The endings of which something stays due, whatever is done."""
        self._passed = ""
        """Before which edit that was asked last."""

    def first_due(self, connection: Connection, offers: Sequence[Offer]) -> int:
        """The place of the first of these edits by whose time something is due in the book as it is.

        Where nothing is, it is how many edits they are.
        """
        moments = self._moments(offers)
        if not moments or not self._is_due(connection, moments[-1]):
            return len(moments)
        return bisect_left(moments, True, key=lambda moment: self._is_due(connection, moment))

    def pass_to(self, first: Offer) -> None:
        """Make what is due by the time of the edit that comes next. Raises StorageFault for trouble that may pass."""
        (self._now,) = self._moments([first])
        again, self._passed = first.id == self._passed, first.id
        # What has only come due by what was made is made no more: nothing goes round in circles here.
        self._left = frozenset(one.name for one in self._endings if again or not self._is_ended(one))

    def note(self, decided: Sequence[Offer]) -> None:
        """Time has come as far as these edits."""
        self._now = self._moments(decided)[-1] if decided else self._now

    def look_no_more(self) -> None:
        """Go on without: a look has failed, and would again."""
        self._endings = ()

    def _moments(self, offers: Sequence[Offer]) -> list[datetime]:
        """The time of each edit: none was decided before one that it came after."""
        moment, present, moments = self._now, clock.now(), list[datetime]()
        for one in offers:
            if one.is_dated:
                moment = max(moment, min(one.at, present))
            moments.append(moment)
        return moments

    def _is_due(self, connection: Connection, moment: datetime) -> bool:
        try:
            with as_storage_fault():
                return any(one.due(connection, moment) for one in self._endings if one.name not in self._left)
        except (StorageFault, MemoryError) as trouble:
            if not isinstance(trouble, TookTooLong):
                raise
            failed: Exception = trouble
        except Exception as bug:  # noqa: BLE001 no reason to keep everybody out
            failed = bug
        log.error("recovery.look_failed", tenant=self._tenant.id, exc_info=failed)
        raise LookFailed

    def _is_ended(self, ending: Ending) -> bool:
        """Make all of an ending that is due; whether nothing of it is any more."""
        try:
            for _ in range(_MOST):
                with tenant_transaction(self._engine, self._tenant, read_only=True) as connection:
                    if not ending.due(connection, self._now):
                        return True
                made, _ = end(self._engine, self._tenant, ending, self._now)
                log.info("recovery.time_passed", tenant=self._tenant.id, what=ending.name, count=made)
        except TookTooLong as trouble:
            log.warning("recovery.not_ended", tenant=self._tenant.id, what=ending.name, why=str(trouble))
        except (StorageFault, MemoryError):
            raise
        except Exception:
            # The rules have not taken it, or a bug: no reason to keep everybody out.
            log.exception("recovery.not_ended", tenant=self._tenant.id, what=ending.name)
        return False
