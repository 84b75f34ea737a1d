"""Who among all customers may be one person, looked for a part at a time: an edit waits for no whole book."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from desktop.queries.customer_page import CustomerPage, customer_page
from desktop.queries.phones import phones_text, region_of
from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.apart import KeptApart
from shared.model.base import CustomerId, value
from shared.model.customer import Customer
from shared.rules.apart import apart_id, are_apart
from shared.rules.duplicates import Pair, keys_of, pairs_in

PART: Final = 1000
"""Customers of one question."""
GROUPS: Final = 50
"""Groups of one question."""
MOST_ALIKE: Final = 40
"""What more records than these share is a switchboard's, and says nothing about persons."""


@value
class Keys:
    """The keys of some customers; `last` is where to go on, empty where these were the last."""

    of: tuple[tuple[CustomerId, frozenset[str]], ...]
    last: str


@value
class FoundPair:
    """Two records that may be of one person, with their phones as the business writes them."""

    pair: Pair
    phones: tuple[tuple[str, ...], tuple[str, ...]]


class Buckets:
    """Customers by the keys that they share."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[CustomerId]] = {}
        self.count = 0

    def add(self, keys: Keys) -> None:
        """Take a part of the customers in."""
        self.count += len(keys.of)
        for customer, held in keys.of:
            for key in held:
                self._by_key.setdefault(key, []).append(customer)

    def groups(self) -> list[tuple[CustomerId, ...]]:
        """Those who share a key with somebody, each group once."""
        shared = (tuple(held) for held in self._by_key.values() if 2 <= len(held) <= MOST_ALIKE)
        return list(dict.fromkeys(shared))


def keys_after(replica: Replica, last: str) -> Keys:
    """The keys of the next customers after an id; those who were archived or merged are left out."""
    found = finding.reach_after(replica.database, last, PART)
    held = tuple((customer, keys_of(phones, emails)) for customer, phones, emails in found)
    return Keys(of=held, last=found[-1][0] if len(found) == PART else "")


def pairs_among(replica: Replica, groups: Sequence[Sequence[CustomerId]]) -> tuple[FoundPair, ...]:
    """The pairs within groups of customers, but for those whom somebody found to be two people."""
    region = region_of(replica.tx().business())
    rows = finding.by_ids(replica.database, Customer, [one for group in groups for one in group])
    found = {
        apart_id(one.one.id, one.other.id): one
        for one in pairs_in([[rows[one] for one in group if one in rows] for group in groups])
    }
    apart = finding.by_ids(replica.database, KeptApart, tuple(found))
    return tuple(
        FoundPair(pair=one, phones=(phones_text(one.one.phones, region), phones_text(one.other.phones, region)))
        for row_id, one in found.items()
        if row_id not in apart
    )


@value
class Compared:
    """Two records beside one another."""

    one: CustomerPage
    other: CustomerPage
    are_apart: bool
    """Whether somebody found them to be two people."""


def compared(replica: Replica, one_id: str, other_id: str, *, at: datetime) -> Compared | None:
    """Both, or whom they were merged into; None where there is nobody, or where they are one already."""
    one, other = (customer_page(replica, each, at=at) for each in (one_id, other_id))
    if one is None or other is None or one.customer.id == other.customer.id:
        return None
    return Compared(one=one, other=other, are_apart=are_apart(replica.tx(), one.customer.id, other.customer.id))
