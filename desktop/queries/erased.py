"""Who is not to be known any more."""

from collections.abc import Collection

from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.customer import Customer


def erased_of(replica: Replica, customer_ids: Collection[str]) -> frozenset[str]:
    """Which of these customers were erased."""
    found = finding.by_ids(replica.database, Customer, list(customer_ids))
    return frozenset(one.id for one in found.values() if one.is_erased)
