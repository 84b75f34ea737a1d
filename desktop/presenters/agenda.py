"""The agenda: the visits of the coming days, read as far as somebody scrolls."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Final

from PySide6.QtCore import QObject

from desktop.models.agenda_rows import AgendaRow
from desktop.models.book_views import View
from desktop.models.rows import Choice
from desktop.presenters.book import SHOWN, BookPresenter
from desktop.presenters.book_day import REPEATS, spoken_of, visits_words
from desktop.presenters.link import Latest, Link
from desktop.presenters.words import STATUS, Words
from desktop.queries.agenda import AgendaPart, AgendaWish, agenda
from desktop.queries.day_book import Booking
from desktop.views.agenda_view import AgendaView
from shared.model.appointment import Status
from shared.model.base import ResourceId
from shared.rules import status, wall_time

LENGTHS: Final = ((7, "1 week"), (14, "2 weeks"), (31, "31 days"))
_PAGE: Final = 200
"""So many visits are read at first, and whenever somebody has scrolled to their end."""
_STATUSES: Final = (
    Status.REQUESTED, Status.BOOKED, Status.CONFIRMED, Status.ARRIVED, Status.IN_SERVICE, Status.COMPLETED,
    Status.NO_SHOW,
)  # fmt: skip


class AgendaPresenter(QObject):
    """Lists the visits from the book's day on while the book is shown as an agenda."""

    def __init__(self, link: Link, view: AgendaView, book: BookPresenter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._book = view, book
        self._questions = Latest(link)
        self._wish = AgendaWish()
        self._days: tuple[date, ...] = ()
        self._parts: tuple[AgendaPart, ...] = ()
        self._wanted = _PAGE
        """How many visits are wanted so far."""
        self._select: str | None = None
        self._shown: object = None
        """Which days of whom were shown last."""
        statuses = tuple(Choice(id=one.value, text=STATUS[one]) for one in _STATUSES)
        view.show_choices((Choice(id="", text="Any status"), *statuses), LENGTHS)
        link.changed.connect(self._changed)
        view.moreWanted.connect(self._more)
        view.narrowed.connect(self._narrow)

    def show(self, only: ResourceId | None, selected: str | None = None) -> None:
        """List from the book's day on, of all columns or of one resource; choose a visit, where it is listed."""
        self._wish = replace(self._wish, only=only)
        self._select = selected
        here = (self._book.location, self._book.days, self._book.shown_columns, only)
        if here == self._shown:
            self.refresh()
        else:
            self._shown = here
            self._begin()

    def _narrow(self, chosen: str, text: str) -> None:
        self._wish = replace(self._wish, status=Status(chosen) if chosen else None, text=text)
        self._begin()

    def _begin(self) -> None:
        self._wanted = _PAGE
        self.refresh()

    def refresh(self) -> None:
        """Read what is listed again: as much as was read before."""
        if self._book.view is View.AGENDA:
            self._wish = replace(self._wish, shown=self._book.shown_columns)
            self._days = self._book.days
            self._view.show_length(self._book.length)
            self._read((), self._days)

    def _more(self) -> None:
        self._wanted = sum(len(one.bookings) for one in self._parts) + _PAGE
        self._read(self._parts, self._left(self._parts))

    def _changed(self, tables: frozenset[str]) -> None:
        if tables & SHOWN:
            self.refresh()

    # Reading, part by part

    def _left(self, parts: tuple[AgendaPart, ...]) -> tuple[date, ...]:
        return tuple(day for day in self._days if not parts or day > parts[-1].through)

    def _read(self, before: tuple[AgendaPart, ...], days: tuple[date, ...]) -> None:
        location, wish = self._book.location, self._wish
        enough = self._wanted - sum(len(one.bookings) for one in before)
        if location is None or not days:
            return

        def took(part: AgendaPart) -> None:
            self._took((*before, part))

        self._questions.ask(lambda replica: agenda(replica, days, location, wish, enough), took)

    def _took(self, parts: tuple[AgendaPart, ...]) -> None:
        left = self._left(parts)
        if left and sum(len(one.bookings) for one in parts) < self._wanted:
            self._read(parts, left)
            return
        self._parts = parts
        names = parts[-1].names
        bookings = tuple(one for part in parts for one in part.bookings)
        self._book.listed = bookings
        if not bookings and not left:
            narrowed = bool(self._wish.text or self._wish.status)
            self._view.show_nothing("Nothing here is like that." if narrowed else "Nobody comes on these days.")
            return
        summary = f"{visits_words(len(bookings))}{' so far' if left else ''}"
        self._view.show_rows(tuple(rows_of(bookings, self._book.words, names)), summary, more=bool(left))
        self._view.choose(self._select)
        self._select = None


def rows_of(bookings: Iterable[Booking], words: Words, names: Mapping[str, str]) -> Iterator[AgendaRow]:
    """Visits in order under the headings of their days."""
    for day, group in groupby(bookings, key=lambda one: wall_time.local(one.span.start, words.zone).date()):
        found = list(group)
        yield AgendaRow(title=f"{words.day(day)}  ·  {visits_words(len(found))}", day=day.isoformat())
        yield from (_row(one, words, names) for one in found)


def _row(one: Booking, words: Words, names: Mapping[str, str]) -> AgendaRow:
    people = dict.fromkeys(names.get(piece.resource_id, "") for piece in one.pieces)
    note = "Not accepted" if one.refused else "Not yet accepted" if one.pending else ""
    return AgendaRow(
        id=one.id,
        title=words.span(one.span),
        customer=one.customer_name,
        service=" ".join(part for part in (one.service, REPEATS if one.repeats else "") if part),
        people=", ".join(name for name in people if name),
        status=" · ".join(part for part in (STATUS[one.status], note) if part),
        sign=one.status.value,
        pending=one.pending,
        refused=bool(one.refused),
        over=one.status not in status.OPEN,
        spoken=spoken_of(one, words, names),
    )
