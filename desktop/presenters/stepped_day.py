"""Which day a page is about, and of which location: today, whichever that is, or the day that was stepped to."""

from datetime import date, timedelta

from PySide6.QtCore import QObject, Signal

from desktop.models.rows import Choice
from desktop.presenters.book import BookPresenter
from desktop.queries.setup import Setup
from desktop.views.day_stepper import DayStepper
from shared import clock
from shared.rules import wall_time


class SteppedDay(QObject):
    """Hears what is wanted of a stepper; the location is the one that the book shows."""

    changed = Signal()

    def __init__(self, stepper: DayStepper, book: BookPresenter, parent: QObject) -> None:
        super().__init__(parent)
        self._stepper, self._book = stepper, book
        self._day: date | None = None
        """None for today, whichever that is."""
        book.setupChanged.connect(self._offer_locations)
        stepper.stepRequested.connect(self._step)
        stepper.todayRequested.connect(self._show_today)
        stepper.locationChosen.connect(book.choose_location)

    @property
    def day(self) -> date:
        """The day that is wanted."""
        return self._day or wall_time.local(clock.now(), self._book.words.zone).date()

    def show(self, day: date) -> None:
        """Name the day that the page shows by now."""
        if self._book.setup is not None:
            self._offer_locations(self._book.setup)
        self._stepper.show_day(self._book.words.day(day))

    def _step(self, days: int) -> None:
        self._day = self.day + timedelta(days=days)
        self.changed.emit()

    def _show_today(self) -> None:
        self._day = None
        self.changed.emit()

    def _offer_locations(self, told: Setup) -> None:
        here = self._book.location
        choices = tuple(Choice(id=one.id, text=one.name) for one in told.locations)
        self._stepper.show_locations(choices, here.id if here else "")
