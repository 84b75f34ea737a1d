"""One mutation decided over a store: permission, rule, effect, and what is kept of a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.errors import Code, Refusal
from shared.model.attention import AttentionItem
from shared.model.base import AttentionItemId
from shared.mutations import appointment, attention, block, business, customer, hours, location, resource, service
from shared.mutations.registry import MUTATIONS, Context
from shared.rules.permissions import may
from shared.store import Changes, Tx

NOUNS = (appointment, attention, block, business, customer, hours, location, resource, service)
"""The modules whose import fills the table of mutations."""


class OutcomeKind(StrEnum):
    """How a mutation ended."""

    APPLIED = "applied"
    ADJUSTED = "adjusted"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How a mutation ended, with what a person needs to know of it."""

    outcome: OutcomeKind
    adjusted: Mapping[str, Any] | None = None
    code: Code | None = None
    details: Mapping[str, Any] | None = None
    item_id: AttentionItemId | None = None


def effect(tx: Tx, ctx: Context, name: str, args: Any) -> Changes:
    """Run a mutation and write what came of it; raises Refusal and writes nothing where the rules say no."""
    mutation = MUTATIONS[name]
    if not may(ctx.actor.role, mutation.capability):
        raise Refusal(Code.NOT_ALLOWED, capability=mutation.capability.value, role=ctx.actor.role.value)
    changes = mutation.run(tx, ctx, args)
    tx.apply(changes)
    return changes


def decide(tx: Tx, ctx: Context, name: str, args: Any, sent: Mapping[str, Any]) -> Decision:
    """What the authority makes of a mutation: its effect, or an attention item that keeps all that was `sent`."""
    try:
        changes = effect(tx, ctx, name, args)
    except Refusal as refusal:
        return _refused(tx, ctx, name, args, sent, refusal)
    if changes.adjusted:
        return Decision(outcome=OutcomeKind.ADJUSTED, adjusted=changes.adjusted)
    return Decision(outcome=OutcomeKind.APPLIED)


def _refused(tx: Tx, ctx: Context, name: str, args: Any, sent: Mapping[str, Any], refusal: Refusal) -> Decision:
    mutation = MUTATIONS[name]
    if name == attention.RESOLVE.name and tx.find(AttentionItem, args.item_id) is not None:
        # The item that it wanted to settle stays open: a second one would only repeat it.
        return _rejected(refusal, AttentionItemId(args.item_id))
    under = None
    if refusal.code is Code.NOT_FOUND:
        found = (tx.attention_about(one) for one in mutation.depends_on(args))
        # One row must stay small enough to be written in time: what comes after so many stands by itself.
        under = next((item for item in found if item and len(item.gathered) < attention.MOST_GATHERED), None)
    if under is not None:
        refusal = Refusal(Code.DEPENDENCY, subject=under.subject_id, item=under.id)
    refused = attention.Refused(
        mutation_id=ctx.mutation_id, name=name, args=sent, subject=mutation.subject(args), refusal=refusal
    )
    tx.apply(attention.record(ctx, refused, under=under))
    return _rejected(refusal, under.id if under else attention.item_id_of(ctx.mutation_id))


def _rejected(refusal: Refusal, item_id: AttentionItemId) -> Decision:
    return Decision(outcome=OutcomeKind.REJECTED, code=refusal.code, details=refusal.details, item_id=item_id)
