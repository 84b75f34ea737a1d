"""Nothing is made of a person any more who was erased."""

from shared.errors import Code, Refusal
from shared.model.customer import Customer


def require_kept(customer: Customer) -> None:
    """Refuse what is about somebody who was erased."""
    if customer.is_erased:
        raise Refusal(Code.ERASED, what="customer", subject=customer.id)
