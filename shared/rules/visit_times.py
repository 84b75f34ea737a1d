"""When a visit reached each of its steps, how long somebody has waited, and by how much they are late.

Everything is worked out between instants: a night in which the clocks change has its true minutes.
"""

from datetime import datetime

from shared.model.appointment import Appointment, Status
from shared.model.base import Span
from shared.rules.status import TO_COME


def reached_at(visit: Appointment, status: Status) -> datetime | None:
    """When the visit came to a status, the last time where it did so several times; None where it never did."""
    return next((step.at for step in reversed(visit.steps) if step.status is status), None)


def waited(visit: Appointment, now: datetime) -> int | None:
    """Whole minutes from the arrival until the service began, or until now where they still wait.

    None where nobody arrived, or the service began without an arrival. A clock that was set back gives 0.
    """
    arrived = reached_at(visit, Status.ARRIVED)
    if arrived is None:
        return None
    begun = reached_at(visit, Status.IN_SERVICE) or reached_at(visit, Status.COMPLETED)
    return _minutes(arrived, begun or now)


def late_by(visit: Appointment, now: datetime) -> int:
    """Whole minutes from the start of the visit until they came, or until now where they are still to come.

    0 for whoever is on time, and for a visit that nobody is to come to any more.
    """
    came = reached_at(visit, Status.ARRIVED) or reached_at(visit, Status.IN_SERVICE)
    if came is not None:
        return _minutes(visit.starts_at, came)
    return _minutes(visit.starts_at, now) if visit.status in TO_COME else 0


def _minutes(start: datetime, end: datetime) -> int:
    return max(0, Span(start, end).minutes)
