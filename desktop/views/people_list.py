"""A list of people beside the details of the chosen one: what the pages of customers and of the waitlist share."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListView, QWidget

from desktop.views.build import named, row
from desktop.widgets import theme
from desktop.widgets.search_rows import RowDelegate, RowModel, SearchRow


class PeopleList(QListView):
    """Shows rows in order; the chosen one stays chosen while it is there."""

    rowChosen = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        named(self, name)
        self._model = RowModel(self)
        self._showing = False
        self.setModel(self._model)
        self.setItemDelegate(RowDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.set_property(self, "role", "bare")
        self.selectionModel().currentChanged.connect(self._moved)

    def show_rows(self, rows: Sequence[SearchRow], chosen: str) -> None:
        """Show rows in place of those before, with one of them chosen."""
        self._showing = True
        self._model.show_rows(rows)
        place = next((number for number, one in enumerate(rows) if one.id == chosen), None)
        self.setCurrentIndex(QModelIndex() if place is None else self._model.index(place, 0))
        self._showing = False

    def rows(self) -> tuple[SearchRow, ...]:
        """What is shown."""
        return tuple(self._model.rows)

    def choose(self, row_id: str) -> None:
        """Choose a row, as a click on it does."""
        place = next((number for number, one in enumerate(self._model.rows) if one.id == row_id), None)
        if place is not None:
            self.setCurrentIndex(self._model.index(place, 0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        before = self.currentIndex().row()
        super().mousePressEvent(event)
        if before >= 0 and self.indexAt(event.position().toPoint()).row() == before == self.currentIndex().row():
            # Whoever is in a form goes back so to the one whom it is about.
            self.rowChosen.emit(self._model.rows[before].id)

    def _moved(self, current: QModelIndex) -> None:
        if current.isValid() and not self._showing:
            self.rowChosen.emit(self._model.rows[current.row()].id)


def listed_beside(listing: QWidget, pages: QWidget) -> QHBoxLayout:
    """A list and what is chosen in it; in a narrow window the list gives way until names cannot be read any more."""
    listing.setMinimumWidth(240)
    listing.setMaximumWidth(340)
    beside = row(listing, pages, space=0)
    beside.setStretch(0, 1)
    beside.setStretch(1, 2)
    return beside
