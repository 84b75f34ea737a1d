"""What a customer has booked already within a span: whoever books or moves for them should see it before."""

from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.appointment import Appointment, Status
from shared.model.base import CustomerId, Span, value
from shared.model.resource import Resource, ResourceKind

_STANDS = frozenset({Status.REQUESTED, Status.BOOKED, Status.CONFIRMED, Status.ARRIVED, Status.IN_SERVICE})


@value
class Coming:
    """A visit that still stands, and the names of the people to whom it is."""

    visit: Appointment
    people: tuple[str, ...]


def coming_already(replica: Replica, customer: CustomerId, span: Span, *, but: str) -> tuple[Coming, ...]:
    """The visits of a customer that share an instant with a span, are not over and not called off, by start.

    `but` is the id of the one that is being booked or changed. No rule forbids a second one: mother and child come
    together.
    """
    now = replica.now()
    found = [
        one
        for one in finding.visits_of_customer_between(replica.database, customer, span)
        if one.id != but and one.status in _STANDS and one.ends_at > now
    ]
    named = finding.by_ids(replica.database, Resource, {row_id for one in found for row_id in one.resources})
    return tuple(
        Coming(
            visit=one,
            people=tuple(
                named[row_id].name
                for row_id in one.resources
                if row_id in named and named[row_id].kind is ResourceKind.STAFF
            ),
        )
        for one in found
    )


def coming_with(replica: Replica, visit: Appointment | None) -> tuple[Coming, ...]:
    """What else the customer of a visit has booked at its time."""
    if visit is None or visit.customer_id is None:
        return ()
    return coming_already(replica, visit.customer_id, Span(visit.starts_at, visit.ends_at), but=visit.id)
