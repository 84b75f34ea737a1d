"""Importing from the window's menu: chosen, looked at, taken."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot

from desktop.config import Account, Home
from desktop.desk import Desk
from desktop.models.rows import ImportLine
from desktop.presenters.import_menu import ImportPresenter
from desktop.presenters.importing import NOBODY_THERE
from desktop.presenters.link import DeskLink
from desktop.runtime.qt import Background, MainThread
from desktop.store.meta import Identity
from desktop.store.replica import Replica
from desktop.views.actions import Actions
from desktop.views.import_dialog import ImportDialog
from desktop.widgets.busy_bar import BusyBar
from shared.errors import StorageFault
from shared.model.base import LocationId, ResourceId
from shared.model.member import Role
from tests.support.file_secrets import FileSecrets
from tests.support.replicas import KEY, patch
from tests.support.salon import ANA, BEN, LOCATION, MEMBER, STAFF_USER, Salon, made_id

SENT = "What was imported goes to the server as soon as it can be reached."
FIXTURES = Path(__file__).parent / "files" / "fixtures"
MANAGER = Identity(
    replica=made_id("replica"),
    device=made_id("device"),
    tenant="salon",
    session=made_id("session"),
    user_id=STAFF_USER,
    user_name="Ana",
    role=Role.TENANT_MANAGER.value,
)


def load(replica: Replica) -> None:
    replica.identify(MANAGER)
    rows = [row for row in Salon().tx.rows.values() if row.id != MEMBER.id]
    replica.apply_lines(patch(1, *rows, replace(MEMBER, role=Role.TENANT_MANAGER)))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A manager's desk that is not connected to anything."""
    home, secrets = Home(tmp_path / "home"), FileSecrets(tmp_path / "secrets.json")
    account = Account(
        server="http://127.0.0.1:1", tenant="salon", email="ana@salon.example", replica=MANAGER.replica, user_name="Ana"
    )
    home.keep_account(account)
    secrets.set(f"key:{account.replica}", KEY.hex())
    with closing(Replica(home.replica(account.replica), KEY)) as replica:
        load(replica)
    opened = Desk.open(home, secrets)
    assert opened is not None
    yield opened
    opened.close()


class Menu:
    """The window's menu, and the dialog that one of its entries opens."""

    def __init__(self, qtbot: QtBot, desk: Desk) -> None:
        self._qtbot = qtbot
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.actions = Actions(self.window)
        self._background = Background()
        self.link = DeskLink(desk, MainThread(self.window), self.window)
        self.said: list[str] = []
        self.presenter = ImportPresenter(
            self.link, self.window, self.actions, self._background, self.window, say=self.said.append
        )

    def choose(self, entry: str) -> ImportDialog:
        self.actions[entry].trigger()
        self._qtbot.waitUntil(lambda: bool(self.window.findChildren(ImportDialog)))
        (dialog,) = self.window.findChildren(ImportDialog)
        return dialog

    def rows(self, dialog: ImportDialog, count: int) -> list[tuple[str, ...]]:
        """The table's rows, once there are so many."""
        table = dialog.findChild(QTableView)
        assert isinstance(table, QTableView)
        self._qtbot.waitUntil(lambda: table.model().rowCount() == count and not dialog.isHidden())
        model = table.model()
        return [tuple(str(model.index(at, column).data()) for column in range(4)) for at in range(count)]

    def press(self, dialog: ImportDialog, text: str) -> None:
        button = next(one for one in dialog.findChildren(QPushButton) if one.text() == text)
        self._qtbot.waitUntil(button.isEnabled)
        button.click()

    def finish(self) -> None:
        """Wait for what goes on in the background, and for what the window makes of it."""
        self._background._pool.shutdown(wait=True)
        QApplication.processEvents()

    def stop(self) -> None:
        self._background.stop()


@pytest.fixture
def menu(qtbot: QtBot, desk: Desk) -> Iterator[Menu]:
    made = Menu(qtbot, desk)
    yield made
    made.stop()


def customers(desk: Desk) -> set[str]:
    return {row[0] for row in desk.do(lambda replica: replica.database.rows("SELECT name FROM customer"))}


