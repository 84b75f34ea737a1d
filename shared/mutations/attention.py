"""Refused edits: how they are kept, and how a person settles them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from annotated_types import MaxLen

from shared import ids
from shared.errors import Code, Refusal
from shared.model.attention import AttentionItem, AttentionState, Gathered
from shared.model.base import AttentionItemId, MutationId, ResourceId
from shared.mutations.registry import MUTATIONS, Context, Instant, Line, Mutation, arguments, register
from shared.rules.permissions import Capability, may
from shared.store import Changes, Overlay, Reads, Wanted


@arguments
class Resolve:
    """`attention.resolve`.

    `move` decides the refused edit again at another start or with other resources, `keep` decides it again as it was
    (with an override, where a reason is given), `drop` lets it go. The rows keep the ids of the first try.
    """

    item_id: AttentionItemId
    choice: Literal["move", "keep", "drop"]
    start: Instant | None = None
    resources: Annotated[tuple[ResourceId, ...], MaxLen(50)] | None = None
    """Replaces the resources of the only segment."""
    override: Line | None = None


@arguments
class Reopen:
    """`attention.reopen`: an item whose settling is taken back needs attention again."""

    item_id: AttentionItemId
    was: Literal["moved", "kept", "dropped"]
    """How it was settled when that was seen."""


@arguments
class Close:
    """`attention.close`: what was taken back of an item's settling is done again; nothing is decided by this."""

    item_id: AttentionItemId
    settled: Literal["moved", "kept", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A mutation that was refused: what an attention item keeps of it."""

    mutation_id: MutationId
    name: str
    args: Mapping[str, Any]
    subject: str
    refusal: Refusal


def item_id_of(mutation_id: MutationId) -> AttentionItemId:
    """The id of the item that a refused mutation makes."""
    return AttentionItemId(ids.derived_id("attention", mutation_id))


def record(ctx: Context, refused: Refused, *, under: AttentionItem | None) -> Changes:
    """The item of a refused mutation; one that depends on an earlier refusal is gathered under that one's item."""
    if under is not None:
        late = Gathered(mutation_id=refused.mutation_id, name=refused.name, args=refused.args)
        return Changes(put=(replace(under, gathered=(*under.gathered, late)),))
    return Changes(
        put=(
            AttentionItem(
                id=item_id_of(refused.mutation_id),
                mutation_id=refused.mutation_id,
                name=refused.name,
                args=refused.args,
                code=refused.refusal.code.value,
                details=refused.refusal.details,
                subject_id=refused.subject,
                author_id=ctx.actor.user_id,
                as_whom=ctx.actor.as_whom,
                made_at=ctx.at,
                state=AttentionState.OPEN,
            ),
        )
    )


MOST_GATHERED = 500
"""Edits that one item gathers at most."""

_CHOSEN = {"move": AttentionState.MOVED, "keep": AttentionState.KEPT, "drop": AttentionState.DROPPED}


def resolve(reads: Reads, ctx: Context, args: Resolve) -> Changes:
    """Settle an item. Choosing another slot is checked again; refused, the item stays as it is."""
    item = _item(reads, args.item_id)
    if item.state is not AttentionState.OPEN:
        if item.state is _CHOSEN[args.choice] and args.choice == "drop":
            return Changes()
        raise _changed(item, was="open")
    settled = replace(item, state=_CHOSEN[args.choice], settled_by=ctx.actor.user_id, settled_at=ctx.at)
    made = (one.changes for one in decided_again(reads, ctx, item, args))
    return sum(made, Changes()) + Changes(put=(settled,))


def reopen(reads: Reads, ctx: Context, args: Reopen) -> Changes:
    """Let a settled item need attention again; what its settling made is taken back by edits of its own."""
    item = _item(reads, args.item_id)
    if item.state is AttentionState.OPEN:
        return Changes()
    if item.state.value != args.was:
        raise _changed(item, was=args.was)
    return Changes(put=(replace(item, state=AttentionState.OPEN, settled_by=None, settled_at=None),))


def close(reads: Reads, ctx: Context, args: Close) -> Changes:
    """Take an item from what needs attention, as it was before it was reopened."""
    item = _item(reads, args.item_id)
    if item.state.value == args.settled:
        return Changes()
    if item.state is not AttentionState.OPEN:
        raise _changed(item, was="open")
    settled = AttentionState(args.settled)
    return Changes(put=(replace(item, state=settled, settled_by=ctx.actor.user_id, settled_at=ctx.at),))


def _item(reads: Reads, item_id: AttentionItemId) -> AttentionItem:
    item = reads.find(AttentionItem, item_id)
    if item is None:
        raise Refusal(Code.NOT_FOUND, what="attention_item", subject=item_id)
    return item


def _changed(item: AttentionItem, *, was: str) -> Refusal:
    return Refusal(Code.CHANGED_MEANWHILE, subject=item.id, was={"state": was}, now={"state": item.state.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedAgain:
    """One edit that was kept by an item and is decided again: over which state, and what came of it."""

    name: str
    args: Any
    before: Reads
    changes: Changes
    item: AttentionItemId | None = None
    """The item that it became, where it was refused once more."""


def decided_again(reads: Reads, ctx: Context, item: AttentionItem, args: Resolve) -> Sequence[DecidedAgain]:
    """What an item keeps, decided again in order; nothing where it is dropped.

    Raises Refusal where the item's own edit is refused; a gathered one that is refused gets an item of its own.
    """
    if args.choice == "drop":
        return ()
    made = [_again(reads, ctx, item, args)]
    seen = made[0].changes
    for late in item.gathered:
        made.append(_dependant(Overlay(reads, seen), ctx, late))
        seen += made[-1].changes
    return made


def _again(reads: Reads, ctx: Context, item: AttentionItem, args: Resolve) -> DecidedAgain:
    if item.name == RESOLVE.name:
        # It may name itself; what it wanted to settle was not there, and can be settled by itself now.
        raise Refusal(Code.INVALID, what="field", field="choice")
    wish = rebuilt(item, start=args.start, resources=args.resources, override=args.override)
    return _run(reads, ctx, MUTATIONS[item.name], wish)


def _run(reads: Reads, ctx: Context, mutation: Mutation[Any], args: Any) -> DecidedAgain:
    if not may(ctx.actor.role, mutation.capability):
        raise Refusal(Code.NOT_ALLOWED, capability=mutation.capability.value, role=ctx.actor.role.value)
    wish = mutation.refreshed(reads, args)
    changes = (mutation.again or mutation.run)(reads, ctx, wish)
    return DecidedAgain(name=mutation.name, args=wish, before=reads, changes=changes)


def _dependant(reads: Reads, ctx: Context, late: Gathered) -> DecidedAgain:
    mutation = MUTATIONS[late.name]
    args = mutation.parse(late.args)
    try:
        return _run(reads, ctx, mutation, args)
    except Refusal as refusal:
        refused = Refused(
            mutation_id=late.mutation_id,
            name=late.name,
            args=late.args,
            subject=mutation.subject(args),
            refusal=refusal,
        )
    made = record(ctx, refused, under=None)
    return DecidedAgain(name=late.name, args=args, before=reads, changes=made, item=item_id_of(late.mutation_id))


def rebuilt(
    item: AttentionItem,
    *,
    start: datetime | None = None,
    resources: tuple[ResourceId, ...] | None = None,
    override: str | None = None,
) -> Any:
    """The arguments of a refused edit with another start, other resources or an override."""
    made = MUTATIONS[item.name].parse(item.args)
    changes: dict[str, Any] = {}
    if start is not None:
        changes["start"] = start
    if override is not None:
        changes["override"] = override
    if resources is not None:
        segments = getattr(made, "segments", None)
        if not segments or len(segments) != 1:
            raise Refusal(Code.INVALID, what="field", field="resources")
        changes["segments"] = (replace(segments[0], resources=resources),)
    unknown = [name for name in changes if not hasattr(made, name)]
    if unknown:
        raise Refusal(Code.INVALID, what="field", field=unknown[0])
    return replace(made, **changes)


def _wanted_next(reads: Reads, args: Resolve) -> Wanted:
    item = reads.find(AttentionItem, args.item_id)
    if item is None or args.choice == "drop" or item.name == RESOLVE.name:
        return Wanted()
    try:
        wish = rebuilt(item, start=args.start, resources=args.resources)
    except Refusal:
        return Wanted()
    return MUTATIONS[item.name].wants(wish)


RESOLVE = register(
    Mutation(
        name="attention.resolve",
        version=1,
        capability=Capability.SETTLE_ATTENTION,
        arguments=Resolve,
        run=resolve,
        wants=lambda args: Wanted(rows=((AttentionItem, args.item_id),)),
        wants_next=_wanted_next,
        subject=lambda args: args.item_id,
    )
)
for _name, _arguments, _function in (("reopen", Reopen, reopen), ("close", Close, close)):
    register(
        Mutation(
            name=f"attention.{_name}",
            version=1,
            capability=Capability.SETTLE_ATTENTION,
            arguments=_arguments,
            run=_function,
            wants=lambda args: Wanted(rows=((AttentionItem, args.item_id),)),
            subject=lambda args: args.item_id,
        )
    )
