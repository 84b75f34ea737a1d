"""What stands in the book of a visit that somebody is about to change."""

from desktop.queries.notes import NoteLine, notes_about
from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.appointment import Appointment
from shared.model.base import value
from shared.model.customer import Customer
from shared.model.resource import Resource
from shared.rules import status


@value
class VisitNow:
    """A visit as it is in the book, with whose it is and what was written down about both, the newest first."""

    appointment: Appointment
    customer: Customer | None
    resources: tuple[Resource, ...]
    notes: tuple[NoteLine, ...]
    by: str
    """The name of who brought it to its status; empty where that is not known here."""

    @property
    def is_changeable(self) -> bool:
        """Whether anything of it can still be changed: it is neither over nor locked."""
        return self.appointment.status in status.OPEN and not self.appointment.locked


def visit_now(replica: Replica, appointment_id: str) -> VisitNow | None:
    """The visit; None where it is not in the book of this desk, or not any more."""
    reads = replica.tx()
    one = reads.find(Appointment, appointment_id)
    if one is None:
        return None
    customer = reads.find(Customer, one.customer_id) if one.customer_id else None
    resources = finding.by_ids(replica.database, Resource, one.resources)
    author = finding.members(replica.database).get(one.steps[-1].shown_by) if one.steps else None
    return VisitNow(
        appointment=one,
        customer=customer,
        resources=tuple(resources[row_id] for row_id in one.resources if row_id in resources),
        notes=notes_about(replica, customer=customer, visit=one),
        by=author.name if author else "",
    )
