"""What a visit costs, what was paid for it, and what is left of a payment to be given back."""

from collections.abc import Sequence

from shared.model.appointment import Appointment, Status
from shared.model.base import value
from shared.model.payment import Payment, PaymentKind
from shared.rules.status import HOLDS_NOTHING


@value
class Balance:
    """Sums in minor units of the visit's currency."""

    price: int
    """0 for a visit that does not take place."""
    fee: int
    paid: int
    """Deposits, balances and fees, less what was given back of them."""
    tips: int
    """Tips, less what was given back of them: they pay for nothing."""

    @property
    def due(self) -> int:
        """What is still to be paid; less than 0 where more was paid than the visit costs."""
        return self.price + self.fee - self.paid

    @property
    def overpaid(self) -> int:
        """What was paid beyond what the visit costs, as where two desks took the same money while apart."""
        return max(0, -self.due)


def balance_of(visit: Appointment, payments: Sequence[Payment]) -> Balance:
    """How a visit stands, by all its payments in any order."""
    tips = frozenset(one.id for one in payments if one.kind is PaymentKind.TIP)
    tipped = sum(one.signed for one in payments if one.id in tips or one.refund_of in tips)
    return Balance(
        price=0 if visit.status in HOLDS_NOTHING else visit.price,
        fee=visit.fee,
        paid=sum(one.signed for one in payments) - tipped,
        tips=tipped,
    )


def left_of(payment: Payment, payments: Sequence[Payment]) -> int:
    """What of a payment can still be given back, by all payments of its visit."""
    return payment.amount + sum(one.signed for one in payments if one.refund_of == payment.id)


def left_of_visit(payments: Sequence[Payment]) -> int:
    """What can still be given back of all that was paid for a visit, by all its payments."""
    return sum(one.signed for one in payments)


def closes(visit: Appointment, payments: Sequence[Payment]) -> bool:
    """Whether a visit is done and paid, so that it is locked. One that nobody paid for is not, though it be free."""
    return visit.status is Status.COMPLETED and bool(payments) and balance_of(visit, payments).due <= 0
