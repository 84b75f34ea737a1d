"""Lists and calendars that are written at the desk, from the book that is here: they need no server."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.durable import whole_file
from desktop.files.csv_writing import csv_bytes
from desktop.models.rows import Choice
from desktop.presenters.data import UNWRITABLE, offered_file, size_words
from desktop.presenters.link import Link
from desktop.queries import lists
from desktop.queries.lists import Lister
from desktop.queries.setup import Setup
from desktop.queries.visit_calendar import VisitCalendar, calendar_of_resource, calendar_of_visit
from desktop.queries.what_waits import what_waits
from desktop.runtime.qt import Background
from desktop.store.pieces import read_in_pieces
from desktop.store.replica import Replica
from desktop.synced_book import SyncedBook
from desktop.views.export_dialog import ExportDialog
from desktop.views.span_fields import SpanFields
from shared import clock
from shared.dates import Dates
from shared.errors import AppError, Refusal
from shared.rules import wall_time
from shared.texts import sentence
from shared.visits_ics import calendar_bytes

CSV: Final = "CSV files (*.csv)"
ICS: Final = "Calendars (*.ics)"
SAVED: Final = "Saved, {size}. Keep it safe: nothing in it is encrypted."
CUSTOMERS: Final = (
    "Everybody who is in the book, for a spreadsheet: names, phones, e-mails, tags, alerts and the first note. Read in "
    "again it changes nothing."
)
SERVICES: Final = (
    "The price list, for a spreadsheet. Change names, prices or minutes there and import it again: what is empty stays "
    "as it is. What a service needs and who does it otherwise is set under Set-up."
)
BOOKINGS: Final = (
    "Every visit that starts on these days, cancelled ones too, with customers, services and prices. Read in again it "
    "changes nothing."
)
CALENDAR: Final = "The visits of a person, a room or a thing on these days, with the customers’ names, for a calendar."
WAITING: Final = (
    "What was entered at this computer and is not at the server yet, oldest first: when, by whom, what, and all that "
    "was typed. It stays here and is sent all the same, as soon as the server takes it."
)
VISIT: Final = "The visit for its customer’s calendar: what, when, where and with whom. No notes, and no price."
_MONTH: Final = timedelta(days=30)

Writer = Callable[[SyncedBook], bytes]
T = TypeVar("T")


def save_customers(link: Link, window: QWidget, background: Background) -> ExportDialog:
    """Open the dialog for the list of customers."""
    dialog = _dialog("Customers", CUSTOMERS, CSV, window)
    return _open(link, dialog, background, lambda: partial(_csv, lists.customers))


def save_services(link: Link, window: QWidget, background: Background) -> ExportDialog:
    """Open the dialog for the price list."""
    dialog = _dialog("Services", SERVICES, CSV, window)
    return _open(link, dialog, background, lambda: partial(_csv, lists.services))


def save_bookings(link: Link, window: QWidget, background: Background, book: Setup) -> ExportDialog:
    """Open the dialog for the bookings of a span."""
    today = wall_time.local(clock.now(), book.business.zone).date()
    span = SpanFields(today - _MONTH, today + _MONTH, locale=book.business.locale)

    def writer() -> Writer:
        _, first, last = span.chosen()
        return partial(_csv, partial(lists.bookings, first=first, last=last))

    return _open(link, _dialog("Bookings", BOOKINGS, CSV, window, span), background, writer)


def save_calendar(link: Link, window: QWidget, background: Background, book: Setup) -> ExportDialog:
    """Open the dialog for the calendar of a person, a room or a thing."""
    today = wall_time.local(clock.now(), book.business.zone).date()
    owners = tuple(Choice(id=one.id, text=one.name) for one in book.resources)
    span = SpanFields(today, today + _MONTH, owners, locale=book.business.locale)

    def writer() -> Writer:
        whose, first, last = span.chosen()
        return partial(_calendar, partial(calendar_of_resource, resource_id=whose, first=first, last=last))

    return _open(link, _dialog("Calendar", CALENDAR, ICS, window, span), background, writer)


def save_visit(link: Link, window: QWidget, background: Background, visit_id: str) -> ExportDialog:
    """Open the dialog for one visit."""

    def writer() -> Writer:
        return partial(_calendar, partial(calendar_of_visit, visit_id=visit_id))

    return _open(link, _dialog("Visit", VISIT, ICS, window), background, writer)


def save_waiting(link: Link, window: QWidget, background: Background) -> ExportDialog:
    """Open the dialog for what waits at this computer."""

    def write(desk: SyncedBook) -> bytes:
        found = desk.do(what_waits)
        return csv_bytes(found.headings, found.rows)

    return _open(link, _dialog("What waits", WAITING, CSV, window), background, lambda: write)


def _dialog(name: str, text: str, files: str, window: QWidget, options: QWidget | None = None) -> ExportDialog:
    ending, title = (".csv", f"{name} as CSV") if files == CSV else (".ics", f"{name} as calendar file")
    path = str(offered_file(name).with_suffix(ending))
    return ExportDialog(title, text, path, window, files=files, options=options)


def _open(link: Link, dialog: ExportDialog, background: Background, writer: Callable[[], Writer]) -> ExportDialog:
    Saving(link, dialog, background, writer)
    return dialog


class Saving(QObject):
    """One open dialog, and the writing of its file."""

    def __init__(self, link: Link, dialog: ExportDialog, background: Background, writer: Callable[[], Writer]) -> None:
        """`writer` gives, when it is saved, what makes the bytes that the dialog's options ask for."""
        super().__init__(dialog)
        self._link, self._background, self._writer = link, background, writer
        self._dialog: ExportDialog | None = dialog
        dialog.saveRequested.connect(self._save)
        dialog.finished.connect(self._end)
        dialog.ask()

    def _end(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()

    def _save(self, path: str) -> None:
        try:
            file = Path(path).expanduser()
        except RuntimeError:
            file = Path(path)
        desk, writer = self._link.desk, self._writer()

        def job() -> int:
            data = writer(desk)
            with whole_file(file) as written:
                written.write(data)
            return len(data)

        self._link.await_job(self._background.submit(job), self._saved, self._failed)

    def _saved(self, size: int) -> None:
        if self._dialog is not None:
            self._dialog.show_saved(SAVED.format(size=size_words(size)))

    def _failed(self, error: AppError | OSError) -> None:
        if self._dialog is not None:
            self._dialog.show_message(_not_saved(error))


def _csv(lister: Lister, desk: SyncedBook) -> bytes:
    found = read_in_pieces(desk, lister)
    return csv_bytes(found.headings, found.rows)


def _calendar(question: Callable[[Replica], VisitCalendar], desk: SyncedBook) -> bytes:
    calendar = desk.do(question)
    return calendar_bytes(calendar.name, calendar.events, made_at=clock.now())


def _not_saved(error: AppError | OSError) -> str:
    if isinstance(error, OSError):
        return UNWRITABLE.format(why=error.strerror or error)
    if isinstance(error, Refusal):
        return sentence(error.code.value, error.details, Dates(zone="UTC", locale="en-GB"))
    return str(error)
