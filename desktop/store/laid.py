"""Rows laid over those of the tables: what stands there as the rules see it, before any of it is written."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from shared.model.appointment import Allocation, Appointment
from shared.model.base import ResourceId
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.payment import Payment
from shared.model.registry import E, Entity
from shared.model.resource import Resource

_LOOKED_FOR_BY: Final[Mapping[type[Any], tuple[str, ...]]] = {
    Allocation: ("appointment_id",),
    Appointment: ("customer_id", "series_id"),
    Payment: ("appointment_id",),
    Resource: ("location_id",),
    TimeBlock: ("resource_id",),
    HoursRule: ("owner_id",),
    HoursException: ("owner_id",),
}
"""By which fields rows are looked for, beside their ids and the days on which a resource is held."""
_DAY: Final = "day"


class Laid:
    """Rows by id, None for one that is not there, and by what they are looked for by."""

    def __init__(self) -> None:
        # Of each class its own rows, which no type of Python says.
        self._rows: dict[type[Any], dict[str, Any]] = {}
        self._by: dict[tuple[type[Any], str, object], dict[str, Any]] = {}

    def lay(self, cls: type[Entity], row_id: str, row: Entity | None) -> None:
        """Let a row stand there from now on, or none."""
        rows = self._rows.setdefault(cls, {})
        before = rows.get(row_id)
        if before is not None:
            for key in _keys(cls, before):
                del self._by[key][row_id]
        if row is not None:
            for key in _keys(cls, row):
                self._by.setdefault(key, {})[row_id] = row
        rows[row_id] = row

    def of(self, cls: type[E]) -> Mapping[str, E | None]:
        """Every laid row of a class by its id."""
        return self._rows.get(cls, {})

    def by(self, cls: type[E], name: str, values: Collection[str]) -> Iterator[E]:
        """The laid rows of a class whose field has one of the values."""
        # Who names a value twice means it once.
        for one in dict.fromkeys(values):
            yield from self._by.get((cls, name, one), {}).values()

    def held(self, resources: Collection[ResourceId], first: datetime, last: datetime) -> Iterator[Allocation]:
        """The laid allocations of these resources that start on the days from one instant to another."""
        for one in dict.fromkeys(resources if Allocation in self._rows else ()):
            for day in range(first.toordinal(), last.toordinal() + 1):
                yield from self._by.get((Allocation, _DAY, (one, day)), {}).values()


def _keys(cls: type[Entity], row: Entity) -> Iterator[tuple[type[Any], str, object]]:
    for name in _LOOKED_FOR_BY.get(cls, ()):
        yield cls, name, getattr(row, name)
    if isinstance(row, Allocation):
        # Thousands of edits may be laid, most of other days than the one that a rule asks about.
        yield cls, _DAY, (row.resource_id, row.starts_at.toordinal())
