"""A visit that is paid and closed, and opening it again."""

from shared import ids
from shared.errors import Code, Refusal
from shared.model.appointment import Status
from shared.model.base import NoteId, replace
from shared.model.note import NoteAbout
from shared.mutations import note
from shared.mutations.appointment.arguments import Lock, Unlock
from shared.mutations.appointment.steps import target
from shared.mutations.registry import Context
from shared.store import Changes, Reads


def lock(reads: Reads, ctx: Context, args: Lock) -> Changes:
    """Close a visit that is done, as it is by itself once it is paid; one that is closed stays so."""
    now = target(reads, args.appointment_id)
    if now.locked:
        return Changes()
    if now.status is not Status.COMPLETED:
        raise Refusal(Code.WRONG_STATUS, status=now.status.value, wanted="lock", subject=now.id)
    return Changes(put=(replace(now, locked=True),))


def unlock(reads: Reads, ctx: Context, args: Unlock) -> Changes:
    """Open a closed visit again, the reason in a note of it; it closes once more when it is completed or paid."""
    if not args.reason.strip():
        raise Refusal(Code.INVALID, what="unlock_reason")
    now = target(reads, args.appointment_id)
    if not now.locked:
        return Changes()
    why = note.written(
        ctx,
        note_id=NoteId(ids.derived_id("unlock", ctx.mutation_id)),
        about=NoteAbout.APPOINTMENT,
        subject_id=now.id,
        text=f"Unlocked: {args.reason.strip()}",
    )
    return Changes(put=(replace(now, locked=False), why))
