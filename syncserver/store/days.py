"""What stands in the book within a span of time, in a tenant's transaction: for who has no replica, or none yet."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection

from shared.clock import instant_text
from shared.model.appointment import Appointment
from shared.model.base import CustomerId, LocationId, Span, value
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from syncserver.store.feeds import Page, rows_where
from syncserver.store.rows import entities
from syncserver.store.statements import Statement, array_text


@value
class BookSpan:
    """The visits that are not called off and what is blocked, with the rows that they name."""

    appointments: Sequence[Appointment]
    blocks: Sequence[TimeBlock]
    customers: Sequence[Customer]
    resources: Sequence[Resource]
    locations: Sequence[Location]


def business_of(connection: Connection) -> Business:
    """The tenant's own row."""
    (found,) = entities(connection, Business, ("TRUE", ()))
    return found


def places_of(connection: Connection) -> Sequence[Location]:
    """The sites that are in use."""
    return entities(connection, Location, ("NOT archived", ()))


def customers_with(connection: Connection, email: str) -> Sequence[Customer]:
    """The customers who are kept with an e-mail, in whatever case; merged and archived ones are left out."""
    return entities(connection, Customer, (_WITH_EMAIL, (email.lower(),)))


def book_within(connection: Connection, span: Span) -> BookSpan:
    """All of the book that touches a span."""
    appointments = entities(connection, Appointment, (_TOUCHES, _given(span)))
    return _with_names(connection, appointments, entities(connection, TimeBlock, (_BLOCKED, _ends(span))))


def visits_within(connection: Connection, span: Span, customer: CustomerId) -> BookSpan:
    """The visits of one customer that touch a span, and nothing of anybody else."""
    theirs = (f"{_TOUCHES} AND customer_id = %s::uuid", (*_given(span), customer))
    return _with_names(connection, entities(connection, Appointment, theirs), ())


def _with_names(
    connection: Connection, appointments: Sequence[Appointment], blocks: Sequence[TimeBlock]
) -> BookSpan:  # fmt: skip
    people = {one.customer_id for one in appointments if one.customer_id}
    return BookSpan(
        appointments=sorted(appointments, key=lambda one: (one.starts_at, one.id)),
        blocks=sorted(blocks, key=lambda one: (one.starts_at, one.id)),
        customers=entities(connection, Customer, ("id = ANY(%s::uuid[])", (array_text(people),))),
        resources=entities(connection, Resource, ("TRUE", ())),
        locations=entities(connection, Location, ("TRUE", ())),
    )


def rows_around(
    connection: Connection, location: LocationId, days: tuple[date, date], span: Span, *,
    tables: Collection[str], most: int,
) -> dict[str, Page] | None:  # fmt: skip
    """From what a desk draws some days of a location, the first and the last given, as it goes over the wire.

    Of these tables alone; None where there are more than `most` rows of one.
    """
    (first, last), (start, end) = days, _ends(span)
    here, visits = (location,), (location, *_given(span))
    wanted: dict[str, Statement] = {
        "business": ("TRUE", ()),
        "location": ("NOT archived", ()),
        "resource": (_HERE, here),
        "hours_rule": (_HOURS_HERE, here * 2),
        # The hours of an evening reach into the next day.
        "hours_exception": (
            f"({_HOURS_HERE}) AND day BETWEEN %s::date AND %s::date",
            (*here, *here, (first - timedelta(days=1)).isoformat(), last.isoformat()),
        ),
        "time_block": (f"{_BLOCKED} AND resource_id IN (SELECT id FROM resource WHERE {_HERE})", (start, end, *here)),
        "customer": (f"id IN (SELECT customer_id FROM appointment WHERE {_VISITS_HERE})", visits),
        "appointment": (_VISITS_HERE, visits),
    }
    return rows_where(connection, {name: asked for name, asked in wanted.items() if name in tables}, most)


def _given(span: Span) -> tuple[str, ...]:
    start, end = _ends(span)
    return start, start, end


def _ends(span: Span) -> tuple[str, str]:
    return instant_text(span.start), instant_text(span.end)


# A visit lasts 72 hours at most, which lets the index on its start find it.
_TOUCHES: Final = """
ends_at > %s::timestamptz AND starts_at > %s::timestamptz - interval '72 hours' AND starts_at < %s::timestamptz
    AND status NOT IN ('cancelled', 'declined', 'expired')
"""
_BLOCKED: Final = "NOT archived AND ends_at > %s::timestamptz AND starts_at < %s::timestamptz"
_WITH_EMAIL: Final = """
NOT archived AND merged_into IS NULL
    AND EXISTS (SELECT FROM json_array_elements_text(emails) AS held (one) WHERE lower(one) = %s)
"""
_HERE: Final = "NOT archived AND location_id = %s::uuid"
_HOURS_HERE: Final = f"owner_id = %s::uuid OR owner_id IN (SELECT id FROM resource WHERE {_HERE})"
_VISITS_HERE: Final = f"location_id = %s::uuid AND {_TOUCHES}"
