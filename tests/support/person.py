"""A person at a real desk whose wishes meet the others'."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from desktop.desk import Desk
from desktop.store.rows import STORED
from shared import clock
from shared.model.appointment import Appointment
from shared.rules.status import OPEN
from tests.support.meddler import Meddler

_DAYS: Final = 2
_SLOTS: Final = 14
"""Quarters of an hour in which everybody wants something: few, so that they meet."""


class _Book:
    """The replica as a person sees it, for `Meddler`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def get(self, table: str, otherwise: object = None) -> dict[str, list[Any]]:
        stored = STORED[table]
        database = self._desk.replica.database
        return {row[0]: stored.from_file(row) for row in database.rows(f"{stored.select} ORDER BY id")}

    def __getitem__(self, table: str) -> dict[str, list[Any]]:
        return self.get(table)


class Person(Meddler):
    """Wishes for what the others wish for, too; asked on the store's thread."""

    def __init__(self, desk: Desk, dice: random.Random, *, meeting: float = 0.0) -> None:
        """`meeting` is how often somebody changes what is booked in the latest visit, as the others do."""
        super().__init__(_Seen(_Book(desk)), dice)  # type: ignore[arg-type]
        self._meeting = meeting

    def wish(self) -> tuple[str, dict[str, Any]]:
        """One edit; where people meet, often of what the others change too."""
        if self._meeting and self._dice.random() < self._meeting:
            there = [one for one in self._seen(Appointment) if one.status in OPEN]
            if there:
                return "appointment.reschedule", self._booked_otherwise(max(there, key=lambda one: one.id))
        return super().wish()

    def _moment(self) -> datetime:
        day = (clock.now() + timedelta(days=self._dice.randrange(1, 1 + _DAYS))).replace(hour=9, minute=0, second=0)
        return day + timedelta(minutes=15 * self._dice.randrange(_SLOTS))


@dataclass
class _Seen:
    rows: _Book
