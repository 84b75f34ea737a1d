"""Taking money for a visit and giving it back."""

from typing import Final

from desktop.operations.operation import Operation
from shared import ids
from shared.model.base import AppointmentId, LocationId, PaymentId
from shared.model.payment import Payment
from shared.mutations.payment import Kind, Method, Refund, Take

KINDS: Final[tuple[Kind, ...]] = ("balance", "deposit", "fee", "tip")
METHODS: Final[tuple[Method, ...]] = ("cash", "terminal", "transfer", "online")


def take(
    appointment_id: str, location_id: str, *, kind: Kind, method: Method, amount: int, currency: str, macro: str = ""
) -> Operation:
    """Take a sum in minor units of `currency`."""
    args = Take(
        payment_id=PaymentId(ids.new_id()),
        appointment_id=AppointmentId(appointment_id),
        location_id=LocationId(location_id),
        kind=kind,
        method=method,
        amount=amount,
        currency=currency,
    )
    return Operation(name="payment.take", args=args, label="payment", macro=macro)


def refund(payment: Payment, location_id: str, *, method: Method, amount: int) -> Operation:
    """Give some of a payment back."""
    args = Refund(
        payment_id=PaymentId(ids.new_id()),
        refund_of=payment.id,
        location_id=LocationId(location_id),
        method=method,
        amount=amount,
        currency=payment.currency,
    )
    return Operation(name="payment.refund", args=args, label="refund")
