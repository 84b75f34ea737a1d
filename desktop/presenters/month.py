"""The month as load: how many visits each day has, and how much of its open time they take."""

from datetime import date
from typing import Final

from PySide6.QtCore import QObject

from desktop.models.book_views import View
from desktop.models.month_rows import MonthCell
from desktop.presenters.book import BookPresenter
from desktop.presenters.book_day import visits_words
from desktop.presenters.book_span import WEEK, month_of
from desktop.presenters.link import Latest, Link
from desktop.presenters.words import Words
from desktop.queries.month_load import MonthLoad, month_load
from desktop.views.month_view import MonthView
from shared.dates import weekday_text
from shared.model.base import ResourceId
from shared.rules import wall_time
from shared.rules.load import Load

_TABLES: Final = frozenset(
    {"appointment", "allocation", "hours_rule", "hours_exception", "time_block", "resource", "location", "business"}
)


class MonthPresenter(QObject):
    """Shows the month of the book's day while the book is shown as one."""

    def __init__(self, link: Link, view: MonthView, book: BookPresenter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._book = view, book
        self._questions = Latest(link)
        self._asked: object = None
        """What was asked for last."""
        self._only: ResourceId | None = None
        view.show_month((), (), book.day)
        link.changed.connect(self._changed)
        view.dayOpened.connect(self._open)
        view.dayMoved.connect(self._move)

    def show(self, only: ResourceId | None) -> None:
        """Show the month of the book's day, of all columns or of one resource."""
        self._only = only
        self._view.show_current(self._book.day)
        if self._wish() != self._asked:
            self.refresh()

    def _wish(self) -> object:
        book = self._book
        here = book.location.id if book.location else ""
        return here, month_of(book.day, book.first_weekday), book.shown_columns, self._only

    def refresh(self) -> None:
        """Ask for the month again."""
        location, only, shown = self._book.location, self._only, self._book.shown_columns
        if location is not None and self._book.view is View.MONTH:
            self._asked = self._wish()
            days = month_of(self._book.day, self._book.first_weekday)
            self._questions.ask(lambda replica: month_load(replica, days, location, shown, only), self._took)

    def _changed(self, tables: frozenset[str]) -> None:
        if tables & _TABLES:
            self.refresh()

    def _took(self, told: MonthLoad) -> None:
        book = self._book
        if told.days != month_of(book.day, book.first_weekday):
            return
        today = wall_time.local(told.now, told.location.zone).date()
        cells = tuple(
            cell_of(day, load, book.words, month=book.day.month, today=today)
            for day, load in zip(told.days, told.loads, strict=True)
        )
        self._view.show_month(cells, tuple(weekday_text(day) for day in told.days[:WEEK]), book.day)

    def _open(self, day: date) -> None:
        self._book.open_day(day)

    def _move(self, day: date) -> None:
        if day.month == self._book.day.month and day != self._book.day:
            self._book.show_day(day)


def cell_of(day: date, load: Load, words: Words, *, month: int, today: date) -> MonthCell:
    """How a day of the month is shown; `month` is the month itself, whose days stand among others."""
    share = "Closed" if load.is_closed else f"{round(load.share * 100)} %"
    visits = visits_words(load.visits)
    booked = "closed" if load.is_closed else f"{share} booked"
    said = (words.day(day), "today" if day == today else "", visits, booked)
    return MonthCell(
        day=day,
        number=str(day.day),
        visits=visits if load.visits else "",
        count=str(load.visits) if load.visits else "",
        load=share,
        share=load.share,
        is_closed=load.is_closed,
        is_today=day == today,
        is_beside=day.month != month,
        spoken=", ".join(part for part in said if part),
    )
