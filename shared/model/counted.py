"""What counts against the limits of a plan, and counts that are kept up to date while rows change."""

from typing import Any, Final

from shared.model.appointment import Appointment, Status
from shared.model.base import Span
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.resource import Resource

Countable = type[Location] | type[Resource] | type[Customer]
"""What is counted while it is not archived."""

UNCOUNTED: Final = frozenset({Status.CANCELLED, Status.DECLINED, Status.EXPIRED})
"""Visits that came to nothing take nobody's room."""


def is_counted(row: Any, span: Span | None) -> bool:
    """Whether a row counts; of visits those that start in the span. None, a row that is not there, does not."""
    if row is None:
        return False
    if span is None:
        return not row.archived
    return isinstance(row, Appointment) and span.start <= row.starts_at < span.end and row.status not in UNCOUNTED


class Tally:
    """Counts that were asked once: each later change of a row is counted in."""

    def __init__(self) -> None:
        self._counts: dict[tuple[type[Any], Span | None], int] = {}
        self._watched: set[type[Any]] = set()

    def known(self, cls: type[Any], span: Span | None = None) -> int | None:
        """A count as it is now; None for one that was not asked yet."""
        return self._counts.get((cls, span))

    def begin(self, cls: type[Any], count: int, span: Span | None = None) -> int:
        """Keep a count from now on; the count."""
        self._counts[cls, span] = count
        self._watched.add(cls)
        return count

    def watches(self, cls: type[Any]) -> bool:
        """Whether a change of such a row changes any count."""
        return cls in self._watched

    def change(self, before: Any, after: Any) -> None:
        """Count a row in as it is now, None for one that is gone, in place of what it was."""
        for (cls, span), count in self._counts.items():
            if isinstance(before or after, cls):
                self._counts[cls, span] = count + is_counted(after, span) - is_counted(before, span)
