"""Reads the material from whatever store, in pieces, so that whoever waits for the store is not kept waiting."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.base import CustomerId, LocationId, OwnerId, ResourceId, Span
from shared.model.business import Location
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.resource import Resource
from shared.rules.numbers.customers import alike
from shared.rules.numbers.material import Asked, Material, Row, Visit, held_of, paid_of, visit_of
from shared.rules.pieces import Pieces
from shared.rules.status import CAME

LONGEST: Final = 366
"""Days that can be asked for at once."""
_YEARS: Final = range(1900, 2200)
"""In which anything can be booked; at the ends of the calendar a day has no instants on every clock."""
PIECE: Final = 500
"""Rows that are read at once."""
After = tuple[str, str]
"""Where a page of visits begins: behind this start and id."""
_FIRST_ID: Final = "00000000-0000-0000-0000-000000000000"
_RESOURCES: Final = 4
"""Resources whose allocations are read at once."""
_DAYS: Final = timedelta(days=4)
"""Days whose payments are summed up at once."""


class Source(Protocol):
    """A store, as far as the figures ask it. Rows of visits and of what is held are as `material` names columns."""

    def location(self, location: LocationId) -> Location | None:
        """The location, archived or not."""
        ...

    def resources(self, location: LocationId) -> Sequence[Resource]:
        """Its resources, archived ones too."""
        ...

    def rules(self, owners: Collection[OwnerId]) -> Sequence[HoursRule]:
        """The weekly hours of these owners."""
        ...

    def exceptions(self, owners: Collection[OwnerId], first: date, last: date) -> Sequence[HoursException]:
        """The dated exceptions of these owners, both days included."""
        ...

    def blocks(self, resources: Collection[ResourceId], span: Span) -> Sequence[TimeBlock]:
        """The blocks that share an instant with the span, archived ones aside."""
        ...

    def visits(self, location: LocationId, span: Span, after: After, most: int) -> Sequence[Row]:
        """The first visits that start within the span and behind `after`, by start and id."""
        ...

    def held(self, resources: Collection[ResourceId], span: Span) -> Sequence[Row]:
        """What is held of these resources and shares an instant with the span."""
        ...

    def payments(self, location: LocationId, span: Span) -> Sequence[Row]:
        """What was paid and given back at the location within the span: kind, currency, and the sum of both."""
        ...

    def merged(self) -> Mapping[CustomerId, CustomerId]:
        """Into whom each merged customer of the business was merged."""
        ...

    def known_before(self, customers: Collection[CustomerId], before: datetime) -> Collection[CustomerId]:
        """Which of these customers came to a visit that started before an instant, at whichever location."""
        ...


def require_askable(asked: Asked) -> None:
    """Refuse days that run backwards, more than a year of them, and days of another age."""
    if asked.first.year not in _YEARS or asked.last.year not in _YEARS:
        raise Refusal(Code.INVALID, what="field", field="first", why="ask for days from 1900 to 2199")
    if not 0 <= (asked.last - asked.first).days < LONGEST:
        raise Refusal(Code.INVALID, what="field", field="last", why=f"ask for 1 to {LONGEST} days")


def reading(source: Source, asked: Asked) -> Pieces[Material]:
    """Read the material, pausing after each piece of bounded size.

    Refuses days that are not askable and a location that there is not. What is changed meanwhile may be in one piece
    and not in another: whoever pauses asks again where the store has changed.
    """
    require_askable(asked)
    location = source.location(asked.location_id)
    if location is None:
        raise Refusal(Code.NOT_FOUND, what="location", subject=asked.location_id)
    resources = source.resources(location.id)
    ids, span = [one.id for one in resources], asked.span(location.zone)
    owners = [OwnerId(location.id), *map(OwnerId, ids)]
    rules = source.rules(owners)
    # What opens the evening before may close on the first day.
    exceptions = source.exceptions(owners, asked.first - timedelta(days=1), asked.last)
    blocks = source.blocks(ids, span)
    yield
    visits = yield from _visits(source, location.id, span)
    held = []
    for place in range(0, len(ids), _RESOURCES):
        held += [held_of(row) for row in source.held(ids[place : place + _RESOURCES], span)]
        yield
    paid = []
    for part in _parts(span):
        paid += [paid_of(row) for row in source.payments(location.id, part)]
        yield
    merged = source.merged()
    yield
    known = yield from _known_before(source, visits, merged, span.start)
    return Material(
        asked=asked, location=location, resources=resources, rules=rules, exceptions=exceptions, blocks=blocks,
        visits=visits, held=held, paid=paid, merged=merged, known_before=known,
    )  # fmt: skip


def _parts(span: Span) -> Iterator[Span]:
    """The span in parts of some days."""
    start = span.start
    while start < span.end:
        end = min(start + _DAYS, span.end)
        yield Span(start, end)
        start = end


def _visits(source: Source, location: LocationId, span: Span) -> Pieces[Sequence[Visit]]:
    found: dict[str, Visit] = {}
    after, page = (instant_text(span.start), _FIRST_ID), PIECE
    while page == PIECE:
        rows = source.visits(location, span, after, PIECE)
        found.update((row[0], visit_of(row)) for row in rows)
        page = len(rows)
        if rows:
            after = max((row[2], row[0]) for row in rows)
        yield
    return tuple(found.values())


def _known_before(
    source: Source, visits: Sequence[Visit], merged: Mapping[CustomerId, CustomerId], before: datetime
) -> Pieces[frozenset[CustomerId]]:
    came = {one.customer_id for one in visits if one.status in CAME and one.customer_id is not None}
    people, found = sorted(alike(came, merged)), set[CustomerId]()
    for place in range(0, len(people), PIECE):
        found.update(source.known_before(people[place : place + PIECE], before))
        yield
    return frozenset(found)
