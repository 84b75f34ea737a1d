"""What moves when a location goes by another clock, before it does."""

from collections.abc import Iterable, Mapping
from typing import Final

from desktop.queries.verdict import refused
from desktop.store import finding
from desktop.store.replica import Replica
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.model.base import value
from shared.model.customer import Customer
from shared.mutations.location import LocationRezone, require_rezonable
from shared.mutations.registry import MUTATIONS
from shared.mutations.rights import require_allowed
from shared.rules.pieces import Pieces, parts
from shared.rules.rezoning import Moved, held_anew, rezoned


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


PIECE: Final = 250
"""Visits that are looked at in a row."""


def what_moves(replica: Replica, args: LocationRezone) -> Pieces[Rezoned]:
    """What a change of the clock would come to, in pieces. Nothing is changed."""
    reads, ctx = replica.tx(), replica.context()
    try:
        require_allowed(reads, ctx.actor, MUTATIONS["location.rezone"].capability)
        location = require_rezonable(reads, args)
    except Refusal as refusal:
        return Rezoned(why_not=refused(reads, refusal).why_not)
    moved = yield from rezoned(replica.tx, location, args.zone, since=ctx.at, piece=PIECE)
    visits = [one.now for one in moved if isinstance(one.now, Appointment)]
    anew = yield from held_anew(replica.tx, visits, piece=PIECE)
    over, shown = {one.appointment_id for one in anew if one.over}, list[MovedShown]()
    for part in parts([one for one in moved if one.is_elsewhere], PIECE):
        names = _names(replica, part)
        shown += [MovedShown(moved=one, what=_what(one, names), is_over=one.now.id in over) for one in part]
        yield
    return Rezoned(moved=tuple(shown))


def _names(replica: Replica, moved: Iterable[Moved]) -> Mapping[str, str]:
    """What the customers of visits are called."""
    ids = [one.now.customer_id for one in moved if isinstance(one.now, Appointment) and one.now.customer_id]
    return {one.id: one.name for one in finding.by_ids(replica.database, Customer, ids).values()}


def _what(one: Moved, names: Mapping[str, str]) -> str:
    if not isinstance(one.now, Appointment):
        return one.now.reason or "Blocked time"
    parts = one.now.service_names
    return names.get(one.now.customer_id or "") or parts or "Visit"
