"""Of whom and of which days something is wanted."""

from datetime import date

from PySide6.QtCore import QDate, QLocale
from PySide6.QtWidgets import QComboBox, QDateEdit, QWidget

from desktop.models.rows import Choice
from desktop.views.build import column, field, named, row
from desktop.views.date_time_fields import DateField
from desktop.views.patterns import full_day_pattern


class SpanFields(QWidget):
    """A first and a last day, and where there is a choice, whose they are."""

    def __init__(self, first: date, last: date, whose: tuple[Choice, ...] = (), *, locale: str) -> None:
        """`locale`, named as by BCP 47, says how the days are written."""
        super().__init__()
        self.whose = named(QComboBox(), "Whose")
        for one in whose:
            self.whose.addItem(one.text, one.id)
        self.first, self.last = _day("First day", first, locale), _day("Last day", last, locale)
        self.first.dateChanged.connect(self.last.setMinimumDate)
        self.last.setMinimumDate(self.first.date())
        days = row(field("From", self.first), field("Until", self.last), None, space=12)
        self.setLayout(column(field("Whose", self.whose), days, space=12) if whose else days)

    def chosen(self) -> tuple[str, date, date]:
        """The id of whose days are meant, empty where there is no choice; the first and the last of them."""
        first, last = (one.date() for one in (self.first, self.last))
        return (
            self.whose.currentData() or "",
            date(first.year(), first.month(), first.day()),
            date(last.year(), last.month(), last.day()),
        )


def _day(name: str, shown: date, locale: str) -> QDateEdit:
    made = named(DateField(), name)
    made.setCalendarPopup(True)
    made.setLocale(QLocale(locale))
    made.setDisplayFormat(full_day_pattern(locale))
    made.setDate(QDate(shown.year, shown.month, shown.day))
    return made
