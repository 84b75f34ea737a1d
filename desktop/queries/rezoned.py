"""What moves when a location goes by another clock, before it does."""

from desktop.queries.verdict import refused
from desktop.store.replica import Replica
from shared.errors import Refusal
from shared.model.appointment import Allocation, Appointment
from shared.model.base import value
from shared.model.business import Location
from shared.model.customer import Customer
from shared.mutations.decide import effect
from shared.mutations.location import LocationRezone
from shared.rules.rezoning import Moved, rezoned


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
    reads = replica.tx()
    try:
        changes = effect(replica.tx(), replica.context(), "location.rezone", args)
    except Refusal as refusal:
        return Rezoned(why_not=refused(reads, refusal).why_not)
    location = reads.find(Location, args.location_id)
    over = {row.appointment_id for row in changes.put if isinstance(row, Allocation) and row.over}
    moved = [] if location is None else rezoned(reads, location, args.zone, since=replica.now())
    return Rezoned(
        moved=tuple(
            MovedShown(moved=one, what=_what(replica, one), is_over=one.now.id in over)
            for one in moved
            if one.is_elsewhere
        )
    )


def _what(replica: Replica, one: Moved) -> str:
    if not isinstance(one.now, Appointment):
        return one.now.reason or "Blocked time"
    customer = replica.tx().find(Customer, one.now.customer_id) if one.now.customer_id else None
    return customer.name if customer else " + ".join(each.name for each in one.now.segments if each.name) or "Visit"
