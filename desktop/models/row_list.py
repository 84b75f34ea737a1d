"""A list of rows for Qt's item views: it holds what it is given and asks for nothing."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
ROW = int(Qt.ItemDataRole.UserRole)
"""The role under which the row itself stands."""


class RowList(QAbstractListModel, Generic[R]):
    """Rows in order; `text` words a row, `key` says which row stays the same when others replace it."""

    def __init__(self, text: Callable[[R], str], key: Callable[[R], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self._key = key
        self._rows: tuple[R, ...] = ()

    @property
    def rows(self) -> tuple[R, ...]:
        return self._rows

    def show_rows(self, rows: Sequence[R]) -> None:
        """Replace what is listed; a list of the same keys keeps its selection and only paints anew."""
        same = [self._key(row) for row in rows] == [self._key(row) for row in self._rows]
        if same:
            self._rows = tuple(rows)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def place_of(self, key: object) -> QModelIndex:
        """Where the row with this key stands; an invalid index where it does not."""
        found = next((place for place, row in enumerate(self._rows) if self._key(row) == key), None)
        return QModelIndex() if found is None else self.index(found)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(row)
        return None
