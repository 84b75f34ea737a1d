"""A day and a time in fields: typed from the first figure on, and stepped through by the arrow keys."""

import pytest
from PySide6.QtCore import QDate, QDateTime, QLocale, Qt, QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDateTimeEdit
from pytestqt.qtbot import QtBot

from desktop.views.date_time_fields import DateField, DateTimeField
from desktop.views.patterns import day_pattern, full_day_pattern
from desktop.widgets.month_calendar import MonthCalendar

LAST_OF_NOVEMBER = QDate(2026, 11, 30)


@pytest.fixture(params=["en-GB", "en-US"])
def field(request: pytest.FixtureRequest, qtbot: QtBot) -> DateField:
    """The day of a booking, which somebody has come to by Tab."""
    made = DateField()
    made.setLocale(QLocale(request.param))
    made.setDisplayFormat(day_pattern(request.param))
    made.setDate(LAST_OF_NOVEMBER)
    come_to(made, qtbot)
    return made


def come_to(field: QDateTimeEdit, qtbot: QtBot) -> None:
    """Show a field, and go to it by Tab."""
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    qtbot.waitUntil(field.isActiveWindow)
    field.clearFocus()
    field.setFocus(Qt.FocusReason.TabFocusReason)


def test_figures_are_the_days(field: DateField) -> None:
    QTest.keyClicks(field, "12")
    assert field.date() == QDate(2026, 11, 12)


def test_figures_are_the_days_after_a_step_too(field: DateField) -> None:
    QTest.keyClick(field, Qt.Key.Key_Up)
    QTest.keyClicks(field, "12")
    assert field.date() == QDate(2026, 12, 12)


@pytest.mark.parametrize(("key", "by"), [(Qt.Key.Key_Up, 1), (Qt.Key.Key_Down, -1)])
def test_the_arrows_go_day_by_day_past_the_end_of_a_month(field: DateField, key: Qt.Key, by: int) -> None:
    for days in range(1, 40):
        QTest.keyClick(field, key)
        assert field.date() == LAST_OF_NOVEMBER.addDays(by * days)


def test_the_weekday_is_stepped_as_the_day_is(field: DateField) -> None:
    field.setCurrentSectionIndex(0)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.date() == QDate(2026, 12, 1)


def test_a_time_of_a_day_goes_day_by_day_and_hour_by_hour(qtbot: QtBot) -> None:
    field = DateTimeField()
    field.setDisplayFormat(f"{full_day_pattern('en-GB')} HH:mm")
    field.setDateTime(QDateTime(LAST_OF_NOVEMBER, QTime(10, 0)))
    come_to(field, qtbot)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.dateTime() == QDateTime(QDate(2026, 12, 1), QTime(10, 0))
    field.setSelectedSection(QDateTimeEdit.Section.HourSection)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.dateTime() == QDateTime(QDate(2026, 12, 1), QTime(11, 0))


@pytest.mark.parametrize("made", [DateField, DateTimeField])
def test_no_day_can_be_chosen_that_python_does_not_know(made: type[DateField | DateTimeField], qtbot: QtBot) -> None:
    field = made()
    for asked in (QDate(-4714, 1, 1), QDate(9999, 12, 31)):
        field.setDate(asked)
        assert 1900 <= field.date().year() <= 2199


def test_a_calendar_goes_no_further_either(qtbot: QtBot) -> None:
    month = MonthCalendar("Choose a day")
    for asked in (QDate(-4714, 1, 1), QDate(9999, 12, 31)):
        month.setSelectedDate(asked)
        assert 1900 <= month.selectedDate().year() <= 2199
