"""A layout is asked for what it holds without its items, which outlive what Qt has deleted."""

from collections.abc import Callable

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
    QWidgetItem,
)
from pytestqt.qtbot import QtBot

from desktop.views.build import clear, column, label, row
from desktop.views.layouts import held_by, widgets_in


def shown(qtbot: QtBot, layout: QLayout) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.setLayout(layout)
    return made


def test_widgets_and_layouts_stand_in_its_order_however_they_were_added(qtbot: QtBot) -> None:
    last, first = QLabel("last"), QLabel("first")
    inner, outer = row(QLabel("inner")), QVBoxLayout()
    outer.addWidget(last)
    outer.insertLayout(0, inner)
    outer.insertStretch(0, 1)
    outer.insertWidget(0, first)
    made = shown(qtbot, outer)
    beside = QLabel("beside", made)
    assert held_by(outer) == [first, inner, last]
    assert widgets_in(outer) == [first, last]
    assert beside not in held_by(inner)
    assert [one.text() for one in widgets_in(inner) if isinstance(one, QLabel)] == ["inner"]


def test_a_grid_is_read_line_by_line(qtbot: QtBot) -> None:
    grid, cells = QGridLayout(), [QLabel(str(number)) for number in range(4)]
    for number in (3, 0, 2, 1):
        grid.addWidget(cells[number], *divmod(number, 2))
    made = shown(qtbot, grid)
    assert made.layout() is grid
    assert held_by(grid) == cells


def test_what_was_taken_out_is_not_in_it_any_more(qtbot: QtBot) -> None:
    layout = column(QLabel("one"), QLabel("two"))
    made = shown(qtbot, layout)
    assert made.layout() is layout
    clear(layout)
    assert held_by(layout) == []


def test_nothing_of_what_was_taken_out_is_left(qtbot: QtBot) -> None:
    """A page that is made anew all day would grow by each of its items."""
    layout = column()
    made = shown(qtbot, layout)
    items = [QWidgetItem(QLabel("one", made)), QSpacerItem(1, 1)]
    for item in items:
        layout.addItem(item)
    layout.addLayout(row(QLabel("two"), None))
    clear(layout)
    assert layout.count() == 0
    assert not any(shiboken6.isValid(item) for item in items)


def test_a_layout_that_stands_nowhere_holds_nothing() -> None:
    assert held_by(QHBoxLayout()) == []


@pytest.mark.parametrize("ask", [held_by, widgets_in])
def test_no_wrapper_stays_of_what_qt_deletes(qtbot: QtBot, ask: Callable[[QLayout], object]) -> None:
    layout = column()
    made = shown(qtbot, layout)
    for _ in range(3):
        for text in ("one", "two"):
            layout.addWidget(label(text))
        ask(layout)
        for one in made.findChildren(QLabel):
            one.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    kept = [one for one in shiboken6.getAllValidWrappers() if type(one).__name__.startswith("QWidgetItem")]
    assert kept == []
