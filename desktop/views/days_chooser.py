"""Which days a page is about: some that are asked for again and again, or any others."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QDate, QLocale, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QHBoxLayout, QWidget

from desktop.models.rows import Choice
from desktop.views.build import label, named, part, row
from desktop.views.choosing import choose, offer_several
from desktop.views.date_time_fields import DateField
from desktop.widgets.month_calendar import MonthCalendar


class DaysChooser(QWidget):
    """Shows what it is told, and says what is wanted."""

    chosen = Signal(str)
    """The id of some days, as `offer` has them."""
    daysChosen = Signal(object, object)
    """Two dates, both included."""
    locationChosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.which = named(QComboBox(), "Which days")
        self.first, self.last = named(DateField(), "From"), named(DateField(), "To")
        for one, name in ((self.first, "First day"), (self.last, "Last day")):
            one.setCalendarPopup(True)
            one.setCalendarWidget(MonthCalendar(name))
            one.setDisplayFormat("d MMM yyyy")
            one.setKeyboardTracking(False)
            one.dateChanged.connect(self._picked)
        self._own = part(row(self.first, label("to", "muted"), self.last))
        self._own.hide()
        self.title = label("", "title")
        self.location = named(QComboBox(), "Location")
        self.location.hide()
        inside = QHBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(10)
        for widget in (self.which, self._own, self.title):
            inside.addWidget(widget)
        inside.addStretch(1)
        inside.addWidget(self.location)
        self.which.activated.connect(lambda: self.chosen.emit(str(self.which.currentData())))
        self.location.activated.connect(lambda: self.locationChosen.emit(str(self.location.currentData())))

    def offer(self, choices: Sequence[Choice]) -> None:
        """Offer these, in this order."""
        self.which.clear()
        for one in choices:
            self.which.addItem(one.text, one.id)
        self.which.setMinimumWidth(self.which.sizeHint().width())

    def show_days(self, which: str, first: date, last: date, *, words: str, own: bool, locale: str) -> None:
        """Show which days are chosen, in words; where a person's `own` are, two fields to choose others."""
        choose(self.which, which)
        self.title.setText(words)
        self.title.setAccessibleName(f"Days shown: {words}")
        self._own.setVisible(own)
        # The fields say it, too.
        self.title.setVisible(not own)
        for editor, day in ((self.first, first), (self.last, last)):
            editor.blockSignals(True)
            editor.setLocale(QLocale(locale))
            editor.setDate(QDate(day.year, day.month, day.day))
            editor.blockSignals(False)

    def show_locations(self, choices: Sequence[Choice], chosen: str) -> None:
        """Offer the locations where there are several."""
        offer_several(self.location, choices, chosen)

    def _picked(self) -> None:
        self.daysChosen.emit(*(_day(one) for one in (self.first, self.last)))


def _day(editor: QDateEdit) -> date:
    shown = editor.date()
    return date(shown.year(), shown.month(), shown.day())
