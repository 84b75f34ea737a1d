"""Whoever goes by keys presses a button with Enter, as in any other program, and not only with Space."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.views.ask_reason import AskReason
from desktop.views.build import Button, IconButton, column, part
from desktop.widgets.buttons import was_struck_just_now

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


def strike(button: QWidget, key: Qt.Key, at: int) -> None:
    """Strike a key at a time in milliseconds."""
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        struck = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier)
        struck.setTimestamp(at)
        QApplication.sendEvent(button, struck)


@pytest.mark.parametrize("key", KEYS)
def test_two_strokes_within_the_time_of_a_double_click_press_once(key: Qt.Key, qtbot: QtBot) -> None:
    """The second would meet what the first has led to, such as the next item under Drop."""
    button, pressed, apart = Button("Drop"), list[bool](), QApplication.doubleClickInterval()
    qtbot.addWidget(button)
    button.clicked.connect(lambda: pressed.append(True))
    for at in (1000, 1000 + apart // 2, 1000 + apart):
        strike(button, key, at)
    assert len(pressed) == 1
    strike(button, key, 1000 + 2 * apart)
    assert len(pressed) == 2


def test_two_strokes_press_once_where_another_button_has_come_for_the_first(qtbot: QtBot) -> None:
    first, second, pressed = Button("Merge"), Button("Merge"), list[bool]()
    both = part(column(first, second))
    qtbot.addWidget(both)
    second.clicked.connect(lambda: pressed.append(True))
    both.show()
    both.activateWindow()
    qtbot.waitUntil(both.isActiveWindow)
    for reason, count in ((Qt.FocusReason.OtherFocusReason, 0), (Qt.FocusReason.TabFocusReason, 1)):
        first.setFocus()
        strike(first, Qt.Key.Key_Return, 1000 + 10_000 * count)
        second.setFocus(reason)
        strike(second, Qt.Key.Key_Return, 1001 + 10_000 * count)
        assert len(pressed) == count


def test_two_strokes_press_once_where_the_first_has_hidden_its_button(qtbot: QtBot) -> None:
    """Qt leads on as by Tab then, and nobody has."""
    first, second, pressed = Button("Book"), Button("Add to waitlist"), list[bool]()
    both = part(column(first, second))
    qtbot.addWidget(both)
    first.clicked.connect(first.hide)
    second.clicked.connect(lambda: pressed.append(True))
    both.show()
    both.activateWindow()
    qtbot.waitUntil(both.isActiveWindow)
    first.setFocus()
    strike(first, Qt.Key.Key_Return, 1000)
    assert second.hasFocus()
    strike(second, Qt.Key.Key_Return, 1001)
    assert pressed == []


def test_a_button_of_a_bar_goes_on_as_often_as_a_key_is_struck(qtbot: QtBot) -> None:
    button, pressed = IconButton("chevron-right", "Next day"), list[bool]()
    qtbot.addWidget(button)
    button.clicked.connect(lambda: pressed.append(True))
    for at in (1000, 1001, 1002):
        strike(button, Qt.Key.Key_Return, at)
    assert len(pressed) == 3


def test_a_second_stroke_on_what_asks_for_a_reason_gives_none(qtbot: QtBot) -> None:
    button, asking, given = Button("Decline…"), AskReason(), list[str]()
    for one in (button, asking):
        qtbot.addWidget(one)
    button.clicked.connect(
        lambda: asking.ask("Decline?", "", yes="Decline", no="Keep", needed=False, then=given.append)
    )
    QTest.keyClick(button, Qt.Key.Key_Return)
    QTest.keyClick(asking.reason, Qt.Key.Key_Return)
    assert (asking.isVisible(), given) == (True, [])
    qtbot.waitUntil(lambda: not was_struck_just_now())
    QTest.keyClick(asking.reason, Qt.Key.Key_Return)
    assert given == [""]
