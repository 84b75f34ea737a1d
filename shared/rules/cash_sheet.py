"""The cash sheet of a day: what was taken at a location and what was given back, from opening to closing."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from shared.model.base import LocationId, PaymentId, Span, UserId, value
from shared.model.payment import Payment, PaymentKind, PaymentMethod

_K = TypeVar("_K", bound=Hashable)


@value
class CashSheet:
    """The sheet of one currency, all sums in its minor units."""

    currency: str
    lines: tuple[Payment, ...]
    """Every payment and refund, the first at first."""
    waiting: frozenset[PaymentId]
    """Of the lines those that the rules have not taken: the money changed hands all the same."""
    by_method: Mapping[PaymentMethod, int]
    """What was taken, refunds aside."""
    by_kind: Mapping[PaymentKind, int]
    by_person: Mapping[UserId, int]
    """By whose name it was taken: the one whom somebody acted as."""
    refunds: Mapping[PaymentMethod, int]
    """What was given back; more than 0."""

    @property
    def taken(self) -> int:
        """All that was taken."""
        return sum(self.by_method.values())

    @property
    def refunded(self) -> int:
        """All that was given back."""
        return sum(self.refunds.values())

    @property
    def total(self) -> int:
        """What the day has brought."""
        return self.taken - self.refunded

    def left(self, method: PaymentMethod) -> int:
        """What the day has brought by one method: of cash, what the drawer has more than in the morning."""
        return self.by_method.get(method, 0) - self.refunds.get(method, 0)


def cash_sheets(
    payments: Iterable[Payment], waiting: Iterable[Payment], *, location: LocationId, day: Span
) -> tuple[CashSheet, ...]:
    """The sheet of a location and a day for each currency, in alphabetical order; none where nothing was paid.

    `waiting` are payments that wait for a person; one that was taken meanwhile counts once.
    """
    taken = {one.id: one for one in payments}
    held = {one.id: one for one in waiting if one.id not in taken}
    found = [
        one
        for one in (*taken.values(), *held.values())
        if one.location_id == location and day.start <= one.at < day.end
    ]
    return tuple(
        _sheet(currency, [one for one in found if one.currency == currency], frozenset(held))
        for currency in sorted({one.currency for one in found})
    )


def _sheet(currency: str, found: Sequence[Payment], held: frozenset[PaymentId]) -> CashSheet:
    ins = [one for one in found if one.kind is not PaymentKind.REFUND]
    outs = [one for one in found if one.kind is PaymentKind.REFUND]
    return CashSheet(
        currency=currency,
        lines=tuple(sorted(found, key=lambda one: (one.at, one.id))),
        waiting=frozenset(one.id for one in found if one.id in held),
        by_method=_sums(ins, lambda one: one.method),
        by_kind=_sums(ins, lambda one: one.kind),
        by_person=_sums(ins, lambda one: one.shown_by),
        refunds=_sums(outs, lambda one: one.method),
    )


def _sums(payments: Iterable[Payment], key: Callable[[Payment], _K]) -> Mapping[_K, int]:
    sums: dict[_K, int] = {}
    for one in payments:
        sums[key(one)] = sums.get(key(one), 0) + one.amount
    return dict(sorted(sums.items(), key=lambda each: str(each[0])))
