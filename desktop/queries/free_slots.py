"""The next free slots for a visit and what is in its way, for a wish that was typed and for one that was refused."""

from datetime import datetime, timedelta
from typing import Any, Final

from desktop.store.replica import Replica
from shared.dates import Dates
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem
from shared.model.base import Span, value
from shared.model.resource import Resource
from shared.mutations.appointment.arguments import Book, Reschedule
from shared.mutations.appointment.wish import asked_by
from shared.mutations.attention import rebuilt
from shared.mutations.registry import MUTATIONS
from shared.rules.slots import Wishes, find_slots
from shared.rules.why_not import why_not
from shared.store import Reads
from shared.texts import sentence

COUNT: Final = 5
DAYS: Final = 28
"""How far ahead of the wish is looked."""


@value
class FreeSlot:
    """A start that is free, and with whom and where it would be."""

    start: datetime
    ends: datetime
    resources: tuple[Resource, ...]
    visit: Appointment


def free_slots(
    replica: Replica, args: Any, *, wishes: Wishes | None = None, count: int = COUNT, after: datetime | None = None
) -> tuple[FreeSlot, ...]:
    """The next starts for a booking or a move, from its own start or `after`; none where no start can mend it."""
    reads = replica.tx()
    if not isinstance(args, Book | Reschedule):
        return ()
    ctx = replica.context()
    try:
        ask = asked_by(reads, args)
        # Not in the past, and not before what was wished for.
        begins = max(replica.now(), after or args.start or ask.visit.starts_at)
        found = find_slots(
            reads, ask, Span(begins, begins + timedelta(days=DAYS)), wishes, at=ctx.at, role=ctx.actor.role, count=count
        )
    except Refusal:
        return ()
    return tuple(_slot(reads, one) for one in found)


def _slot(reads: Reads, visit: Appointment) -> FreeSlot:
    resources = tuple(one for one in (reads.find(Resource, row_id) for row_id in visit.resources) if one is not None)
    return FreeSlot(start=visit.starts_at, ends=visit.ends_at, resources=resources, visit=visit)


def free_slots_for_item(replica: Replica, item_id: str, *, count: int = COUNT) -> tuple[FreeSlot, ...]:
    """The next starts for what an attention item keeps; none for an edit that is no matter of slots."""
    reads = replica.tx()
    item = reads.find(AttentionItem, item_id)
    if item is None or not isinstance(args := rebuilt(item), Book | Reschedule):
        return ()
    return free_slots(replica, MUTATIONS[item.name].refreshed(reads, args), count=count)


def in_the_way(replica: Replica, args: Any) -> tuple[str, ...]:
    """A sentence for every rule that is against a booking or a move where it was put; empty where it is free."""
    reads, ctx = replica.tx(), replica.context()
    if not isinstance(args, Book | Reschedule):
        return ()
    zone = reads.business().zone
    try:
        ask = asked_by(reads, args)
        zone = ask.visit.zone
        found = why_not(reads, ask, args.start or ask.visit.starts_at, at=ctx.at, role=ctx.actor.role)
    except Refusal as refusal:
        found = (refusal,)
    dates = Dates(zone=zone, locale=reads.business().locale)
    return tuple(dict.fromkeys(sentence(one.code, one.details, dates) for one in found))
