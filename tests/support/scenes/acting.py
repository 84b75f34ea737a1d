"""Pictures of somebody who acts as somebody else."""

from typing import Final

from PySide6.QtWidgets import QWidget

from desktop.masquerading import End
from desktop.models.rows import Fact
from desktop.presenters.masquerade import ACTING_OFFLINE, OVER
from desktop.presenters.masquerading import EARLIER
from desktop.views.main_window import MainWindow
from desktop.views.masquerade_dialogs import CodeDialog, ReasonDialog
from desktop.views.masquerade_window import MasqueradeWindow
from desktop.widgets.status_pill import Connection, SyncFacts
from tests.support.scenes.deeds import booking
from tests.support.scenes.owner import team
from tests.support.scenes.stage import Scene, work


def _reason(window: MainWindow) -> QWidget:
    team(window)
    dialog = ReasonDialog(window)
    dialog.ask("3", "Ana Lopez")
    return dialog


def _reason_missing(window: MainWindow) -> QWidget:
    dialog = _reason(window)
    assert isinstance(dialog, ReasonDialog)
    dialog.begin.click()
    return dialog


def _reason_instead(window: MainWindow) -> QWidget:
    dialog = _reason(window)
    assert isinstance(dialog, ReasonDialog)
    dialog.reason.setText("Ana rang, she cannot see Tuesday")
    dialog.offer_instead(EARLIER)
    return dialog


def _code(window: MainWindow) -> QWidget:
    work(window)
    dialog = CodeDialog(window)
    dialog.ask()
    return dialog


def _code_refused(window: MainWindow) -> QWidget:
    dialog = _code(window)
    assert isinstance(dialog, CodeDialog)
    dialog.show_message("This link is of a server that nobody at this computer has signed in to. It is not opened.")
    return dialog


def _code_about(window: MainWindow) -> QWidget:
    dialog = _code(window)
    assert isinstance(dialog, CodeDialog)
    dialog.show_about(
        (
            Fact(label="Who acts", text="Sam Port · sam@platform.example · Platform support"),
            Fact(label="As whom", text="Ana Lopez · ana@acme.example · Staff"),
            Fact(label="Business", text="Acme Corp"),
            Fact(label="Reason", text="Cannot see Tuesday, rang twice about it and is on the phone now"),
            Fact(label="Server", text="https://book.example.com"),
        )
    )
    return dialog


def _masquerade(window: MainWindow) -> QWidget:
    shown = MasqueradeWindow("Sam Support as Ana Lopez", "Acme Corp", "Cannot see Tuesday")
    shown.show_left("29:41")
    shown.show()
    work(shown.book)
    shown.book.navigation.show_person("Ana Lopez", "Staff")
    return shown


def _masquerade_busy(window: MainWindow) -> QWidget:
    shown = _masquerade(window)
    assert isinstance(shown, MasqueradeWindow)
    booking(shown.book)
    shown.show_busy("Asking the server…")
    shown.show_left("00:59")
    shown.tell("1 minute is left.")
    return shown


def _masquerade_offline(window: MainWindow) -> QWidget:
    shown = MasqueradeWindow(
        "Maximiliane von Hohenfels-Waldeck as Bartholomäus Freiherr von Oberwittelsbach-Hohenlohe",
        "Barbershop am Nordbahnhof",
        "She rang because a whole series of bookings on Tuesdays has vanished from her day, "
        "and wants somebody to look at it with her eyes before the shop opens",
    )  # fmt: skip
    shown.resize(960, 700)
    shown.show_left("12:07")
    shown.show()
    work(shown.book)
    shown.book.pill.show_facts(SyncFacts(connection=Connection.OFFLINE, since="11:15", last_contact="11:14"))
    shown.book.book_page.banner.show_message(ACTING_OFFLINE, kind="danger", action="Sync now")
    return shown


def _masquerade_over(window: MainWindow) -> QWidget:
    shown = _masquerade(window)
    assert isinstance(shown, MasqueradeWindow)
    shown.show_over(*OVER[End.EXPIRED])
    return shown


SCENES: Final[dict[str, Scene]] = {
    "masquerade-reason": _reason,
    "masquerade-reason-missing": _reason_missing,
    "masquerade-reason-instead": _reason_instead,
    "masquerade-code": _code,
    "masquerade-code-refused": _code_refused,
    "masquerade-code-about": _code_about,
    "masquerade-window": _masquerade,
    "masquerade-busy": _masquerade_busy,
    "masquerade-offline": _masquerade_offline,
    "masquerade-over": _masquerade_over,
}
