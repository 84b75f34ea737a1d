"""The rows of the day list and of money: plain values, worded by presenters."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from desktop.models.row_list import ROW, Index
from desktop.models.rows import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One visit of the day list."""

    id: str
    time: str
    customer: str
    service: str
    people: str
    status: str
    waits: str = ""
    """Who waits and since when, or who is late and by how much; empty where nobody does."""
    due: str = ""
    urgent: bool = False
    """Whether somebody waits or is late."""
    over: bool = False
    """Whether nobody has anything to do about it any more."""
    spoken: str = ""
    """Whose visit it is with all that else matters, in one sentence."""

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in each of COLUMNS."""
        return (self.time, self.customer, self.service, self.people, self.status, self.waits, self.due)


COLUMNS: Final = ("Time", "Customer", "Service", "With", "Status", "Waits or late", "To pay")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request at the top of the day list."""

    id: str
    title: str
    detail: str
    why_not: str = ""
    """Why the person at the desk cannot answer it; empty where they can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidRow:
    """One payment of a visit, or one refund."""

    id: str
    text: str
    detail: str
    amount: str
    left: str = ""
    """What of it can be given back, as it is typed; empty where nothing can."""
    method: str = "cash"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """The money side of a visit."""

    appointment_id: str
    title: str
    facts: tuple[Fact, ...]
    rows: tuple[PaidRow, ...]
    amount: str
    """What is due, as it is typed; empty where nothing is."""
    kinds: tuple[tuple[str, str], ...]
    """What it can be taken for: id and words, the first chosen."""
    warning: str = ""
    take_why_not: str = ""
    refund_why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CashRow:
    """One line of the cash sheet."""

    time: str
    what: str
    method: str
    customer: str
    by: str
    amount: str
    note: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in each of CASH_COLUMNS."""
        return (self.time, self.what, self.method, self.customer, self.by, self.amount, self.note)


CASH_COLUMNS: Final = ("Time", "What", "How", "Customer", "By", "Amount", "")


class DayTable(QAbstractTableModel):
    """The day list for Qt's table: where the same visits come again, only the cells that changed are painted anew."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[DayRow, ...] = ()

    @property
    def rows(self) -> tuple[DayRow, ...]:
        """What is listed."""
        return self._rows

    def show_rows(self, rows: tuple[DayRow, ...]) -> bool:
        """Replace what is listed; whether other visits are listed than before."""
        before = self._rows
        if [one.id for one in rows] != [one.id for one in before]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return True
        self._rows = rows
        for place, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self._say_changed(place, old, new)
        return False

    def _say_changed(self, place: int, old: DayRow, new: DayRow) -> None:
        if (old.urgent, old.over) != (new.urgent, new.over):
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(COLUMNS) - 1))
            return
        for column, (was, now) in enumerate(zip(old.cells, new.cells, strict=True)):
            if was != now:
                self.dataChanged.emit(self.index(place, column), self.index(place, column))

    def place_of(self, row_id: str) -> int:
        """Where a visit stands; -1 where it does not."""
        return next((place for place, one in enumerate(self._rows) if one.id == row_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> object:
        shown = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return COLUMNS[section] if shown else None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken if index.column() == 0 else f"{COLUMNS[index.column()]}: {row.cells[index.column()]}"
        return None
