"""The views of the book and what is chosen for them: plain values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class View(StrEnum):
    """How the book is shown."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    AGENDA = "agenda"


VIEW_NAMES: Final = {View.DAY: "Day", View.WEEK: "Week", View.MONTH: "Month", View.AGENDA: "Agenda"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    """One resource that can be a column of the day."""

    id: str
    title: str
    kind: str
    """`STAFF`, `ROOM` or `EQUIPMENT`."""
    colour: str = ""
