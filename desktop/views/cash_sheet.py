"""The cash sheet of a day: what was taken and given back, with its sums, to be printed or saved."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QHeaderView, QTableView, QWidget

from desktop.models.day_rows import CASH_COLUMNS, CashRow
from desktop.models.rows import Fact
from desktop.views.build import Button, clear, column, frame, label, named, row, show_facts
from desktop.views.day_stepper import DayStepper
from desktop.views.tables import dress_table, items_of
from desktop.widgets.empty_state import EmptyState

_ROW = 36
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CashSheetView(QWidget):
    """Shows rows and sums, and asks for another day, for paper and for a file."""

    printRequested = Signal()
    saveRequested = Signal(str)
    """The file that it is to be written into."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stepper = DayStepper()
        self.print_button, self.save = Button("Print…"), Button("Save as CSV…")
        self._name = ""
        self._total = label("", "heading")
        self._cards = QHBoxLayout()
        self._cards.setSpacing(12)
        self._rows = QStandardItemModel(0, len(CASH_COLUMNS), self)
        self._rows.setHorizontalHeaderLabels(list(CASH_COLUMNS))
        self._rows.horizontalHeaderItem(5).setTextAlignment(_RIGHT)
        self.table = named(QTableView(), "Cash sheet")
        self._empty = EmptyState()
        self._dress_table()
        content = column(
            row(label("Cash sheet", "heading"), None, self.print_button, self.save),
            self.stepper, self._total, self._cards, self.table, self._empty,
            space=12, margins=(28, 22, 28, 18),
        )  # fmt: skip
        content.setStretchFactor(self.table, 1)
        content.setStretchFactor(self._empty, 1)
        self.setLayout(content)
        self.print_button.clicked.connect(self.printRequested)
        self.save.clicked.connect(self._choose_file)
        self.show_nothing("Nothing was paid on this day.")

    def _dress_table(self) -> None:
        head = dress_table(self.table, self._rows, row=_ROW)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(6, QHeaderView.ResizeMode.Stretch)

    def focus_first(self) -> None:
        """Put the focus where one begins."""
        (self.table if not self.table.isHidden() else self.stepper.today).setFocus()

    def show_sheet(self, total: str, sums: Sequence[tuple[str, tuple[Fact, ...]]], rows: Sequence[CashRow]) -> None:
        """Show the sums, each group under its title, and the lines."""
        self._total.setText(f"Total {total}")
        clear(self._cards)
        for title, facts in sums:
            lines = column(space=6)
            show_facts(lines, facts)
            card = frame("card", column(label(title, "strong"), lines, None, margins=(16, 12, 16, 12)))
            self._cards.addWidget(card, 1)
        self._rows.removeRows(0, self._rows.rowCount())
        for one in rows:
            self._rows.appendRow(_items(one))
        self._show(there=True)

    def show_nothing(self, sentence: str) -> None:
        """Say why there is nothing."""
        self._rows.removeRows(0, self._rows.rowCount())
        clear(self._cards)
        self._total.clear()
        self._empty.show_state("inbox", sentence)
        self._show(there=False)

    def suggest(self, name: str) -> None:
        """What the file is called where nobody says otherwise."""
        self._name = name

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the cash sheet", self._name, "CSV (*.csv)")
        if path:
            self.saveRequested.emit(path)

    def _show(self, *, there: bool) -> None:
        self.table.setVisible(there)
        self._total.setVisible(there)
        self._empty.setVisible(not there)
        for button in (self.print_button, self.save):
            button.setEnabled(there)


def _items(shown: CashRow) -> list[QStandardItem]:
    items = items_of(shown.cells)
    items[5].setTextAlignment(_RIGHT)
    return items
