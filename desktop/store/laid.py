"""Rows laid over those of the tables: what stands there as the rules see it, before any of it is written."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, cast

from shared.model.appointment import Allocation, Appointment
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.payment import Payment
from shared.model.registry import E, Entity
from shared.model.resource import Resource

_LOOKED_FOR_BY: Final[Mapping[type[Any], tuple[str, ...]]] = {
    Allocation: ("resource_id", "appointment_id"),
    Appointment: ("customer_id", "series_id"),
    Payment: ("appointment_id",),
    Resource: ("location_id",),
    TimeBlock: ("resource_id",),
    HoursRule: ("owner_id",),
    HoursException: ("owner_id",),
}
"""By which fields rows are looked for, beside their ids."""


class Laid:
    """Rows by id, None for one that is not there, and by the fields that they are looked for by."""

    def __init__(self) -> None:
        self._rows: dict[type[Any], dict[str, Entity | None]] = {}
        self._by: dict[tuple[type[Any], str, str], dict[str, Entity]] = {}

    def lay(self, cls: type[Entity], row_id: str, row: Entity | None) -> None:
        """Let a row stand there from now on, or none."""
        rows = self._rows.setdefault(cls, {})
        before = rows.get(row_id)
        for name in _LOOKED_FOR_BY.get(cls, ()):
            if before is not None:
                del self._by[cls, name, getattr(before, name)][row_id]
            if row is not None:
                self._by.setdefault((cls, name, getattr(row, name)), {})[row_id] = row
        rows[row_id] = row

    def of(self, cls: type[E]) -> Mapping[str, E | None]:
        """Every laid row of a class by its id."""
        return cast("Mapping[str, E | None]", self._rows.get(cls, {}))

    def by(self, cls: type[E], name: str, values: Collection[str]) -> Iterator[E]:
        """The laid rows of a class whose field has one of the values."""
        # Who names a value twice means it once.
        for one in dict.fromkeys(values):
            yield from cast("dict[str, E]", self._by.get((cls, name, one), {})).values()
