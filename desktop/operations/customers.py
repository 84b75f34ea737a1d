"""Adding and correcting customers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from desktop.operations.operation import Operation
from shared import ids
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.registry import entity_type
from shared.mutations.apart import KeepApart, SuggestAgain
from shared.mutations.consent import Say
from shared.mutations.customer import Create, Restore, Update
from shared.mutations.fields import FieldEdit
from shared.mutations.merging import Merge


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


def restore(customer_id: str) -> Operation:
    """Bring back a customer who was archived."""
    args = Restore(customer_id=CustomerId(customer_id))
    return Operation(name="customer.restore", args=args, label="bringing back")


def retag(change: Operation, *, added: Sequence[str], removed: Sequence[str]) -> Operation:
    """The same change with tags that are added and taken away."""
    return replace(change, args=replace(change.args, tags_added=tuple(added), tags_removed=tuple(removed)))


def consent(customer_id: str, purpose: str, *, given: bool) -> Operation:
    """Write down what somebody says about a purpose now."""
    args = Say(customer_id=CustomerId(customer_id), to=purpose, given=given)
    return Operation(name="customer.consent", args=args, label="consent")


def merge(*, kept_id: str, merged_id: str, though_apart: bool = False) -> Operation:
    """Make one customer of two, for good; `though_apart` where it was seen that somebody found them to be two."""
    args = Merge(kept_id=CustomerId(kept_id), merged_id=CustomerId(merged_id), though_apart=though_apart)
    return Operation(name="customer.merge", args=args, label="merging")


def keep_apart(one_id: str, other_id: str) -> Operation:
    """Suggest two no more as one person."""
    args = KeepApart(one_id=CustomerId(one_id), other_id=CustomerId(other_id))
    return Operation(name="customer.keep_apart", args=args, label="keeping apart")


def suggest_again(one_id: str, other_id: str) -> Operation:
    """Suggest two again who were kept apart."""
    args = SuggestAgain(one_id=CustomerId(one_id), other_id=CustomerId(other_id))
    return Operation(name="customer.suggest_again", args=args, label="suggesting again")
