"""The steps of an appointment from booked to done, the ways out, and the way back."""

from datetime import timedelta

from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Status
from shared.model.base import AppointmentId, replace
from shared.mutations.appointment.arguments import (
    Beside,
    Cancel,
    Decline,
    Expire,
    Lock,
    Reschedule,
    TakeStep,
    UndoStep,
    Unlock,
    Was,
)
from shared.mutations.appointment.wish import step
from shared.mutations.registry import Context
from shared.rules import balance, booking, requests, status
from shared.rules.permissions import Capability, may
from shared.store import Changes, Reads, Wanted


def target(reads: Reads, appointment_id: AppointmentId) -> Appointment:
    """The appointment that an edit is about; refused where there is none."""
    found = reads.find(Appointment, appointment_id)
    if found is None:
        raise Refusal(Code.NOT_FOUND, what="appointment", subject=appointment_id)
    return found


def require_unchanged(now: Appointment, was: Was) -> None:
    """Refuse an edit that was made against another status or start than there is now, or of what is locked."""
    if now.starts_at != was.start:
        raise changed(now, was)
    require_same_status(now, was)


def require_same_status(now: Appointment, was: Was) -> None:
    """The same of an edit that goes together with another start."""
    if now.status is not was.status:
        raise changed(now, was)
    status.require_unlocked(now)


def changed(now: Appointment, was: Was) -> Refusal:
    """An appointment is another than an edit was made against: with both."""
    return Refusal(
        Code.CHANGED_MEANWHILE,
        subject=now.id,
        was={"status": was.status.value, "start": instant_text(was.start)},
        now={"status": now.status.value, "start": instant_text(now.starts_at)},
    )


def cancel(reads: Reads, ctx: Context, args: Cancel) -> Changes:
    """Cancel an appointment and free what it held; late where it was entered inside the tenant's window."""
    now = target(reads, args.appointment_id)
    if now.status is Status.CANCELLED:
        return Changes()
    require_unchanged(now, args.was)
    status.require_step(now, Status.CANCELLED)
    business = reads.business()
    # Whoever settles it later makes it no later: it was said when it was entered.
    late = ctx.entered.at > now.starts_at - timedelta(minutes=business.cancel_window)
    ended = replace(
        now,
        status=Status.CANCELLED,
        steps=(*now.steps, step(ctx, Status.CANCELLED)),
        cancel_reason=args.reason,
        cancelled_by=args.by,
        cancelled_late=late,
        fee=business.late_fee if late and args.by == "customer" else 0,
    )
    return booking.with_allocations(reads, status.revised(now, ended), ())


def decline(reads: Reads, ctx: Context, args: Decline) -> Changes:
    """Decline a request, and free what it held."""
    requests.require_answers(ctx.actor.role)
    now = target(reads, args.appointment_id)
    if now.status is Status.DECLINED:
        return Changes()
    require_unchanged(now, args.was)
    status.require_step(now, Status.DECLINED)
    ended = replace(
        now,
        status=Status.DECLINED,
        steps=(*now.steps, step(ctx, Status.DECLINED)),
        cancel_reason=args.reason,
        cancelled_by="business",
    )
    return booking.with_allocations(reads, status.revised(now, ended), ())


def expire(reads: Reads, ctx: Context, args: Expire) -> Changes:
    """End a request that nobody has answered, once its time is over; one that is not due or was answered stays."""
    if not ctx.actor.role.is_platform:
        # A desk that was away does not know of an answer: only the server lets a request expire.
        raise Refusal(Code.NOT_ALLOWED, capability=Capability.EXPIRE_REQUESTS.value, role=ctx.actor.role.value)
    now = target(reads, args.appointment_id)
    if now.status is not Status.REQUESTED or ctx.at < requests.expires_at(now, reads.business()):
        return Changes()
    ended = replace(now, status=Status.EXPIRED, steps=(*now.steps, step(ctx, Status.EXPIRED)))
    return booking.with_allocations(reads, status.revised(now, ended), ())


