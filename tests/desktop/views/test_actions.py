"""The table of actions: one key each, every one listed, single letters only where nobody types."""

from collections import Counter
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop.views import actions as table
from desktop.views.actions import IN_THE_DAY, SPECS, Actions
from desktop.views.main_window import MainWindow


def test_no_two_actions_share_a_key() -> None:
    keys = Counter(QKeySequence(one).toString() for spec in SPECS for one in (spec.keys, spec.also) if one)
    assert [key for key, count in keys.items() if count > 1] == []


def test_single_letters_act_only_in_a_place() -> None:
    letters = [spec for spec in SPECS if len(spec.keys) == 1]
    assert letters
    assert {spec.place for spec in letters} <= {"book", "attention"}
    made = Actions()
    within = Qt.ShortcutContext.WidgetWithChildrenShortcut
    assert all(made[spec.name].shortcutContext() is within for spec in letters)


def test_every_key_is_in_the_list_of_keys() -> None:
    listed = [line.text for line in Actions().lines()]
    named = [spec.text.rstrip("…") for spec in SPECS if spec.keys]
    assert listed == [*named, *(line.text for line in IN_THE_DAY)]


def test_the_list_of_keys_has_both_keys_for_redo_and_the_arrows_that_move() -> None:
    listed = {line.text: line.keys for line in Actions().lines()}
    assert listed["Undo"] == "Ctrl+Z"
    assert listed["Redo"] == "Ctrl+Shift+Z, Ctrl+Y"
    assert listed["Move the booking"] == "Alt+Arrows"


def test_no_other_module_makes_an_action_of_its_own() -> None:
    views = Path(table.__file__).parent
    makers = [file.name for file in views.glob("*.py") if "QAction(" in file.read_text(encoding="utf-8")]
    assert makers == ["actions.py"]


def test_every_action_can_be_reached_in_the_window(window: MainWindow) -> None:
    held: set[QAction] = set(window.actions())
    for menu in window.menuBar().findChildren(QMenu):
        held.update(menu.actions())
    held.update(window.book_page.actions())
    held.update(window.book_page.book.actions())
    # What is in the view has its keys, and not the view: that has the focus where no letter is to be one.
    for part in window.attention.findChildren(QWidget):
        held.update(part.actions())
    assert [spec.name for spec in SPECS if window.actions_by_name[spec.name] not in held] == []


def test_letters_typed_into_a_field_stay_letters(window: MainWindow, qtbot: QtBot) -> None:
    window.show_work()
    window.book_page.open_booking()
    pressed: list[str] = []
    for name in ("arrive", "new_booking", "complete"):
        window.actions_by_name[name].triggered.connect(lambda _=False, which=name: pressed.append(which))
    edit = window.book_page.booking.customer.search.edit
    edit.setFocus()
    QTest.keyClicks(edit, "anca")
    assert edit.text() == "anca"
    assert pressed == []


def test_a_letter_acts_in_the_book(window: MainWindow, qtbot: QtBot) -> None:
    window.show_work()
    window.book_page.book.setFocus()
    with qtbot.waitSignal(window.actions_by_name["new_booking"].triggered):
        QTest.keyClicks(window.book_page.book, "n")
