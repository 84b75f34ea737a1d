"""One appointment with everything around it: who, with whom, which steps are open."""

from typing import Final

from desktop.queries.notes import NoteLine, notes_about
from desktop.queries.phones import phones_text, region_of
from desktop.queries.verdict import Verdict, verdict
from desktop.store import finding
from desktop.store.replica import Replica
from shared.dates import Dates
from shared.model.appointment import Appointment, Status
from shared.model.base import value
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.resource import Resource
from shared.model.series import Series
from shared.mutations.appointment.arguments import Cancel, Decline, Was
from shared.mutations.registry import MUTATIONS
from shared.rules import status
from shared.rules.balance import Balance, balance_of
from shared.texts import sentence

STEPS: Final = ("confirm", "decline", "arrive", "start", "complete", "no_show", "undo_step", "cancel")


@value
class AppointmentCard:
    """An appointment as the panel shows one."""

    appointment: Appointment
    customer: Customer | None
    phones: tuple[str, ...]
    """The customer's, as the business writes them."""
    location: Location | None
    resources: tuple[Resource, ...]
    notes: tuple[NoteLine, ...]
    """What was written down about the visit and about the customer, the newest first."""
    made_by: str
    """The name of who made it; empty where that is not known here."""
    series: Series | None
    """That it belongs to; None where it stands by itself."""
    pending: bool
    refused: str
    """The sentence of the rule that would refuse an edit of it that waits; empty where none would."""
    balance: Balance
    paid: bool
    """Whether anything was paid."""
    steps: tuple[tuple[str, Verdict], ...]
    """Each of `STEPS` with whether it can be taken now, and why not."""

    @property
    def is_changeable(self) -> bool:
        """Whether anything of it can still be moved or changed: it is neither over nor locked."""
        return self.appointment.status in status.OPEN and not self.appointment.locked


def appointment_card(replica: Replica, appointment_id: str) -> AppointmentCard | None:
    """The card; None where there is no such appointment on this desk."""
    reads = replica.tx()
    one = reads.find(Appointment, appointment_id)
    if one is None:
        return None
    resources = finding.by_ids(replica.database, Resource, one.resources)
    maker = finding.members(replica.database).get(one.steps[0].shown_by) if one.steps else None
    waiting = replica.outbox.refused_about(one.id)
    business = reads.business()
    customer = reads.find(Customer, one.customer_id) if one.customer_id else None
    paid = reads.payments_of(one.id)
    dates = Dates(zone=one.zone, locale=business.locale)
    return AppointmentCard(
        appointment=one,
        customer=customer,
        phones=phones_text(customer.phones, region_of(business)) if customer else (),
        location=reads.find(Location, one.location_id),
        resources=tuple(resources[row_id] for row_id in one.resources if row_id in resources),
        notes=notes_about(replica, customer=customer, visit=one),
        made_by=maker.name if maker else "",
        series=reads.find(Series, one.series_id) if one.series_id else None,
        pending=bool(replica.unsent_rows("appointment", [one.id])),
        refused=sentence(waiting[0].refused or "", waiting[0].details or {}, dates) if waiting else "",
        balance=balance_of(one, paid),
        paid=bool(paid),
        steps=tuple((step, _may_step(replica, one, step)) for step in STEPS),
    )


def _may_step(replica: Replica, one: Appointment, step: str) -> Verdict:
    # A step to where it stands already changes nothing: it is not offered.
    if step == _TO.get(one.status):
        return Verdict(code="reached")
    was = Was(status=one.status, start=one.starts_at)
    if step == "decline":
        return verdict(replica, "appointment.decline", Decline(appointment_id=one.id, was=was))
    if step == "cancel":
        if one.status is Status.CANCELLED:
            return Verdict(code="reached")
        return verdict(replica, "appointment.cancel", Cancel(appointment_id=one.id, was=was))
    name = f"appointment.{step}"
    return verdict(replica, name, MUTATIONS[name].arguments(appointment_id=one.id, was=was))


_TO: Final = {
    Status.CONFIRMED: "confirm",
    Status.ARRIVED: "arrive",
    Status.IN_SERVICE: "start",
    Status.COMPLETED: "complete",
    Status.NO_SHOW: "no_show",
}
