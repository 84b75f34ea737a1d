"""Adding and correcting customers."""

from collections.abc import Mapping, Sequence
from typing import Any

from desktop.operations.operation import Operation
from shared import ids
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.registry import entity_type
from shared.mutations.customer import Create, Update
from shared.mutations.fields import FieldEdit


def create(
    *, name: str, phones: Sequence[str] = (), emails: Sequence[str] = (), customer_id: str | None = None, **more: Any
) -> Operation:
    """Add a customer; the id is new unless one is given."""
    args = Create(
        customer_id=CustomerId(customer_id or ids.new_id()),
        name=name,
        phones=tuple(phones),
        emails=tuple(emails),
        **more,
    )
    return Operation(name="customer.create", args=args, label="adding")


def update(seen: Customer, values: Mapping[str, Any]) -> Operation:
    """Set fields of a customer, each against the value that was seen; values are as on the wire."""
    kind = entity_type(Customer)
    was = dict(zip(kind.names, kind.encode(seen), strict=True))
    edits = tuple(FieldEdit(field=name, was=was[name], value=value) for name, value in values.items())
    return Operation(name="customer.update", args=Update(customer_id=seen.id, edits=edits), label="change")
