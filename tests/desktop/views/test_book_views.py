"""What the views of the book show and say, by themselves: their names, their keys, what they ask for."""

from datetime import date, timedelta

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.models.agenda_rows import AgendaRow, AgendaTable
from desktop.models.book_views import ColumnRow, View
from desktop.presenters.book_span import month_of
from desktop.views.actions import Actions
from desktop.views.agenda_view import AgendaView
from desktop.views.columns_dialog import ColumnsDialog
from desktop.views.month_view import MonthView
from desktop.views.view_bar import ViewBar
from tests.support.views_gallery import TODAY as DAY
from tests.support.views_gallery import agenda_rows, month_cells

ALT = Qt.KeyboardModifier.AltModifier
HEADS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAYS = month_of(DAY, 0)


@pytest.fixture
def month(qtbot: QtBot) -> MonthView:
    made = MonthView()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show_month(month_cells(DAYS), HEADS, DAY)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.table.setFocus()
    return made


@pytest.fixture
def agenda(qtbot: QtBot) -> AgendaView:
    made = AgendaView()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show_rows(tuple(agenda_rows(DAYS[28:35])), "14 visits", more=False)
    made.show()
    return made


def row(name: str, day: str = "1", **more: object) -> AgendaRow:
    return AgendaRow(id=name, title="09:00", customer=name, **more)  # type: ignore[arg-type]


def heading(day: str, words: str = "") -> AgendaRow:
    return AgendaRow(title=words or day, day=day)


def test_the_view_that_is_shown_is_marked_in_words_too(qtbot: QtBot) -> None:
    bar = ViewBar(Actions())
    qtbot.addWidget(bar)
    asked: list[object] = []
    bar.viewChosen.connect(asked.append)
    bar._buttons[View.MONTH].click()
    assert asked == [View.MONTH]
    bar.show_view(View.MONTH)
    said = {view: button.accessibleDescription() for view, button in bar._buttons.items()}
    assert said == {View.DAY: "", View.WEEK: "", View.MONTH: "shown now", View.AGENDA: ""}
    assert bar._buttons[View.WEEK].toolTip() == "Week (Alt+W)"


def test_each_day_of_a_month_is_read_with_its_visits_and_its_load(month: MonthView) -> None:
    index = month._rows.index_of(DAY)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == (
        "Tuesday, 24 November 2026, today, 53 visits, 100 % booked"
    )
    tree = QAccessible.queryAccessibleInterface(month.table)
    names = [tree.child(number).text(QAccessible.Text.Name) for number in range(tree.childCount())]
    assert any("Sunday, 29 November 2026, No visits, closed" in name for name in names)


def test_arrows_walk_over_the_days_and_enter_opens_one(month: MonthView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(month.dayMoved) as moved:
        QTest.keyClick(month.table, Qt.Key.Key_Up)
    assert moved.args == [DAY - timedelta(days=7)]
    with qtbot.waitSignal(month.dayOpened) as opened:
        QTest.keyClick(month.table, Qt.Key.Key_Return)
    assert opened.args == [DAY - timedelta(days=7)]


def test_a_click_opens_a_day(month: MonthView, qtbot: QtBot) -> None:
    there = month.table.visualRect(month._rows.index_of(date(2026, 11, 12))).center()
    with qtbot.waitSignal(month.dayOpened) as opened:
        QTest.mouseClick(month.table.viewport(), Qt.MouseButton.LeftButton, pos=there)
    assert opened.args == [date(2026, 11, 12)]


def test_a_day_that_changed_is_the_only_one_that_is_painted_again(month: MonthView) -> None:
    changed: list[tuple[int, int]] = []
    month._rows.dataChanged.connect(lambda top, end: changed.append((top.row(), top.column())))
    cells = list(month_cells(DAYS))
    place = DAYS.index(DAY)
    cells[place] = cells[place - 1]
    cells[place] = type(cells[place])(day=DAY, number="24", visits="1 visit")
    month.show_month(tuple(cells), HEADS, DAY)
    assert changed == [(place // 7, place % 7)]


def test_the_keyboard_passes_over_the_headings_of_the_agenda(agenda: AgendaView) -> None:
    rows = agenda._rows.rows
    second = [place for place, one in enumerate(rows) if one.is_heading][1]
    agenda.table.selectRow(second - 1)
    QTest.keyClick(agenda.table, Qt.Key.Key_Down)
    assert agenda.table.currentIndex().row() == second + 1


def test_enter_and_a_click_open_a_visit_and_a_heading_opens_nothing(agenda: AgendaView) -> None:
    opened: list[str] = []
    agenda.opened.connect(opened.append)
    agenda.table.selectRow(1)
    QTest.keyClick(agenda.table, Qt.Key.Key_Return)
    assert opened == ["Maria Schmidt 9"]
    heading_at = agenda.table.visualRect(agenda._rows.index(0, 0)).center()
    QTest.mouseClick(agenda.table.viewport(), Qt.MouseButton.LeftButton, pos=heading_at)
    assert opened == ["Maria Schmidt 9"]


def test_a_new_visit_moves_no_other_row_but_those_below() -> None:
    table = AgendaTable()
    table.show_rows((heading("1"), row("a"), row("c"), heading("2"), row("d")), more=False)
    seen: list[tuple[str, int, int]] = []
    table.rowsInserted.connect(lambda _, first, last: seen.append(("in", first, last)))
    table.rowsRemoved.connect(lambda _, first, last: seen.append(("out", first, last)))
    table.dataChanged.connect(lambda top, end: seen.append(("new", top.row(), end.row())))
    table.modelReset.connect(lambda: seen.append(("reset", 0, 0)))
    table.show_rows((heading("1", "1, 3"), row("a"), row("b"), row("c"), heading("2"), row("d")), more=False)
    assert seen == [("in", 2, 2), ("new", 0, 0)]
    seen.clear()
    table.show_rows((heading("2"), row("d")), more=False)
    assert seen == [("out", 0, 3)]
    assert [one.id for one in table.rows] == ["", "d"]


def test_more_is_asked_for_once_until_it_has_come() -> None:
    table = AgendaTable()
    asked: list[int] = []
    table.moreWanted.connect(lambda: asked.append(1))
    table.show_rows((heading("1"), row("a")), more=True)
    assert table.canFetchMore(QModelIndex())
    table.fetchMore(QModelIndex())
    table.fetchMore(QModelIndex())
    assert asked == [1]


def test_columns_are_moved_with_alt_and_the_arrows(qtbot: QtBot) -> None:
    dialog = ColumnsDialog()
    qtbot.addWidget(dialog)
    rows = tuple(ColumnRow(id=name, title=name, kind="STAFF") for name in ("ann", "bo", "cy"))
    dialog.ask(rows, ("cy", "ann"), ())
    taken: list[tuple[object, object]] = []
    dialog.chosen.connect(lambda ids, kinds: taken.append((ids, kinds)))
    assert [dialog.list.item(at).text() for at in range(3)] == ["cy", "ann", "bo"]
    QTest.keyClick(dialog.list, Qt.Key.Key_Down, ALT)
    dialog.list.item(2).setCheckState(Qt.CheckState.Checked)
    dialog.yes.click()
    assert taken == [(("ann", "cy", "bo"), ())]
