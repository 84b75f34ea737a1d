"""What was paid for a visit, what is due, and whether the person at the desk may take or give money."""

from typing import Final

from desktop.queries.verdict import verdict
from desktop.store import finding
from desktop.store.replica import Replica
from shared import ids
from shared.model.appointment import Appointment
from shared.model.base import PaymentId, value
from shared.model.customer import Customer
from shared.model.payment import Payment, PaymentKind
from shared.mutations.payment import Kind, Refund, Take
from shared.rules.balance import Balance, balance_of, left_of, left_of_visit

_NEW: Final = PaymentId(ids.derived_id("payment", "of nobody"))
"""The id of what is only asked about."""


@value
class PaidLine:
    """One payment or refund as the list shows it."""

    payment: Payment
    left: int
    """What of it can still be given back; 0 for a refund."""
    by: str
    """Empty where that is not known here."""
    pending: bool


@value
class VisitPayments:
    """The money side of a visit."""

    visit: Appointment
    customer_name: str
    balance: Balance
    lines: tuple[PaidLine, ...]
    """The first at first."""
    take_why_not: str
    """Why no money can be taken; empty where it can."""
    deposit_why_not: str
    refund_why_not: str


def visit_payments(replica: Replica, appointment_id: str) -> VisitPayments | None:
    """The money side of a visit; None where there is no such visit on this desk."""
    reads = replica.tx()
    visit = reads.find(Appointment, appointment_id)
    if visit is None:
        return None
    paid = reads.payments_of(visit.id)
    customer = reads.find(Customer, visit.customer_id) if visit.customer_id else None
    team, waiting = finding.members(replica.database), replica.changed_rows("payment", [one.id for one in paid])
    lines = []
    for one in sorted(paid, key=lambda each: (each.at, each.id)):
        member = team.get(one.shown_by)
        left = 0 if one.kind is PaymentKind.REFUND else min(left_of(one, paid), left_of_visit(paid))
        lines.append(
            PaidLine(payment=one, left=max(0, left), by=member.name if member else "", pending=one.id in waiting)
        )
    return VisitPayments(
        visit=visit,
        customer_name=customer.name if customer else "",
        balance=balance_of(visit, paid),
        lines=tuple(lines),
        take_why_not=may_take(replica, visit),
        deposit_why_not=may_take(replica, visit, deposit=True),
        refund_why_not=_may_refund(replica, lines),
    )


def may_take(replica: Replica, visit: Appointment, *, deposit: bool = False) -> str:
    """Why no money can be taken for a visit by the person at the desk; empty where it can."""
    kind: Kind = "deposit" if deposit else "balance"
    least = Take(
        payment_id=_NEW, appointment_id=visit.id, location_id=visit.location_id, kind=kind, method="cash", amount=1,
        currency=visit.currency,
    )  # fmt: skip
    return verdict(replica, "payment.take", least).why_not


def _may_refund(replica: Replica, lines: list[PaidLine]) -> str:
    found = next((one.payment for one in lines if one.left), None)
    if found is None:
        return ""
    least = Refund(
        payment_id=_NEW, refund_of=found.id, location_id=found.location_id, method="cash", amount=1,
        currency=found.currency,
    )  # fmt: skip
    return verdict(replica, "payment.refund", least).why_not
