"""Which visits stand where nobody is there for them: outside the hours, or in time that was blocked."""

from collections.abc import Iterable

from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.model.base import value
from shared.model.resource import Resource
from shared.rules import booking, status
from shared.store import Reads


@value
class Orphan:
    """A visit that could not be put where it stands, and which hours or block is in the way."""

    visit: Appointment
    why: Refusal


def orphans(reads: Reads, visits: Iterable[Appointment]) -> tuple[Orphan, ...]:
    """Of these visits those that stand outside hours or in a block, in their order.

    Hours that are shortened leave every visit where it is, so it is a person who has to see to these. What is over, or
    was cancelled, needs nobody any more. Of a visit that does not hold its slot yet the same is said.
    """
    found = ((one, _in_the_way(reads, one)) for one in visits if one.status in status.OPEN)
    return tuple(Orphan(visit=one, why=why) for one, why in found if why is not None)


def _in_the_way(reads: Reads, visit: Appointment) -> Refusal | None:
    resources = [found for one in visit.resources if (found := reads.find(Resource, one)) is not None]
    try:
        booking.require_open(reads, visit, resources)
    except Refusal as refusal:
        return refusal
    return None


def orphaned(before: Reads, after: Reads, visits: Iterable[Appointment]) -> tuple[Orphan, ...]:
    """Of these visits those that a change would put outside hours or into a block, and that are not there already."""
    would_be = orphans(after, visits)
    already = {one.visit.id for one in orphans(before, [one.visit for one in would_be])}
    return tuple(one for one in would_be if one.visit.id not in already)
