"""Everything that time decides, and the one way in which it is written down."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from shared.model.base import value
from shared.mutations.registry import Actor
from syncserver.services.sync.endings import expiry, going_on, lapsing
from syncserver.services.sync.gateway import Edit, record_then
from syncserver.store.handles import Connection, Engine
from syncserver.store.tenancy import Tenant, tenant_transaction


@value
class Ending:
    """Something that time decides: which edits are due in a tenant's transaction, and who makes them."""

    name: str
    due: Callable[[Connection, datetime], Sequence[Edit]]
    next_due: Callable[[Connection, datetime], datetime | None]
    """When something may be due next where nothing is now and nobody writes; None where nothing will ever be."""
    by: Actor
    may_be_refused: bool = False
    """Whether what the rules refuse waits for a person then; else such an edit is a fault."""


ENDINGS: Final = (
    Ending(name="requests", due=expiry.due, next_due=expiry.next_due, by=expiry.SERVER),
    Ending(name="waitlist", due=lapsing.due, next_due=lapsing.next_due, by=lapsing.SERVER),
)

GOING_ON: Final = (
    Ending(name="series", due=going_on.visits_due, next_due=going_on.next_due, by=lapsing.SERVER, may_be_refused=True),
    Ending(
        name="repeated blocks",
        due=going_on.blocks_due,
        next_due=going_on.next_due,
        by=lapsing.SERVER,
        may_be_refused=True,
    ),
)
"""What is made further ahead as time goes on."""


def end(engine: Engine, tenant: Tenant, ending: Ending, now: datetime) -> tuple[int, int]:
    """Make what is due by an instant: how many edits, and the version that writes them.

    Raises StorageFault, and EditRefused where the rules do not take what they have to.
    """
    with tenant_transaction(engine, tenant) as connection:
        return end_within(connection, tenant, ending, now)


def end_within(connection: Connection, tenant: Tenant, ending: Ending, now: datetime) -> tuple[int, int]:
    """The same in a tenant's transaction, of which the clock is taken here."""
    made = list[Edit]()

    def edits(_: int) -> Sequence[Edit]:
        # Asked again: another server may have been here, or a desk.
        made.extend(ending.due(connection, now))
        return made

    version = record_then(connection, tenant, edits, ending.by, must_apply=not ending.may_be_refused).version
    return len(made), version
