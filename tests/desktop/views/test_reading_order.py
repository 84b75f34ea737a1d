"""Tab goes as the eye does on each page, in each panel and in each dialog: from above to below, and along a line."""

from itertools import pairwise

import pytest
import shiboken6
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.views.main_window import MainWindow
from desktop.views.reading_order import stands_in
from tests.support.window_gallery import SCENES
from tests.support.windows import assert_kept

SHOWN = (
    "sign-in", "people", "book", "book-agenda", "card", "card-requested", "cancel", "day-list", "cash-sheet",
    "numbers", "attention", "attention-contested", "attention-aside", "customers", "customers-form",
    "customers-pairs", "customers-merge", "waitlist", "waitlist-form", "team", "audit", "setup-services",
    "setup-hours", "setup-places", "setup-plan", "booking", "booking-taken", "payment", "change-visit",
    "change-visit-refused", "change-visit-two", "swap", "block-visits", "block-repeats", "series-repeat",
    "series-dates", "lock-settings",
)  # fmt: skip
"""The pages, panels and dialogs in which there is much to go through, by the name of their picture."""


def stops() -> list[QWidget]:
    """What Tab stops at, from what has the focus on, until it comes round."""
    found: list[QWidget] = []
    for _ in range(400):
        focused = QApplication.focusWidget()
        if focused is None or focused in found:
            # A date is one stop, and not three.
            assert len(found) < 2 or focused is not found[-1], f"Tab stays at {called(focused)}"
            return found
        found.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    raise AssertionError("Tab does not come round")


def above(part: QWidget) -> list[QWidget]:
    """A part and what it lies in, the window first."""
    parent = part.parentWidget()
    return [part] if part.isWindow() or parent is None else [*above(parent), part]


def blocks(one: QWidget, other: QWidget) -> tuple[QRect, QRect]:
    """Where two parts lie, each with all that does not hold the other too: as the eye goes from block to block."""
    parted = next((two for two in zip(above(one), above(other), strict=False) if two[0] is not two[1]), (one, one))
    return parted[0].geometry(), parted[1].geometry()


def goes_back(before: QWidget, after: QWidget) -> bool:
    """Whether the eye would have to go back: up within a column, or to the left within a line."""
    one, other = blocks(before, after)
    up = other.bottom() < one.top() and other.left() <= one.right()
    left = other.right() < one.left() and other.top() <= one.bottom()
    return up or left


def called(part: QWidget) -> str:
    return f"{part.accessibleName() or type(part).__name__} at {part.mapToGlobal(QPoint(0, 0)).toTuple()}"


@pytest.mark.parametrize("scene", ["book", "booking", "card", "waitlist"])
def test_tab_comes_round_to_where_the_window_begins(scene: str, window: MainWindow, qtbot: QtBot) -> None:
    SCENES[scene](window)
    window.pill.setFocus()
    QTest.keyClick(window.pill, Qt.Key.Key_Tab)
    first = QApplication.focusWidget()
    assert first is not None
    assert first.accessibleName() == "Book"
    QTest.keyClick(first, Qt.Key.Key_Backtab)
    assert window.pill.hasFocus()


@pytest.mark.parametrize("scene", SHOWN)
def test_tab_goes_as_the_eye_does(scene: str, window: MainWindow, qtbot: QtBot) -> None:
    shown: QWidget = SCENES[scene](window)
    shown.window().activateWindow()
    qtbot.waitUntil(shown.window().isActiveWindow)
    # What was shown last is laid out in the next turn of the loop.
    QApplication.processEvents()
    around = stops()
    assert {one.window() for one in around} == {shown.window()}
    ways = pairwise((*around, around[0]))
    back = [f"{called(one)} -> {called(other)}" for one, other in ways if goes_back(one, other)]
    # From the end to the beginning.
    assert len(back) <= 1, "\n".join(back)
    assert_kept(shown.window())
    if shown is not window:
        shiboken6.delete(shown)
    window.details.hide()


def test_what_stands_in_for_another_is_what_qt_says_of_it(window: MainWindow) -> None:
    for scene in ("booking", "waitlist-form", "setup-hours", "numbers", "block-repeats"):
        shown: QWidget = SCENES[scene](window)
        for one in shown.window().findChildren(QWidget):
            assert stands_in(one) is (one.focusProxy() is not None), called(one)
        if shown is not window:
            shiboken6.delete(shown)
