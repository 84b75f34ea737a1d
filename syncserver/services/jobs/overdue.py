"""What time alone decides in the books of businesses: the server's own edits, logged as such."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from shared import clock
from shared.errors import StorageFault
from shared.model.base import value
from shared.mutations.registry import Actor
from syncserver.services.jobs import expiry, going_on, lapsing
from syncserver.services.jobs.rounds import Rounds
from syncserver.services.server import Server
from syncserver.services.sync.gateway import Edit, record_then
from syncserver.store.handles import Connection
from syncserver.store.recoveries import recovering
from syncserver.store.tenancy import Tenant, TenantState, tenant_transaction
from syncserver.store.tenants import every_tenant

log = structlog.get_logger()

EVERY: Final = 60.0
"""Seconds between two looks at every business: what is over a desk knows by itself, until then."""


@value
class Ending:
    """Something that time decides: which edits are due in a tenant's transaction, and who makes them."""

    name: str
    due: Callable[[Connection, datetime], Sequence[Edit]]
    by: Actor
    may_be_refused: bool = False
    """Whether what the rules refuse waits for a person then; else such an edit is a fault."""


ENDINGS: Final = (
    Ending(name="requests", due=expiry.due, by=expiry.SERVER),
    Ending(name="waitlist", due=lapsing.due, by=lapsing.SERVER),
)

GOING_ON: Final = (
    Ending(name="series", due=going_on.visits_due, by=lapsing.SERVER, may_be_refused=True),
    Ending(name="repeated blocks", due=going_on.blocks_due, by=lapsing.SERVER, may_be_refused=True),
)
"""What is made further ahead as time goes on."""
GOING_ON_EVERY: Final = 600.0


class Overdue:
    """Looks through the books, a business at a time, for as long as the server runs; several servers share the work."""

    def __init__(self, server: Server, endings: Sequence[Ending] = ENDINGS, *, every: float = EVERY) -> None:
        self._server = server
        self._endings = endings
        self._rounds = Rounds("overdue", self.look, every=every)
        self.start, self.close = self._rounds.start, self._rounds.close

    def look(self) -> None:
        """Do what is due in every business that works; trouble with one holds up no other. Raises StorageFault.

        One that is in recovery is left alone: what its desks are still asked for is decided before.
        """
        left_alone = {one.tenant.id for one in recovering(self._server.engine)}
        for tenant in every_tenant(self._server.engine):
            if self._rounds.ended:
                return
            if tenant.state is not TenantState.ACTIVE or tenant.id in left_alone:
                continue
            try:
                end_overdue(self._server, tenant, self._endings)
            except StorageFault as trouble:
                log.warning("overdue.not_looked_at", tenant=tenant.id, why=str(trouble))
            except Exception:
                # A bug that the rows of one business bring to light; the others have theirs done all the same.
                log.exception("overdue.failed", tenant=tenant.id)


def end_overdue(server: Server, tenant: Tenant, endings: Sequence[Ending] = ENDINGS) -> int:
    """Do what is due in one business; how many edits. Raises StorageFault."""
    now = clock.now()
    with tenant_transaction(server.engine, tenant, read_only=True) as connection:
        # Where nothing is, nobody is kept from writing, and no desk is told of nothing.
        over = [one for one in endings if one.due(connection, now)]
    return sum(_end(server, tenant, one, now) for one in over)


def _end(server: Server, tenant: Tenant, ending: Ending, now: datetime) -> int:
    made = list[Edit]()

    def edits(_: int) -> Sequence[Edit]:
        # Asked again: another server may have been here, or a desk.
        made.extend(ending.due(connection, now))
        return made

    with tenant_transaction(server.engine, tenant) as connection:
        must_apply = not ending.may_be_refused
        version = record_then(connection, tenant, edits, ending.by, must_apply=must_apply).version
    server.note_told(tenant.id, version)
    server.tell(tenant.id, version)
    log.info("overdue.ended", tenant=tenant.id, what=ending.name, count=len(made))
    return len(made)
