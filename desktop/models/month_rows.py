"""The days of a month for Qt's table: where the same month comes again, only the days that changed are painted anew."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from desktop.models.row_list import ROW, Index

DAYS: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCell:
    """One day of a month."""

    day: date
    number: str
    visits: str = ""
    count: str = ""
    """Their number alone, for where there is no room for words."""
    load: str = ""
    """How much of its open time is booked, in words."""
    share: float = 0.0
    """The same, from 0 on; more than 1 where work goes on after hours."""
    is_closed: bool = False
    is_today: bool = False
    is_beside: bool = False
    """Whether it belongs to the month before or after."""
    spoken: str = ""


class MonthTable(QAbstractTableModel):
    """Weeks below one another."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cells: tuple[MonthCell, ...] = ()
        self._heads: tuple[str, ...] = ()

    def show_month(self, cells: tuple[MonthCell, ...], heads: tuple[str, ...]) -> bool:
        """Replace what is shown with whole weeks and a head for each weekday; whether other days were shown before."""
        before = self._cells
        other = (heads, [one.day for one in cells]) != (self._heads, [one.day for one in before])
        if other:
            self.beginResetModel()
        self._cells, self._heads = cells, heads
        if other:
            self.endResetModel()
            return True
        for place, (old, new) in enumerate(zip(before, cells, strict=True)):
            if old != new:
                index = self.index(place // DAYS, place % DAYS)
                self.dataChanged.emit(index, index)
        return False

    def index_of(self, day: date) -> QModelIndex:
        """Where a day is; invalid where it is not shown."""
        place = next((place for place, one in enumerate(self._cells) if one.day == day), -1)
        return self.index(place // DAYS, place % DAYS) if place >= 0 else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._cells) // DAYS

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else DAYS

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> object:
        shown = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._heads[section] if shown and section < len(self._heads) else None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        cell = self._cells[index.row() * DAYS + index.column()]
        if role == ROW:
            return cell
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.number
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return cell.spoken
        return None
