"""What the business has by its plan, and how much of it is used, as far as this desk's own copy knows."""

from collections.abc import Mapping

from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.base import Span, value
from shared.model.business import Business
from shared.model.member import Role
from shared.model.plan import Limit, Plan
from shared.rules.limits import LIMIT_OF, month_of


@value
class PlanUse:
    """The plan in force, and how many there are of each limit that the book counts; visits in the `month` of now."""

    business: Business
    plan: Plan
    month: Span
    counts: Mapping[Limit, int]


def plan_use(replica: Replica) -> PlanUse:
    """How the business stands with its plan."""
    reads = replica.tx()
    business = reads.business()
    month = month_of(replica.now(), business.zone)
    people = finding.members(replica.database).values()
    counts = {limit: reads.live_count(cls) for cls, limit in LIMIT_OF.items()} | {
        Limit.USERS: sum(one.active and one.role is not Role.CUSTOMER for one in people),
        Limit.APPOINTMENTS_A_MONTH: reads.visits_starting(month),
    }
    return PlanUse(business=business, plan=reads.plan(), month=month, counts=counts)
