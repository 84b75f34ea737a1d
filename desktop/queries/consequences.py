"""Which visits a change of hours, dates, blocked time or places leaves without hours or room, and which are already."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from desktop.store import finding
from desktop.store.replica import Replica, Wish
from desktop.store.tx import ReplicaTx
from shared.errors import Refusal
from shared.model.appointment import Allocation, Appointment
from shared.model.base import Span, value
from shared.model.customer import Customer
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.registry import ENTITIES, entity_type
from shared.mutations.decide import effect
from shared.rules.orphans import orphaned, orphans
from shared.rules.pieces import Pieces

_DAY: Final = timedelta(days=1)
_ALWAYS: Final = Span(datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


@value
class Concerned:
    """A visit that somebody has to see to; `why` is None where it is the room that is missing."""

    visit: Appointment
    customer_name: str
    why: Refusal | None = None


def standing_outside(replica: Replica) -> Pieces[tuple[Concerned, ...]]:
    """Every visit from now on that stands outside hours or in blocked time, by its start; in pieces.

    Whoever moves a visit or changes hours meanwhile asks again.
    """
    now, found, page = replica.now(), dict[str, Concerned](), finding.upcoming_page(replica.database, replica.now())
    while True:
        outside = orphans(replica.tx(), page)
        told = _named(replica, {one.visit.id: one.why for one in outside}, [one.visit for one in outside])
        found |= {one.visit.id: one for one in told}
        if len(page) < finding.PAGE:
            return tuple(sorted(found.values(), key=lambda one: (one.visit.starts_at, one.visit.id)))
        yield
        page = finding.upcoming_page(replica.database, now, behind=page[-1])


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
    touched = _touched(before, after)
    now = replica.now()
    since = max(now, min((span.start for _, span in touched), default=now) - _DAY)
    before_end = max((span.end for _, span in touched), default=since - _DAY) + _DAY
    owners = {owner for owner, _ in touched}
    visits = finding.upcoming(replica.database, since, before=before_end, of=owners)
    full = _without_room(after)
    why: dict[str, Refusal | None] = dict.fromkeys(full)
    near = [one for one in visits if any(_meets(one, owner, span) for owner, span in touched)]
    why |= {one.visit.id: one.why for one in orphaned(before, after, near)}
    visits = finding.upcoming(replica.database, now) if full else near
    return _named(replica, why, [one for one in visits if one.id in why])


def _touched(before: ReplicaTx, after: ReplicaTx) -> Sequence[tuple[str, Span]]:
    """Whose hours or blocked time edits have changed, and in which time: nobody else's visits are worth a look."""
    found: list[tuple[str, Span]] = []
    for (table, row_id), row in after.final.items():
        kind = ENTITIES[table]
        rows = [before.find(kind.cls, row_id), None if row is None else kind.decode(row)]
        found += [_reach(one) for one in rows if isinstance(one, TimeBlock | HoursRule | HoursException)]
    return found


def _reach(row: TimeBlock | HoursRule | HoursException) -> tuple[str, Span]:
    if isinstance(row, TimeBlock):
        return row.resource_id, Span(row.starts_at, row.ends_at)
    if isinstance(row, HoursException):
        # Whatever the clock: a day begins and ends within a day of midnight UTC, and hours may reach into the next.
        midnight = datetime(row.day.year, row.day.month, row.day.day, tzinfo=UTC)
        return row.owner_id, Span(midnight - _DAY, midnight + 3 * _DAY)
    return row.owner_id, _ALWAYS


def _meets(visit: Appointment, owner: str, span: Span) -> bool:
    theirs = owner == visit.location_id or owner in visit.resources
    # Buffers are held, too.
    return theirs and visit.starts_at < span.end + _DAY and span.start - _DAY < visit.ends_at


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
