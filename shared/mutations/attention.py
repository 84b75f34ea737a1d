"""Refused edits: how they are kept, and how a person settles them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from annotated_types import MaxLen

from shared import ids
from shared.errors import Code, Refusal
from shared.model.attention import AttentionItem, AttentionState, Gathered
from shared.model.base import AttentionItemId, MutationId, ResourceId, Uuid, replace
from shared.model.registry import canonical, said
from shared.mutations.bringing_back import brought_back
from shared.mutations.registry import (
    MUTATIONS,
    UNTOLD,
    Context,
    Instant,
    Line,
    Mutation,
    Origin,
    arguments,
    as_before,
    register,
)
from shared.mutations.rights import require_allowed, require_trusted
from shared.rules.erasure import without_words
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
    seen: Annotated[str, MaxLen(64)] | None = None
    """What its person saw, by `seen_of`: where that is another by now, nothing is settled. Null is not known."""


@arguments
class Reopen:
    """`attention.reopen`: an item whose settling is taken back needs attention again."""

    item_id: AttentionItemId
    was: Literal["moved", "kept", "dropped"]
    """How it was settled when that was seen."""


@arguments
class Close:
    """`attention.close`: what was taken back of an item's settling is done again.

    By this only what was gathered since is decided.
    """

    item_id: AttentionItemId
    settled: Literal["moved", "kept", "dropped"]
    decided: Annotated[tuple[MutationId, ...], MaxLen(500)] | None = None
    """The gathered edits that were decided at the settling: others came since. Null is not known.

    What is never dropped is decided whether it is named or not.
    """


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
    there = {one.mutation_id for one in item.gathered}
    more = [one for one in more if one.mutation_id not in there]
    also = map(_subject_of, more)
    about = (one for one in (*item.also_about, *also) if one != item.subject_id)
    return replace(item, gathered=(*item.gathered, *more), also_about=tuple(dict.fromkeys(about)))


def _subject_of(late: Gathered) -> str:
    return MUTATIONS[late.name].subject(MUTATIONS[late.name].parse(late.args))


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


_ASIDE: Final = ("incident", "why", "author")
"""What the details of an edit that was set aside say of that."""


def tried(item: AttentionItem, refusal: Refusal, choice: Mapping[str, Any]) -> Changes:
    """An item that a person could not settle by a choice: it says what was chosen, and what is in the way now."""
    code, details = item.code, item.details
    # What is wrong with the choice, or is about the item itself, says nothing of the edit.
    if refusal.code not in (Code.INVALID, Code.NOT_ALLOWED) and refusal.details.get("subject") != item.id:
        if item.code != Code.QUARANTINED:
            code, details = refusal.code.value, refusal.details
        elif refusal.code is Code.CHANGED_MEANWHILE:
            aside = {name: one for name, one in item.details.items() if name in _ASIDE}
            details = {**refusal.details, **aside, "contested": True}
    return Changes(put=(replace(item, code=code, details={**details, "tried": dict(choice)}),))


def seen_of(reads: Reads, item: AttentionItem) -> str:
    """What there is to see of an open item, in short: its edit and what is gathered, each against what stands there.

    Desk and server come to the same wherever the same rows are. Sixteen hexadecimal digits.
    """
    kept: list[AttentionItem | Gathered] = [item, *item.gathered]
    told = [_seen(reads, one) for one in kept]
    return sha256(canonical(told).encode()).hexdigest()[:16]


def _seen(reads: Reads, kept: AttentionItem | Gathered) -> list[Any]:
    mutation = MUTATIONS[kept.name]
    args = mutation.parse(kept.args)
    # What cannot be read stands against nothing: it is seen as it was entered, and can be let go.
    with suppress(Refusal):
        args = mutation.refreshed(reads, args)
    return [kept.mutation_id, said(args)]


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
        if item.state is _CHOSEN[args.choice] and item.details.get("chosen") == _choice(args):
            return Changes()
        raise _changed(item, was="open")
    _require_may_settle(reads, ctx, item)
    _require_seen(reads, ctx, item, args)
    made = sum((one.changes for one in decided_again(reads, ctx, item, args)), Changes())
    if args.choice != "drop":
        _require_it_stays(Overlay(reads, made), item)
    return Changes(put=(_settled(ctx, item, args),)) + made


def _require_may_settle(reads: Reads, ctx: Context, item: AttentionItem) -> None:
    if item.code == Code.QUARANTINED:
        require_allowed(reads, ctx.actor, Capability.SETTLE_QUARANTINE)


def _require_seen(reads: Reads, ctx: Context, item: AttentionItem, args: Resolve) -> None:
    """Refuse a choice of somebody who saw something else than there is now."""
    if args.seen in (None, seen_of(reads, item)):
        return
    if args.choice != "drop":
        # As it was entered the edit says itself what is another by now, and that is shown then.
        _again(reads, _whose(ctx, item), item, args, knowing=False)
    raise _changed(item, was="open")


def _require_it_stays(after: Reads, item: AttentionItem) -> None:
    """Refuse to make what was taken back before it was refused: it would be gone again at once."""
    mutation = MUTATIONS[item.name]
    if item.gathered and mutation.stands is not None and not mutation.stands(after, mutation.parse(item.args)):
        raise Refusal(Code.INVALID, what="taken_back")


def _settled(ctx: Context, item: AttentionItem, args: Resolve) -> AttentionItem:
    made = replace(item, state=_CHOSEN[args.choice], settled_by=ctx.actor.acts_as, settled_at=ctx.at)
    return replace(made, details={**item.details, "chosen": _choice(args)})


def _choice(args: Resolve) -> dict[str, Any]:
    """What was chosen, as an item keeps it: whoever chooses the same later finds it done."""
    return {name: one for name, one in said(args).items() if name not in ("item_id", "seen")}


def reopen(reads: Reads, ctx: Context, args: Reopen) -> Changes:
    """Let a settled item need attention again; what its settling made is taken back by edits of its own.

    Refused where that was not taken back: it would be made a second time, or not at all. What went with the settling
    to an item of its own or to another, and what was written down, stays there.
    """
    item = _item(reads, args.item_id)
    if item.state is AttentionState.OPEN:
        return Changes()
    if item.state.value != args.was:
        raise _changed(item, was=args.was)
    stands = MUTATIONS[item.name].stands
    if args.was != "dropped" and stands is not None and stands(reads, MUTATIONS[item.name].parse(item.args)):
        raise _changed(item, was=args.was)
    details = {name: one for name, one in item.details.items() if name != "chosen"}
    bare = replace(
        item, state=AttentionState.OPEN, settled_by=None, settled_at=None, details=details, gathered=(), also_about=()
    )
    return Changes(put=(_gathering(bare, [late for late in item.gathered if not _is_elsewhere(reads, late)]),))


def _is_elsewhere(reads: Reads, late: Gathered) -> bool:
    """Whether an edit that was gathered is written down, or waits or was settled by itself or under another item."""
    if MUTATIONS[late.name].never_dropped:
        return True
    own = reads.find(AttentionItem, item_id_of(late.mutation_id))
    if own is not None and own.state is not AttentionState.DROPPED:
        return True
    about = reads.attention_about(_subject_of(late))
    return any(one.mutation_id == late.mutation_id for item in about for one in item.gathered)


def close(reads: Reads, ctx: Context, args: Close) -> Changes:
    """Take an item from what needs attention, as it was before it was reopened.

    What was gathered since is decided as a choice decides it. What is never dropped was not reopened: it is not closed.
    """
    item = _item(reads, args.item_id)
    if item.state.value == args.settled:
        return Changes()
    if item.state is not AttentionState.OPEN:
        raise _changed(item, was="open")
    _require_may_settle(reads, ctx, item)
    if MUTATIONS[item.name].never_dropped:
        raise Refusal(Code.INVALID, what="never_dropped")
    state = AttentionState(args.settled)
    settled = Changes(put=(replace(item, state=state, settled_by=ctx.actor.acts_as, settled_at=ctx.at),))
    named = frozenset(args.decided or ())
    # Of what may not be lost nobody's word is enough: where it was decided, it is written, and stays as it is.
    late = [one for one in item.gathered if MUTATIONS[one.name].never_dropped or one.mutation_id not in named]
    decide = _let_go if state is AttentionState.DROPPED else _dependants
    return settled + sum((one.changes for one in decide(Overlay(reads, settled), ctx, late)), Changes())


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
    refused: bool = False
    """Whether it was refused once more, and waits."""
    item: AttentionItemId | None = None
    """The item of its own that it became then; None where it waits under another."""


def decided_again(reads: Reads, ctx: Context, item: AttentionItem, args: Resolve) -> Sequence[DecidedAgain]:
    """What an item keeps, decided again in order; where it is dropped, what may not be dropped with it.

    Raises Refusal where the item's own edit is refused; a gathered one that is refused gets an item of its own, or
    stands under that of the one before it.
    """
    settled = Overlay(reads, Changes(put=(_settled(ctx, item, args),)))
    if args.choice == "drop":
        _require_no_words(item)
        return _let_go(settled, ctx, item.gathered)
    first = _again(settled, _whose(ctx, item), item, args, knowing=_is_known(item))
    return (first, *_dependants(Overlay(settled, first.changes), ctx, item.gathered))


def _is_known(item: AttentionItem) -> bool:
    """Whether whoever settles it has been told what it is up against: what was set aside was held against nothing."""
    return item.code != Code.QUARANTINED or bool(item.details.get("contested"))


def _whose(ctx: Context, item: AttentionItem) -> Context:
    # An edit that was set aside is made in the name of whoever takes it over: nobody else stands for it.
    mine = ctx if item.code == Code.QUARANTINED else _as_entered(ctx, item)
    return replace(mine, mutation_id=item.mutation_id, takes_back=False)


def _as_entered(ctx: Context, kept: AttentionItem | Gathered) -> Context:
    """The circumstances of who settles, with the words of who entered it: ids made from an edit's own stay the same."""
    at = kept.made_at
    origin = None if at is None else Origin(author_id=kept.author_id, as_whom=kept.as_whom, at=at)
    return replace(ctx, mutation_id=kept.mutation_id, origin=origin, takes_back=False)


