"""Taking along what is kept of a customer or of the business, and erasing a customer: the server does both."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QStandardPaths

from desktop.models.rows import Choice
from desktop.presenters.link import DeskLink
from desktop.presenters.team import office_words
from desktop.runtime.qt import Background, MainThread
from desktop.sync.exporting import Export
from desktop.sync.problems import Busy, Stopped
from desktop.sync.status import Connection, SyncStatus
from desktop.views.actions import Actions
from desktop.views.export_dialog import ExportDialog
from desktop.views.main_window import MainWindow
from desktop.views.question import Question
from shared import clock
from shared.errors import AppError, Unreachable
from shared.model.member import Role
from shared.rules.permissions import Capability, may

NOBODY_CHOSEN: Final = "Choose a visit of the customer first, or find them (Ctrl+F)."
OFFLINE: Final = (
    "The server cannot be reached, and only it has everything. Nothing was written: try again once it answers."
)
CANNOT_ERASE: Final = "The server cannot be reached, and only it erases. Try again once it answers."
BUSY: Final = "The server is busy just now. Nothing was {done}: try again in a moment."
NOT_KNOWN: Final = "The server did not answer, so they may be erased or not. To ask again does no harm in either case."
STOPPED: Final = "Stopped. Nothing was written."
UNWRITABLE: Final = "The file cannot be written: {why}. Nothing was left in its place."
SAVED: Final = "Saved, {size}. Keep it safe: nothing in it is encrypted."
EXPORT_ONE: Final = (
    "One zip with all that is kept about them: the record, visits, notes and every edit that names them, as JSON for "
    "programs and as CSV for spreadsheets. That it was taken stands in the audit trail."
)
EXPORT_ALL: Final = (
    "One zip with all that is kept of the business: the book, its history, the team, devices and the audit trail, as "
    "JSON for programs and as CSV for spreadsheets. That it was taken stands in the audit trail."
)
ERASING: Final = (
    "Their name, phones, e-mails, tags and alerts go, the notes about them and their visits, what waits about them "
    "under Needs attention, and what was typed about them in the history: on the server at once, and on every desk "
    "with its next sync. So does whoever was merged into them. Times, services and prices of their visits stay, "
    "without a name.\n\nNobody can undo this. Backups of the server have them until they are dropped."
)
ERASED: Final = "{name} was erased."


class DataPresenter(QObject):
    """Offers both to those whose role has them, about the customer whose visit or booking is open."""

    def __init__(
        self, link: DeskLink, window: MainWindow, actions: Actions, background: Background,
        parent: QObject | None = None, *, chosen: Callable[[], Choice | None],
    ) -> None:  # fmt: skip
        """`chosen` gives id and name of the customer that is meant, where there is one."""
        super().__init__(parent)
        self._link, self._window, self._actions, self._background = link, window, actions, background
        self._chosen = chosen
        self._main = MainThread(self)
        self._offline = False
        self._export: Export | None = None
        self.dialog: ExportDialog | None = None
        self.question = Question(window)
        link.statusChanged.connect(self._heard)
        self._heard(link.desk.status)
        actions["export_customer"].triggered.connect(self._ask_customer)
        actions["export_all"].triggered.connect(self._ask_all)
        actions["erase_customer"].triggered.connect(self._ask_erasure)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: whoever may do nothing of this does not see it."""
        for name in ("export_customer", "export_all"):
            self._actions[name].setVisible(may(role, Capability.EXPORT))
        self._actions["erase_customer"].setVisible(may(role, Capability.ERASE))

    def let_go(self) -> None:
        """The person leaves the desk: what is on its way comes to nothing, and nothing is asked any more."""
        self._cancel()
        for dialog in (self.dialog, self.question):
            if dialog is not None:
                dialog.reject()
        self.question.deleteLater()

    def _heard(self, status: SyncStatus) -> None:
        self._offline = status.connection is Connection.OFFLINE

    # Export

    def _ask_customer(self) -> None:
        customer = self._require_customer()
        if customer is not None:
            self._ask(f"Export the data of {customer.text}", EXPORT_ONE, customer.text, customer.id)

    def _ask_all(self) -> None:
        self._ask("Export everything", EXPORT_ALL, self._link.desk.account.tenant, None)

    def _require_customer(self) -> Choice | None:
        customer = self._chosen()
        if customer is None:
            self._window.toast.show_message(NOBODY_CHOSEN)
        return customer

    def _ask(self, title: str, text: str, name: str, customer: str | None) -> None:
        dialog = self.dialog = ExportDialog(title, text, str(offered_file(name)), self._window)
        dialog.saveRequested.connect(lambda path: self._save(dialog, path, customer))
        dialog.cancelRequested.connect(self._cancel)
        dialog.finished.connect(lambda _: self._forget(dialog))
        dialog.ask()
        if self._offline:
            dialog.show_message(OFFLINE)

    def _forget(self, dialog: ExportDialog) -> None:
        dialog.deleteLater()
        if self.dialog is dialog:
            self.dialog = None

    def _save(self, dialog: ExportDialog, path: str, customer: str | None) -> None:
        try:
            file = Path(path).expanduser()
        except RuntimeError:
            file = Path(path)
        export = self._export = self._link.desk.export(customer)

        def told(count: int) -> None:
            self._main.post(lambda: self._progress(export, count))

        def done(_: None) -> None:
            if self._export is export:
                self._export = None
                dialog.show_saved(SAVED.format(size=size_words(file.stat().st_size)))

        def failed(error: AppError | OSError) -> None:
            if self._export is export:
                self._export = None
                dialog.show_message(_not_saved(error))

        dialog.show_progress("The server gathers it…")
        self._link.await_job(self._background.submit(lambda: export.save(file, told)), done, failed)

    def _progress(self, export: Export, count: int) -> None:
        if self._export is export and self.dialog is not None:
            self.dialog.show_progress(f"{size_words(count)} have come…")

    def _cancel(self) -> None:
        export, self._export = self._export, None
        if export is not None:
            export.cancel()
            if self.dialog is not None:
                self.dialog.show_message(STOPPED)

    # Erasure

    def _ask_erasure(self) -> None:
        customer = self._require_customer()
        if customer is not None and self._offline:
            self._window.toast.show_message(CANNOT_ERASE)
        elif customer is not None:
            self.question.ask_typed(
                f"Erase {customer.text} for good?", ERASING, customer.text, yes="Erase for good", no="Keep",
                then=lambda _: self._erase(customer),
            )  # fmt: skip

    def _erase(self, customer: Choice) -> None:
        office = self._link.desk.office

        def done(_: None) -> None:
            self._window.toast.show_message(ERASED.format(name=customer.text))
            self._link.desk.engine.sync_now()

        def failed(error: AppError | OSError) -> None:
            self.question.ask(
                f"{customer.text}: not erased", _not_erased(error), yes="Try again", no="Leave it",
                then=lambda _: self._erase(customer),
            )  # fmt: skip

        self._link.await_job(self._background.submit(lambda: office.erase(customer.id)), done, failed)


def offered_file(name: str) -> Path:
    """Where an export is offered to be written: among the person's documents, by name and day."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    plain = " ".join("".join(letter if letter.isalnum() or letter in "-_" else " " for letter in name).split())
    return Path(documents or Path.home()) / f"{plain[:60] or 'export'} {clock.now().date().isoformat()}.zip"


def size_words(count: int) -> str:
    """A size in bytes as people read it."""
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{max(1, count // 1000)} kB"


def _not_saved(error: AppError | OSError) -> str:
    if isinstance(error, OSError):
        return UNWRITABLE.format(why=error.strerror or error)
    return _said(error, "written", OFFLINE)


def _not_erased(error: AppError | OSError) -> str:
    if isinstance(error, Stopped) and error.code == "not_found":
        return "The server knows nobody of that id: nothing was sent to it yet, or they are gone already."
    return _said(error, "erased", NOT_KNOWN)


def _said(error: AppError | OSError, done: str, away: str) -> str:
    if isinstance(error, Busy):
        return BUSY.format(done=done)
    if isinstance(error, Unreachable):
        return away
    return office_words(error)
