"""Refused edits: how they are kept, and how a person settles them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from annotated_types import MaxLen

from shared import ids
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem, AttentionState, Gathered
from shared.model.base import AttentionItemId, MutationId, ResourceId, Uuid, replace
from shared.mutations.bringing_back import brought_back
from shared.mutations.registry import (
    MUTATIONS,
    Context,
    Instant,
    Line,
    Mutation,
    Origin,
    arguments,
    as_before,
    register,
)
from shared.mutations.rights import require_allowed
from shared.rules.permissions import Capability
from shared.store import Changes, Overlay, Reads, Wanted


@arguments
class Resolve:
    """`attention.resolve`.

    `move` decides the refused edit again at another start or with other resources, `keep` decides it again as it was
    (with an override, where a reason is given), `restore` brings back first what was archived or ended meanwhile,
    `attach` makes of a note one of another customer or visit, `drop` lets the edit go. The rows keep the ids of the
    first try.
    """

    item_id: AttentionItemId
    choice: Literal["move", "keep", "restore", "attach", "drop"]
    start: Instant | None = None
    resources: Annotated[tuple[ResourceId, ...], MaxLen(50)] | None = None
    """Replaces the resources of the only segment."""
    override: Line | None = None
    attach_about: Literal["customer", "appointment"] | None = None
    """With the next: to what `attach` attaches it."""
    attach_to: Uuid | None = None


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
    by = ctx.entered
    if under is not None:
        late = Gathered(
            mutation_id=refused.mutation_id,
            name=refused.name,
            args=refused.args,
            author_id=by.author_id,
            as_whom=by.as_whom,
            made_at=by.at,
        )
        return Changes(put=(_gathering(under, (late,)),))
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
                author_id=by.author_id,
                as_whom=by.as_whom,
                made_at=by.at,
                state=AttentionState.OPEN,
            ),
        )
    )


def _gathering(item: AttentionItem, more: Sequence[Gathered]) -> AttentionItem:
    also = (MUTATIONS[one.name].subject(MUTATIONS[one.name].parse(one.args)) for one in more)
    about = (one for one in (*item.also_about, *also) if one != item.subject_id)
    return replace(item, gathered=(*item.gathered, *more), also_about=tuple(dict.fromkeys(about)))


MOST_GATHERED = 500
"""Edits that one item gathers at most."""


def standing_on(reads: Reads, mutation: Mutation[Any], args: Any, refusal: Refusal) -> AttentionItem | None:
    """The open item that keeps the edit which would have made what this one lacks."""
    missing = refusal.details.get("subject")
    if refusal.code is not Code.NOT_FOUND or missing not in mutation.depends_on(args):
        return None
    # One row must stay small enough to be written in time: what comes after so many stands by itself.
    about = reads.attention_about(missing)
    return next((item for item in about if len(item.gathered) < MOST_GATHERED), None)


def tried(item: AttentionItem, refusal: Refusal, choice: Mapping[str, Any]) -> Changes:
    """An item that a person could not settle by a choice: it says what was chosen, and what is in the way now."""
    against_the_edit = refusal.code not in (Code.INVALID, Code.NOT_ALLOWED) and item.code != Code.QUARANTINED
    code, details = (refusal.code.value, refusal.details) if against_the_edit else (item.code, item.details)
    return Changes(put=(replace(item, code=code, details={**details, "tried": dict(choice)}),))


_CHOSEN = {
    "move": AttentionState.MOVED,
    "keep": AttentionState.KEPT,
    "restore": AttentionState.RESTORED,
    "attach": AttentionState.ATTACHED,
    "drop": AttentionState.DROPPED,
}


def resolve(reads: Reads, ctx: Context, args: Resolve) -> Changes:
    """Settle an item. What is chosen is checked again; refused, the item stays open."""
    item = _item(reads, args.item_id)
    if item.state is not AttentionState.OPEN:
        if _is_settled_so(reads, item, args):
            return Changes()
        raise _changed(item, was="open")
    if item.code == Code.QUARANTINED:
        require_allowed(reads, ctx.actor, Capability.SETTLE_QUARANTINE)
    settled = _settled(ctx, item, args)
    made = (one.changes for one in decided_again(reads, ctx, item, args))
    return Changes(put=(settled,)) + sum(made, Changes())


def _settled(ctx: Context, item: AttentionItem, args: Resolve) -> AttentionItem:
    return replace(item, state=_CHOSEN[args.choice], settled_by=ctx.actor.acts_as, settled_at=ctx.at)


def _is_settled_so(reads: Reads, item: AttentionItem, args: Resolve) -> bool:
    """Whether another person chose the same before."""
    if item.state is not _CHOSEN[args.choice] or args.choice == "attach":
        return False
    moved = reads.find(Appointment, item.subject_id) if args.choice == "move" else None
    return moved is None or args.start in (None, moved.starts_at)


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
    return Changes(put=(replace(item, state=settled, settled_by=ctx.actor.acts_as, settled_at=ctx.at),))


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
    """What an item keeps, decided again in order; where it is dropped, what may not be dropped with it.

    Raises Refusal where the item's own edit is refused; a gathered one that is refused gets an item of its own, or
    stands under that of the one before it.
    """
    seen = Changes(put=(_settled(ctx, item, args),))
    if args.choice == "drop":
        return _let_go(Overlay(reads, seen), ctx, item)
    # An edit that was set aside is made in the name of whoever takes it over: nobody else stands for it.
    mine = ctx if item.code == Code.QUARANTINED else _as_entered(ctx, item)
    made = [_again(reads, replace(mine, mutation_id=item.mutation_id), item, args)]
    seen += made[0].changes
    for late in item.gathered:
        made.append(_dependant(Overlay(reads, seen), _as_entered(ctx, late), late))
        seen += made[-1].changes
    return made


def _as_entered(ctx: Context, kept: AttentionItem | Gathered) -> Context:
    """The circumstances of who settles, with the words of who entered it: ids made from an edit's own stay the same."""
    at = kept.made_at
    origin = None if at is None else Origin(author_id=kept.author_id, as_whom=kept.as_whom, at=at)
    return replace(ctx, mutation_id=kept.mutation_id, origin=origin)


