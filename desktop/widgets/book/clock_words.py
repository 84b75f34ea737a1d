"""Times and dates in words, as the tenant's locale writes them."""

from datetime import date, datetime
from functools import cache

from PySide6.QtCore import QDate, QLocale

from desktop.widgets.book.axis import DayAxis
from shared.dates import style_of, time_text


@cache
def _locale(name: str) -> QLocale:
    return QLocale(name)


def time_words(instant: datetime, axis: DayAxis, locale: str) -> str:
    """The local time of an instant: `09:30` or `9:30 AM`."""
    local = axis.local(instant)
    return time_text(local.hour, local.minute, locale)


def span_words(starts: datetime, ends: datetime, axis: DayAxis, locale: str) -> str:
    """The local times of a span: `09:30 – 10:15`."""
    return f"{time_words(starts, axis, locale)} – {time_words(ends, axis, locale)}"


def hour_words(hour: int, locale: str) -> str:
    """A full hour beside the axis: `09:00`, or `9 AM` where the locale counts to twelve."""
    said = time_text(hour, 0, locale)
    return said.replace(":00", "") if style_of(locale).halves else said


def day_words(day: date, locale: str) -> str:
    """The day in full: `Monday, 23 November 2026`."""
    return _locale(locale).toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)
