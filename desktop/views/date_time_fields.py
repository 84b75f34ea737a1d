"""Fields of dates and times that are one stop of Tab each; the arrow keys go through their parts."""

from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDateEdit, QDateTimeEdit, QTimeEdit, QWidget

from desktop.widgets.month_calendar import FIRST_DAY, LAST_DAY

_DAY = QDateTimeEdit.Section.DaySection
"""To Qt the weekday is a day too."""
_BY_TAB = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class _OneStop:
    """Stands before a class of Qt's that would stop at the day, the month, the year, the hour and the minute."""

    def focusNextPrevChild(self, on: bool) -> bool:  # noqa: FBT001 - as Qt calls it
        return QWidget.focusNextPrevChild(cast(QWidget, self), on)


class _OfDays(_OneStop):
    """The same where there is a day: who comes by Tab types its figures, and goes on from the end of a month.

    Qt begins at the weekday, where figures are lost, and from Monday the 30th it steps to Tuesday the 24th.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)  # type: ignore[call-arg]
        # What is chosen is reckoned with: a day after the last of the year 9999 there is not.
        cast(QDateTimeEdit, self).setDateRange(FIRST_DAY, LAST_DAY)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)  # type: ignore[misc]
        field = cast(QDateTimeEdit, self)
        if event.reason() in _BY_TAB:
            days = [place for place in range(field.sectionCount()) if field.sectionAt(place) == _DAY]
            self._go_to(days[-1])

    def stepBy(self, steps: int) -> None:
        field = cast(QDateTimeEdit, self)
        if field.currentSection() != _DAY:
            super().stepBy(steps)  # type: ignore[misc]
            return
        place = field.currentSectionIndex()
        field.setDate(field.date().addDays(steps))
        self._go_to(place)

    def _go_to(self, place: int) -> None:
        """Select one of what is called the day, so that it is typed over."""
        field = cast(QDateTimeEdit, self)
        field.setCurrentSectionIndex(place)
        field.setSelectedSection(_DAY)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Both ways: the end of a month is the end of nothing."""
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled


class DateField(_OfDays, QDateEdit):
    """A day."""


class TimeField(_OneStop, QTimeEdit):
    """A time of day."""


class DateTimeField(_OfDays, QDateTimeEdit):
    """A time of a day."""
