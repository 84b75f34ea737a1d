"""What time alone decides in the books of businesses: the server's own edits, logged as such."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog

from shared import clock
from shared.errors import StorageFault
from shared.model.base import value
from syncserver.services.jobs.rounds import Rounds
from syncserver.services.server import Server
from syncserver.services.sync.endings.ending import ENDINGS, Ending, end
from syncserver.store.tenancy import Tenant, TenantId, tenant_transaction
from syncserver.store.tenants import tenants_at_work

log = structlog.get_logger()

EVERY: Final = 60.0
"""Seconds between two looks at every business: what is over a desk knows by itself, until then."""
GOING_ON_EVERY: Final = 600.0
"""The same for what is made further ahead as time goes on."""


@value
class Look:
    """What a look at one business has found."""

    at: datetime
    made: int
    """How many edits."""
    again: datetime | None
    """When to look again where nobody writes; None where there is nothing to wait for."""


@value
class _Seen:
    """The last look at a business, and the version that it had by then at least."""

    version: int
    look: Look

    def is_still_right(self, version: int, now: datetime) -> bool:
        """Whether nothing can be due: nobody has written, and it is not time; a clock that was put back ends that."""
        look = self.look
        return self.version == version and look.at <= now and (look.again is None or now < look.again)


class Overdue:
    """Looks through the books, a business at a time, for as long as the server runs; several servers share the work.

    A book is opened where somebody has written to it since the last look, or something comes due in it: one that rests
    costs nothing.
    """

    def __init__(self, server: Server, endings: Sequence[Ending] = ENDINGS, *, every: float = EVERY) -> None:
        self._server = server
        self._endings = endings
        self._seen: Mapping[TenantId, _Seen] = {}
        self._rounds = Rounds("overdue", self.look, every=every)
        self.start, self.close = self._rounds.start, self._rounds.close

    def look(self) -> None:
        """Do what is due in every business that works; trouble with one holds up no other.

        Raises StorageFault where it cannot be told which those are.

        One that is in recovery is left alone: what its desks are still asked for is decided before.
        """
        # The versions are read before the books: what is written meanwhile is looked at in the next round.
        at_work = tenants_at_work(self._server.engine)
        before, seen = self._seen, dict[TenantId, _Seen]()
        self._seen = seen
        for tenant, version in at_work:
            if self._rounds.ended:
                return
            known = before.get(tenant.id)
            if known is not None and known.is_still_right(version, clock.now()):
                seen[tenant.id] = known
                continue
            seen[tenant.id] = _Seen(version=version, look=end_overdue(self._server, tenant, self._endings))


def end_overdue(server: Server, tenant: Tenant, endings: Sequence[Ending] = ENDINGS) -> Look:
    """Do what is due in one business; trouble with one ending, which is logged, keeps none of the others from it."""
    now = clock.now()
    looks = [_look(server, tenant, one, now) for one in endings]
    again = [one.again for one in looks if one.again is not None]
    return Look(at=now, made=sum(one.made for one in looks), again=min(again, default=None))


def _look(server: Server, tenant: Tenant, ending: Ending, now: datetime) -> Look:
    made = 0
    try:
        with tenant_transaction(server.engine, tenant, read_only=True) as connection:
            # Where nothing is due, nobody is kept from writing, and no desk is told of nothing.
            if not ending.due(connection, now):
                return Look(at=now, made=0, again=ending.next_due(connection, now))
        made = _end(server, tenant, ending, now)
    except StorageFault as trouble:
        log.warning("overdue.not_looked_at", tenant=tenant.id, what=ending.name, why=str(trouble))
    except Exception:
        # A bug that the rows of one business bring to light; the others have theirs done all the same.
        log.exception("overdue.failed", tenant=tenant.id, what=ending.name)
    # There may be more than is done at once, and what has failed is tried again.
    return Look(at=now, made=made, again=now)


def _end(server: Server, tenant: Tenant, ending: Ending, now: datetime) -> int:
    made, version = end(server.engine, tenant, ending, now)
    server.note_told(tenant.id, version)
    server.tell(tenant.id, version)
    log.info("overdue.ended", tenant=tenant.id, what=ending.name, count=made)
    return made
