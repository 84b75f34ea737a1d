"""One mutation decided over a store: permission, rule, effect, and what is kept of a refusal."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from shared.errors import Code, Refusal
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AttentionItemId, CustomerId, MutationId, UserId, value
from shared.model.customer import Customer
from shared.mutations import (
    apart,
    appointment,
    attention,
    block,
    business,
    consent,
    customer,
    erasure,
    hours,
    location,
    merging,
    note,
    payment,
    plan,
    resource,
    series,
    service,
    waitlist,
)
from shared.mutations.inverse.exactly import MADE_OVER, is_way_back, ways_back
from shared.mutations.inverse.table import Done
from shared.mutations.registry import MUTATIONS, Context
from shared.mutations.rights import require_allowed
from shared.mutations.whose import is_about_erased
from shared.rules.erasure import without_words
from shared.store import Changes, Overlay, Reads, Tx

NOUNS = (
    apart, appointment, attention, block, business, consent, customer, erasure, hours, location, merging, note, payment,
    plan, resource, series, service, waitlist,
)  # fmt: skip
"""The modules whose import fills the table of mutations."""


PASSED_OVER: Final = "passed_over"
"""What was taken back had been made over what its editor never saw."""


class OutcomeKind(StrEnum):
    """How a mutation ended."""

    APPLIED = "applied"
    ADJUSTED = "adjusted"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"


@value
class Decision:
    """How a mutation ended, with what a person needs to know of it."""

    outcome: OutcomeKind
    adjusted: Mapping[str, Any] | None = None
    code: Code | None = None
    details: Mapping[str, Any] | None = None
    item_id: AttentionItemId | None = None
    already: bool = False
    """Whether it changed nothing: what it wanted was so already, by somebody else's doing."""
    ways: tuple[str, ...] = ()
    """What takes it back, in short, where it was made over whatever stood there."""
    incident: str | None = None
    """Finds in the server's log why it was set aside."""
    forgets: bool = False
    """Whether it is about somebody who was erased: nothing that was typed in it is kept."""

    def kept(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is kept of the arguments."""
        return without_words(sent) if self.forgets else sent


def effect(tx: Tx, ctx: Context, name: str, args: Any) -> Changes:
    """Run a mutation and write what came of it; raises Refusal and writes nothing where the rules say no."""
    changes = _changes(tx, ctx, name, args)
    tx.apply(changes)
    return changes


def _changes(reads: Reads, ctx: Context, name: str, args: Any) -> Changes:
    mutation = MUTATIONS[name]
    require_allowed(reads, ctx.actor, mutation.capability)
    return mutation.run(reads, ctx, args)


def decide(tx: Tx, ctx: Context, name: str, args: Any, sent: Mapping[str, Any]) -> Decision:
    """What the authority makes of a mutation: its effect, or an attention item that keeps all that was `sent`."""
    try:
        _require_way_back(ctx, name, args)
        changes = _changes(tx, ctx, name, args)
    except Refusal as refusal:
        return _refused(tx, ctx, name, args, sent, refusal)
    ways = _ways(tx, ctx, name, args, changes)
    tx.apply(changes)
    if changes.adjusted:
        return Decision(outcome=OutcomeKind.ADJUSTED, adjusted=changes.adjusted, ways=ways)
    return Decision(outcome=OutcomeKind.APPLIED, already=changes.is_nothing, ways=ways)


def _require_way_back(ctx: Context, name: str, args: Any) -> None:
    """Refuse to take an edit back by what its desk had seen, where it was made over what another had set meanwhile."""
    if not is_way_back(ctx, name, args):
        raise Refusal(Code.CHANGED_MEANWHILE, subject=MUTATIONS[name].subject(args), what=PASSED_OVER)


def _ways(reads: Reads, ctx: Context, name: str, args: Any, changes: Changes) -> tuple[str, ...]:
    if changes.is_nothing or name not in MADE_OVER or not ctx.notes_ways:
        return ()
    return ways_back(name, Done(before=reads, after=Overlay(reads, changes), ctx=ctx, args=args))


def _refused(tx: Tx, ctx: Context, name: str, args: Any, sent: Mapping[str, Any], refusal: Refusal) -> Decision:
    mutation = MUTATIONS[name]
    if refusal.code is Code.ERASED:
        sent = without_words(sent)
    if name == attention.RESOLVE.name:
        item = tx.find(AttentionItem, args.item_id)
        if item is not None and item.state is AttentionState.OPEN:
            # It stays open: a second one would only repeat it.
            tx.apply(attention.tried(item, refusal, sent))
            return _rejected(refusal, item.id, forgets=refusal.code is Code.ERASED)
    under = attention.standing_on(tx, mutation, args, refusal)
    forgets = refusal.code is Code.ERASED
    if under is not None:
        if _is_of_erased(tx, under):
            forgets, sent = True, without_words(sent)
        refusal = Refusal(Code.DEPENDENCY, subject=under.subject_id, item=under.id)
    refused = attention.Refused(
        mutation_id=ctx.mutation_id, name=name, args=sent, subject=mutation.subject(args), refusal=refusal
    )
    tx.apply(attention.record(ctx, refused, under=under))
    return _rejected(refusal, under.id if under else attention.item_id_of(ctx.mutation_id), forgets=forgets)


@value
class RejectedBefore:
    """That an earlier history of the server had rejected an edit, and its code there; None where nobody has kept it."""

    code: str | None


def reject_again(
    tx: Tx, ctx: Context, name: str, args: Any, sent: Mapping[str, Any], before: RejectedBefore
) -> Decision:  # fmt: skip
    """Let a mutation come to nothing as it had before, whatever the rules would take now.

    Its author was told so, and others have planned with it: what it needs may be free only because those who have it
    have not handed it in yet. Its item is there again, for a person to choose. The reason is the one that holds now;
    where none does, the one that it had, and `put_back` in its details: by the rules alone it would be taken.
    """
    try:
        _changes(tx, ctx, name, args)
    except Refusal as now:
        refusal = now
    else:
        refusal = Refusal(_reason_of(before), **_PUT_BACK)
    return _refused(tx, ctx, name, args, sent, refusal)


_PUT_BACK = {"put_back": True}
_NO_REASON_ALONE = frozenset({Code.DEPENDENCY, Code.QUARANTINED})
"""What says something of another edit or of the server, and is wrong without it."""


def _reason_of(before: RejectedBefore) -> Code:
    reasons = {code.value: code for code in Code if code not in _NO_REASON_ALONE}
    return reasons.get(before.code or "", Code.CHANGED_MEANWHILE)


@value
class SetAside:
    """Why an edit is neither decided nor lost: what the log and its item keep of it."""

    incident: str
    why: str
    """`author`: nobody who made it is signed in there; `failed`: its function does; `same_id`: its id is another's;
    `revoked`: a device or a person that was shut out has handed it in; `before`: it had been set aside when the server
    was put back, and is handed in again."""
    author_id: UserId | None
    """Who made it, where its session is one of the device that sent it."""


def set_aside(
    tx: Tx, name: str, args: Any, sent: Mapping[str, Any], *, mutation_id: MutationId, at: datetime, aside: SetAside
) -> Decision:
    """Keep an edit that cannot be decided, until a person who leads the business takes it over or lets it go."""
    details = {"incident": aside.incident, "why": aside.why, "author": aside.author_id}
    mutation = MUTATIONS[name]
    forgets = is_about_erased(tx, mutation, args, sent)
    item = AttentionItem(
        id=attention.item_id_of(mutation_id),
        mutation_id=mutation_id,
        name=name,
        args=without_words(sent) if forgets else sent,
        code=Code.QUARANTINED.value,
        details=details,
        subject_id=mutation.subject(args),
        author_id=aside.author_id,
        as_whom=None,
        made_at=at,
        state=AttentionState.OPEN,
    )
    tx.apply(Changes(put=(item,)))
    return Decision(
        outcome=OutcomeKind.QUARANTINED, details=details, item_id=item.id, incident=aside.incident, forgets=forgets
    )


def _is_of_erased(reads: Reads, item: AttentionItem) -> bool:
    """Whether what waits there is about somebody who was erased; what stands on it names them by it alone."""
    whose = item.args.get("customer_id")
    found = reads.find(Customer, CustomerId(whose)) if isinstance(whose, str) else None
    return found is not None and found.is_erased


def _rejected(refusal: Refusal, item_id: AttentionItemId, *, forgets: bool) -> Decision:
    return Decision(
        outcome=OutcomeKind.REJECTED, code=refusal.code, details=refusal.details, item_id=item_id, forgets=forgets
    )
