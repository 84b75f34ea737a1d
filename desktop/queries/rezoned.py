"""What moves when a location goes by another clock, before it does."""

from collections.abc import Mapping, Sequence

from desktop.queries.verdict import refused
from desktop.store.replica import Replica
from desktop.store.uncollected import uncollected
from shared.errors import Refusal
from shared.model.appointment import Allocation, Appointment
from shared.model.base import value
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.mutations.decide import effect
from shared.mutations.location import LocationRezone
from shared.rules.rezoning import Moved
from shared.store import Reads, Wanted


@value
class MovedShown:
    """A visit or blocked time that begins at another instant, what it is, and whether its place is taken there."""

    moved: Moved
    what: str
    is_over: bool = False


@value
class Rezoned:
    """What begins at another instant, by its start; `why_not` where the edit would be refused."""

    moved: tuple[MovedShown, ...] = ()
    why_not: str = ""


def what_moves(replica: Replica, args: LocationRezone) -> Rezoned:
    """What a change of the clock would come to. Nothing is changed."""
    with uncollected():
        return _what_moves(replica, args)


def _what_moves(replica: Replica, args: LocationRezone) -> Rezoned:
    reads = replica.tx()
    try:
        changes = effect(replica.tx(), replica.context(), "location.rezone", args)
    except Refusal as refusal:
        return Rezoned(why_not=refused(reads, refusal).why_not)
    over = {row.appointment_id for row in changes.put if isinstance(row, Allocation) and row.over}
    put = [row for row in changes.put if isinstance(row, Appointment | TimeBlock)]
    reads.read_ahead(Wanted(rows=tuple((type(one), one.id) for one in put)))
    paired = [Moved(was=was, now=now) for now in put if (was := reads.find(type(now), now.id)) is not None]
    moved = sorted((one for one in paired if one.is_elsewhere), key=lambda one: (one.now.starts_at, one.now.id))
    names = _names(reads, moved)
    return Rezoned(
        moved=tuple(MovedShown(moved=one, what=_what(one, names), is_over=one.now.id in over) for one in moved)
    )


def _names(reads: Reads, moved: Sequence[Moved]) -> Mapping[str, str]:
    """What the customers of visits are called."""
    visits = [one.now for one in moved if isinstance(one.now, Appointment)]
    ids = list(dict.fromkeys(one.customer_id for one in visits if one.customer_id))
    reads.read_ahead(Wanted(rows=tuple((Customer, one) for one in ids)))
    return {one: found.name for one in ids if (found := reads.find(Customer, one)) is not None}


def _what(one: Moved, names: Mapping[str, str]) -> str:
    if not isinstance(one.now, Appointment):
        return one.now.reason or "Blocked time"
    parts = " + ".join(each.name for each in one.now.segments if each.name)
    return names.get(one.now.customer_id or "") or parts or "Visit"
