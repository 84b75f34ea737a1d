"""Above the book: which day, which location, find a customer, book."""

from datetime import date
from typing import Final

from PySide6.QtCore import QDate, QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from desktop.models.book_views import View
from desktop.models.rows import Choice
from desktop.views.build import Button, IconButton, named, row
from desktop.views.choosing import offer_several
from desktop.widgets import theme
from desktop.widgets.elided_combo import ElidedCombo
from desktop.widgets.month_calendar import MonthCalendar
from desktop.widgets.search_box import SearchBox
from desktop.widgets.search_rows import SearchRow

_NEW: Final = "New booking"
_LOCATION: Final = 140
"""Logical pixels that the name of a location has at least, where it takes so many."""
_SPANS: Final = {View.DAY: "day", View.WEEK: "week", View.MONTH: "month", View.AGENDA: "days"}


class DayPicker(QFrame):
    """A month to choose a day from, shown over the window."""

    dayChosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        theme.set_property(self, "role", "popup")
        self._month = MonthCalendar("Choose a day")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(6, 6, 6, 6)
        inside.addWidget(self._month)
        self._month.clicked.connect(self._choose)
        self._month.activated.connect(self._choose)

    def open_at(self, place: QPoint, day: date) -> None:
        """Show the month of a day under a place of the screen."""
        self._month.setSelectedDate(QDate(day.year, day.month, day.day))
        self.move(place)
        self.show()
        self._month.setFocus()

    def set_first_weekday(self, first: int) -> None:
        """0 is Monday (ISO 8601), 6 is Sunday."""
        self._month.setFirstDayOfWeek(Qt.DayOfWeek(first + 1))

    def _choose(self, chosen: QDate) -> None:
        self.hide()
        self.dayChosen.emit(date(chosen.year(), chosen.month(), chosen.day()))


class TopBar(QFrame):
    """Says which day is wanted and who is looked for."""

    todayRequested = Signal()
    dayStepRequested = Signal(int)
    dayChosen = Signal(object)
    locationChosen = Signal(str)
    customerQueried = Signal(str)
    customerChosen = Signal(str)
    newCustomerRequested = Signal(str)
    newBookingRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_property(self, "role", "bar")
        self._day: date | None = None
        self._today = Button("Today")
        self._back, self._on = IconButton("chevron-left", "Previous day"), IconButton("chevron-right", "Next day")
        self._title = Button("", kind="day")
        named(self._title, "Day shown")
        self._picker = DayPicker(self)
        self.location = named(ElidedCombo(_LOCATION), "Location")
        self.location.hide()
        self.search = SearchBox()
        self.search.set_label("Search customers", "Find a customer   Ctrl+F")
        self.search.edit.setObjectName("Search customers")
        self.search.set_create_label("New customer “{text}”")
        self.search.setMinimumWidth(120)
        self.search.setMaximumWidth(250)
        self._new = Button(_NEW, kind="primary", icon_name="plus", tint="accent_text")
        self._new.setToolTip("Book a visit (N)")
        self._words = ("", "")
        self._inside = row(
            self._today,
            row(self._back, self._on, space=0),
            self._title,
            None,
            self.location,
            self.search,
            self._new,
            space=10,
            margins=(20, 10, 20, 10),
        )
        # The search takes what it may before the empty place does.
        self._inside.setStretchFactor(self.search, 100)
        self.setLayout(self._inside)
        # A click here leaves the focus in the book, so that its keys go on working.
        for button in (self._today, self._back, self._on, self._title, self._new):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._connect()

    def _connect(self) -> None:
        self._today.clicked.connect(self.todayRequested)
        self._back.clicked.connect(lambda: self.dayStepRequested.emit(-1))
        self._on.clicked.connect(lambda: self.dayStepRequested.emit(1))
        self._title.clicked.connect(self.pick_day)
        self._picker.dayChosen.connect(self.dayChosen)
        self.location.activated.connect(lambda: self.locationChosen.emit(self.location.currentData()))
        self.search.queryChanged.connect(self.customerQueried)
        self.search.chosen.connect(self._found)
        self.search.createRequested.connect(self._create)
        self._new.clicked.connect(self.newBookingRequested)

    def show_day(self, day: date, words: str, short: str, *, is_today: bool, view: View = View.DAY) -> None:
        """Show which days the book shows; `words` names them in full, `short` stands in where there is no room."""
        self._day = day
        self._words = (words, short)
        self._fit_title()
        self._title.setAccessibleName(f"{_SPANS[view].capitalize()} shown: {words}")
        for button, way in ((self._back, "Previous"), (self._on, "Next")):
            named(button, f"{way} {_SPANS[view]}")
            button.setToolTip(button.accessibleName())
        self._today.setToolTip("The book shows today" if is_today else "Go to today (T)")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_title()

    def _fit_title(self) -> None:
        """Write as much as there is room for: which day it is is what goes last."""
        long, short = self._words
        for day, new in ((long, _NEW), (short, _NEW), (short, "")):
            self._title.setText(day)
            self._new.setText(new)
            self._inside.invalidate()
            if self._inside.minimumSize().width() <= self.width():
                return

    def set_first_weekday(self, first: int) -> None:
        """0 is Monday (ISO 8601), 6 is Sunday."""
        self._picker.set_first_weekday(first)

    def show_locations(self, choices: tuple[Choice, ...], chosen: str) -> None:
        """Offer the locations where there are several."""
        offer_several(self.location, choices, chosen)
        self._fit_title()

    def show_found(self, found: tuple[Choice, ...]) -> None:
        """Offer the customers that were found."""
        self.search.show_rows(
            [SearchRow(id=one.id, title=one.text, detail=one.detail, alert=one.alert) for one in found]
        )

    def pick_day(self) -> None:
        """Open the month."""
        if self._day is not None:
            self._picker.open_at(self._title.mapToGlobal(QPoint(0, self._title.height() + 4)), self._day)

    def allow_more(self, *, allowed: bool) -> None:
        """Whether customers can be looked for, days picked and bookings begun."""
        if not allowed:
            self.search.set_text("")
        for part in (self.search, self._title, self._new):
            part.setEnabled(allowed)

    def focus_search(self) -> None:
        self.search.edit.setFocus()
        self.search.edit.selectAll()

    def _found(self, customer_id: object) -> None:
        self.search.set_text("")
        self.customerChosen.emit(str(customer_id))

    def _create(self, typed: str) -> None:
        self.search.set_text("")
        self.newCustomerRequested.emit(typed)
