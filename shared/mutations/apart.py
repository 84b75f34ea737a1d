"""Keeping two records apart that somebody looked at and found to be of two people."""

from typing import Any

from shared.errors import Code, Refusal
from shared.model.apart import KeptApart
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.mutations.registry import Context, Mutation, arguments, register
from shared.rules.apart import apart, apart_id, are_apart
from shared.rules.merged import require_customer
from shared.rules.permissions import Capability
from shared.store import Changes, Reads, Wanted


@arguments
class KeepApart:
    """`customer.keep_apart`: two records are of two people, in whichever order they are named."""

    one_id: CustomerId
    other_id: CustomerId


@arguments
class SuggestAgain:
    """`customer.suggest_again`: whether two records are of one person is asked again."""

    one_id: CustomerId
    other_id: CustomerId


def keep_apart(reads: Reads, ctx: Context, args: KeepApart) -> Changes:
    """Suggest two no more as one person. Of records that were merged into others those count that were kept.

    Refused where the two were made one meanwhile: there is no way back from that, and a person has to know of it.
    """
    one, other = _both(reads, args)
    if one == other:
        merged = {"one_customer": True}
        raise Refusal(Code.CHANGED_MEANWHILE, subject=one, was={"one_customer": False}, now=merged)
    return Changes() if are_apart(reads, one, other) else Changes(put=(apart(one, other),))


def suggest_again(reads: Reads, ctx: Context, args: SuggestAgain) -> Changes:
    """Take it back that two are two people; of two that were made one meanwhile there is nothing to suggest."""
    one, other = _both(reads, args)
    if one == other or not are_apart(reads, one, other):
        return Changes()
    return Changes(removed=((KeptApart, apart_id(one, other)),))


def _both(reads: Reads, args: KeepApart | SuggestAgain) -> tuple[CustomerId, CustomerId]:
    if args.one_id == args.other_id:
        raise Refusal(Code.INVALID, what="apart")
    return require_customer(reads, args.one_id).id, require_customer(reads, args.other_id).id


def _wanted(args: KeepApart | SuggestAgain) -> Wanted:
    both = (args.one_id, args.other_id)
    return Wanted(rows=(*((Customer, one) for one in both), (KeptApart, apart_id(*both))), subjects=both)


def _both_named(args: Any) -> tuple[str, ...]:
    return (args.one_id, args.other_id)


_NAMES: tuple[tuple[str, type[Any], Any], ...] = (
    ("keep_apart", KeepApart, keep_apart),
    ("suggest_again", SuggestAgain, suggest_again),
)
for _name, _arguments, _run in _NAMES:
    register(
        Mutation(
            name=f"customer.{_name}",
            version=1,
            capability=Capability.MANAGE_CUSTOMERS,
            arguments=_arguments,
            run=_run,
            wants=_wanted,
            subject=lambda args: args.one_id,
            depends_on=_both_named,
        )
    )
