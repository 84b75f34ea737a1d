"""The book as lists to take along: customers, services, and the bookings of a span."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Final

from desktop.queries.taken_along import require_taken_along
from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.appointment import Appointment
from shared.model.base import Span, value
from shared.model.business import Location
from shared.model.customer import Customer
from shared.money import plain_amount
from shared.rules import wall_time
from shared.rules.permissions import Capability
from shared.rules.pieces import Pieces, parts

_BETWEEN: Final = "; "
_BY_NAME: Final = itemgetter(1, 0)
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


Lister = Callable[[Replica], Pieces[List]]
"""Reads a list in pieces. Each is refused to whoever may not export: another person may have come to the desk."""
PIECE: Final = 1000
"""Customers that are read at once."""


def customers(replica: Replica) -> Pieces[List]:
    """Every customer who is neither archived nor merged into another, by name."""
    rows: list[tuple[str, ...]] = []
    last, page = "", PIECE
    while page == PIECE:
        require_taken_along(replica, Capability.EXPORT)
        found = finding.customers_page(replica.database, last, PIECE)
        rows += sorted(map(_customer, found), key=_BY_NAME)
        last, page = found[-1].id if found else last, len(found)
        yield
    # Long runs that are in order are soon merged.
    return List(headings=_CUSTOMERS, rows=tuple(sorted(rows, key=_BY_NAME)))


def _customer(one: Customer) -> tuple[str, ...]:
    phones, emails, tags = (_BETWEEN.join(values) for values in (one.phones, one.emails, one.tags))
    blocked = "yes" if one.blocked else ""
    return one.id, one.name, phones, emails, one.language, tags, one.alert, one.notes, blocked


def services(replica: Replica) -> Pieces[List]:
    """Every service that is not archived, by category and name: few, and read at once."""
    yield
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


def bookings(replica: Replica, first: date, last: date) -> Pieces[List]:
    """Every visit that starts on a day from `first` to `last`, both included, whatever became of it, by start.

    Days and times are those of its location. The list is of the visits that start then when it is begun: whichever is
    moved while they are read is in it all the same, once.
    """
    require_taken_along(replica, Capability.EXPORT)
    rows: list[tuple[datetime, tuple[str, ...]]] = []
    ids = [one for place in finding.every_location(replica.database) for one in _starting(replica, place, first, last)]
    names = _Names(replica)
    yield
    for part in parts(ids, finding.PAGE):
        require_taken_along(replica, Capability.EXPORT)
        found = finding.by_ids(replica.database, Appointment, part).values()
        people = [one.customer_id for one in found if one.customer_id]
        names.people = finding.by_ids(replica.database, Customer, people)
        rows += sorted((one.starts_at, names.row(one)) for one in found)
        yield
    return List(headings=_BOOKINGS, rows=tuple(row for _, row in sorted(rows)))


def _starting(replica: Replica, place: Location, first: date, last: date) -> Sequence[str]:
    span = Span(wall_time.day_span(first, place.zone).start, wall_time.day_span(last, place.zone).end)
    return finding.starting_between(replica.database, place.id, span)


class _Names:
    """What the rows that visits name are called, archived ones too."""

    def __init__(self, replica: Replica) -> None:
        self._locations = {one.id: one.name for one in finding.every_location(replica.database)}
        self._resources = {one.id: one.name for one in finding.every_resource(replica.database)}
        self.people: Mapping[str, Customer] = {}
        """Those of the next rows."""

    def row(self, one: Appointment) -> tuple[str, ...]:
        """A visit as a row."""
        begins = wall_time.local(one.starts_at, one.zone)
        person = self.people.get(one.customer_id or "")
        return (
            one.id, begins.date().isoformat(), begins.time().isoformat("minutes"), _offset(begins),
            str(int((one.ends_at - one.starts_at).total_seconds()) // 60), self._locations.get(one.location_id, ""),
            one.customer_id or "", person.name if person else "", _BETWEEN.join(person.phones if person else ()),
            _BETWEEN.join(person.emails if person else ()), one.service_names,
            _BETWEEN.join(self._resources.get(resource, "") for resource in one.resources), one.status.value,
            str(one.party), one.notes, plain_amount(one.price, one.currency), one.currency,
        )  # fmt: skip


def _offset(begins: datetime) -> str:
    """`+02:00`: tells two local times apart that are the same."""
    return begins.isoformat()[-6:]