def _advance(reads: Reads, ctx: Context, args: TakeStep, to: Status) -> Changes:
    now = target(reads, args.appointment_id)
    if now.status is to:
        return Changes()
    require_unchanged(now, args.was)
    status.require_step(now, to)
    if to is Status.NO_SHOW and ctx.at < now.starts_at:
        raise Refusal(Code.NOT_STARTED, subject=now.id, start=instant_text(now.starts_at))
    after = status.revised(now, replace(now, status=to, steps=(*now.steps, step(ctx, to))))
    if to is Status.COMPLETED and balance.closes(after, reads.payments_of(now.id)):
        after = replace(after, locked=True)
    return _settle(reads, ctx, now, after)


def _settle(reads: Reads, ctx: Context, before: Appointment, after: Appointment, *, over: Beside = ()) -> Changes:
    """Write a new status; one that begins to hold again is checked like a booking, one that ends frees its slot.

    What it holds now is what counts, not what its status would hold today: the tenant's policy may be another since.
    """
    if not booking.holds(reads, after):
        return booking.with_allocations(reads, after, ())
    if reads.allocations_of(before.id):
        return Changes(put=(after,))
    reason = _override_of(ctx, after)
    return booking.place(
        reads, after, at=ctx.at, role=ctx.actor.role, override=reason, over=over, comes_back=ctx.takes_back
    )


def _override_of(ctx: Context, after: Appointment) -> str | None:
    """The reason that it stood over a rule by, where somebody brings it back who may pass over rules."""
    return (after.override_reason or None) if may(ctx.actor.role, Capability.OVERRIDE) else None


def confirm(reads: Reads, ctx: Context, args: TakeStep) -> Changes:
    """Accept a request, or confirm what is booked."""
    if args.was.status is Status.REQUESTED:
        requests.require_answers(ctx.actor.role)
    to = Status.BOOKED if args.was.status is Status.REQUESTED else Status.CONFIRMED
    return _advance(reads, ctx, args, to)


def arrive(reads: Reads, ctx: Context, args: TakeStep) -> Changes:
    """The customer is here."""
    return _advance(reads, ctx, args, Status.ARRIVED)


def start(reads: Reads, ctx: Context, args: TakeStep) -> Changes:
    """The service begins."""
    return _advance(reads, ctx, args, Status.IN_SERVICE)


def complete(reads: Reads, ctx: Context, args: TakeStep) -> Changes:
    """The service is done."""
    return _advance(reads, ctx, args, Status.COMPLETED)


def no_show(reads: Reads, ctx: Context, args: TakeStep) -> Changes:
    """The customer did not come: only after the start; it frees what was held."""
    return _advance(reads, ctx, args, Status.NO_SHOW)


def undo_step(reads: Reads, ctx: Context, args: UndoStep) -> Changes:
    """Take the last step back; one that holds its slot again is checked again.

    One that stood over a rule comes back over it, but over nobody who has come since.
    """
    now = target(reads, args.appointment_id)
    require_unchanged(now, args.was)
    if not ctx.may_take_back(now.steps[-1].at):
        # The step that was meant is gone, and another person has taken the same one since.
        raise changed(now, args.was)
    if len(now.steps) < 2:
        raise Refusal(Code.WRONG_STATUS, status=now.status.value, wanted="undo", subject=now.id)
    return _settle(reads, ctx, now, _step_before(now), over=args.over)


def _step_before(now: Appointment) -> Appointment:
    steps = now.steps[:-1]
    back = replace(
        now, status=steps[-1].status, steps=steps, cancel_reason="", cancelled_by="", cancelled_late=False, fee=0
    )
    return status.revised(now, back)


def reopened(reads: Reads, args: Reschedule | Cancel | Decline | TakeStep) -> Changes:
    """The appointment as it stood before it was ended, holding nothing; nothing where it was not ended."""
    now = reads.find(Appointment, args.appointment_id)
    if now is None or now.status not in status.HOLDS_NOTHING or len(now.steps) < 2:
        return Changes()
    return Changes(put=(_step_before(now),))


def wanted_by_change(args: Reschedule | Cancel | TakeStep | Decline | Expire | Lock | Unlock) -> Wanted:
    """What every change of an appointment that is there reads."""
    return Wanted(
        rows=((Appointment, args.appointment_id),),
        held_by=(args.appointment_id,),
        subjects=(args.appointment_id,),
    )


def wanted_by_completion(args: TakeStep) -> Wanted:
    """What completing a visit reads: it closes the visit where that is paid."""
    return wanted_by_change(args) + Wanted(paid_for=(args.appointment_id,))
