"""Files of other programs: chosen in a dialog, rehearsed, and taken once they have been looked at."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.files.calendar_ics import read_calendar
from desktop.files.customers_csv import read_customers
from desktop.files.verdict import Verdict
from desktop.models.rows import Choice, ImportLine
from desktop.operations.importing import (
    Plan,
    ReportLine,
    Target,
    plan_customers,
    plan_events,
    sentences_of,
    take_file,
)
from desktop.presenters.link import Link
from desktop.queries.phones import region_of
from desktop.queries.setup import Setup
from desktop.runtime.qt import Background
from desktop.views.import_dialog import ImportDialog
from shared import clock
from shared.errors import AppError

T = TypeVar("T")

Read = tuple[tuple[str, ...], tuple[Plan, ...], str]
"""What a file says as a whole, its rows' plans, and the zone of the sentences about them."""
Reader = Callable[[bytes], Read]

_CSV = "Customer lists (*.csv *.txt *.tsv);;All files (*)"
_ICS = "Calendars (*.ics *.ical *.ifb);;All files (*)"
_MOST_BYTES = 60_000_000
UNREADABLE = "The file cannot be opened: {why}."
DONE = "{made:,} entries were made or changed in the book. The server gets them as soon as it can be reached."


def import_customers(link: Link, window: QWidget, background: Background, book: Setup) -> None:
    """Open the dialog for a list of customers."""

    def read(contents: bytes) -> Read:
        file = read_customers(contents, region=region_of(book.business))
        return sentences_of(file.notes), plan_customers(file), book.business.zone

    Importing(link, ImportDialog("Import customers…", _CSV, window), background, lambda: read)


def import_calendar(link: Link, window: QWidget, background: Background, book: Setup) -> None:
    """Open the dialog for a calendar."""
    dialog = ImportDialog("Import calendar…", _ICS, window)
    dialog.offer(
        tuple(Choice(id=one.id, text=one.name) for one in book.resources),
        tuple(Choice(id=one.id, text=one.name) for one in book.services),
    )

    def chosen() -> Reader:
        target = _target(book, *dialog.options())

        def read(contents: bytes) -> Read:
            file = read_calendar(contents, zone=target.location.zone, now=clock.now())
            return (
                sentences_of(file.notes),
                plan_events(file, target, locale=book.business.locale),
                target.location.zone,
            )

        return read

    Importing(link, dialog, background, chosen)


class Importing(QObject):
    """One open dialog: its file, what would become of it, and the taking of it."""

    def __init__(self, link: Link, dialog: ImportDialog, background: Background, reader: Callable[[], Reader]) -> None:
        """`reader` gives, whenever a file is read, the way to read it that the dialog's options ask for."""
        super().__init__(dialog)
        self._link, self._dialog, self._background, self._reader = link, dialog, background, reader
        self._path = ""
        self._asked = 0
        self._read: Read | None = None
        dialog.fileChosen.connect(self._choose)
        dialog.optionsChanged.connect(lambda *_: self._rehearse())
        dialog.importRequested.connect(self._take)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _choose(self, path: str) -> None:
        self._path = path
        self._rehearse()

    def _rehearse(self) -> None:
        """Say what would become of the file; only the answer to the last question is shown."""
        if not self._path:
            return
        self._asked += 1
        asked, path, read = self._asked, Path(self._path), self._reader()
        self._dialog.show_progress("Reading the file…", 0, 0)

        def job() -> tuple[Read, Sequence[ReportLine]]:
            with path.open("rb") as opened:
                found = read(opened.read(_MOST_BYTES))
            return found, take_file(self._link.desk, found[1], zone=found[2], keep=False)

        def show(told: tuple[Read, Sequence[ReportLine]]) -> None:
            if asked == self._asked:
                self._read, lines = told
                shown = shown_lines(self._read[0], lines)
                self._dialog.show_lines(shown, can_import=any(line.made for line in lines))

        self._run(self._background.submit(job), show)

    def _take(self) -> None:
        if self._read is None:
            return
        notes, plans, zone = self._read
        self._dialog.show_progress("Importing…", 0, 0)

        def show(lines: Sequence[ReportLine]) -> None:
            self._dialog.show_lines(shown_lines(notes, lines), can_import=False)
            self._dialog.show_done(DONE.format(made=sum(line.made for line in lines)))

        self._run(self._background.submit(lambda: take_file(self._link.desk, plans, zone=zone)), show)

    def _run(self, future: "Future[T]", then: Callable[[T], None]) -> None:
        def failed(error: AppError | OSError) -> None:
            plain = UNREADABLE.format(why=error.strerror) if isinstance(error, OSError) else str(error)
            self._dialog.show_message(plain)

        self._link.await_job(future, then, failed)


def shown_lines(notes: Sequence[str], lines: Sequence[ReportLine]) -> tuple[ImportLine, ...]:
    """The report as the dialog shows it; what is to say of the whole file stands first."""
    whole = [ImportLine(line=1, verdict=Verdict.CHANGED.value, what="The file", why=said) for said in notes]
    rows = [
        ImportLine(line=line.number, verdict=line.verdict.value, what=line.what, why=" ".join(line.sentences))
        for line in lines
    ]
    return (*whole, *rows)


def _target(book: Setup, resource_id: str, service_id: str) -> Target:
    resource = next(one for one in book.resources if one.id == resource_id)
    return Target(
        resource=resource,
        location=next(one for one in book.locations if one.id == resource.location_id),
        service=next((one for one in book.services if one.id == service_id), None),
    )