def test_customers_are_shown_before_they_are_taken(menu: Menu, desk: Desk, qtbot: QtBot) -> None:
    dialog = menu.choose("import_customers")
    dialog.fileChosen.emit(str(FIXTURES / "plain.csv"))
    shown = menu.rows(dialog, 7)
    assert [row[:3] for row in shown[:3]] == [
        ("2", "Taken", "Test Person"),
        ("3", "Refused", ""),
        ("4", "Refused", ""),
    ]
    assert shown[2][3] == "The row is cut off: it has 2 of 4 cells."
    assert customers(desk) == {"Mira Holm"}
    menu.press(dialog, "Import")
    qtbot.waitUntil(lambda: customers(desk) == {"Mira Holm", "Test Person", "Di", "+4930901890"})
    assert desk.do(lambda replica: replica.outbox.count()) == 3


def test_a_calendar_asks_whose_time_it_takes(menu: Menu, desk: Desk, qtbot: QtBot) -> None:
    dialog = menu.choose("import_calendar")
    dialog.resource.setCurrentText("Ben")
    dialog.fileChosen.emit(str(FIXTURES / "khal.ics"))
    assert [row[1:3] for row in menu.rows(dialog, 3)] == [
        ("Taken, with a change", "Yoga"),
        ("Taken", "Float"),
        ("Refused", "Backwards"),
    ]
    menu.press(dialog, "Import")
    qtbot.waitUntil(lambda: desk.do(lambda replica: replica.outbox.count()) == 4)


def test_a_calendar_takes_no_time_of_whoever_is_at_a_location_that_was_closed(
    menu: Menu, desk: Desk, qtbot: QtBot
) -> None:
    east = replace(LOCATION, id=LocationId(made_id("east")), archived=True)
    eve = replace(BEN, id=ResourceId(made_id("eve")), location_id=east.id, name="Eve")
    desk.do(lambda replica: replica.apply_lines(patch(2, east, eve)))
    dialog = menu.choose("import_calendar")
    assert [dialog.resource.itemText(at) for at in range(dialog.resource.count())] == ["Ana", "Ben"]


def test_a_calendar_that_nobody_is_there_for_is_said_to_be_for_nobody(menu: Menu, desk: Desk, qtbot: QtBot) -> None:
    gone = [replace(one, archived=True) for one in (ANA, BEN)]
    desk.do(lambda replica: replica.apply_lines(patch(2, *gone)))
    dialog = menu.choose("import_calendar")
    dialog.fileChosen.emit(str(FIXTURES / "khal.ics"))
    message = next(one for one in dialog.findChildren(QWidget) if one.objectName() == "Import message")
    qtbot.waitUntil(lambda: message.property("text") == NOBODY_THERE)