def _again(reads: Reads, ctx: Context, item: AttentionItem, args: Resolve) -> DecidedAgain:
    mutation, wish = MUTATIONS[item.name], wished(item, args)
    return _restored(reads, ctx, mutation, wish) if args.choice == "restore" else _run(reads, ctx, mutation, wish)


def _run(reads: Reads, ctx: Context, mutation: Mutation[Any], args: Any) -> DecidedAgain:
    require_allowed(reads, ctx.actor, mutation.capability)
    wish = mutation.refreshed(reads, args)
    changes = (mutation.again or mutation.run)(reads, ctx, wish)
    return DecidedAgain(name=mutation.name, args=wish, before=reads, changes=changes)


def _restored(reads: Reads, ctx: Context, mutation: Mutation[Any], args: Any) -> DecidedAgain:
    """An edit over what was ended or archived meanwhile, all that it needs of it brought back."""
    back = mutation.reopens(reads, args)
    while True:
        seen = Overlay(reads, back)
        try:
            made = _run(seen, ctx, mutation, args)
        except Refusal as refusal:
            # Each round brings back one row more, and there are no more than the edit names.
            back += brought_back(seen, ctx.actor, refusal)
        else:
            return replace(made, before=reads, changes=back + made.changes)


def _dependant(reads: Reads, ctx: Context, late: Gathered) -> DecidedAgain:
    mutation = MUTATIONS[late.name]
    args = mutation.parse(late.args)
    try:
        return _run(reads, ctx, mutation, args)
    except Refusal as refusal:
        return _refused_again(reads, ctx, late, refusal, under=standing_on(reads, mutation, args, refusal))


def _refused_again(
    reads: Reads, ctx: Context, late: Gathered, refusal: Refusal, *, under: AttentionItem | None
) -> DecidedAgain:
    mutation = MUTATIONS[late.name]
    args = mutation.parse(late.args)
    refused = Refused(
        mutation_id=late.mutation_id, name=late.name, args=late.args, subject=mutation.subject(args), refusal=refusal
    )
    made = record(ctx, refused, under=under)
    item = under.id if under else item_id_of(late.mutation_id)
    return DecidedAgain(name=late.name, args=args, before=reads, changes=made, item=item)


def _let_go(reads: Reads, ctx: Context, item: AttentionItem) -> Sequence[DecidedAgain]:
    """What stays of an item that is dropped: notes and the like stand by themselves from now on.

    Where another item keeps an edit that would make the same row, all that stood under this one goes there.
    """
    # What no rule could take, such as money of no amount, says nothing that could be lost.
    if MUTATIONS[item.name].never_dropped and item.code not in (Code.QUARANTINED, Code.INVALID):
        raise Refusal(Code.INVALID, what="never_dropped")
    made: list[DecidedAgain] = []
    seen = Changes()
    for late in item.gathered:
        state, mutation = Overlay(reads, seen), MUTATIONS[late.name]
        awaited = mutation.depends_on(mutation.parse(late.args))
        heir = next((other for one in awaited for other in state.attention_about(one)), None)
        if mutation.never_dropped:
            made.append(_dependant(state, _as_entered(ctx, late), late))
        elif heir is not None:
            refusal = Refusal(Code.DEPENDENCY, subject=heir.subject_id, item=heir.id)
            made.append(_refused_again(state, _as_entered(ctx, late), late, refusal, under=heir))
        else:
            continue
        seen += made[-1].changes
    return made


def wished(item: AttentionItem, args: Resolve) -> Any:
    """The arguments of a refused edit as a choice makes them; raises Refusal where they cannot be made so."""
    mutation = MUTATIONS[item.name]
    if item.name == RESOLVE.name:
        # It may name itself; what it wanted to settle was not there, or another person has settled it.
        raise Refusal(Code.INVALID, what="field", field="choice")
    if args.choice != "attach":
        return rebuilt(item, start=args.start, resources=args.resources, override=args.override)
    if mutation.attached is None or args.attach_about is None or args.attach_to is None:
        raise Refusal(Code.INVALID, what="field", field="attach_to")
    return mutation.attached(mutation.parse(item.args), args.attach_about, args.attach_to)


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
        if hasattr(made, "over"):
            # Who gives a reason now has seen who stands there now.
            changes["over"] = None
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
    if item is None:
        return Wanted()
    about = Wanted(subjects=(item.subject_id,))
    if args.choice == "drop":
        return about
    try:
        return about + MUTATIONS[item.name].wants(wished(item, args))
    except Refusal:
        return about


RESOLVE = register(
    Mutation(
        name="attention.resolve",
        version=2,
        # The second takes more choices; what the first could say means the same.
        upcasters={1: as_before},
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
