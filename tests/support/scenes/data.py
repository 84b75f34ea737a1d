"""Pictures of data that comes and goes: imports, calendar addresses, exports, erasure, the end of a business."""

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget

from desktop.models.rows import Choice, Deed, ImportColumn, ImportLine, TeamRow
from desktop.presenters.closing import MEANING
from desktop.presenters.data import ERASING, EXPORT_ONE, NOT_KNOWN, SAVED
from desktop.presenters.data import OFFLINE as EXPORT_OFFLINE
from desktop.views.calendar_feeds import CalendarFeedsDialog
from desktop.views.closing_dialog import ClosingDialog
from desktop.views.export_dialog import ExportDialog
from desktop.views.import_dialog import ImportDialog
from desktop.views.main_window import MainWindow
from desktop.views.question import Question
from tests.support.scenes.book import owner_card
from tests.support.scenes.stage import Scene, work

OF_THE_FILE = ImportLine(
    line=None, verdict="", what="The file", why="Columns without a place here were left out: Shoe size."
)
LINES = (
    ImportLine(line=2, verdict="taken", what="Mira Holm, +49 30 1234567"),
    ImportLine(line=3, verdict="changed", what="Jonas Berg, 030-998877", why="The phone was written +49 30 998877."),
    ImportLine(line=4, verdict="refused", what="(no name), 0171 22", why="A name is needed."),
    ImportLine(line=5, verdict="skipped", what="Lea Vogt, lea@example.com", why="She is in the book already."),
)
COLUMNS = (
    ImportColumn(heading="Kundin", sample="Jördis Müßig", role="full"),
    ImportColumn(heading="Handy", sample="0171 1234567", role="phone"),
    ImportColumn(heading="Lieblingsgetränk", sample="Kaffee, schwarz", role=""),
)
ROLES_OF_COLUMNS = (Choice(id="full", text="Name"), Choice(id="phone", text="Phones"), Choice(id="notes", text="Notes"))


def _import(window: MainWindow) -> QWidget:
    work(window)
    dialog = ImportDialog("Import customers…", "CSV (*.csv)", window)
    dialog.show_file("customers-2026.csv")
    dialog.show_columns(COLUMNS, ROLES_OF_COLUMNS)
    dialog.open_columns()
    dialog.show_lines((OF_THE_FILE, *LINES * 3), can_import=True)
    dialog.show()
    return dialog


def _feeds(window: MainWindow) -> QWidget:
    work(window)
    dialog = CalendarFeedsDialog(window)
    dialog.show_people((Choice(id="1", text="Olga Sander (you)"), Choice(id="3", text="Ana Lopez")))
    revoke = (Deed(action="revoke", text="Revoke…"),)
    dialog.show_feeds(
        (
            TeamRow(id="1", title="Olga Sander", detail="made Tue 24 Nov, 10:15", chips=("You",), deeds=revoke),
            TeamRow(id="2", title="Maximiliane von Hohenfels-Waldeck", detail="made Mon 23 Nov, 18:20", deeds=revoke),
        )
    )
    dialog.show_address(f"https://acme.example/feeds/{'Ab3_' * 10}xyz.ics")
    dialog.open()
    return dialog


def _export_of(said: Callable[[ExportDialog], None]) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        owner_card(window)
        dialog = ExportDialog(
            "Export the data of Nora Lang", EXPORT_ONE, "~/Documents/Nora Lang 2026-11-24.zip", window
        )  # fmt: skip
        dialog.ask()
        said(dialog)
        return dialog

    return scene


def _erase(window: MainWindow) -> QWidget:
    owner_card(window)
    question = Question(window)
    question.ask_typed(
        "Erase Nora Lang for good?", ERASING, "Nora Lang", yes="Erase for good", no="Keep", then=lambda chosen: None
    )  # fmt: skip
    question.typed.setText("Nora L")
    return question


def _erase_not_known(window: MainWindow) -> QWidget:
    owner_card(window)
    question = Question(window)
    question.ask("Nora Lang: not erased", NOT_KNOWN, yes="Try again", no="Leave it", then=lambda chosen: None)
    return question


def _closing_of(said: Callable[[ClosingDialog], None]) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        owner_card(window)
        dialog = ClosingDialog(window)
        dialog.ask("Salon Lind", "salon-lind", MEANING)
        said(dialog)
        return dialog

    return scene


SCENES: Final[dict[str, Scene]] = {
    "closing": _closing_of(lambda dialog: None),
    "closing-wrong": _closing_of(lambda dialog: dialog.show_message("The password is wrong.", about="password")),
    "export": _export_of(lambda dialog: None),
    "export-busy": _export_of(lambda dialog: dialog.show_progress("3.2 MB have come…")),
    "export-offline": _export_of(lambda dialog: dialog.show_message(EXPORT_OFFLINE)),
    "export-saved": _export_of(lambda dialog: dialog.show_saved(SAVED.format(size="3.4 MB"))),
    "erase": _erase,
    "erase-not-known": _erase_not_known,
    "import": _import,
    "calendar-feeds": _feeds,
}