def _again(reads: Reads, ctx: Context, item: AttentionItem, args: Resolve, *, knowing: bool) -> DecidedAgain:
    mutation, wish = MUTATIONS[item.name], wished(item, args)
    decide = _restored if args.choice == "restore" else _run
    return decide(reads, ctx, mutation, wish, knowing=knowing)


def _run(reads: Reads, ctx: Context, mutation: Mutation[Any], args: Any, *, knowing: bool = True) -> DecidedAgain:
    """An edit once more: `knowing` what has become of what it is about, and so against that."""
    if mutation.never_dropped:
        # It is so already, as money that has changed hands: whatever the plan has room for by now.
        require_trusted(ctx.actor, mutation.capability)
    else:
        require_allowed(reads, ctx.actor, mutation.capability)
    wish = mutation.refreshed(reads, args) if knowing else args
    changes = (mutation.again or mutation.run)(reads, ctx, wish)
    return DecidedAgain(name=mutation.name, args=wish, before=reads, changes=changes)


def _restored(reads: Reads, ctx: Context, mutation: Mutation[Any], args: Any, *, knowing: bool) -> DecidedAgain:
    """An edit over what was ended or archived meanwhile, all that it needs of it brought back."""
    back = mutation.reopens(reads, args)
    while True:
        seen = Overlay(reads, back)
        try:
            made = _run(seen, ctx, mutation, args, knowing=knowing)
        except Refusal as refusal:
            # Each round brings back one row more, and there are no more than the edit names.
            back += brought_back(seen, ctx.actor, refusal)
        else:
            return replace(made, before=reads, changes=back + made.changes)


