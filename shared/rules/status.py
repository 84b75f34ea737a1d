"""The life of an appointment: which status may follow which, and which of them hold a slot."""

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Status
from shared.model.base import replace

HOLDS_NOTHING = frozenset({Status.DECLINED, Status.EXPIRED, Status.CANCELLED, Status.NO_SHOW})

TO_COME = frozenset({Status.BOOKED, Status.CONFIRMED})
"""The statuses of a visit that somebody is expected at."""

CAME = frozenset({Status.ARRIVED, Status.IN_SERVICE, Status.COMPLETED})
"""The statuses of a visit that somebody has come to."""

FOLLOWS = {
    Status.BOOKED: frozenset({Status.REQUESTED}),
    Status.CONFIRMED: frozenset({Status.BOOKED}),
    Status.ARRIVED: TO_COME,
    Status.IN_SERVICE: TO_COME | {Status.ARRIVED},
    Status.COMPLETED: TO_COME | {Status.ARRIVED, Status.IN_SERVICE},
    Status.CANCELLED: TO_COME | {Status.REQUESTED},
    Status.DECLINED: frozenset({Status.REQUESTED}),
    Status.EXPIRED: frozenset({Status.REQUESTED}),
    Status.NO_SHOW: TO_COME,
}
"""From which statuses each status can be reached. A busy desk skips steps; it never goes round them."""

OPEN = frozenset(FOLLOWS[Status.COMPLETED] | {Status.REQUESTED})
"""The statuses in which an appointment can still be moved."""


def holds(status: Status, *, requests_hold: bool) -> bool:
    """Whether an appointment of this status holds its allocations."""
    return status not in HOLDS_NOTHING and (requests_hold or status is not Status.REQUESTED)


def told_to_calendars(status: Status) -> str:
    """What calendars of other programs are told of a status (RFC 5545, section 3.8.1.11)."""
    if status in HOLDS_NOTHING:
        return "CANCELLED"
    return "TENTATIVE" if status is Status.REQUESTED else "CONFIRMED"


def revised(before: Appointment, after: Appointment) -> Appointment:
    """A visit in another status, counted on where calendars are told another one (RFC 5546, section 2.1.4).

    A calendar that has seen the visit takes no change of it under a sequence that it knows.
    """
    same = told_to_calendars(before.status) == told_to_calendars(after.status)
    return after if same else replace(after, sequence=before.sequence + 1)


def require_step(appointment: Appointment, to: Status) -> None:
    """Refuse a step that the flow does not have."""
    if appointment.status not in FOLLOWS[to]:
        raise Refusal(Code.WRONG_STATUS, status=appointment.status.value, wanted=to.value, subject=appointment.id)


def require_unlocked(appointment: Appointment) -> None:
    """Refuse an edit of a visit that is paid and closed."""
    if appointment.locked:
        raise Refusal(Code.LOCKED, subject=appointment.id)
