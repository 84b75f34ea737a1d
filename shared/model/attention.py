"""What the server could not take, kept until a person has settled it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.model.base import AttentionItemId, MutationId, UserId, value


class AttentionState(StrEnum):
    """Whether a person has settled it."""

    OPEN = "open"
    MOVED = "moved"
    KEPT = "kept"
    RESTORED = "restored"
    ATTACHED = "attached"
    DROPPED = "dropped"


@value
class Gathered:
    """A later edit that could not be decided because it stands on the refused one."""

    mutation_id: MutationId
    name: str
    args: Mapping[str, Any]
    author_id: UserId | None = None
    """With the next two: who entered it and when; left out by what was gathered before they were kept."""
    as_whom: UserId | None = None
    made_at: datetime | None = None


@value
class AttentionItem:
    """A refused edit with everything that was entered, the rule that refused it, and what stands there now."""

    id: AttentionItemId
    mutation_id: MutationId
    name: str
    """The mutation, such as `appointment.book`."""
    args: Mapping[str, Any]
    code: str
    details: Mapping[str, Any]
    subject_id: str
    """The row that it was about: the appointment or the customer."""
    author_id: UserId | None
    """None where nobody stands for it: its session is not one of the device that sent it."""
    as_whom: UserId | None
    made_at: datetime
    state: AttentionState
    gathered: tuple[Gathered, ...] = ()
    settled_by: UserId | None = None
    settled_at: datetime | None = None
    also_about: tuple[str, ...] = ()
    """The rows that gathered edits are about: what stands on those belongs here too."""
