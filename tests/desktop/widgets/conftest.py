"""A dressed application and a book that is shown."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.widgets import theme
from desktop.widgets.day_book import DayBook
from desktop.widgets.theme import Scheme
from tests.support.book_days import at, box, day


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, Scheme.LIGHT)
    yield
    theme.apply(qapp, Scheme.LIGHT)


@pytest.fixture
def book(qtbot: QtBot) -> DayBook:
    """Jo with Bo from ten to eleven, Kim with Ann at two, a window in which nine o'clock is the top."""
    shown = DayBook()
    qtbot.addWidget(shown)
    shown.resize(900, 800)
    shown.show_day(day(box("Jo", "bo", at(10)), box("Kim", "ann", at(14), 30)))
    shown.show()
    shown.activateWindow()
    qtbot.waitUntil(shown.isActiveWindow)
    shown.setFocus(Qt.FocusReason.OtherFocusReason)
    qtbot.waitUntil(shown.hasFocus)
    QTest.qWait(10)
    return shown
