"""Files of other programs: chosen in a dialog, rehearsed, and taken once they have been looked at."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.files.bookings_csv import BOOKINGS, read_bookings
from desktop.files.calendar_ics import read_calendar
from desktop.files.columns import Chosen, Kind
from desktop.files.customer_columns import CUSTOMERS
from desktop.files.customers_csv import read_customers
from desktop.files.services_csv import SERVICES, read_services
from desktop.files.table import MOST_BYTES, Column, NotAllColumns
from desktop.files.verdict import Verdict
from desktop.models.rows import Choice, ImportColumn, ImportLine
from desktop.operations.import_bookings import plan_bookings
from desktop.operations.import_services import plan_services
from desktop.operations.importing import (
    Plan,
    ReportLine,
    Target,
    WhileWanted,
    plan_customers,
    plan_events,
    rehearse_file,
    sentences_of,
    take_file,
)
from desktop.presenters.link import Link
from desktop.queries.phones import region_of
from desktop.queries.setup import Setup
from desktop.runtime.qt import Background
from desktop.store.pieces import Asked, read_in_pieces
from desktop.views.import_dialog import ImportDialog
from shared import clock
from shared.dates import style_of
from shared.errors import AppError
from shared.model.base import value


@value
class Found:
    """What a file says: as a whole, its rows' plans, the zone of the sentences about them, and its columns."""

    notes: tuple[str, ...]
    plans: tuple[Plan, ...]
    zone: str
    columns: tuple[Column, ...] = ()


Reader = Callable[[Asked, bytes, Chosen], Found]
"""Reads a file's bytes, with what a person said of its columns; on a thread that may wait for the desk's answers."""

Say = Callable[[str], None]
"""Tells what was done."""

_CSV = "Lists (*.csv *.txt *.tsv);;All files (*)"
_ICS = "Calendars (*.ics *.ical *.ifb);;All files (*)"
UNREADABLE = "The file cannot be opened: {why}."
FAR = "Reading the file: {done:,} of {total:,} rows"
_SENT = "What was imported goes to the server as soon as it can be reached."
NOBODY_THERE = "Nobody and nothing can be booked here yet whose time a calendar could take."
_AGAIN = "Import the file again to see why: what is here already is left alone."
_TAKEN = frozenset({Verdict.TAKEN, Verdict.CHANGED, Verdict.UPDATED})


def import_customers(link: Link, window: QWidget, background: Background, book: Setup, say: Say) -> None:
    """Open the dialog for a list of customers."""

    def read(desk: Asked, contents: bytes, chosen: Chosen) -> Found:
        file = read_customers(contents, region=region_of(book.business), chosen=chosen)
        plans, notes = plan_customers(file), sentences_of(file.notes)
        return Found(notes=notes, plans=plans, zone=book.business.zone, columns=file.columns)

    dialog = ImportDialog("Import customers…", _CSV, window)
    Importing(link, dialog, background, lambda: read, say=say, kind=CUSTOMERS)


def import_services(link: Link, window: QWidget, background: Background, book: Setup, say: Say) -> None:
    """Open the dialog for a price list."""

    def read(desk: Asked, contents: bytes, chosen: Chosen) -> Found:
        file = read_services(contents, currency=book.business.currency, chosen=chosen)
        plans = desk.do(lambda replica: plan_services(replica, file))
        return Found(notes=sentences_of(file.notes), plans=plans, zone=book.business.zone, columns=file.columns)

    dialog = ImportDialog("Import services…", _CSV, window)
    Importing(link, dialog, background, lambda: read, say=say, kind=SERVICES)


def import_bookings(link: Link, window: QWidget, background: Background, book: Setup, say: Say) -> None:
    """Open the dialog for a list of bookings."""

    def read(desk: Asked, contents: bytes, chosen: Chosen) -> Found:
        business = book.business
        file = read_bookings(contents, month_first=style_of(business.locale).month_first, chosen=chosen)
        plans = read_in_pieces(desk, partial(plan_bookings, file=file, region=region_of(business)))
        return Found(notes=sentences_of(file.notes), plans=plans, zone=business.zone, columns=file.columns)

    dialog = ImportDialog("Import bookings…", _CSV, window)
    Importing(link, dialog, background, lambda: read, say=say, kind=BOOKINGS)


def import_calendar(link: Link, window: QWidget, background: Background, book: Setup, say: Say) -> None:
    """Open the dialog for a calendar."""
    dialog = ImportDialog("Import calendar…", _ICS, window)
    dialog.offer(
        tuple(Choice(id=one.id, text=one.name) for one in book.resources_at_work),
        tuple(Choice(id=one.id, text=one.name) for one in book.services),
    )

    def reader() -> Reader:
        resource, service = dialog.options()
        if not resource:
            return _for_nobody
        target = _target(book, resource, service)

        def read(desk: Asked, contents: bytes, chosen: Chosen) -> Found:
            file = read_calendar(contents, zone=target.location.zone, now=clock.now())
            plans = plan_events(file, target, locale=book.business.locale)
            return Found(notes=sentences_of(file.notes), plans=plans, zone=target.location.zone)

        return read

    Importing(link, dialog, background, reader, say=say)


