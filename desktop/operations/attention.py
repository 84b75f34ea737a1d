"""Settling what the server could not take."""

from collections.abc import Sequence
from datetime import datetime

from desktop.operations.operation import Operation
from shared.model.base import AttentionItemId, ResourceId
from shared.model.note import NoteAbout
from shared.mutations.attention import Resolve


def move(item_id: str, *, start: datetime, resources: Sequence[str] | None = None) -> Operation:
    """Take another slot for a refused booking or move."""
    args = Resolve(
        item_id=AttentionItemId(item_id),
        choice="move",
        start=start,
        resources=None if resources is None else tuple(ResourceId(one) for one in resources),
    )
    return Operation(name="attention.resolve", args=args, label="new time")


def keep(item_id: str, *, reason: str | None = None) -> Operation:
    """Insist on a refused edit; with a reason, over the rule that refused it."""
    args = Resolve(item_id=AttentionItemId(item_id), choice="keep", override=reason)
    return Operation(name="attention.resolve", args=args, label="kept edit")


def restore(item_id: str) -> Operation:
    """Bring back what was archived or ended meanwhile, and make a refused edit over it."""
    args = Resolve(item_id=AttentionItemId(item_id), choice="restore")
    return Operation(name="attention.resolve", args=args, label="kept edit")


def attach(item_id: str, about: NoteAbout, subject_id: str) -> Operation:
    """Make of what was written down a note of another customer or visit."""
    args = Resolve(item_id=AttentionItemId(item_id), choice="attach", attach_about=about.value, attach_to=subject_id)
    return Operation(name="attention.resolve", args=args, label="note")


def drop(item_id: str) -> Operation:
    """Let a refused edit go."""
    return Operation(
        name="attention.resolve", args=Resolve(item_id=AttentionItemId(item_id), choice="drop"), label="dropped edit"
    )
