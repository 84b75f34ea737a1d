"""Who comes on a day, in order, and which requests wait for an answer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.appointment import Appointment, Status
from shared.model.base import ResourceId, value
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.resource import Resource, ResourceKind
from shared.rules import wall_time
from shared.rules.balance import Balance, balance_of
from shared.rules.requests import expires_at


@value
class DayLine:
    """One visit of the list."""

    visit: Appointment
    customer_name: str
    alert: str
    people: tuple[str, ...]
    """The names of the people who take part."""
    balance: Balance
    paid: bool
    """Whether anything was paid."""
    pending: bool


@value
class Request:
    """A wish to come that nobody has answered, and until when it can be."""

    visit: Appointment
    customer_name: str
    people: tuple[str, ...]
    expires_at: datetime


@value
class DayList:
    """One day of one location, and everything that is asked for there."""

    day: date
    location: Location
    people: tuple[Resource, ...]
    """The people by whom it can be narrowed."""
    lines: tuple[DayLine, ...]
    requests: tuple[Request, ...]
    """Of any day to come, by when they expire."""


_LEFT_OUT = frozenset({Status.REQUESTED, Status.CANCELLED, Status.DECLINED, Status.EXPIRED})


def day_list(replica: Replica, day: date, location: Location, person: ResourceId | None) -> DayList:
    """The list of a day, of one person where one is named. What is called off is left out."""
    database, reads = replica.database, replica.tx()
    span = wall_time.day_span(day, location.zone)
    standing = [
        one
        for one in finding.appointments_between(database, location.id, span)
        # One that began the evening before is in the list of that day.
        if one.status not in _LEFT_OUT and one.starts_at >= span.start and _is_of(one, person)
    ]
    business = reads.business()
    asked = [one for one in finding.requests_from(database, location.id, replica.now()) if _is_of(one, person)]
    customers = _customers(replica, (*standing, *asked))
    payments = finding.payments_of_visits(database, [one.id for one in standing])
    names = finding.by_ids(database, Resource, [row for one in (*standing, *asked) for row in one.resources])
    waiting = replica.unsent_rows("appointment", [one.id for one in standing])
    lines = []
    for one in standing:
        paid, customer = payments.get(one.id, ()), customers.get(one.customer_id or "")
        lines.append(
            DayLine(
                visit=one,
                customer_name=_name(customer),
                alert=customer.alert if customer else "",
                people=_people(one, names),
                balance=balance_of(one, paid),
                paid=bool(paid),
                pending=one.id in waiting,
            )
        )
    requests = [
        Request(
            visit=one,
            customer_name=_name(customers.get(one.customer_id or "")),
            people=_people(one, names),
            expires_at=expires_at(one, business),
        )
        for one in asked
    ]
    here = (one for one in finding.resources(database) if one.location_id == location.id)
    return DayList(
        day=day,
        location=location,
        people=tuple(one for one in here if one.kind is ResourceKind.STAFF),
        lines=tuple(lines),
        requests=tuple(sorted(requests, key=lambda one: (one.expires_at, one.visit.id))),
    )


def _name(one: Customer | None) -> str:
    return one.name if one else ""


def _is_of(one: Appointment, person: ResourceId | None) -> bool:
    return person is None or person in one.resources


def _customers(replica: Replica, visits: Iterable[Appointment]) -> Mapping[str, Customer]:
    return finding.by_ids(replica.database, Customer, [one.customer_id for one in visits if one.customer_id])


def _people(one: Appointment, names: Mapping[str, Resource]) -> tuple[str, ...]:
    found: Sequence[Resource] = [names[row] for row in one.resources if row in names]
    return tuple(row.name for row in found if row.kind is ResourceKind.STAFF)
