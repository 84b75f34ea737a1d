"""What a customer's visits and payments say of them: how often they came, did not come, and what they spent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from shared.model.appointment import Appointment, Status
from shared.model.base import value
from shared.model.payment import Payment
from shared.rules.status import CAME, HOLDS_NOTHING


@value
class Standing:
    """A customer in figures. Money is in minor units by currency."""

    completed: int
    no_shows: int
    late_cancellations: int
    worth: Mapping[str, int]
    """What the completed visits cost."""
    paid: Mapping[str, int]
    """What was paid, less what was given back."""
    last: Appointment | None
    """The latest visit that began and was not cancelled."""
    next: Appointment | None
    """The first that is still to come."""


def standing(visits: Sequence[Appointment], payments: Sequence[Payment], *, at: datetime) -> Standing:
    """What is known of a customer at an instant, from all of their visits and payments."""
    done = [one for one in visits if one.status is Status.COMPLETED]
    kept = sorted((one for one in visits if one.status not in HOLDS_NOTHING), key=lambda one: (one.starts_at, one.id))
    return Standing(
        completed=len(done),
        no_shows=sum(one.status is Status.NO_SHOW for one in visits),
        late_cancellations=sum(
            one.status is Status.CANCELLED and one.cancelled_late and one.cancelled_by == "customer" for one in visits
        ),
        worth=_sums((one.currency, one.price) for one in done),
        paid=_sums((one.currency, one.signed) for one in payments),
        last=next((one for one in reversed(kept) if _has_begun(one, at)), None),
        next=next((one for one in kept if not _has_begun(one, at)), None),
    )


def _has_begun(visit: Appointment, at: datetime) -> bool:
    """Whoever came before their time has come."""
    return visit.starts_at <= at or visit.status in CAME


def _sums(sums: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    total: dict[str, int] = {}
    for currency, amount in sums:
        total[currency] = total.get(currency, 0) + amount
    return {currency: amount for currency, amount in total.items() if amount}
