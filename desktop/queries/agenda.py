"""The visits of the coming days in order, as far as they are asked for."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from desktop.queries.day_book import Booking, bookings_between
from desktop.queries.shown_columns import Shown, shown_of
from desktop.store import finding
from desktop.store.database import folded
from desktop.store.replica import Replica
from shared.model.appointment import Status
from shared.model.base import LocationId, ResourceId, value
from shared.model.business import Location
from shared.rules import wall_time

_DAYS_AT_ONCE: Final = 3
"""So that no search keeps an edit waiting for a month of visits."""
_VISITS_AT_ONCE: Final = 300
"""Nor for three days of a place with a hundred people: after so many visits no other day is begun."""


@value
class AgendaWish:
    """Which visits are listed: of the resources that are shown, or of `only`; of a status; that have a text in them."""

    shown: Shown = Shown()
    only: ResourceId | None = None
    status: Status | None = None
    text: str = ""


@value
class AgendaPart:
    """What was found from the first of some days on; the days after `through` were not looked at yet."""

    bookings: tuple[Booking, ...]
    names: Mapping[str, str]
    """Of the location's resources, by id."""
    through: date


def agenda(replica: Replica, days: tuple[date, ...], location: Location, wish: AgendaWish, enough: int) -> AgendaPart:
    """What begins on these days, day after day, until there is enough or so many days were read that others wait."""
    here = [one for one in finding.resources(replica.database) if one.location_id == location.id]
    names = {str(one.id): one.name for one in here}
    wanted = {wish.only} if wish.only else {one.id for one in shown_of(here, wish.shown)}
    found: list[Booking] = []
    through, read = days[0], 0
    for day in days[:_DAYS_AT_ONCE]:
        if len(found) >= enough or read >= _VISITS_AT_ONCE:
            break
        begun = _begun(replica, day, location.id, location.zone)
        read += len(begun)
        found += (one for one in begun if _is_of(one, wanted) and _fits(one, wish, names))
        through = day
    return AgendaPart(bookings=tuple(found), names=names, through=through)


def _begun(replica: Replica, day: date, location: LocationId, zone: str) -> Sequence[Booking]:
    span = wall_time.day_span(day, zone)
    # One that began the evening before is listed there.
    begun = (one for one in bookings_between(replica, location, span) if one.span.start >= span.start)
    return sorted(begun, key=lambda one: (one.span.start, one.id))


def _is_of(one: Booking, wanted: set[ResourceId]) -> bool:
    return any(piece.resource_id in wanted for piece in one.pieces)


def _fits(one: Booking, wish: AgendaWish, names: Mapping[str, str]) -> bool:
    if wish.status is not None and one.status is not wish.status:
        return False
    people = (names.get(piece.resource_id, "") for piece in one.pieces)
    said = folded(" ".join((one.customer_name, one.service, *people)))
    return all(word in said for word in folded(wish.text).split())
