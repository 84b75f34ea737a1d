"""Times and dates in words, as the tenant's locale writes them."""

from datetime import date, datetime
from functools import cache

from PySide6.QtCore import QDate, QLocale, QTime

from desktop.widgets.book.axis import DayAxis


@cache
def _locale(name: str) -> QLocale:
    return QLocale(name)


def time_words(instant: datetime, axis: DayAxis, locale: str) -> str:
    """The local time of an instant: `09:30` or `9:30 am`."""
    local = axis.local(instant)
    return _time(local.hour, local.minute, locale)


def span_words(starts: datetime, ends: datetime, axis: DayAxis, locale: str) -> str:
    """The local times of a span: `09:30 – 10:15`."""
    return f"{time_words(starts, axis, locale)} – {time_words(ends, axis, locale)}"


def hour_words(hour: int, locale: str) -> str:
    """A full hour beside the axis: `09:00`, or `9 am` where the locale counts to twelve."""
    said = _time(hour, 0, locale)
    return said if ":00" not in said or "m" not in said.lower() else said.replace(":00", "")


@cache
def _time(hour: int, minute: int, locale: str) -> str:
    return _locale(locale).toString(QTime(hour, minute), QLocale.FormatType.ShortFormat)


def day_words(day: date, locale: str) -> str:
    """The day in full: `Monday, 23 November 2026`."""
    return _locale(locale).toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)
