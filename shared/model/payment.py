"""Money that was taken or given back: never changed, only added to."""

from datetime import datetime
from enum import StrEnum

from shared.model.base import AppointmentId, CustomerId, LocationId, PaymentId, UserId, value


class PaymentKind(StrEnum):
    """What it was for."""

    DEPOSIT = "deposit"
    BALANCE = "balance"
    TIP = "tip"
    FEE = "fee"
    """For a late cancellation."""
    REFUND = "refund"


class PaymentMethod(StrEnum):
    """How it changed hands. No card data is kept."""

    CASH = "cash"
    TERMINAL = "terminal"
    TRANSFER = "transfer"
    ONLINE = "online"


@value
class Payment:
    """One sum with who took it and when. A refund names what it gives back."""

    id: PaymentId
    appointment_id: AppointmentId | None
    customer_id: CustomerId | None
    location_id: LocationId
    kind: PaymentKind
    method: PaymentMethod
    amount: int
    """Minor units of `currency`, more than 0: a refund's as well, whose kind says which way it went."""
    currency: str
    note: str
    taken_by: UserId
    as_whom: UserId | None
    at: datetime
    refund_of: PaymentId | None = None

    @property
    def shown_by(self) -> UserId:
        """Whose it shows as: the one whom somebody acted as."""
        return self.as_whom or self.taken_by

    @property
    def signed(self) -> int:
        """What it adds to the till: less than 0 for a refund."""
        return -self.amount if self.kind is PaymentKind.REFUND else self.amount
