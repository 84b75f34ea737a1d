"""Who among all customers may be one person, looked for a part at a time: an edit waits for no whole book."""

from collections.abc import Sequence
from typing import Final

from desktop.queries.phones import phones_text, region_of
from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.base import CustomerId, value
from shared.model.customer import Customer
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
    """The pairs within groups of customers."""
    region = region_of(replica.tx().business())
    rows = finding.by_ids(replica.database, Customer, [one for group in groups for one in group])
    found = pairs_in([[rows[one] for one in group if one in rows] for group in groups])
    return tuple(
        FoundPair(pair=one, phones=(phones_text(one.one.phones, region), phones_text(one.other.phones, region)))
        for one in found
    )
