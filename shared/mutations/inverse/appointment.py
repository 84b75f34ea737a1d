"""The way back from what was done to an appointment, made against what it came to."""

from collections.abc import Iterator
from typing import Final, Literal

from shared.model.appointment import Appointment, Segment, Status
from shared.mutations.appointment.arguments import (
    Book,
    BookedAs,
    Cancel,
    Decline,
    Lock,
    Reschedule,
    SegmentWish,
    Swap,
    TakeStep,
    UndoStep,
    Unlock,
    Was,
)
from shared.mutations.appointment.meeting import was_booked
from shared.mutations.inverse.table import Done, Edit, Edits, inverts
from shared.rules import booking
from shared.store import Reads

UNDONE: Final = "Undone at the desk"
"""Why a booking that is taken back was cancelled; it stays in the history."""

_STEPS: Final = {
    Status.BOOKED: "appointment.confirm",
    Status.CONFIRMED: "appointment.confirm",
    Status.ARRIVED: "appointment.arrive",
    Status.IN_SERVICE: "appointment.start",
    Status.COMPLETED: "appointment.complete",
    Status.NO_SHOW: "appointment.no_show",
}


def _seen(reads: Reads, args: Book | Reschedule | Cancel | Decline | Lock | TakeStep) -> Appointment:
    found = reads.find(Appointment, args.appointment_id)
    if found is None:
        raise LookupError(args.appointment_id)
    return found


def _was(one: Appointment) -> Was:
    return Was(status=one.status, start=one.starts_at)


@inverts("appointment.book")
def _unbook(done: Done[Book]) -> Edits:
    made = _seen(done.after, done.args)
    return (
        Edit(
            name="appointment.cancel",
            args=Cancel(appointment_id=made.id, was=_was(made), reason=UNDONE, by="business"),
        ),
    )


@inverts("appointment.reschedule")
def _move_back(done: Done[Reschedule]) -> Edits:
    before, after = _seen(done.before, done.args), _seen(done.after, done.args)
    # What stayed as it was is left to whoever changes it meanwhile.
    segments = None if before.segments == after.segments else tuple(_wish(one) for one in before.segments)
    party = None if before.party == after.party else before.party
    over = booking.stood_over(done.before, before)
    args = Reschedule(
        appointment_id=before.id,
        was=was_booked(after, segments=segments, party=party),
        start=None if before.starts_at == after.starts_at else before.starts_at,
        segments=segments,
        party=party,
        override=before.override_reason or None,
        over=over if before.override_reason or over else None,
        as_before=None if segments is None else tuple(_as_booked(before)),
    )
    return (Edit(name="appointment.reschedule", args=args),)


@inverts("appointment.swap")
def _swap_back(done: Done[Swap]) -> Edits:
    ids = (done.args.appointment_id, done.args.other_id)
    one, other = (done.after.find(Appointment, row_id) for row_id in ids)
    if one is None or other is None:
        raise LookupError(ids)
    # Each comes back over the rule that it stood over, by the others, and beside who was let in over it.
    were = [seen for seen in (done.before.find(Appointment, row_id) for row_id in ids) if seen is not None]
    reasons = {seen.id: seen.override_reason for seen in were if seen.override_reason}
    over = {each for seen in were for each in booking.stood_over(done.before, seen)}
    args = Swap(
        appointment_id=one.id,
        was=_was(one),
        resources=one.resources,
        other_id=other.id,
        other_was=_was(other),
        other_resources=other.resources,
        override=reasons.get(one.id),
        other_override=reasons.get(other.id),
        over=tuple(sorted(over))[: booking.MOST_BESIDE] if reasons or over else None,
    )
    return (Edit(name="appointment.swap", args=args),)


def _as_booked(visit: Appointment) -> Iterator[BookedAs]:
    for one in visit.segments:
        if one.service_id is not None:
            yield BookedAs(
                service_id=one.service_id, price=one.price, before=one.before, active=one.active,
                processing=one.processing, finishing=one.finishing, after=one.after,
            )  # fmt: skip


def _wish(one: Segment) -> SegmentWish:
    return SegmentWish(service_id=one.service_id, resources=one.resources, minutes=one.minutes)


@inverts(
    "appointment.cancel",
    "appointment.confirm",
    "appointment.arrive",
    "appointment.start",
    "appointment.complete",
    "appointment.no_show",
    "appointment.decline",
)
def _step_back(done: Done[Cancel | Decline | TakeStep]) -> Edits:
    after = _seen(done.after, done.args)
    over = booking.stood_over(done.before, _seen(done.before, done.args))
    back = Edit(name="appointment.undo_step", args=UndoStep(appointment_id=after.id, was=_was(after), over=over))
    # What was paid before is closed with its last step.
    return (_unlocked(after), back) if after.locked else (back,)


def _unlocked(visit: Appointment) -> Edit:
    return Edit(name="appointment.unlock", args=Unlock(appointment_id=visit.id, reason=UNDONE))


@inverts("appointment.lock")
def _unlock(done: Done[Lock]) -> Edits:
    return (_unlocked(_seen(done.after, done.args)),)


@inverts("appointment.unlock")
def _lock(done: Done[Unlock]) -> Edits:
    return (Edit(name="appointment.lock", args=Lock(appointment_id=done.args.appointment_id)),)


@inverts("appointment.undo_step")
def _step_on(done: Done[UndoStep]) -> Edits:
    before, after = _seen(done.before, done.args), _seen(done.after, done.args)
    if before.status is Status.CANCELLED:
        by: Literal["customer", "business"] = "business" if before.cancelled_by == "business" else "customer"
        args = Cancel(appointment_id=after.id, was=_was(after), reason=before.cancel_reason, by=by)
        return (Edit(name="appointment.cancel", args=args),)
    if before.status is Status.DECLINED:
        declined = Decline(appointment_id=after.id, was=_was(after), reason=before.cancel_reason)
        return (Edit(name="appointment.decline", args=declined),)
    step = _STEPS.get(before.status)
    # What the server alone does, such as letting a request expire, no desk does again.
    if step is None:
        return ()
    return (Edit(name=step, args=TakeStep(appointment_id=after.id, was=_was(after))),)
