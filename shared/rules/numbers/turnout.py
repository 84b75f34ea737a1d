"""Who came, who did not, and who called off."""

from collections.abc import Iterable, Sequence

from shared.model.appointment import Status
from shared.model.base import value
from shared.rules.numbers.material import Visit
from shared.rules.status import CAME


@value
class Turnout:
    """Visits that were booked for the days; a request that nobody took is none of them."""

    booked: int
    """All of them: each is in one of the other counts, those that are late aside."""
    came: int
    no_shows: int
    cancelled_by_customer: int
    cancelled_by_business: int
    late: int
    """Of those that the customer cancelled, how many inside of the window of the business."""
    unmarked: int
    """Still to come, or nobody has said whether they came."""

    @property
    def expected(self) -> int:
        """Of how many it is known whether they came, who had not called off: what the rate of no-shows is of."""
        return self.came + self.no_shows

    @property
    def cancelled(self) -> int:
        """Called off by either side."""
        return self.cancelled_by_customer + self.cancelled_by_business


def turnout(visits: Iterable[Visit]) -> Turnout:
    """What became of the visits of some days."""
    booked = [one for one in visits if one.was_booked]
    by_customer = [one for one in booked if one.status is Status.CANCELLED and one.cancelled_by == "customer"]
    cancelled, no_shows, came = (
        _count(booked, Status.CANCELLED), _count(booked, Status.NO_SHOW), _count(booked, *CAME)
    )  # fmt: skip
    return Turnout(
        booked=len(booked),
        came=came,
        no_shows=no_shows,
        cancelled_by_customer=len(by_customer),
        cancelled_by_business=cancelled - len(by_customer),
        late=sum(one.cancelled_late for one in by_customer),
        unmarked=len(booked) - came - no_shows - cancelled,
    )


def _count(visits: Sequence[Visit], *statuses: Status) -> int:
    return sum(one.status in statuses for one in visits)
