"""Blocking an hour with the keyboard alone."""

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.views.block_dialog import BlockDialog
from desktop.views.main_window import MainWindow
from tests.support.window_gallery import SCENES


def opened(window: MainWindow, scene: str, qtbot: QtBot) -> BlockDialog:
    dialog = SCENES[scene](window)
    assert isinstance(dialog, BlockDialog)
    qtbot.waitUntil(dialog._words.hasFocus)
    return dialog


def test_enter_in_the_reason_blocks(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, "block", qtbot)
    QTest.keyClicks(dialog._words, "Dentist")
    with qtbot.waitSignal(dialog.saveRequested):
        QTest.keyClick(dialog._words, Qt.Key.Key_Return)
    assert dialog.form.reason == "Dentist"


def test_enter_blocks_nothing_that_cannot_be_blocked(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, "block-refused", qtbot)
    with qtbot.assertNotEmitted(dialog.saveRequested):
        QTest.keyClick(dialog._words, Qt.Key.Key_Return)


def test_a_reason_that_was_typed_is_no_suggestion_for_the_next_one(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, "block", qtbot)
    QTest.keyClicks(dialog._words, "Dentist")
    QTest.keyClick(dialog._words, Qt.Key.Key_Return)
    assert dialog.reason.findText("Dentist") == -1


def test_each_date_is_one_stop_of_tab_in_both_directions(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, "block", qtbot)
    around: tuple[QWidget, ...] = (dialog._words, dialog.starts, dialog.ends, dialog.repeats)
    for before, after in pairwise(around):
        QTest.keyClick(before, Qt.Key.Key_Tab)
        assert after.hasFocus()
    for before, after in pairwise((*around[:0:-1], dialog.reason)):
        QTest.keyClick(before, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        assert after.hasFocus()


@pytest.mark.parametrize("which", ["starts", "ends"])
def test_the_arrow_keys_go_through_the_parts_of_a_date(window: MainWindow, which: str, qtbot: QtBot) -> None:
    dialog = opened(window, "block", qtbot)
    field = getattr(dialog, which)
    field.setFocus()
    seen = [field.currentSection()]
    for _ in range(40):
        QTest.keyClick(field, Qt.Key.Key_Right)
        if field.currentSection() not in seen:
            seen.append(field.currentSection())
    # The day is there twice, as its name and its number.
    assert seen == list(dict.fromkeys(field.sectionAt(place) for place in range(field.sectionCount())))
    before = field.dateTime()
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.dateTime() != before


def test_what_cannot_be_saved_leaves_the_focus_where_it_was_typed(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, "block", qtbot)
    QTest.keyClick(dialog._words, Qt.Key.Key_Return)
    dialog.show_sending(sending=True)
    QApplication.processEvents()
    assert not dialog._words.hasFocus()
    dialog.show_sending(sending=False)
    qtbot.waitUntil(dialog._words.hasFocus)
