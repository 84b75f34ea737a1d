"""How many visits each day of a month has, and how much of its open time they take."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from desktop.queries.day_book import days_span, open_spans
from desktop.queries.shown_columns import Shown, shown_of
from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.base import ResourceId, Span, value
from shared.model.business import Location
from shared.model.resource import Resource
from shared.rules import wall_time
from shared.rules.load import Load, booked_minutes, open_minutes


@value
class MonthLoad:
    """The load of days that follow one another, of the resources that are shown."""

    days: tuple[date, ...]
    location: Location
    loads: tuple[Load, ...]
    now: datetime


def month_load(
    replica: Replica, days: tuple[date, ...], location: Location, shown: Shown, only: ResourceId | None = None
) -> MonthLoad:
    """The load of each day; of one resource, where one is named."""
    here = [one for one in finding.resources(replica.database) if one.location_id == location.id]
    counted = [one for one in here if one.id == only] if only else shown_of(here, shown)
    spans = [wall_time.day_span(day, location.zone) for day in days]
    visits, booked = _booked(replica, [one.id for one in counted], spans)
    opened = _opened(replica, location, counted, days, spans)
    loads = (Load(visits=visits[at], booked=booked[at], open=opened[at]) for at in range(len(days)))
    return MonthLoad(days=days, location=location, loads=tuple(loads), now=replica.now())


def _booked(
    replica: Replica, resources: Sequence[ResourceId], spans: Sequence[Span]
) -> tuple[Sequence[int], Sequence[int]]:
    """The visits of each day, by when the first of what they hold begins, and the minutes that are held."""
    begun = [0] * len(spans)
    held: list[list[tuple[Span, int]]] = [[] for _ in spans]
    met, place = set[str](), 0
    for one in finding.held_between(replica.database, resources, Span(spans[0].start, spans[-1].end)):
        while one.span.start >= spans[place].end:
            place += 1
        if one.appointment not in met:
            met.add(one.appointment)
            if one.span.start >= spans[0].start:
                begun[place] += 1
        for later in _days_of(one.span, spans, place):
            held[later].append((one.span, one.units))
    return begun, [booked_minutes(one, span) for one, span in zip(held, spans, strict=True)]


def _days_of(span: Span, spans: Sequence[Span], place: int) -> Iterator[int]:
    """The days into which a span reaches that begins on one of them, or before all."""
    while place < len(spans) and spans[place].start < span.end:
        yield place
        place += 1


def _opened(
    replica: Replica, location: Location, resources: Sequence[Resource], days: Sequence[date], spans: Sequence[Span]
) -> Sequence[int]:
    """The minutes that are open on each day: each place of each resource, without what is blocked."""
    if not resources:
        return [0] * len(days)
    reads, ids = replica.tx(), [one.id for one in resources]
    opening = open_spans(reads, location, ids, days[0], days[-1])
    blocked: Mapping[str, list[Span]] = {one: [] for one in ids}
    for block in reads.blocks(ids, days_span(days, location.zone)):
        blocked[block.resource_id].append(Span(block.starts_at, block.ends_at))
    return [
        sum(
            open_minutes(_near(opening[one.id], span), _near(blocked[one.id], span), span, places=one.capacity)
            for one in resources
        )
        for span in spans
    ]


def _near(found: Sequence[Span], span: Span) -> Sequence[Span]:
    return [one for one in found if one.overlaps(span)]
