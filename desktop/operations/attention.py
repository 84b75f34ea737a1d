"""Settling what the server could not take; `seen` says what its person saw of it, as `seen_of` tells it."""

from collections.abc import Sequence
from datetime import datetime

from desktop.operations.operation import Operation
from shared.model.base import AttentionItemId, ResourceId
from shared.model.note import NoteAbout
from shared.mutations.attention import Resolve


def move(
    item_id: str, *, start: datetime, resources: Sequence[str] | None = None, seen: str | None = None
) -> Operation:
    """Take another slot for a refused booking or move."""
    args = Resolve(
        item_id=AttentionItemId(item_id),
        choice="move",
        start=start,
        resources=None if resources is None else tuple(ResourceId(one) for one in resources),
        seen=seen,
    )
    return Operation(name="attention.resolve", args=args, label="new time")


def keep(item_id: str, *, reason: str | None = None, seen: str | None = None) -> Operation:
    """Insist on a refused edit; with a reason, over the rule that refused it."""
    args = Resolve(item_id=AttentionItemId(item_id), choice="keep", override=reason, seen=seen)
    return Operation(name="attention.resolve", args=args, label="kept edit")


def restore(item_id: str, *, seen: str | None = None) -> Operation:
    """Bring back what was archived or ended meanwhile, and make a refused edit over it."""
    args = Resolve(item_id=AttentionItemId(item_id), choice="restore", seen=seen)
    return Operation(name="attention.resolve", args=args, label="kept edit")


def attach(item_id: str, about: NoteAbout, subject_id: str, *, seen: str | None = None) -> Operation:
    """Make of what was written down a note of another customer or visit."""
    args = Resolve(
        item_id=AttentionItemId(item_id), choice="attach", attach_about=about.value, attach_to=subject_id, seen=seen
    )
    return Operation(name="attention.resolve", args=args, label="note")


def drop(item_id: str, *, seen: str | None = None) -> Operation:
    """Let a refused edit go."""
    args = Resolve(item_id=AttentionItemId(item_id), choice="drop", seen=seen)
    return Operation(name="attention.resolve", args=args, label="dropped edit")
