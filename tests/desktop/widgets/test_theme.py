"""The look follows what a person chose, at once and everywhere."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontInfo, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDateEdit,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QTableView,
    QTimeEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.widgets import icons, theme
from desktop.widgets.day_book import DayBook
from desktop.widgets.theme import Scheme
from desktop.widgets.tokens import load


def test_a_switch_reaches_windows_that_are_open(qapp: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    words = QLabel("Booking", window)
    qtbot.addWidget(window)
    theme.dress(window)
    window.show()
    theme.apply(qapp, Scheme.DARK)
    assert words.palette().color(QPalette.ColorRole.WindowText).name() == load("dark").text
    assert window.grab().toImage().pixelColor(window.width() - 1, 1).name() == load("dark").canvas


def test_a_switch_repaints_the_book(qapp: QApplication, book: DayBook) -> None:
    theme.dress(book)
    corner = book.body().topRight()
    before = book.grab().toImage().pixelColor(corner.x() - 40, corner.y() + 200).name()
    theme.apply(qapp, Scheme.DARK)
    after = book.grab().toImage().pixelColor(corner.x() - 40, corner.y() + 200).name()
    assert (before, after) == (load("light").surface, load("dark").surface)


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_where_two_scroll_bars_meet_no_box_is_drawn(qapp: QApplication, qtbot: QtBot, scheme: Scheme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    theme.dress(window)
    theme.apply(qapp, scheme)
    table = QTableView(window)
    table.resize(200, 200)
    for set_policy in (table.setHorizontalScrollBarPolicy, table.setVerticalScrollBarPolicy):
        set_policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    window.show()
    picture = table.grab().toImage()
    shades = {picture.pixelColor(x, y).name() for x in range(187, 195) for y in range(187, 195)}
    assert len(shades) == 1


def test_what_stands_beside_one_another_is_of_one_height(qapp: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    theme.dress(window)
    beside = QHBoxLayout(window)
    editors = (QLineEdit(), QComboBox(), QSpinBox(), QDateEdit(), QTimeEdit())
    for one in editors:
        beside.addWidget(one)
    window.show()
    theme.apply(qapp, Scheme.LIGHT)
    assert len({one.height() for one in editors}) == 1
    assert all(one.lineEdit().height() >= one.fontMetrics().height() for one in editors[2:])


def test_the_system_decides_where_nobody_chose(qapp: QApplication) -> None:
    theme.apply(qapp, Scheme.DARK)
    theme.apply(qapp, Scheme.SYSTEM)
    assert theme.tokens().name == "light"
    assert theme.scheme() is Scheme.SYSTEM


def test_the_product_brings_its_font(qapp: QApplication) -> None:
    assert QFontInfo(theme.font()).family() == "Inter"


def test_larger_text_is_larger_everywhere(qapp: QApplication) -> None:
    theme.apply(qapp, Scheme.LIGHT, scale=1.5)
    assert qapp.font().pixelSize() == 20


def test_every_icon_draws_something_in_the_colour_that_was_asked_for(qapp: QApplication) -> None:
    for name in icons.names():
        image = icons.pixmap(name, "#ff0000", 20, 2.0).toImage()
        inked = [image.pixelColor(x, y) for x in range(40) for y in range(40) if image.pixelColor(x, y).alpha() > 200]
        assert inked, name
        assert all(colour.red() > 250 and colour.green() < 6 for colour in inked), name
