"""Whoever goes by keys presses a button with Enter, as in any other program, and not only with Space."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.views.build import Button, IconButton

KEYS = [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space]
MADE = [lambda: Button("Save booking"), lambda: IconButton("trash", "Take out")]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("make", MADE)
def test_a_key_presses_the_button_that_has_the_focus(
    make: Callable[[], Button | IconButton], key: Qt.Key, qtbot: QtBot
) -> None:
    button, pressed = make(), list[bool]()
    qtbot.addWidget(button)
    button.clicked.connect(lambda: pressed.append(True))
    QTest.keyClick(button, key)
    assert len(pressed) == 1
    button.setEnabled(False)
    QTest.keyClick(button, key)
    assert len(pressed) == 1


def test_enter_that_is_held_down_presses_nothing(qtbot: QtBot) -> None:
    """It has chosen something in a field, and the focus has come here since."""
    button, pressed = Button("Save booking"), list[bool]()
    qtbot.addWidget(button)
    button.clicked.connect(lambda: pressed.append(True))
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", autorep=True)
    QApplication.sendEvent(button, held)
    assert not pressed


def test_a_key_with_another_one_is_not_the_buttons(qtbot: QtBot) -> None:
    button, pressed = Button("Discard"), list[bool]()
    qtbot.addWidget(button)
    button.clicked.connect(lambda: pressed.append(True))
    QTest.keyClick(button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not pressed
