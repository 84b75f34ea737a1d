"""The list under a search box: its rows as a Qt model, and how a row of two lines is painted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.widgets import icons, theme
from desktop.widgets.tokens import RADIUS, TYPE

_Index = QModelIndex | QPersistentModelIndex
_ROW = Qt.ItemDataRole.UserRole
_PAD, _ICON = 8, 18


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """One thing found; `alert` is shown as a warning, `icon` is one of the product's."""

    id: str
    title: str
    detail: str = ""
    alert: str = ""
    icon: str = "user"


class RowModel(QAbstractListModel):
    """The rows that are offered."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[SearchRow] = []

    def show_rows(self, rows: Sequence[SearchRow]) -> None:
        if rows and [one.id for one in rows] == [one.id for one in self.rows]:
            # Whoever has just clicked on a row still has it under the pointer.
            self.rows = list(rows)
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))
            return
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def spoken(self, row: int) -> str:
        """A row as one sentence."""
        found = self.rows[row]
        return ", ".join(part for part in (found.title, found.detail, found.alert) if part)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == _ROW:
            return self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self.spoken(index.row())
        return None


class RowDelegate(QStyledItemDelegate):
    """Paints an icon, a name, a second line and an alert."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        row: SearchRow = index.data(_ROW)
        title, detail = (QFontMetrics(font).height() for font in _fonts())
        return QSize(120, 2 * _PAD - 2 + title + (detail if row.detail or row.alert else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: SearchRow = index.data(_ROW)
        tokens = theme.tokens()
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent_soft))
            painter.drawRoundedRect(rect, RADIUS.s, RADIUS.s)
        ratio = painter.device().devicePixelRatioF()
        tint = tokens.accent_soft_text if not row.id else tokens.text_muted
        picture = icons.pixmap(row.icon, tint, _ICON, ratio)
        painter.drawPixmap(rect.left() + _PAD, rect.top() + _PAD, picture)
        left = rect.left() + 2 * _PAD + _ICON
        room = QRect(left, rect.top() + _PAD - 1, rect.right() - left - _PAD, rect.height())
        self._write(painter, row, room, tint if not row.id else tokens.text)
        painter.restore()

    def _write(self, painter: QPainter, row: SearchRow, room: QRect, ink: str) -> None:
        tokens = theme.tokens()
        bold, small = _fonts()
        painter.setFont(bold)
        painter.setPen(QColor(ink))
        metrics = QFontMetrics(bold)
        top = int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(room, top, metrics.elidedText(row.title, Qt.TextElideMode.ElideRight, room.width()))
        room.setTop(room.top() + metrics.height())
        painter.setFont(small)
        metrics = QFontMetrics(small)
        if row.alert:
            painter.setPen(QColor(tokens.warning_soft_text))
            words = metrics.elidedText(row.alert, Qt.TextElideMode.ElideRight, room.width() * 2 // 3)
            painter.drawText(room, top, words)
            room.setLeft(room.left() + metrics.horizontalAdvance(words) + _PAD)
        painter.setPen(QColor(tokens.text_muted))
        painter.drawText(room, top, metrics.elidedText(row.detail, Qt.TextElideMode.ElideRight, room.width()))


def _fonts() -> tuple[QFont, QFont]:
    return theme.font(TYPE.body, QFont.Weight.DemiBold), theme.font(TYPE.small)
