"""Fields of dates and times that are one stop of Tab each; the arrow keys go through their parts."""

from typing import cast

from PySide6.QtWidgets import QDateEdit, QDateTimeEdit, QTimeEdit, QWidget


class _OneStop:
    """Stands before a class of Qt's that would stop at the day, the month, the year, the hour and the minute."""

    def focusNextPrevChild(self, on: bool) -> bool:  # noqa: FBT001 - as Qt calls it
        return QWidget.focusNextPrevChild(cast(QWidget, self), on)


class DateField(_OneStop, QDateEdit):
    """A day."""


class TimeField(_OneStop, QTimeEdit):
    """A time of day."""


class DateTimeField(_OneStop, QDateTimeEdit):
    """A time of a day."""
