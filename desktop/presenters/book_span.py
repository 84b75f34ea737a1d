"""Which days a view of the book shows, what the step from one to the next is, and how its days are called."""

import calendar
from datetime import date, timedelta
from typing import Final

from desktop.models.book_views import View
from desktop.presenters.words import Words

WEEK: Final = 7
_WEEKS_OF_MONTH: Final = 6


def week_of(day: date, first_weekday: int) -> tuple[date, ...]:
    """The seven days around a day; `first_weekday` is 0 for Monday (ISO 8601), 6 for Sunday."""
    first = day - timedelta(days=(day.weekday() - first_weekday) % WEEK)
    return tuple(first + timedelta(days=number) for number in range(WEEK))


def month_of(day: date, first_weekday: int) -> tuple[date, ...]:
    """The whole weeks that hold the month of a day: always six, so that the grid stays what it is."""
    first = week_of(day.replace(day=1), first_weekday)[0]
    return tuple(first + timedelta(days=number) for number in range(WEEK * _WEEKS_OF_MONTH))


def days_of(day: date, view: View, first_weekday: int, length: int) -> tuple[date, ...]:
    """The days of a view in order: of the month, too, without those around it; `length` is the agenda's."""
    if view is View.WEEK:
        return week_of(day, first_weekday)
    if view is View.MONTH:
        count = calendar.monthrange(day.year, day.month)[1]
        return tuple(day.replace(day=number) for number in range(1, count + 1))
    return tuple(day + timedelta(days=number) for number in range(length if view is View.AGENDA else 1))


def stepped(day: date, view: View, steps: int, length: int) -> date:
    """The day so many spans of the view on; the same day of the month, or the last where it has fewer."""
    if view is View.MONTH:
        months = day.year * 12 + day.month - 1 + steps
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
    return day + timedelta(days=steps * {View.WEEK: WEEK, View.AGENDA: length}.get(view, 1))


def title_of(days: tuple[date, ...], view: View, words: Words) -> tuple[str, str]:
    """The days of a view in full, and as short as can be."""
    if view is View.DAY:
        return words.day(days[0]), words.short_day(days[0])
    if view is View.MONTH:
        return words.month(days[0]), words.month(days[0])
    return f"{words.full_date(days[0])} – {words.full_date(days[-1])}", words.short_day(days[0])
