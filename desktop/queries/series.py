"""A series as the desk shows it: its dates, and what booking or changing it would come to."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from desktop.store.replica import Replica
from shared.clock import parse_instant
from shared.dates import Dates
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Status
from shared.model.base import value
from shared.model.customer import Customer
from shared.model.series import Series
from shared.mutations.registry import MUTATIONS
from shared.mutations.rights import require_allowed
from shared.rules import series as rules
from shared.store import Changes
from shared.texts import sentence


@value
class SeriesShown:
    """A series with its visits in order, whatever became of them, and whose it is."""

    series: Series
    visits: tuple[Appointment, ...]
    customer: str

    def ahead(self, now: datetime) -> tuple[Appointment, ...]:
        """The visits that a change of all takes along: still to come, and not ended."""
        return tuple(one for one in self.visits if one.status in rules.CHANGEABLE and one.starts_at >= now)


@value
class DateAhead:
    """One date of a series that is not booked yet, and why it cannot be had; empty where it can."""

    start: datetime
    why_not: str = ""


@value
class Preview:
    """The dates that an edit of a series would come to, in order; `why_not` where it would be refused."""

    dates: tuple[DateAhead, ...] = ()
    why_not: str = ""


def series_of(replica: Replica, appointment_id: str) -> SeriesShown | None:
    """The series of a visit; None for one that stands by itself, or of an imported calendar."""
    reads = replica.tx()
    visit = reads.find(Appointment, appointment_id)
    series = None if visit is None or visit.series_id is None else reads.find(Series, visit.series_id)
    if series is None:
        return None
    customer = reads.find(Customer, series.customer_id) if series.customer_id else None
    visits = sorted(reads.occurrences_of(series.id), key=attrgetter("starts_at", "id"))
    return SeriesShown(series=series, visits=tuple(visits), customer=customer.name if customer else "")


def preview(replica: Replica, name: str, args: Any) -> Preview:
    """What an edit of a series would come to over the book as this desk has it. Nothing is changed."""
    reads, ctx, mutation = replica.tx(), replica.context(), MUTATIONS[name]
    business = reads.business()
    dates = Dates(zone=business.zone, locale=business.locale)
    try:
        require_allowed(reads, ctx.actor, mutation.capability)
        changes = mutation.run(reads, ctx, args)
    except Refusal as refusal:
        clashes = refusal.details.get("clashes") if refusal.code is Code.SERIES_CLASH else ()
        said = sentence(refusal.code, refusal.details, dates)
        return Preview(dates=_clashing(clashes, dates), why_not=said)
    return Preview(dates=tuple(sorted(_dates(changes, dates), key=attrgetter("start"))))


def _dates(changes: Changes, dates: Dates) -> Sequence[DateAhead]:
    made = [
        DateAhead(start=row.starts_at)
        for row in changes.put
        if isinstance(row, Appointment) and row.status is not Status.CANCELLED
    ]
    return [*made, *_clashing(changes.adjusted.get("clashes", ()), dates)]


def _clashing(clashes: object, dates: Dates) -> tuple[DateAhead, ...]:
    told = clashes if isinstance(clashes, list | tuple) else ()
    return tuple(
        DateAhead(start=parse_instant(one["start"]), why_not=sentence(one["code"], one["details"], dates))
        for one in told
    )
