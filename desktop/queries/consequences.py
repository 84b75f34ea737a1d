"""Which visits a change of hours, dates, blocked time or places leaves without hours or room, and which are already."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from desktop.store import finding
from desktop.store.replica import Replica, Wish
from desktop.store.tx import ReplicaTx
from shared.errors import Refusal
from shared.model.appointment import Allocation, Appointment
from shared.model.base import value
from shared.model.customer import Customer
from shared.model.registry import entity_type
from shared.mutations.decide import effect
from shared.rules.orphans import orphaned, orphans


@value
class Concerned:
    """A visit that somebody has to see to; `why` is None where it is the room that is missing."""

    visit: Appointment
    customer_name: str
    why: Refusal | None = None


def standing_outside(replica: Replica) -> tuple[Concerned, ...]:
    """Every visit from now on that stands outside hours or in blocked time, by its start."""
    found = orphans(replica.tx(), finding.upcoming(replica.database, replica.now()))
    return _named(replica, {one.visit.id: one.why for one in found}, [one.visit for one in found])


def consequences(replica: Replica, operations: Sequence[Wish]) -> tuple[Concerned, ...]:
    """The visits that these edits would leave outside or without room, by their start. Nothing is changed.

    None where the rules refuse one of the edits: then nothing would become of them.
    """
    before, after, ctx = replica.tx(), replica.tx(), replica.context()
    try:
        for one in operations:
            effect(after, ctx, one.name, one.args)
    except Refusal:
        return ()
    visits = finding.upcoming(replica.database, replica.now())
    full = _without_room(after)
    why: dict[str, Refusal | None] = dict.fromkeys(full)
    why |= {one.visit.id: one.why for one in orphaned(before, after, visits)}
    return _named(replica, why, [one for one in visits if one.id in why])


def _without_room(after: ReplicaTx) -> Collection[str]:
    kind = entity_type(Allocation)
    held = (kind.decode(row) for (table, _), row in after.final.items() if table == kind.table and row is not None)
    return {one.appointment_id for one in held if one.over}


def _named(replica: Replica, why: Mapping[str, Refusal | None], visits: Iterable[Appointment]) -> tuple[Concerned, ...]:
    shown = list(visits)
    people = finding.by_ids(replica.database, Customer, [one.customer_id for one in shown if one.customer_id])

    def name(visit: Appointment) -> str:
        customer = people.get(visit.customer_id or "")
        return customer.name if customer else ""

    return tuple(Concerned(visit=one, customer_name=name(one), why=why[one.id]) for one in shown)
