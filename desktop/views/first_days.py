"""The days around today, to be read while the first download runs."""

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.models.rows import Choice
from desktop.views.build import column, frame, named, row
from desktop.views.day_stepper import DayStepper
from desktop.widgets.banner import Banner
from desktop.widgets.book_rows import BookDay
from desktop.widgets.day_book import DayBook


class FirstDaysView(QWidget):
    """Shows a day of a book in which nothing can be changed yet, and says which one is wanted."""

    stepRequested = Signal(int)
    todayRequested = Signal()
    locationChosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stepper, self.note = DayStepper(), Banner()
        self.book = named(DayBook(), "Day book", "It can be read, and not changed yet.")
        self.book.set_read_only()
        bar = frame("bar", row(self.stepper, margins=(16, 8, 16, 8)))
        inside = column(bar, self.note, self.book, space=0)
        inside.setStretch(2, 1)
        self.setLayout(inside)
        self.stepper.stepRequested.connect(self.stepRequested)
        self.stepper.todayRequested.connect(self.todayRequested)
        self.stepper.locationChosen.connect(self.locationChosen)
        self.book.dayStepRequested.connect(self.stepRequested)

    def show_day(self, day: BookDay, words: str, *, back: bool, on: bool) -> None:
        """Show a day; whether there is one before it and one after it."""
        self.stepper.show_day(words)
        self.stepper.back.setEnabled(back)
        self.stepper.on.setEnabled(on)
        self.book.show_day(day)

    def show_locations(self, choices: tuple[Choice, ...], chosen: str) -> None:
        """Offer the locations where there are several."""
        self.stepper.show_locations(choices, chosen)

    def set_now(self, now: datetime | None) -> None:
        """Move the line that says how late it is."""
        self.book.set_now(now)

    def say(self, words: str, *, kind: str = "info") -> None:
        """Say how these days are to be taken."""
        self.note.show_message(words, kind=kind)
