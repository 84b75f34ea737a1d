"""Tables that are charts: each line has its name, its figure and a bar, or a cell for each hour."""

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFocusEvent, QResizeEvent, QStandardItem, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QSizePolicy, QTableView

from desktop.models.numbers_rows import Bar, Heat, HeatRow
from desktop.views.build import named
from desktop.widgets.share_painting import SHARE, BarPainter, HeatPainter

_ROW: Final = 30
_NAME: Final = 132
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_SPOKEN: Final = int(Qt.ItemDataRole.AccessibleTextRole)


class _WholeTable(QTableView):
    """A table that is as high as its lines are: the page scrolls, and not each table in it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        named(self, name)
        self.setProperty("role", "bare")
        self.rows_shown = QStandardItemModel(self)
        self.setModel(self.rows_shown)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.horizontalHeader().setHighlightSections(False)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def replace_rows(self, head: Sequence[str], rows: Iterable[list[QStandardItem]]) -> None:
        """Show other lines; whoever walks over them stays where they are."""
        at = self.currentIndex()
        row, column = at.row(), at.column()
        self.rows_shown.clear()
        self.rows_shown.setHorizontalHeaderLabels(list(head))
        for one in rows:
            self.rows_shown.appendRow(one)
        if self.hasFocus():
            self.setCurrentIndex(self.rows_shown.index(min(row, self.rows_shown.rowCount() - 1), column))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self.rows_shown.index(0, 0))
        self.selectionModel().select(self.currentIndex(), self.selectionCommand(self.currentIndex()))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # Nothing is done with a line: it stands out only while one walks over it.
        self.clearSelection()

    def fit(self) -> None:
        """Take the height of what is shown."""
        head = 0 if self.horizontalHeader().isHidden() else self.horizontalHeader().sizeHint().height()
        # Where it is wider than its place, a bar to scroll by lies below the lines.
        below = self.horizontalScrollBar().sizeHint().height() if self._is_wide() else 0
        self.setFixedHeight(head + _ROW * self.rows_shown.rowCount() + below + 2)

    def _is_wide(self) -> bool:
        return self.horizontalHeader().length() > self.viewport().width()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().x():
            super().wheelEvent(event)
        else:
            # The page is what moves up and down.
            event.ignore()


class BarTable(_WholeTable):
    """Names, bars and figures, one line each."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.horizontalHeader().hide()
        self.setItemDelegateForColumn(1, BarPainter(self))

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Replace the lines."""
        self.replace_rows(("Name", "Share", "Figure"), map(_bar, bars))
        head = self.horizontalHeader()
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        self.fit()


class HeatTable(_WholeTable):
    """A line for each resource and a cell for each hour."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        self._heat = HeatPainter(self)
        self._plain = self.itemDelegate()
        self._columns: tuple[str, ...] = ()

    def show_heat(self, shown: Heat) -> None:
        """Replace the lines."""
        self._columns = shown.columns
        self.replace_rows(("", *shown.columns), map(_items, shown.rows))
        for column in range(self.rows_shown.columnCount()):
            self.setItemDelegateForColumn(column, self._heat if column else self._plain)
        self._share_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_out()

    def _share_out(self) -> None:
        """Give the names what the hours leave, and each of the hours the same."""
        count = len(self._columns)
        if not count:
            return
        least = max(self.fontMetrics().horizontalAdvance(text) for text in ("100%", *self._columns)) + 14
        each = max(least, min(64, (self.viewport().width() - _NAME - 40) // count))
        for column in range(count):
            self.setColumnWidth(column + 1, each)
        self.setColumnWidth(0, max(_NAME, self.viewport().width() - each * count))
        self.fit()


def _bar(shown: Bar) -> list[QStandardItem]:
    name, bar, text = QStandardItem(shown.name), QStandardItem(), QStandardItem(shown.text)
    name.setToolTip(f"{shown.name}: {shown.text}")
    name.setData(f"{shown.name}: {shown.text}", _SPOKEN)
    bar.setData(shown.share, SHARE)
    bar.setData(f"{round(100 * shown.share)}% of the longest", _SPOKEN)
    text.setTextAlignment(_RIGHT)
    return [name, bar, text]


def _items(shown: HeatRow) -> list[QStandardItem]:
    name = QStandardItem(shown.name)
    name.setToolTip(". ".join(filter(None, (shown.name, shown.detail))))
    name.setData(". ".join(filter(None, (shown.name, shown.detail))), _SPOKEN)
    if shown.is_sum:
        font = name.font()
        font.setBold(True)
        name.setFont(font)
    items = [name]
    for cell in shown.cells:
        item = QStandardItem(cell.text)
        item.setData(cell.share, SHARE)
        item.setToolTip(cell.spoken)
        item.setData(cell.spoken, _SPOKEN)
        items.append(item)
    return items
