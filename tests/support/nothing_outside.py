"""The world outside of a window while hands press whatever there is: nothing is opened, and no file leaves a folder."""

from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from unittest import mock

from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

_FIXTURES = Path(__file__).parent.parent / "desktop" / "files" / "fixtures"


@contextmanager
def nothing_outside(folder: Path) -> Iterator[None]:
    """No other program is opened inside the block, and no file is but in a folder."""

    def chosen(parent: QWidget, title: str, *more: object) -> tuple[str, str]:
        return next((str(path) for name, path in files.items() if name in title), ""), ""

    files = _files(folder)
    with (
        # Whoever is asked for a file's name may type any.
        chdir(folder),
        mock.patch.object(QFileDialog, "getSaveFileName", return_value=(str(folder / "saved"), "")),
        mock.patch.object(QFileDialog, "getOpenFileName", side_effect=chosen),
        mock.patch.object(QDesktopServices, "openUrl", return_value=True),
        mock.patch("desktop.presenters.cash_sheet.print_text"),
    ):
        yield


def _files(folder: Path) -> dict[str, Path]:
    """By a word of the question for it."""
    texts = {
        "services": "Name;Minuten;Preis\nWash;20;12,00\nCut;50;48,00\nNothing;;\n",
        "bookings": "date,start,minutes,customer,service,with\n05.05.2027,10:00,45,Mira Holm,Cut,Ana\n,,,,,\n",
    }
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    made = {name: folder / f"{name}.csv" for name in texts}
    return made | {"customers": _FIXTURES / "plain.csv", "calendar": _FIXTURES / "google.ics"}