class Importing(QObject):
    """One open dialog: its file, what would become of it, and the taking of it."""

    def __init__(
        self, link: Link, dialog: ImportDialog, background: Background, reader: Callable[[], Reader],
        *, say: Say, kind: Kind | None = None,
    ) -> None:  # fmt: skip
        """`reader` gives, whenever a file is read, the way to read it that the dialog's options ask for.

        `kind` says what columns it may have, where it has any. `say` tells what was done once the dialog is closed.
        """
        super().__init__(dialog)
        roles = {} if kind is None else kind.roles
        self._roles = tuple(Choice(id=role, text=text) for role, text in roles.items())
        self._chosen: dict[int, str] = {}
        self._link, self._dialog, self._background, self._reader = link, dialog, background, reader
        self._say = say
        self._path = ""
        self._asked = 0
        self._is_left = False
        self._found: Found | None = None
        dialog.fileChosen.connect(self._choose)
        dialog.optionsChanged.connect(lambda *_: self._rehearse())
        dialog.columnChanged.connect(self._say_column)
        dialog.importRequested.connect(self._take)
        dialog.finished.connect(self._leave)
        dialog.open()

    def _leave(self) -> None:
        """A rehearsal, for which nobody waits any more, ends; what is being taken is taken to its end."""
        self._asked += 1
        self._is_left = True
        self._dialog.deleteLater()

    def _choose(self, path: str) -> None:
        self._path, self._chosen = path, {}
        self._rehearse()

    def _say_column(self, position: int, role: str) -> None:
        self._chosen = self._chosen | {position: role}
        self._rehearse()

    def _rehearse(self) -> None:
        """Say what would become of the file; only the answer to the last question is shown."""
        if not self._path:
            return
        self._asked += 1
        asked, path, read, chosen = self._asked, Path(self._path), self._reader(), self._chosen
        desk = WhileWanted(self._link.desk, lambda: asked == self._asked and self._link.is_open)
        self._dialog.show_progress("Reading the file…", 0, 0)

        def job() -> tuple[Found, Sequence[ReportLine]]:
            with path.open("rb") as opened:
                found = read(desk, opened.read(MOST_BYTES), chosen)
            told = partial(self._tell_how_far, asked, len(found.plans))
            return found, rehearse_file(desk, found.plans, zone=found.zone, told=told)

        def show(told: tuple[Found, Sequence[ReportLine]]) -> None:
            if asked == self._asked:
                self._found, lines = told
                self._show_columns(self._found.columns)
                shown = shown_lines(self._found.notes, lines)
                self._dialog.show_lines(shown, can_import=any(line.made for line in lines))

        def failed(error: AppError | OSError) -> None:
            if asked == self._asked:
                self._found = None
                self._say_unreadable(error)

        self._link.await_job(self._background.submit(job), show, failed)

    def _tell_how_far(self, asked: int, total: int, done: int) -> None:
        def show() -> None:
            if asked == self._asked:
                self._dialog.show_progress(FAR.format(done=done, total=total), done, total)

        self._link.tell(show)

    def _show_columns(self, columns: Sequence[Column]) -> None:
        shown = (ImportColumn(heading=one.heading, sample=one.sample, role=one.role) for one in columns)
        self._dialog.show_columns(tuple(shown), self._roles)

    def _say_unreadable(self, error: AppError | OSError) -> None:
        self._dialog.show_message(_words_of(error))
        missing = error.columns if isinstance(error, NotAllColumns) else ()
        self._show_columns(missing)
        if missing:
            self._dialog.open_columns()

    def _take(self) -> None:
        if self._found is None:
            return
        found, title = self._found, self._dialog.windowTitle().rstrip("…")
        self._dialog.show_progress("Importing…", 0, 0)

        def show(lines: Sequence[ReportLine]) -> None:
            said = taken_words(lines)
            if not self._is_left:
                self._dialog.show_lines(shown_lines(found.notes, lines), can_import=False)
                self._dialog.show_done(said)
            elif any(line.verdict is Verdict.REFUSED for line in lines):
                self._link.faulted.emit(f"{title}: {said} {_AGAIN}")
            else:
                self._say(f"{title}: {said}")

        def failed(error: AppError | OSError) -> None:
            if self._is_left:
                self._link.faulted.emit(_words_of(error))
            else:
                self._dialog.show_message(_words_of(error))

        job = self._background.submit(lambda: take_file(self._link.desk, found.plans, zone=found.zone))
        self._link.await_job(job, show, failed)


def taken_words(lines: Sequence[ReportLine]) -> str:
    """How much of a file was taken, by its rows: what is in the book already is neither taken nor refused."""
    taken, refused = (sum(line.verdict in kinds for line in lines) for kinds in (_TAKEN, frozenset({Verdict.REFUSED})))
    said = f"{_rows(taken)} imported, {_were(refused)} refused." if refused else f"{_rows(taken)} imported."
    return f"{said} {_SENT}" if taken else said


def _rows(count: int) -> str:
    return "1 row was" if count == 1 else f"{count:,} rows were"


def _were(count: int) -> str:
    return "1 was" if count == 1 else f"{count:,} were"


def _words_of(error: AppError | OSError) -> str:
    return UNREADABLE.format(why=error.strerror) if isinstance(error, OSError) else str(error)


def shown_lines(notes: Sequence[str], lines: Sequence[ReportLine]) -> tuple[ImportLine, ...]:
    """The report as the dialog shows it; what is to say of the whole file stands first."""
    whole = [ImportLine(line=None, verdict="", what="The file", why=said) for said in notes]
    rows = [
        ImportLine(line=line.number, verdict=line.verdict.value, what=line.what, why=" ".join(line.sentences))
        for line in lines
    ]
    return (*whole, *rows)


def _for_nobody(desk: Asked, contents: bytes, chosen: Chosen) -> Found:
    raise AppError(NOBODY_THERE)


def _target(book: Setup, resource_id: str, service_id: str) -> Target:
    resource = next(one for one in book.resources if one.id == resource_id)
    return Target(
        resource=resource,
        location=next(one for one in book.locations if one.id == resource.location_id),
        service=next((one for one in book.services if one.id == service_id), None),
    )
