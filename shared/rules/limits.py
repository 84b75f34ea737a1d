"""How many there may be: asked where something new is made, never of what is there already."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from shared.errors import Code, Refusal
from shared.model.base import Span
from shared.model.business import Location
from shared.model.counted import Countable
from shared.model.customer import Customer
from shared.model.plan import Feature, Limit, Plan
from shared.model.resource import Resource
from shared.rules.plans import require_feature
from shared.rules.wall_time import local, minute_of
from shared.store import Reads

LIMIT_OF: Final[Mapping[Countable, Limit]] = {
    Location: Limit.LOCATIONS,
    Resource: Limit.RESOURCES,
    Customer: Limit.CUSTOMERS,
}
"""What counts against which limit while it is not archived."""


def require_room_for_one(reads: Reads, cls: Countable) -> None:
    """Refuse one more of an entity where the plan has no room for it; a second site is a feature besides."""
    plan, limit = reads.plan(), LIMIT_OF[cls]
    if cls is Location and Feature.SEVERAL_LOCATIONS not in plan.features and reads.live_count(cls):
        require_feature(plan, Feature.SEVERAL_LOCATIONS)
    if (most := plan.most(limit)) is not None:
        _require(plan, limit, most, reads.live_count(cls))


def require_room_in_month(reads: Reads, start: datetime) -> None:
    """Refuse one more visit in the month of its start where the plan has no room for it."""
    plan, limit = reads.plan(), Limit.APPOINTMENTS_A_MONTH
    if (most := plan.most(limit)) is not None:
        _require(plan, limit, most, reads.visits_starting(month_of(start, reads.business().zone)))


def _require(plan: Plan, limit: Limit, most: int, held: int) -> None:
    if held >= most:
        raise Refusal(Code.LIMIT_REACHED, limit=limit.value, held=held, most=most, tier=plan.tier)


def month_of(instant: datetime, zone: str) -> Span:
    """The calendar month of a zone in which an instant lies."""
    day = local(instant, zone).date()
    years, month = divmod(day.year * 12 + day.month, 12)
    first, following = date(day.year, day.month, 1), date(years, month + 1, 1)
    return Span(minute_of(first, 0, zone), minute_of(following, 0, zone))
