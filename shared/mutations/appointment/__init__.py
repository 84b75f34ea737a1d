"""Booking, moving and ending an appointment, and each step between: the mutations as the table has them."""

from typing import Any

from shared import ids
from shared.model.appointment import Appointment
from shared.model.base import AppointmentId, SeriesId, replace
from shared.mutations.appointment import locking, meeting, place, steps, swap
from shared.mutations.appointment.arguments import (
    Book,
    Cancel,
    Decline,
    Expire,
    Lock,
    Reschedule,
    Swap,
    TakeStep,
    UndoStep,
    Unlock,
    Was,
)
from shared.mutations.registry import Mutation, as_before, register
from shared.rules.permissions import Capability
from shared.store import Reads


def _against_now(reads: Reads, args: Any) -> Any:
    now = reads.find(Appointment, args.appointment_id)
    return args if now is None else replace(args, was=Was(status=now.status, start=now.starts_at))


def _same_step_against_now(reads: Reads, args: TakeStep) -> TakeStep:
    """What is taken back is the step that was meant, wherever the appointment is by now, and none of another's."""
    now = reads.find(Appointment, args.appointment_id)
    return args if now is None or now.status is not args.was.status else _against_now(reads, args)


def _kept(reads: Reads, args: Reschedule) -> Reschedule:
    now = reads.find(Appointment, args.appointment_id)
    return args if now is None else meeting.kept(now, args)


def _both_against_now(reads: Reads, args: Swap) -> Swap:
    one, other = (reads.find(Appointment, row) for row in (args.appointment_id, args.other_id))
    if one is None or other is None:
        return args
    return replace(
        args,
        was=Was(status=one.status, start=one.starts_at),
        resources=one.resources,
        other_was=Was(status=other.status, start=other.starts_at),
        other_resources=other.resources,
    )


def _about(args: Book | Reschedule | Swap | Cancel | Decline | Expire | Lock | TakeStep | Unlock) -> str:
    return args.appointment_id


BOOK = register(
    Mutation(
        name="appointment.book",
        version=2,
        upcasters={1: as_before},
        capability=Capability.BOOK,
        arguments=Book,
        run=place.book,
        wants=place.wanted_by_book,
        wants_next=place.wanted_next_by_book,
        subject=_about,
        depends_on=lambda args: (args.customer_id,) if args.customer_id else (),
        again=place.rebook,
        stands=lambda reads, args: place.is_booked(reads, args.appointment_id),
    )
)
RESCHEDULE = register(
    Mutation(
        name="appointment.reschedule",
        version=4,
        upcasters=dict.fromkeys((1, 2, 3), as_before),
        capability=Capability.BOOK,
        arguments=Reschedule,
        run=place.reschedule,
        wants=place.wanted_by_move,
        wants_next=place.wanted_next_by_move,
        subject=_about,
        depends_on=lambda args: (args.appointment_id,),
        refreshed=_kept,
        reopens=steps.reopened,
    )
)
SWAP = register(
    Mutation(
        name="appointment.swap",
        version=2,
        upcasters={1: as_before},
        capability=Capability.BOOK,
        arguments=Swap,
        run=swap.swap,
        wants=swap.wanted,
        wants_next=swap.wanted_next,
        subject=_about,
        depends_on=lambda args: (args.appointment_id, args.other_id),
        refreshed=_both_against_now,
    )
)
CANCEL = register(
    Mutation(
        name="appointment.cancel",
        version=1,
        capability=Capability.BOOK,
        arguments=Cancel,
        run=steps.cancel,
        wants=steps.wanted_by_change,
        subject=_about,
        depends_on=lambda args: (args.appointment_id,),
        refreshed=_against_now,
    )
)
DECLINE = register(
    Mutation(
        name="appointment.decline",
        version=1,
        capability=Capability.PROGRESS,
        arguments=Decline,
        run=steps.decline,
        wants=steps.wanted_by_change,
        subject=_about,
        depends_on=lambda args: (args.appointment_id,),
        refreshed=_against_now,
        reopens=steps.reopened,
    )
)
EXPIRE = register(
    Mutation(
        name="appointment.expire",
        version=1,
        capability=Capability.EXPIRE_REQUESTS,
        arguments=Expire,
        run=steps.expire,
        wants=steps.wanted_by_change,
        subject=_about,
    )
)
LOCK = register(
    Mutation(
        name="appointment.lock",
        version=1,
        capability=Capability.PROGRESS,
        arguments=Lock,
        run=locking.lock,
        wants=steps.wanted_by_change,
        subject=_about,
        depends_on=lambda args: (args.appointment_id,),
    )
)
UNLOCK = register(
    Mutation(
        name="appointment.unlock",
        version=1,
        capability=Capability.UNLOCK,
        arguments=Unlock,
        run=locking.unlock,
        wants=steps.wanted_by_change,
        subject=_about,
        depends_on=lambda args: (args.appointment_id,),
    )
)
for _name, _run in (
    ("confirm", steps.confirm),
    ("arrive", steps.arrive),
    ("start", steps.start),
    ("complete", steps.complete),
    ("no_show", steps.no_show),
):
    register(
        Mutation(
            name=f"appointment.{_name}",
            version=1,
            capability=Capability.PROGRESS,
            arguments=TakeStep,
            run=_run,
            wants=steps.wanted_by_completion if _name == "complete" else steps.wanted_by_change,
            subject=_about,
            depends_on=lambda args: (args.appointment_id,),
            refreshed=_against_now,
            reopens=steps.reopened,
        )
    )
register(
    Mutation(
        name="appointment.undo_step",
        version=2,
        upcasters={1: as_before},
        capability=Capability.PROGRESS,
        arguments=UndoStep,
        run=steps.undo_step,
        wants=steps.wanted_by_change,
        subject=_about,
        depends_on=lambda args: (args.appointment_id,),
        refreshed=_same_step_against_now,
        reopens=steps.reopened,
        takes_back_latest=True,
    )
)


def series_occurrence_id(series: SeriesId, original_start: str) -> AppointmentId:
    """The id that every desk makes for one occurrence of a series, from its original local start with its fold."""
    return AppointmentId(ids.derived_id("occurrence", series, original_start))
