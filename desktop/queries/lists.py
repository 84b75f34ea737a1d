"""The book as lists to take along: customers, services, and the bookings of a span."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from operator import attrgetter
from typing import Final

from desktop.queries.taken_along import require_taken_along
from desktop.store import finding
from desktop.store.replica import Replica
from desktop.store.uncollected import uncollected
from shared.model.appointment import Appointment
from shared.model.base import Span, value
from shared.model.customer import Customer
from shared.money import plain_amount
from shared.rules import wall_time
from shared.rules.permissions import Capability

_BETWEEN: Final = "; "
_CUSTOMERS: Final = (
    "SmoothSchedule ID", "Name", "Phone", "E-mail", "Language", "Tags", "Alert", "Notes", "Blocked",
)  # fmt: skip
_SERVICES: Final = (
    "SmoothSchedule ID", "Name", "Category", "Price", "Currency", "Minutes", "Minutes before", "Minutes processing",
    "Minutes finishing", "Minutes after", "Largest party", "Colour",
)  # fmt: skip
_BOOKINGS: Final = (
    "SmoothSchedule ID", "Day", "Start", "UTC offset", "Minutes", "Location", "SmoothSchedule customer ID", "Customer",
    "Phone", "E-mail", "Service", "With", "Status", "People", "Notes", "Price", "Currency",
)  # fmt: skip


@value
class List:
    """A list with its headings; every row has a cell for each of them."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Lister = Callable[[Replica], List]


def customers(replica: Replica) -> List:
    """Every customer who is neither archived nor merged into another, by name. Refused to whoever may not export."""
    require_taken_along(replica, Capability.EXPORT)
    with uncollected():
        rows = tuple(_customer(one) for one in finding.every_customer(replica.database))
    return List(headings=_CUSTOMERS, rows=rows)


def _customer(one: Customer) -> tuple[str, ...]:
    phones, emails, tags = (_BETWEEN.join(values) for values in (one.phones, one.emails, one.tags))
    blocked = "yes" if one.blocked else ""
    return one.id, one.name, phones, emails, one.language, tags, one.alert, one.notes, blocked


def services(replica: Replica) -> List:
    """Every service that is not archived, by category and name. Refused to whoever may not export."""
    require_taken_along(replica, Capability.EXPORT)
    currency = replica.tx().business().currency
    rows = tuple(
        (
            one.id, one.name, one.category, plain_amount(one.price, currency), currency, str(one.active),
            str(one.before), str(one.processing), str(one.finishing), str(one.after), str(one.capacity), one.colour,
        )
        for one in finding.services(replica.database)
    )  # fmt: skip
    return List(headings=_SERVICES, rows=rows)


def bookings(replica: Replica, first: date, last: date) -> List:
    """Every visit that starts on a day from `first` to `last`, both included, whatever became of it, by start.

    Days and times are those of its location. Refused to whoever may not export.
    """
    require_taken_along(replica, Capability.EXPORT)
    with uncollected():
        found = sorted(_starting(replica, first, last), key=attrgetter("starts_at", "id"))
        names = _Names(replica, found)
        return List(headings=_BOOKINGS, rows=tuple(names.row(one) for one in found))


def _starting(replica: Replica, first: date, last: date) -> Iterator[Appointment]:
    for place in finding.every_location(replica.database):
        span = Span(wall_time.day_span(first, place.zone).start, wall_time.day_span(last, place.zone).end)
        for one in finding.appointments_between(replica.database, place.id, span):
            if span.start <= one.starts_at:
                yield one


class _Names:
    """What the rows that visits name are called, archived ones too."""

    def __init__(self, replica: Replica, visits: list[Appointment]) -> None:
        database = replica.database
        self._locations = {one.id: one.name for one in finding.every_location(database)}
        self._resources = {one.id: one.name for one in finding.every_resource(database)}
        self._people = finding.by_ids(database, Customer, [one.customer_id for one in visits if one.customer_id])

    def row(self, one: Appointment) -> tuple[str, ...]:
        """A visit as a row."""
        begins = wall_time.local(one.starts_at, one.zone)
        person = self._people.get(one.customer_id or "")
        return (
            one.id, begins.date().isoformat(), begins.time().isoformat("minutes"), _offset(begins),
            str(int((one.ends_at - one.starts_at).total_seconds()) // 60), self._locations.get(one.location_id, ""),
            one.customer_id or "", person.name if person else "", _BETWEEN.join(person.phones if person else ()),
            _BETWEEN.join(person.emails if person else ()), " + ".join(part.name for part in one.segments if part.name),
            _BETWEEN.join(self._resources.get(resource, "") for resource in one.resources), one.status.value,
            str(one.party), one.notes, plain_amount(one.price, one.currency), one.currency,
        )  # fmt: skip


def _offset(begins: datetime) -> str:
    """`+02:00`: tells two local times apart that are the same."""
    return begins.isoformat()[-6:]
