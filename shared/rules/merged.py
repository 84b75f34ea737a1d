"""Whom a merged customer belongs to: what is entered about one of several records goes to the one that was kept."""

from shared.errors import Code, Refusal
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.rules.erased import require_kept
from shared.store import Reads


def kept_of(reads: Reads, customer: Customer) -> Customer:
    """The record that a customer was merged into, over several merges; their own where they were not merged."""
    seen = {customer.id}
    while customer.merged_into is not None and customer.merged_into not in seen:
        seen.add(customer.merged_into)
        into = reads.find(Customer, customer.merged_into)
        if into is None:
            break
        customer = into
    return customer


def require_customer(reads: Reads, customer_id: CustomerId) -> Customer:
    """The record that is kept of a customer, archived or not; refused where there is none, or who was erased."""
    found = reads.find(Customer, customer_id)
    if found is None:
        raise Refusal(Code.NOT_FOUND, what="customer", subject=customer_id)
    require_kept(found)
    kept = kept_of(reads, found)
    require_kept(kept)
    return kept


def require_present(reads: Reads, customer_id: CustomerId) -> Customer:
    """The same; refused where that record is archived, too."""
    kept = require_customer(reads, customer_id)
    if kept.archived:
        raise Refusal(Code.ARCHIVED, what="customer", name=kept.name, subject=kept.id)
    return kept


def require_bookable(reads: Reads, customer_id: CustomerId) -> Customer:
    """The same; refused where somebody has blocked them from booking, too."""
    kept = require_present(reads, customer_id)
    if kept.blocked:
        raise Refusal(Code.CUSTOMER_BLOCKED, name=kept.name, subject=kept.id)
    return kept
