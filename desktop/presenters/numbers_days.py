"""Which days the page of figures can be asked for by name."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

Days = tuple[date, date]
"""The first and the last, both included."""
OWN: Final = "own"


def _week(today: date, first_weekday: int) -> Days:
    first = today - timedelta(days=(today.weekday() - first_weekday) % 7)
    return first, first + timedelta(days=6)


def _month(day: date) -> Days:
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


NAMES: Final[Mapping[str, str]] = {
    "today": "Today", "this_week": "This week", "last_week": "Last week", "this_month": "This month",
    "last_month": "Last month", OWN: "Other days…",
}  # fmt: skip
"""What a person chooses from, in this order."""
_DAYS: Final[Mapping[str, Callable[[date, int], Days]]] = {
    "today": lambda today, _: (today, today),
    "this_week": _week,
    "last_week": lambda today, first: _week(today - timedelta(days=7), first),
    "this_month": lambda today, _: _month(today),
    "last_month": lambda today, _: _month(today.replace(day=1) - timedelta(days=1)),
}


def days_of(which: str, today: date, first_weekday: int) -> Days:
    """The days of a name; a week begins on `first_weekday`, 0 for Monday (ISO 8601)."""
    return _DAYS[which](today, first_weekday)
