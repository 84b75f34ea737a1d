"""The way back from settling what needed attention: what was decided again is undone, and the item opens again."""

from typing import Final, Literal

from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AttentionItemId
from shared.mutations.attention import Close, DecidedAgain, Reopen, Resolve, decided_again, seen_of
from shared.mutations.inverse.table import Done, Edit, Edits, inverts, way_back
from shared.mutations.registry import MUTATIONS
from shared.store import Overlay, Reads

_Settled = Literal["moved", "kept", "dropped"]

_STATES: Final[dict[AttentionState, _Settled]] = {
    AttentionState.MOVED: "moved",
    AttentionState.KEPT: "kept",
    AttentionState.DROPPED: "dropped",
}


_TURNED: Final = frozenset({"move", "keep", "drop"})
"""Choices with a way back. What was brought back or attached stays; an edit of its own ends or adds to it."""


def _item(reads: Reads, item_id: AttentionItemId) -> AttentionItem:
    found = reads.find(AttentionItem, item_id)
    if found is None:
        raise LookupError(item_id)
    return found


@inverts("attention.resolve")
def _unsettle(done: Done[Resolve]) -> Edits:
    item = _item(done.before, done.args.item_id)
    if done.args.choice not in _TURNED or MUTATIONS[item.name].never_dropped:
        return ()
    decided = reversed(decided_again(done.before, done.ctx, item, done.args))
    edits = tuple(edit for one in decided for edit in _undecided(one, done))
    was = _STATES[_item(done.after, item.id).state]
    return (*edits, Edit(name="attention.reopen", args=Reopen(item_id=item.id, was=was)))


def _undecided(one: DecidedAgain, done: Done[Resolve]) -> Edits:
    if MUTATIONS[one.name].never_dropped:
        # It stays what it became: nothing that is written down is taken back.
        return ()
    if one.item is not None:
        # It waits under the item that opens again, as it did before.
        own = _item(done.after, one.item)
        drop = Resolve(item_id=own.id, choice="drop", seen=seen_of(done.after, own))
        return (Edit(name="attention.resolve", args=drop),)
    # What waits under an item of something else goes on waiting there: nobody has chosen anything for that.
    if one.refused or not (one.changes.put or one.changes.removed):
        return ()
    after = Overlay(one.before, one.changes)
    return way_back(one.name, Done(before=one.before, after=after, ctx=done.ctx, args=one.args))


@inverts("attention.close")
def _open_again(done: Done[Close]) -> Edits:
    return (Edit(name="attention.reopen", args=Reopen(item_id=done.args.item_id, was=done.args.settled)),)


@inverts("attention.reopen")
def _close_again(done: Done[Reopen]) -> Edits:
    item = _item(done.after, done.args.item_id)
    decided = tuple(late.mutation_id for late in item.gathered)
    return (Edit(name="attention.close", args=Close(item_id=item.id, settled=done.args.was, decided=decided)),)
