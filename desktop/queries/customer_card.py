"""One customer with the latest visits."""

from desktop.queries.notes import NoteLine, notes_about
from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.appointment import Appointment
from shared.model.base import CustomerId, value
from shared.model.customer import Customer


@value
class CustomerCard:
    """A customer as the panel shows one; `visits` are the latest ones, the newest first."""

    customer: Customer
    visits: tuple[Appointment, ...]
    notes: tuple[NoteLine, ...]
    """What was written down about them, the newest first."""
    pending: bool
    """Changed on this computer and not accepted by the server yet."""


def customer_card(replica: Replica, customer_id: str, *, visits: int = 10) -> CustomerCard | None:
    """The card; None where there is no such customer."""
    customer = replica.tx().find(Customer, customer_id)
    if customer is None:
        return None
    return CustomerCard(
        customer=customer,
        visits=tuple(finding.appointments_of(replica.database, CustomerId(customer_id), visits)),
        notes=notes_about(replica, customer=customer),
        pending=bool(replica.outbox.about([customer_id])),
    )
