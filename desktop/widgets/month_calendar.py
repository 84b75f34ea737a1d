"""A month of days to choose from, in the product's look and with a name for each of its parts."""

from typing import Final

from PySide6.QtCore import QDate, QEvent
from PySide6.QtWidgets import QCalendarWidget, QToolButton, QWidget

from desktop.widgets import theme
from desktop.widgets.icons import icon

_PARTS: Final = {
    "qt_calendar_prevmonth": "Previous month", "qt_calendar_nextmonth": "Next month",
    "qt_calendar_monthbutton": "Month", "qt_calendar_yearbutton": "Year", "qt_calendar_yearedit": "Year",
    "qt_calendar_calendarview": "Dates",
}  # fmt: skip
"""What a screen reader says of the parts that Qt gives no name, by their names inside Qt."""
FIRST_DAY: Final = QDate(1900, 1, 1)
LAST_DAY: Final = QDate(2199, 12, 31)
"""Between these a day can be chosen. Qt goes back before the year 1, which Python does not know."""
_ARROWS: Final = {"qt_calendar_prevmonth": "chevron-left", "qt_calendar_nextmonth": "chevron-right"}


class MonthCalendar(QCalendarWidget):
    """Qt's month, whose arrows can be seen on its head in every theme."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(name)
        self.setDateRange(FIRST_DAY, LAST_DAY)
        self.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.ShortDayNames)
        for part in self.findChildren(QWidget):
            if part.objectName() in _PARTS:
                part.setAccessibleName(_PARTS[part.objectName()])
        self._tint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        for button in self.findChildren(QToolButton):
            if button.objectName() in _ARROWS:
                button.setIcon(icon(_ARROWS[button.objectName()], theme.tokens().accent_text))
