"""The sheet behind the status line holds its width and shows every sentence whole, whatever comes while it is open."""

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from desktop.models.rows import Fact
from desktop.views.build import Button
from desktop.views.main_window import MainWindow
from desktop.views.sync_details import WIDTH, SyncDetails

FACTS = (
    Fact(label="Edits waiting", text="None: all edits are accepted by the server"),
    Fact(label="Last contact", text="2:32 AM"),
    Fact(label="Server", text="https://book.example.com"),
)
LONG = Fact(label="What it says", text="The disk is full. What was saved before is safe; this change was not saved.")


def open_details(window: MainWindow) -> SyncDetails:
    window.show_work()
    window.details.show_facts("Online", "Everything you did is accepted by the server.", FACTS)
    window.show_details()
    return window.details


def cut_off(details: SyncDetails) -> list[str]:
    """The texts that have less room than they need."""
    shown = [one for one in details.findChildren(QLabel) if one.isVisible() and one.text()]
    assert {"Online", FACTS[-1].text} <= {one.text() for one in shown}
    return [one.text() for one in shown if one.height() < one.heightForWidth(one.width())]


@pytest.mark.parametrize("facts", [FACTS, (*FACTS, LONG)], ids=["short", "long"])
def test_it_stays_whole_and_as_wide_while_it_is_told_more(
    window: MainWindow, qtbot: QtBot, facts: tuple[Fact, ...]
) -> None:
    details = open_details(window)
    foot = details.geometry().bottom()
    for said in ("", "The server does not answer. Nothing is lost."):
        details.show_facts("Online", "Everything you did is accepted by the server.", facts)
        details.show_busy(busy=False, said=said)
        qtbot.waitUntil(lambda: cut_off(details) == [])
        assert (details.width(), details.geometry().bottom()) == (WIDTH, foot)


def test_what_is_told_while_it_is_shut_is_whole_when_it_opens(window: MainWindow, qtbot: QtBot) -> None:
    details = open_details(window)
    low = details.height()
    details.hide()
    details.show_facts("Online", "Everything you did is accepted by the server.", (*FACTS, LONG))
    window.show_details()
    qtbot.waitUntil(lambda: cut_off(details) == [])
    assert details.height() > low
    assert details.width() == WIDTH


def test_it_is_never_lower_than_its_words_between_two_statuses(window: MainWindow, qtbot: QtBot) -> None:
    details = open_details(window)
    before = details.height()
    details.show_facts("Online", "Everything you did is accepted by the server.", FACTS)
    assert details.height() == before


def test_sync_now_has_the_focus_again_once_it_can_be_pressed(window: MainWindow, qtbot: QtBot) -> None:
    details = open_details(window)
    qtbot.waitExposed(details)
    (now,) = details.findChildren(Button)
    assert now.hasFocus()
    QTest.keyClick(now, Qt.Key.Key_Return)
    assert not now.isEnabled()
    details.show_busy(busy=False, said="The server does not answer. Nothing is lost.")
    assert now.hasFocus()


class Requests(QObject):
    """Counts how often a widget is asked to lay out what is in it."""

    seen = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.seen += event.type() is QEvent.Type.LayoutRequest
        return False


def test_it_comes_to_rest_once_it_has_its_height(window: MainWindow, qtbot: QtBot, qapp: QApplication) -> None:
    details = open_details(window)
    details.show_facts("Online", "Everything you did is accepted by the server.", (*FACTS, LONG))
    requests = Requests()
    details.installEventFilter(requests)
    for _ in range(50):
        qapp.processEvents()
    assert requests.seen < 5
