"""The life of an appointment: which status may follow which, and which of them hold a slot."""

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Status

HOLDS_NOTHING = frozenset({Status.DECLINED, Status.EXPIRED, Status.CANCELLED, Status.NO_SHOW})

_BEFORE_THE_VISIT = frozenset({Status.BOOKED, Status.CONFIRMED})

FOLLOWS = {
    Status.BOOKED: frozenset({Status.REQUESTED}),
    Status.CONFIRMED: frozenset({Status.BOOKED}),
    Status.ARRIVED: _BEFORE_THE_VISIT,
    Status.IN_SERVICE: _BEFORE_THE_VISIT | {Status.ARRIVED},
    Status.COMPLETED: _BEFORE_THE_VISIT | {Status.ARRIVED, Status.IN_SERVICE},
    Status.CANCELLED: _BEFORE_THE_VISIT | {Status.REQUESTED},
    Status.DECLINED: frozenset({Status.REQUESTED}),
    Status.EXPIRED: frozenset({Status.REQUESTED}),
    Status.NO_SHOW: _BEFORE_THE_VISIT,
}
"""From which statuses each status can be reached. A busy desk skips steps; it never goes round them."""

OPEN = frozenset(FOLLOWS[Status.COMPLETED] | {Status.REQUESTED})
"""The statuses in which an appointment can still be moved."""


def holds(status: Status, *, requests_hold: bool) -> bool:
    """Whether an appointment of this status holds its allocations."""
    return status not in HOLDS_NOTHING and (requests_hold or status is not Status.REQUESTED)


def require_step(appointment: Appointment, to: Status) -> None:
    """Refuse a step that the flow does not have."""
    if appointment.status not in FOLLOWS[to]:
        raise Refusal(Code.WRONG_STATUS, status=appointment.status.value, wanted=to.value, subject=appointment.id)
