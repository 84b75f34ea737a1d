"""The rows of the agenda for Qt's table: a heading for each day, and its visits below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal

from desktop.models.row_list import ROW, Index


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaRow:
    """One visit, or the heading of a day, which has no id and nothing but its title."""

    title: str
    """The time of a visit, or the day."""
    id: str = ""
    day: str = ""
    """The day of a heading in a form that does not change with the number of its visits."""
    customer: str = ""
    service: str = ""
    people: str = ""
    status: str = ""
    sign: str = ""
    """The status by the name that its sign goes by."""
    pending: bool = False
    refused: bool = False
    over: bool = False
    """Whether nobody has anything to do about it any more."""
    spoken: str = ""

    @property
    def is_heading(self) -> bool:
        """Whether it stands above the visits of a day."""
        return not self.id

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in each of AGENDA_COLUMNS."""
        return (self.title, self.customer, self.service, self.people, self.status)


AGENDA_COLUMNS: Final = ("Time", "Customer", "Service", "With", "Status")


class AgendaTable(QAbstractTableModel):
    """Rows that come as far as somebody scrolls; where others replace them, only what differs is painted anew."""

    moreWanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[AgendaRow, ...] = ()
        self._more = False

    @property
    def rows(self) -> tuple[AgendaRow, ...]:
        """What is listed."""
        return self._rows

    def show_rows(self, rows: tuple[AgendaRow, ...], *, more: bool) -> None:
        """Replace what is listed; `more` where others follow that are not read yet."""
        self._more = more
        before = self._rows
        head = _alike(before, rows)
        tail = _alike(before[head:][::-1], rows[head:][::-1])
        if len(before) - tail > head:
            self.beginRemoveRows(QModelIndex(), head, len(before) - tail - 1)
            self._rows = before[:head] + before[len(before) - tail :]
            self.endRemoveRows()
        if len(rows) - tail > head:
            self.beginInsertRows(QModelIndex(), head, len(rows) - tail - 1)
            self._rows = self._rows[:head] + rows[head : len(rows) - tail] + self._rows[head:]
            self.endInsertRows()
        kept, self._rows = self._rows, rows
        for place, (old, new) in enumerate(zip(kept, rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(place, 0), self.index(place, len(AGENDA_COLUMNS) - 1))

    def place_of(self, row_id: str) -> int:
        """Where a visit stands; -1 where it does not."""
        return next((place for place, one in enumerate(self._rows) if one.id == row_id), -1)

    def canFetchMore(self, parent: Index) -> bool:
        return self._more and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._more = False
            self.moreWanted.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(AGENDA_COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> object:
        shown = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return AGENDA_COLUMNS[section] if shown else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        # The keyboard passes over headings; the sentence of each visit says its day.
        is_heading = index.isValid() and self._rows[index.row()].is_heading
        return Qt.ItemFlag.NoItemFlags if is_heading else super().flags(index)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return row.cells[column]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return (row.spoken or row.title) if column == 0 else f"{AGENDA_COLUMNS[column]}: {row.cells[column]}"
        return None


def _alike(old: Sequence[AgendaRow], new: Sequence[AgendaRow]) -> int:
    """How many rows from the start are about the same."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if (one.id, one.day) != (other.id, other.day):
            break
        count += 1
    return count
