"""A month of days with the number of their visits and how much of each is booked."""

from datetime import date

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QFrame, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from desktop.models.month_rows import MonthCell, MonthTable
from desktop.models.row_list import ROW
from desktop.views.build import column, named
from desktop.widgets import theme
from desktop.widgets.tokens import RADIUS, TYPE

_PAD, _BAR, _DISC = 10, 6, 26
_WIDE = 90
_ROW = 72


class _Cell(QStyledItemDelegate):
    """Paints a day: its number, its visits, and its load as a bar with its figure."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        cell = index.data(ROW)
        if not isinstance(cell, MonthCell):
            return
        view = self.parent()
        is_current = isinstance(view, QTableView) and view.currentIndex() == index
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRect(option.rect)
        _ground(painter, area, cell)
        _number(painter, area, cell)
        pad = _PAD if area.width() >= _WIDE else _PAD // 2
        _figures(painter, area.adjusted(pad, 0, -pad, -_PAD), cell)
        if is_current:
            _ring(painter, area, has_keys=isinstance(view, QWidget) and view.hasFocus())
        painter.restore()


def _ground(painter: QPainter, area: QRect, cell: MonthCell) -> None:
    t = theme.tokens()
    painter.fillRect(area, QColor(t.closed if cell.is_closed or cell.is_beside else t.surface))
    painter.fillRect(area.right(), area.top(), 1, area.height(), QColor(t.line))
    painter.fillRect(area.left(), area.bottom(), area.width(), 1, QColor(t.line))


def _number(painter: QPainter, area: QRect, cell: MonthCell) -> None:
    t = theme.tokens()
    disc = QRect(area.left() + _PAD - 4, area.top() + 6, _DISC, _DISC)
    if cell.is_today:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.accent))
        painter.drawEllipse(disc)
    painter.setPen(QColor(t.accent_text if cell.is_today else t.text_faint if cell.is_beside else t.text))
    painter.setFont(theme.font(TYPE.body, QFont.Weight.DemiBold))
    painter.drawText(disc, int(Qt.AlignmentFlag.AlignCenter), cell.number)


def _figures(painter: QPainter, area: QRect, cell: MonthCell) -> None:
    t, font = theme.tokens(), theme.font(TYPE.small)
    metrics = QFontMetrics(font)
    bar = QRect(area.left(), area.bottom() - _BAR + 1, area.width(), _BAR)
    line = QRect(area.left(), bar.top() - metrics.height() - 4, area.width(), metrics.height())
    fits = metrics.horizontalAdvance(cell.visits + cell.load) + 8 <= area.width()
    # Without room for both in a line, the number of visits stands above, without its words.
    above = line if fits else line.translated(0, -metrics.height())
    words, right = (cell.visits, Qt.AlignmentFlag.AlignRight) if fits else (cell.count, Qt.AlignmentFlag.AlignLeft)
    painter.setFont(font)
    painter.setPen(QColor(t.text if not cell.is_beside else t.text_muted))
    painter.drawText(above, int(Qt.AlignmentFlag.AlignLeft), words)
    painter.setPen(QColor(t.text_muted))
    painter.drawText(line, int(right), cell.load)
    if not cell.is_closed:
        _bar(painter, bar, cell.share)


def _bar(painter: QPainter, bar: QRect, share: float) -> None:
    t = theme.tokens()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(t.pressed))
    painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
    if share > 0:
        painter.setBrush(QColor(t.warning if share > 1 else t.accent))
        width = max(_BAR, bar.width() * min(1.0, share))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), width, bar.height()), _BAR / 2, _BAR / 2)


def _ring(painter: QPainter, area: QRect, *, has_keys: bool) -> None:
    t = theme.tokens()
    painter.setPen(QPen(QColor(t.focus if has_keys else t.line_strong), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(area).adjusted(2, 2, -3, -3), RADIUS.m, RADIUS.m)


class MonthView(QWidget):
    """Shows days; a click or Enter opens one."""

    dayOpened = Signal(object)
    """A date."""
    dayMoved = Signal(object)
    """The date on which the keyboard stands now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = MonthTable(self)
        self.table = named(QTableView(), "Month", "Enter opens the day")
        self._dress()
        self.setLayout(column(self.table, space=0))
        self.table.clicked.connect(self._open)
        self.table.activated.connect(self._open)
        self.table.selectionModel().currentChanged.connect(self._moved)

    def _dress(self) -> None:
        table = self.table
        table.setModel(self._rows)
        table.setItemDelegate(_Cell(table))
        table.setShowGrid(False)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setMouseTracking(True)
        table.verticalHeader().hide()
        table.verticalHeader().setMinimumSectionSize(_ROW)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head = table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def show_month(self, cells: tuple[MonthCell, ...], heads: tuple[str, ...], current: date) -> None:
        """Show whole weeks; `current` is the day on which the keyboard stands."""
        self._rows.show_month(cells, heads)
        self.show_current(current)

    def show_current(self, day: date) -> None:
        """Put the keyboard on a day, without a signal."""
        index = self._rows.index_of(day)
        if index.isValid() and index != self.table.currentIndex():
            self.table.selectionModel().blockSignals(True)
            self.table.setCurrentIndex(index)
            self.table.selectionModel().blockSignals(False)
            self.table.viewport().update()

    def _open(self, index: QModelIndex) -> None:
        self.dayOpened.emit(index.data(ROW).day)

    def _moved(self, index: QModelIndex) -> None:
        if index.isValid():
            self.dayMoved.emit(index.data(ROW).day)
