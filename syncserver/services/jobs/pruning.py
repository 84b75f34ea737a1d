"""What is forgotten or lapses, and when: a tenant at a time, in its own night, without holding up its pushes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from shared import clock
from shared.model.base import value
from syncserver.services.jobs.rounds import Rounds
from syncserver.settings import Settings
from syncserver.store import retention
from syncserver.store.erased_sessions import forget_erased
from syncserver.store.handles import Engine
from syncserver.store.sessions import end_lapsed
from syncserver.store.tenancy import Tenant
from syncserver.store.tenants import claim_pruning, tenants_to_prune, zone_of

log = structlog.get_logger()

_LOOK_EVERY: Final = 15 * 60.0
_ONCE_IN: Final = timedelta(hours=20)
_AT_LAST: Final = timedelta(hours=48)
"""How long a tenant waits for its night: a server that is off every night prunes by day, and so does a first look."""
_NIGHT: Final = range(1, 5)
SPENT_FOR: Final = timedelta(days=30)
"""How long it can be looked up what became of a mail, a link, an invite or a session of the admin."""


@value
class Pruned:
    """How much of a tenant was dropped: pointers of changes, arguments, replicas and sessions."""

    pointers: int
    arguments: int
    replicas: int
    sessions: int


def prune(
    engine: Engine, settings: Settings, tenant: Tenant, *, is_ended: Callable[[], bool] = lambda: False
) -> Pruned:
    """Drop what the settings keep no longer, and end what has lapsed, until that is done or `is_ended`.

    Many short transactions: what is broken off is simply begun again. Raises StorageFault for trouble that may pass.
    """

    def all_of(some: Callable[[], int | None]) -> int:
        total = 0
        while not is_ended() and (done := some()) is not None:
            total += done
        return total

    now = clock.now()
    retention.raise_floor(engine, tenant, now - settings.keep_changes)
    compacted_to = retention.newest_version(engine, tenant, now - settings.keep_arguments)
    silent = now - settings.keep_silent
    pruned = Pruned(
        pointers=all_of(lambda: retention.drop_pointers(engine, tenant)),
        arguments=all_of(lambda: retention.compact_log(engine, tenant, compacted_to)),
        replicas=retention.retire_replicas(engine, tenant, before=silent, now=now),
        sessions=all_of(lambda: retention.drop_sessions(engine, tenant, silent)),
    )
    all_of(lambda: retention.drop_outcomes(engine, tenant))
    # At last, for it alone waits for the clock.
    all_of(lambda: end_lapsed(engine, tenant, idle=settings.session_idle, most=retention.BATCH))
    return pruned


class Upkeep:
    """Prunes every tenant once a day, one after the other, for as long as the server runs."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._rounds = Rounds("prune", self.look, every=_LOOK_EVERY)
        self.start, self.close = self._rounds.start, self._rounds.close

    def look(self) -> None:
        """Drop what is spent, and prune the tenants whose turn it is.

        Each is claimed first, so that no other server does the same.
        """
        now = clock.now()
        retention.drop_spent(self._engine, now - SPENT_FOR)
        forget_erased(self._engine, now - self._settings.keep_silent)
        for tenant, pruned_at in tenants_to_prune(self._engine, now - _ONCE_IN):
            if self._rounds.ended:
                return
            overdue = pruned_at is None or pruned_at < now - _AT_LAST
            if (overdue or _is_night(self._engine, tenant, now)) and claim_pruning(
                self._engine, tenant, pruned_at, now
            ):
                self._prune(tenant)

    def _prune(self, tenant: Tenant) -> None:
        done = prune(self._engine, self._settings, tenant, is_ended=lambda: self._rounds.ended)
        log.info(
            "prune.done",
            tenant=tenant.id,
            pointers=done.pointers,
            arguments=done.arguments,
            replicas=done.replicas,
            sessions=done.sessions,
        )


def _is_night(engine: Engine, tenant: Tenant, now: datetime) -> bool:
    return now.astimezone(ZoneInfo(zone_of(engine, tenant))).hour in _NIGHT
