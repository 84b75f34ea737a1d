"""Cells that are painted as shares: read in every theme, and told apart by more than nothing."""

import pytest
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from desktop.widgets import theme
from desktop.widgets.colours import contrast
from desktop.widgets.share_painting import SHARE, BarPainter, HeatPainter, heat_of, text_on
from desktop.widgets.tokens import THEMES, load


@pytest.mark.parametrize("name", THEMES)
def test_the_text_of_every_share_can_be_read(name: str) -> None:
    tokens = load(name)
    grounds = [heat_of(share, tokens) for share in (None, *(number / 100 for number in range(101)))]
    assert min(contrast(text_on(ground, tokens), ground) for ground in grounds) >= 4.5
    assert contrast(tokens.accent, tokens.sunken) >= 3


def painted(painter: BarPainter | HeatPainter, shares: list[float | None], qtbot: QtBot) -> list[list[str]]:
    """The colours of each cell's middle line."""
    table, rows = QTableView(), QStandardItemModel()
    qtbot.addWidget(table)
    for share in shares:
        cell = QStandardItem()
        cell.setData(share, SHARE)
        rows.appendRow(cell)
    table.setModel(rows)
    painter.setParent(table)
    table.setItemDelegate(painter)
    table.setShowGrid(False)
    table.resize(300, 400)
    picture = table.grab().toImage()
    found = []
    for row in range(len(shares)):
        cell_at = table.visualRect(rows.index(row, 0)).translated(table.viewport().pos())
        line = range(cell_at.left() + 3, cell_at.right() - 3)
        found.append([picture.pixelColor(x, cell_at.center().y()).name() for x in line])
    return found


def test_a_bar_is_as_long_as_its_share(qtbot: QtBot) -> None:
    accent = theme.tokens().accent
    empty, half, full, none = (line.count(accent) for line in painted(BarPainter(), [0.0, 0.5, 1.0, None], qtbot))
    assert (empty, none) == (0, 0)
    assert 0.4 < half / full < 0.6


def test_a_cell_is_deeper_the_larger_its_share_is(qtbot: QtBot) -> None:
    lines = painted(HeatPainter(), [None, 0.0, 0.5, 1.0], qtbot)
    assert [line[3] for line in lines] == [heat_of(share, theme.tokens()) for share in (None, 0.0, 0.5, 1.0)]
    assert len({line[3] for line in lines}) == 4
