"""The cash sheet of a day as this desk knows it."""

from collections.abc import Mapping
from datetime import date

from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.appointment import Appointment
from shared.model.base import UserId, value
from shared.model.business import Location
from shared.model.customer import Customer
from shared.mutations.payment import as_entered, waiting_in
from shared.mutations.registry import MUTATIONS, Origin
from shared.rules import wall_time
from shared.rules.cash_sheet import CashSheet, cash_sheets

_KINDS = frozenset({"payment.take", "payment.refund"})


@value
class DayCash:
    """The sheets of a day at a location, one for each currency, with the names that they are read by."""

    day: date
    location: Location
    sheets: tuple[CashSheet, ...]
    people: Mapping[str, str]
    """By the id of who took it."""
    customers: Mapping[str, str]
    """By the id of the visit: whose it was."""


def day_cash(replica: Replica, day: date, location: Location) -> DayCash:
    """The sheets of a day: what the book has, and what waits for a person or would be refused."""
    database, span = replica.database, wall_time.day_span(day, location.zone)
    refused = [
        as_entered(
            MUTATIONS[one.name].parse(one.args, one.v),
            Origin(author_id=UserId(one.user_id), as_whom=None, at=one.at),
        )
        for one in replica.outbox.refused()
        if one.name in _KINDS
    ]
    waiting = [*waiting_in(finding.open_items(database)), *refused]
    taken = finding.payments_at(database, location.id, span)
    sheets = cash_sheets(taken, waiting, location=location.id, day=span)
    visits = finding.by_ids(
        database, Appointment, [one.appointment_id for sheet in sheets for one in sheet.lines if one.appointment_id]
    )
    people = finding.by_ids(database, Customer, [one.customer_id for one in visits.values() if one.customer_id])
    return DayCash(
        day=day,
        location=location,
        sheets=sheets,
        people={row: one.name for row, one in finding.members(database).items()},
        customers={row: people[one.customer_id].name for row, one in visits.items() if one.customer_id in people},
    )