def _dependants(reads: Reads, ctx: Context, gathered: Sequence[Gathered]) -> Sequence[DecidedAgain]:
    """What was gathered, decided again in order."""
    made: list[DecidedAgain] = []
    seen = Changes()
    for late in gathered:
        made.append(_dependant(Overlay(reads, seen), _as_entered(ctx, late), late))
        seen += made[-1].changes
    return made


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
    own = item_id_of(late.mutation_id)
    there = reads.find(AttentionItem, own)
    is_there = there is not None and there.state is AttentionState.OPEN
    made = Changes() if is_there else record(ctx, refused, under=under)
    item = None if under or is_there else own
    return DecidedAgain(name=late.name, args=args, before=reads, changes=made, refused=True, item=item)


def _require_no_words(item: AttentionItem) -> None:
    """Refuse to let go of what somebody has written down."""
    # What no rule could take, such as money of no amount, says nothing that could be lost.
    if not MUTATIONS[item.name].never_dropped or item.code in (Code.QUARANTINED, Code.INVALID):
        return
    # Nor does what was taken out of what was written about somebody who was erased.
    if item.code == Code.ERASED and without_words(item.args) == item.args:
        return
    raise Refusal(Code.INVALID, what="never_dropped")


def _let_go(reads: Reads, ctx: Context, gathered: Sequence[Gathered]) -> Sequence[DecidedAgain]:
    """What stays of what stood under an item that is dropped: notes and the like stand by themselves from now on.

    Where another item keeps an edit that would make the same row, all that stood under this one goes there.
    """
    made: list[DecidedAgain] = []
    seen = Changes()
    for late in gathered:
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
    if args.choice == "drop" and args.seen is None:
        return about
    try:
        return about + MUTATIONS[item.name].wants(wished(item, args))
    except Refusal:
        return about


RESOLVE = register(
    Mutation(
        name="attention.resolve",
        version=3,
        # The second takes more choices, the third can say what was seen; what they could say before means the same.
        upcasters={1: as_before, 2: as_before},
        capability=Capability.SETTLE_ATTENTION,
        arguments=Resolve,
        run=resolve,
        wants=lambda args: Wanted(rows=((AttentionItem, args.item_id),)),
        wants_next=_wanted_next,
        # The item tells: its edit and up to 500 that were gathered, of which each may be a series.
        makes=lambda args: UNTOLD,
        subject=lambda args: args.item_id,
    )
)
REOPEN = register(
    Mutation(
        name="attention.reopen",
        version=1,
        capability=Capability.SETTLE_ATTENTION,
        arguments=Reopen,
        run=reopen,
        wants=lambda args: Wanted(rows=((AttentionItem, args.item_id),)),
        subject=lambda args: args.item_id,
    )
)
CLOSE = register(
    Mutation(
        name="attention.close",
        version=2,
        # The second says what was decided before.
        upcasters={1: as_before},
        capability=Capability.SETTLE_ATTENTION,
        arguments=Close,
        run=close,
        wants=lambda args: Wanted(rows=((AttentionItem, args.item_id),)),
        makes=lambda args: UNTOLD,
        subject=lambda args: args.item_id,
    )
)
