"""The next free starts for a visit: for a wish that a person has typed, and for one that was refused."""

from datetime import datetime
from typing import Any, Final

from desktop.queries.wishes import wished
from desktop.store.replica import Replica
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem
from shared.mutations.attention import rebuilt
from shared.rules.free_slots import next_free
from shared.store import Reads

COUNT: Final = 5


def free_slots(replica: Replica, args: Any, *, count: int = COUNT) -> tuple[datetime, ...]:
    """The next starts for a booking or a move; none where no start can mend it."""
    reads = replica.tx()
    return _next(replica, reads, wished(reads, replica.context(), args), count)


def free_slots_for_item(replica: Replica, item_id: str, *, count: int = COUNT) -> tuple[datetime, ...]:
    """The next starts for what an attention item keeps; none for an edit that is no matter of slots."""
    reads = replica.tx()
    item = reads.find(AttentionItem, item_id)
    if item is None:
        return ()
    return _next(replica, reads, wished(reads, replica.context(), rebuilt(item)), count)


def _next(replica: Replica, reads: Reads, wish: Appointment | None, count: int) -> tuple[datetime, ...]:
    if wish is None:
        return ()
    # Not in the past, and not before what was wished for.
    after = max(replica.now(), wish.starts_at)
    try:
        return next_free(reads, wish, after=after, step=reads.business().slot_step, count=count)
    except Refusal:
        return ()