def test_a_file_that_is_none_is_said_in_the_dialog(menu: Menu, desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = menu.choose("import_customers")
    said: list[str] = []
    dialog.fileChosen.emit(str(FIXTURES / "khal.ics"))
    message = next(one for one in dialog.findChildren(QWidget) if one.objectName() == "Import message")
    qtbot.waitUntil(lambda: not message.isHidden())
    said.append(message.property("text"))
    dialog.fileChosen.emit(str(tmp_path / "gone.csv"))
    qtbot.waitUntil(lambda: message.property("text") not in said)
    assert said[0].startswith("No column of names, phones or e-mails was found in the first row")
    assert message.property("text") == "The file cannot be opened: No such file or directory."
    assert customers(desk) == {"Mira Holm"}


def test_a_person_says_what_the_columns_are_that_nobody_could_guess(
    menu: Menu, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("Was;Wie lange;Was es kostet\nPerm;75;60,00\n", encoding="utf-8")
    dialog = menu.choose("import_services")
    dialog.fileChosen.emit(str(file))
    qtbot.waitUntil(dialog.columns.isVisible)
    assert [one.accessibleName() for one in combos(dialog)] == ["Was is", "Wie lange is", "Was es kostet is"]
    for at, role in enumerate(("Name", "Minutes", "Price")):
        combo = combos(dialog)[at]
        combo.setCurrentText(role)
        combo.activated.emit(combo.currentIndex())
        qtbot.waitUntil(partial(shows, dialog, at, role))
    qtbot.waitUntil(lambda: menu.rows(dialog, 1)[0][1:3] == ("Taken", "Perm"))
    menu.press(dialog, "Import")
    qtbot.waitUntil(lambda: desk.do(lambda replica: replica.outbox.count()) == 1)
    assert ("Perm", 6000) in desk.do(lambda replica: replica.database.rows("SELECT name, price FROM service"))


def test_bookings_are_shown_before_they_are_taken(menu: Menu, desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "bookings.csv"
    file.write_text("Datum;Beginn;Kundin;Leistung;Bei\n05.05.2026;10:00;Mira Holm;Cut;Ana\n06.05.2026;;;Cut;Ana\n")
    dialog = menu.choose("import_bookings")
    dialog.fileChosen.emit(str(file))
    assert [row[1:3] for row in menu.rows(dialog, 2)] == [("Taken", "Mira Holm, Cut"), ("Refused", "Cut")]
    assert desk.do(lambda replica: replica.outbox.count()) == 0
    menu.press(dialog, "Import")
    qtbot.waitUntil(lambda: desk.do(lambda replica: replica.outbox.count()) == 1)


def shows(dialog: ImportDialog, at: int, role: str) -> bool:
    return combos(dialog)[at].currentText() == role


def combos(dialog: ImportDialog) -> list[QComboBox]:
    return [one for one in dialog.columns.findChildren(QComboBox) if one.isVisibleTo(dialog)]


class Gate:
    """Holds back one call of a desk's method until it is opened; the store is free meanwhile."""

    def __init__(self, desk: Desk, method: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self._call, self._number = getattr(desk, method), number
        self._reached, self._open = threading.Event(), threading.Event()
        self.asked = 0
        monkeypatch.setattr(desk, method, self._ask)

    def _ask(self, question: Callable[[Replica], object]) -> Any:
        self.asked += 1
        if self.asked == self._number:
            self._reached.set()
            assert self._open.wait(10)
        return self._call(question)

    @property
    def is_reached(self) -> bool:
        return self._reached.is_set()

    def open(self) -> None:
        self._open.set()


THIRD = 3
"""Of the eleven questions that a thousand rows are."""


@pytest.fixture
def gate(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(desk, "do", THIRD, monkeypatch)
    yield made
    made.open()


@pytest.fixture
def many(tmp_path: Path) -> str:
    """A list of a thousand customers."""
    file = tmp_path / "many.csv"
    rows = "".join(f"Jo {number},+49 30 55{number:05}\n" for number in range(1000))
    file.write_text(f"name,phone\n{rows}", encoding="utf-8")
    return str(file)


def test_a_long_rehearsal_says_how_far_it_is(menu: Menu, gate: Gate, qtbot: QtBot, many: str) -> None:
    dialog = menu.choose("import_customers")
    busy = dialog.findChild(BusyBar)
    assert isinstance(busy, BusyBar)
    dialog.fileChosen.emit(many)
    qtbot.waitUntil(lambda: busy.accessibleName() == "Reading the file: 200 of 1,000 rows")
    gate.open()
    assert len(menu.rows(dialog, 1000)) == 1000
    assert busy.isHidden()


def test_another_column_while_a_file_is_rehearsed_ends_the_rehearsal_and_begins_anew(
    menu: Menu, gate: Gate, qtbot: QtBot, many: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = menu.choose("import_customers")
    shown: list[tuple[ImportLine, ...]] = []
    show = dialog.show_lines

    def note(lines: tuple[ImportLine, ...], *, can_import: bool) -> None:
        shown.append(lines)
        show(lines, can_import=can_import)

    monkeypatch.setattr(dialog, "show_lines", note)
    dialog.fileChosen.emit(many)
    qtbot.waitUntil(lambda: gate.is_reached)
    dialog.columnChanged.emit(0, "")
    gate.open()
    assert menu.rows(dialog, 1000)[0][2] == "+49305500000"
    menu.finish()
    assert [lines[0].what for lines in shown] == ["+49305500000"]
    assert gate.asked == THIRD + 11


@pytest.mark.parametrize("how", ["dialog", "book"])
def test_closed_while_a_file_is_rehearsed_it_asks_nothing_more(
    menu: Menu, gate: Gate, qtbot: QtBot, many: str, how: str
) -> None:
    dialog = menu.choose("import_customers")
    dialog.fileChosen.emit(many)
    qtbot.waitUntil(lambda: gate.is_reached)
    if how == "dialog":
        dialog.reject()
        qtbot.waitUntil(lambda: not menu.window.findChildren(ImportDialog))
    else:
        menu.link.close()
    gate.open()
    menu.finish()
    assert gate.asked == THIRD


def test_closed_while_a_file_is_taken_it_is_taken_to_its_end(
    menu: Menu, desk: Desk, qtbot: QtBot, many: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = menu.choose("import_customers")
    dialog.fileChosen.emit(many)
    menu.rows(dialog, 1000)
    leave_while_taken(menu, dialog, Gate(desk, "change", THIRD, monkeypatch), qtbot)
    assert len(customers(desk)) == 1001
    assert menu.said == [f"Import customers: 1,000 rows were imported. {SENT}"]


def test_closed_while_a_file_is_taken_it_says_how_many_rows_were_refused(
    menu: Menu, desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = menu.choose("import_customers")
    dialog.fileChosen.emit(str(FIXTURES / "plain.csv"))
    menu.rows(dialog, 7)
    stays: list[str] = []
    menu.link.faulted.connect(stays.append)
    leave_while_taken(menu, dialog, Gate(desk, "change", 1, monkeypatch), qtbot)
    assert stays == [
        f"Import customers: 3 rows were imported, 4 were refused. {SENT} Import the file again to see why: what is "
        "here already is left alone."
    ]
    assert menu.said == []


def leave_while_taken(menu: Menu, dialog: ImportDialog, gate: Gate, qtbot: QtBot) -> None:
    """Close the dialog while its rows are being taken, and wait for the end."""
    menu.press(dialog, "Import")
    qtbot.waitUntil(lambda: gate.is_reached)
    dialog.reject()
    qtbot.waitUntil(lambda: not menu.window.findChildren(ImportDialog))
    gate.open()
    menu.finish()


def counts(dialog: ImportDialog) -> str:
    (said,) = (one for one in dialog.findChildren(QLabel) if one.objectName() == "Counts")
    return said.text()


def test_what_is_said_of_the_whole_file_is_no_row_and_is_not_counted(
    menu: Menu, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("name,phone,shoe\nJo,nonsense,39\nAda,+49 30 901820,40\n,,41\n", encoding="utf-8")
    dialog = menu.choose("import_customers")
    dialog.fileChosen.emit(str(file))
    assert [row[:3] for row in menu.rows(dialog, 4)] == [
        ("", "", "The file"),
        ("2", "Taken, with a change", "Jo"),
        ("3", "Taken", "Ada"),
        ("4", "Refused", ""),
    ]
    assert counts(dialog) == "1 taken  ·  1 taken, with a change  ·  1 refused"
    menu.press(dialog, "Import")
    qtbot.waitUntil(lambda: counts(dialog) == f"2 rows were imported, 1 was refused. {SENT}")


def test_what_ends_an_import_is_said_where_its_dialog_is_closed(
    menu: Menu, desk: Desk, qtbot: QtBot, many: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = menu.choose("import_customers")
    dialog.fileChosen.emit(many)
    menu.rows(dialog, 1000)
    with monkeypatch.context() as patched:
        patched.setattr(desk, "change", mock.Mock(side_effect=StorageFault("The disk is full.")))
        gate = Gate(desk, "change", 1, patched)
        said: list[str] = []
        menu.link.faulted.connect(said.append)
        menu.press(dialog, "Import")
        qtbot.waitUntil(lambda: gate.is_reached)
        dialog.reject()
        qtbot.waitUntil(lambda: not menu.window.findChildren(ImportDialog))
        gate.open()
        qtbot.waitUntil(lambda: said == ["The disk is full."])
