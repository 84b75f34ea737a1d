"""The audit trail of the business: who did what with people's rights, as whom, when, why and from where."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from desktop.models.rows import AuditRow
from desktop.views.build import Button, column, label, named, row
from desktop.views.tables import dress_table, items_of
from desktop.widgets import theme
from desktop.widgets.banner import Banner
from desktop.widgets.empty_state import EmptyState

_AIR = 12
"""Logical pixels between two rows."""
_ADDRESS = 140
COLUMNS = ("When", "Who", "What", "Reason", "From")


class AuditView(QWidget):
    """Shows rows, the newest first, and asks for older ones."""

    olderRequested = Signal()
    refreshRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = Banner()
        self._rows = QStandardItemModel(0, len(COLUMNS), self)
        self._rows.setHorizontalHeaderLabels(list(COLUMNS))
        self.table = named(QTableView(), "Audit trail")
        self._dress_table()
        self._empty = EmptyState()
        self.older = Button("Show older")
        self.refresh = Button("Refresh", kind="quiet", icon_name="sync")
        self._count = label("", "caption")
        foot = row(self._count, None, self.older)
        content = column(
            row(label("Audit trail", "heading"), None, self.refresh),
            label("What was done with people's rights here. Nothing of it can be changed or taken away.", "muted"),
            self.table, self._empty, foot, space=12, margins=(28, 22, 28, 18),
        )  # fmt: skip
        content.setStretch(2, 1)
        whole = column(self.banner, content, space=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.older.clicked.connect(self.olderRequested)
        self.refresh.clicked.connect(self.refreshRequested)
        self.banner.actionRequested.connect(self.refreshRequested)
        self.show_nothing("The audit trail is asked of the server.")

    def _dress_table(self) -> None:
        head = dress_table(self.table, self._rows)
        self.table.setWordWrap(True)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for place in (1, 2, 3):
            head.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(4, QHeaderView.ResizeMode.Fixed)
        head.resizeSection(4, _ADDRESS)

    def focus_first(self) -> None:
        """Put the focus where one begins."""
        (self.table if self.table.isVisible() else self.refresh).setFocus()

    def show_rows(self, rows: tuple[AuditRow, ...], *, more: bool) -> None:
        """Show these events; `more` where there are older ones."""
        self._rows.removeRows(0, self._rows.rowCount())
        for one in rows:
            self._rows.appendRow(_items(one))
        self.table.show()
        self._empty.hide()
        self.table.resizeRowsToContents()
        for place in range(self._rows.rowCount()):
            self.table.setRowHeight(place, self.table.rowHeight(place) + _AIR)
        self._count.setText(f"{len(rows):,} shown" if more else f"{len(rows):,} in all")
        self.older.setVisible(more)

    def show_nothing(self, sentence: str) -> None:
        """Say why nothing is shown."""
        self._rows.removeRows(0, self._rows.rowCount())
        self.table.hide()
        self.older.hide()
        self._count.clear()
        self._empty.show_state("history", sentence)
        self._empty.show()

    def show_busy(self, *, busy: bool) -> None:
        """Whether the server is being asked."""
        if busy:
            self._count.setText("Asking the server…")
        self.refresh.setEnabled(not busy)
        self.older.setEnabled(not busy)


def _items(shown: AuditRow) -> list[QStandardItem]:
    items = items_of((shown.when, shown.who, shown.what, shown.reason, shown.place))
    if shown.refused:
        items[2].setForeground(QColor(theme.tokens().danger_soft_text))
    return items
