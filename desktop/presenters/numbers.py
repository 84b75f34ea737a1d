"""The page of figures: for whom it is, of which days, and when they are counted again."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from desktop.models.rows import Choice
from desktop.presenters.book import BookPresenter
from desktop.presenters.edits import Edits
from desktop.presenters.link import Latest, Link
from desktop.presenters.numbers_days import NAMES, OWN, Days, days_of
from desktop.presenters.numbers_file import numbers_csv, numbers_table
from desktop.presenters.numbers_words import days_words, is_empty, numbers_page
from desktop.queries.numbers import material
from desktop.queries.setup import Setup
from desktop.runtime.qt import Background
from desktop.store.pieces import InPieces
from desktop.views.main_window import MainWindow
from shared import clock
from shared.errors import AppError
from shared.model.business import Location
from shared.model.member import Role
from shared.rules import wall_time
from shared.rules.numbers.material import Asked, Material
from shared.rules.numbers.reading import LONGEST
from shared.rules.numbers.report import Numbers, numbers_of
from shared.rules.permissions import Capability, may
from shared.rules.plans import includes

_TABLES: Final = frozenset(
    {
        "appointment", "allocation", "payment", "customer", "resource", "hours_rule", "hours_exception", "time_block",
        "location", "business",
    }
)  # fmt: skip
_COUNTING: Final = "Counting…"
_NOTHING: Final = "Nothing was booked or paid in these days."


class NumbersPresenter(QObject):
    """Reads a piece at a time and counts on another thread; what has changed meanwhile is read once more."""

    def __init__(
        self, link: Link, window: MainWindow, book: BookPresenter, edits: Edits, background: Background, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._link, self._window, self._view, self._book = link, window, window.numbers, book
        self._edits, self._background, self._plans = edits, background, Latest(link)
        self._role, self._in_plan = Role.TENANT_STAFF, False
        self._which = "this_week"
        self._own: Days | None = None
        self._reading: InPieces[Material] | None = None
        self._told: Numbers | None = None
        self._stale = False
        self._view.days.offer([Choice(id=which, text=name) for which, name in NAMES.items()])
        # What somebody else has looked at is not for whoever comes now.
        self._view.forget()
        self._connect()

    def _connect(self) -> None:
        self._link.changed.connect(self._changed)
        self._book.locationChanged.connect(self._moved)
        self._book.setupChanged.connect(self._took_setup)
        self._window.pageShown.connect(self._shown)
        self._view.days.chosen.connect(self._choose)
        self._view.days.daysChosen.connect(self._choose_own)
        self._view.days.locationChosen.connect(self._book.choose_location)
        self._view.copyRequested.connect(self._copy)
        self._view.saveRequested.connect(self._save)
        self._view.bookRequested.connect(self._go_to_book)

    # For whom

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: with the plan it decides whether the page is for them."""
        self._role = role
        self._allow()

    @property
    def _allowed(self) -> bool:
        return self._in_plan and may(self._role, Capability.SEE_REPORTS)

    def _allow(self) -> None:
        allowed = self._allowed
        self._window.navigation.allow_numbers(allowed=allowed)
        self._window.actions_by_name["go_numbers"].setEnabled(allowed)
        if not allowed:
            self._told = self._reading = None
            self._view.forget()
            if self._window.page == "numbers":
                self._window.show_page("book")

    def _took_setup(self, told: Setup) -> None:
        here = self._book.location
        choices = [Choice(id=one.id, text=one.name) for one in told.locations]
        self._view.days.show_locations(choices, here.id if here else "")
        self._ask_plan()

    def _ask_plan(self) -> None:
        def took(features: tuple[str, ...]) -> None:
            self._in_plan = includes(features, Capability.SEE_REPORTS)
            self._allow()

        self._plans.ask(lambda replica: replica.tx().plan().features, took)

    # Which days

    @property
    def days(self) -> Days:
        """The first and the last day that are shown."""
        today = wall_time.local(clock.now(), self._book.words.zone).date()
        setup = self._book.setup
        if self._which == OWN and self._own is not None:
            return self._own
        return days_of(self._which, today, setup.business.first_day_of_week if setup else 0)

    def _choose(self, which: str) -> None:
        if which == OWN:
            # Whoever wants others begins at those that are shown.
            self._own = self.days
        self._which = which
        self.refresh()

    def _choose_own(self, first: date, last: date) -> None:
        last = max(first, last)
        self._own = first, min(last, first + timedelta(days=LONGEST - 1))
        self.refresh()

    def _shown(self, page: str) -> None:
        if page == "numbers":
            self.refresh()

    def _moved(self, location: Location) -> None:
        self._view.days.location.setCurrentIndex(max(0, self._view.days.location.findData(location.id)))
        self.refresh()

    def _changed(self, tables: frozenset[str]) -> None:
        if "plan" in tables:
            self._ask_plan()
        if not tables & _TABLES or self._window.page != "numbers":
            return
        if self._reading is not None:
            # A sync changes something again and again: each reading comes to its end first.
            self._stale = True
        else:
            self.refresh()

    # Counting

    def refresh(self) -> None:
        """Read and count anew."""
        location = self._book.location
        if location is None or not self._allowed or self._window.page != "numbers":
            return
        first, last = self.days
        words, own = self._book.words, self._which == OWN
        self._view.days.show_days(
            self._which, first, last, words=days_words(first, last, words), own=own, locale=words.locale
        )
        self._view.suggest(f"numbers-{first.isoformat()}-{last.isoformat()}.csv")
        self._view.show_busy(_COUNTING)
        self._stale = False
        asked = Asked(location_id=location.id, first=first, last=last)
        reading = self._reading = InPieces(partial(material, asked=asked))
        self._link.ask_in_pieces(
            reading, lambda found: self._count(reading, found), self._lose, lambda: reading is self._reading
        )

    def _count(self, reading: InPieces[Material], found: Material) -> None:
        def counted(told: Numbers) -> None:
            if reading is self._reading:
                self._took(told)

        self._link.await_job(self._background.submit(lambda: numbers_of(found)), counted, self._failed)

    def _took(self, told: Numbers) -> None:
        self._reading, self._told = None, told
        self._view.show_busy("")
        if is_empty(told):
            self._view.show_nothing(_NOTHING)
        else:
            self._view.show_page(numbers_page(told, self._book.words))
        if self._stale:
            self.refresh()

    def _lose(self) -> None:
        self._reading = None
        self._view.show_busy("")

    def _failed(self, error: AppError | OSError) -> None:
        raise error

    # What is taken away

    def _copy(self) -> None:
        if self._told is not None:
            QGuiApplication.clipboard().setText(numbers_table(self._told))
            self._edits.say("Copied as a table.")

    def _save(self, path: str) -> None:
        """Write the figures that are shown as CSV, with the mark by which spreadsheets know UTF-8."""
        if self._told is None:
            return
        file, said = Path(path), self._edits.say
        try:
            file.write_text(numbers_csv(self._told), encoding="utf-8-sig", newline="")
        except OSError as error:
            said(f"The file cannot be written: {error.strerror}.")
        else:
            said(f"Saved as {file.name}.")

    def _go_to_book(self) -> None:
        self._window.show_page("book")
