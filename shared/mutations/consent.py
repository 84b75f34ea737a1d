"""Writing down what a customer agreed to or did not: of each purpose the last word is kept, with when it was said."""

from datetime import datetime
from typing import Annotated

from annotated_types import MinLen

from shared.errors import Code, Refusal
from shared.model.base import CustomerId, replace
from shared.model.customer import Consent, Customer
from shared.mutations.registry import Context, Instant, Line, Mutation, arguments, register
from shared.rules.merged import require_customer
from shared.rules.permissions import Capability
from shared.store import Changes, Reads, Wanted


@arguments
class Say:
    """`customer.consent`: what somebody said about one purpose, such as `mail`, `text` or `photos`."""

    customer_id: CustomerId
    to: Annotated[Line, MinLen(1)]
    given: bool | None
    """Null where nothing was ever said: what was entered by mistake is taken back."""
    said_at: Instant | None = None
    """When it was said; null where that is now."""
    instead_of: Instant | None = None
    """Corrects the word of this time, whenever the right one was said; null adds a later word."""


def say(reads: Reads, ctx: Context, args: Say) -> Changes:
    """Keep the last word on a purpose: one that was said before what is known already changes nothing."""
    now = require_customer(reads, args.customer_id)
    at = min(args.said_at or ctx.entered.at, ctx.at)
    known = next((one for one in now.consents if one.to == args.to), None)
    if args.instead_of is not None:
        is_last = known is not None and _is_meant(ctx, known, args.instead_of)
    else:
        is_last = known is None or known.at <= at
        if args.given is None:
            raise Refusal(Code.INVALID, what="field", field="given")
    if not is_last:
        return Changes()
    after = _with(now, args.to, None if args.given is None else Consent(to=args.to, given=args.given, at=at))
    return Changes() if after == now else Changes(put=(after,))


def _is_meant(ctx: Context, word: Consent, at: datetime) -> bool:
    """Whether a word is that of an instant: as the edit that corrects it says, or as the server counts it anew."""
    return word.at == at or (ctx.takes_back and word.at in (ctx.taken_back_at or ()))


def _with(customer: Customer, purpose: str, word: Consent | None) -> Customer:
    others = [one for one in customer.consents if one.to != purpose]
    consents = others if word is None else [*others, word]
    return replace(customer, consents=tuple(sorted(consents, key=_purpose)))


def _purpose(one: Consent) -> str:
    return one.to


def last_words(one: Customer, other: Customer) -> tuple[Consent, ...]:
    """Of two records of one person the last word on each purpose."""
    merged = one
    for word in other.consents:
        known: datetime | None = next((mine.at for mine in one.consents if mine.to == word.to), None)
        if known is None or known < word.at:
            merged = _with(merged, word.to, word)
    return merged.consents


SAY = register(
    Mutation(
        name="customer.consent",
        version=1,
        capability=Capability.EDIT_CUSTOMERS,
        arguments=Say,
        run=say,
        wants=lambda args: Wanted(rows=((Customer, args.customer_id),), subjects=(args.customer_id,)),
        subject=lambda args: args.customer_id,
        depends_on=lambda args: (args.customer_id,),
    )
)
