"""What the completed visits of some days cost, and what was paid in them: two sums that nobody adds up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from shared.model.appointment import Status
from shared.model.base import ResourceId, ServiceId, value
from shared.model.payment import PaymentKind
from shared.model.resource import Resource, ResourceKind
from shared.rules.numbers.material import Paid, Sold, Visit

_V = TypeVar("_V")


@value
class ServiceRevenue:
    """One service by what it was booked as; `name` alone tells what was booked without a service."""

    service_id: ServiceId | None
    name: str
    """As it was called last."""
    count: int
    amount: int


@value
class PersonRevenue:
    """What the visits cost for which one person was taken; of all that nobody was taken for, where it is None."""

    resource_id: ResourceId | None
    name: str
    amount: int


@value
class Revenue:
    """Of one currency, in its minor units. Each of the two lists adds up to `earned`."""

    currency: str
    visits: int
    """How many were completed."""
    earned: int
    """What they cost, fees aside."""
    services: tuple[ServiceRevenue, ...]
    """The largest first, as the next."""
    people: tuple[PersonRevenue, ...]
    deposits: int
    """What was taken on these days, whenever the visit is, as the next four."""
    balances: int
    fees: int
    tips: int
    refunds: int
    """What was given back; more than 0."""

    @property
    def received(self) -> int:
        """What has come in, less what was given back; tips are the people's."""
        return self.deposits + self.balances + self.fees - self.refunds


def revenue(visits: Iterable[Visit], paid: Iterable[Paid], resources: Iterable[Resource]) -> tuple[Revenue, ...]:
    """The sums of each currency, in alphabetical order."""
    done = [one for one in visits if one.status is Status.COMPLETED]
    came_in = _by(paid, lambda one: one.currency)
    earned = _by(done, lambda one: one.currency)
    people = {one.id: one for one in resources if one.kind is ResourceKind.STAFF}
    return tuple(
        _revenue(currency, earned.get(currency, ()), came_in.get(currency, ()), people)
        for currency in sorted({*earned, *came_in})
    )


def _revenue(
    currency: str, visits: Sequence[Visit], paid: Sequence[Paid], people: Mapping[ResourceId, Resource]
) -> Revenue:  # fmt: skip
    sums = dict.fromkeys(PaymentKind, 0)
    for one in paid:
        sums[one.kind] += one.amount
    sold = [each for one in sorted(visits, key=lambda one: (one.starts_at, one.id)) for each in _priced(one)]
    return Revenue(
        currency=currency,
        visits=len(visits),
        earned=sum(one.price for one in visits),
        services=_services(sold),
        people=_people(sold, people),
        deposits=sums[PaymentKind.DEPOSIT],
        balances=sums[PaymentKind.BALANCE],
        fees=sums[PaymentKind.FEE],
        tips=sums[PaymentKind.TIP],
        refunds=sums[PaymentKind.REFUND],
    )


def _priced(visit: Visit) -> Iterable[tuple[Sold, int]]:
    """What each service of a visit cost, so that they add up to its price: the first has what they do not."""
    sold = visit.sold or (Sold(service_id=None, name="", price=0, resources=()),)
    rest = visit.price - sum(one.price for one in sold)
    for number, one in enumerate(sold):
        yield one, one.price + (0 if number else rest)


def _services(sold: Iterable[tuple[Sold, int]]) -> tuple[ServiceRevenue, ...]:
    found: dict[tuple[ServiceId | None, str], ServiceRevenue] = {}
    for one, amount in sold:
        key = (one.service_id, "" if one.service_id else one.name)
        before = found.get(key)
        found[key] = ServiceRevenue(
            service_id=one.service_id,
            name=one.name,
            count=(before.count if before else 0) + 1,
            amount=(before.amount if before else 0) + amount,
        )
    return tuple(sorted(found.values(), key=lambda one: (-one.amount, -one.count, one.name, one.service_id or "")))


def _people(
    sold: Iterable[tuple[Sold, int]], people: Mapping[ResourceId, Resource]
) -> tuple[PersonRevenue, ...]:  # fmt: skip
    amounts: dict[ResourceId | None, int] = {}
    for one, amount in sold:
        there: Sequence[ResourceId | None] = [row for row in one.resources if row in people] or [None]
        for person, share in zip(there, shares(amount, len(there)), strict=True):
            amounts[person] = amounts.get(person, 0) + share
    found = (
        PersonRevenue(resource_id=person, name=people[person].name if person else "", amount=amount)
        for person, amount in amounts.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.amount, one.name, one.resource_id or "")))


def shares(amount: int, count: int) -> Sequence[int]:
    """An amount in equal parts that add up to it; where it does not go evenly the first have one more."""
    each, rest = divmod(amount, count)
    return [each + (number < rest) for number in range(count)]


def _by(rows: Iterable[_V], key: Callable[[_V], str]) -> Mapping[str, Sequence[_V]]:
    found: dict[str, list[_V]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
