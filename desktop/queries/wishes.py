"""What an edit of an appointment wishes for, drawn from its arguments whether the rules take it or not."""

from collections.abc import Mapping
from typing import Any

from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.mutations.appointment.arguments import Book, Reschedule
from shared.mutations.appointment.meeting import kept
from shared.mutations.appointment.wish import draft, moved_to
from shared.mutations.registry import MUTATIONS, Context
from shared.store import Reads


def wished(reads: Reads, ctx: Context, args: object) -> Appointment | None:
    """The appointment that a booking or a move wishes for.

    None for any other edit, and where what it stands on is unknown here.
    """
    try:
        if isinstance(args, Book):
            return draft(reads, ctx, args)
        if isinstance(args, Reschedule) and (now := reads.find(Appointment, args.appointment_id)) is not None:
            # What others have changed meanwhile stays where this leaves it as it was.
            return moved_to(reads, now, kept(now, args))
    except Refusal:
        # A customer or service that is not known here any more: there is nothing to draw.
        return None
    return None


def wished_by(
    reads: Reads, ctx: Context, name: str, args: Mapping[str, Any], *, version: int | None = None
) -> Appointment | None:
    """`wished` for an edit as it was queued or refused: its name and its arguments as JSON values.

    None for one of a version that this program does not know.
    """
    try:
        parsed = MUTATIONS[name].parse(args, version)
    except (KeyError, Refusal):
        return None
    return wished(reads, ctx, parsed)
