"""Who came for the first time, and who has been here before."""

from collections.abc import Collection, Iterable, Mapping

from shared.model.base import CustomerId, value
from shared.rules.numbers.material import Visit
from shared.rules.status import CAME


@value
class Comers:
    """Customers who came in the days, each once, however often and under however many merged records."""

    new: int
    """Who had never been to the business before, at whichever of its locations."""
    returning: int
    nameless: int
    """Visits of which nobody knows whose they were."""


def comers(
    visits: Iterable[Visit], merged: Mapping[CustomerId, CustomerId], known_before: Collection[CustomerId]
) -> Comers:  # fmt: skip
    """The customers of some days; `known_before` as in `Material`."""
    came = [one.customer_id for one in visits if one.status in CAME]
    people = {kept(one, merged) for one in came if one is not None}
    known = {kept(one, merged) for one in known_before}
    return Comers(new=len(people - known), returning=len(people & known), nameless=came.count(None))


def kept(customer: CustomerId, merged: Mapping[CustomerId, CustomerId]) -> CustomerId:
    """The record that a customer was merged into in the end; their own where they were not merged."""
    seen = {customer}
    while (into := merged.get(customer)) is not None and into not in seen:
        seen.add(into)
        customer = into
    return customer


def alike(customers: Iterable[CustomerId], merged: Mapping[CustomerId, CustomerId]) -> frozenset[CustomerId]:
    """The records of some customers: their own, the one that is kept, and all that were merged into that."""
    wanted = {kept(one, merged) for one in customers}
    return frozenset(wanted | {one for one in merged if kept(one, merged) in wanted})
