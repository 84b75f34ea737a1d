"""A list of what is set up, under headings; its order can be changed by dragging and by keyboard."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDropEvent, QFont, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem

from desktop.models.setup_rows import SetupRow
from desktop.views.build import named
from desktop.views.setup.field import swatch
from desktop.widgets import theme

_ID = int(Qt.ItemDataRole.UserRole)


class SetupList(QListWidget):
    """Shows rows and says which is chosen; where it can be ordered, in which order they were put."""

    rowChosen = Signal(str)
    orderChanged = Signal(object)
    """The ids in their new order."""

    def __init__(self, name: str, *, ordered: bool = False) -> None:
        super().__init__()
        named(self, name, "Alt and the arrows move an entry" if ordered else "")
        self._ordered = ordered
        self._rows: tuple[SetupRow, ...] = ()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("role", "bare")
        self.setIconSize(QSize(14, 14))
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if ordered:
            self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
            self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.currentItemChanged.connect(self._chosen)

    def show_rows(self, rows: tuple[SetupRow, ...], chosen: str) -> None:
        """Show these in place of those before, with one chosen."""
        before, self._rows = self._rows, rows
        if [one.id for one in rows] != [one.id for one in before]:
            self._fill()
        elif rows != before:
            # Whoever has just clicked on an entry still has it under the pointer.
            self._dress_all()
        place = next((number for number in range(self.count()) if self._id(number) == chosen and chosen), -1)
        self.blockSignals(True)
        self.setCurrentRow(place)
        if place < 0:
            self.clearSelection()
        self.blockSignals(False)

    def _fill(self) -> None:
        self.blockSignals(True)
        self.clear()
        for one in self._rows:
            item = QListWidgetItem()
            self._dress(item, one)
            self.addItem(item)
        self.blockSignals(False)

    def _dress_all(self) -> None:
        self.blockSignals(True)
        for number, one in enumerate(self._rows):
            self._dress(self.item(number), one)
        self.blockSignals(False)

    def _dress(self, item: QListWidgetItem, shown: SetupRow) -> None:
        item.setText("\n".join(filter(None, (shown.title, shown.detail))))
        item.setData(_ID, shown.id)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, (shown.title, shown.detail))))
        if shown.is_heading:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setFont(theme.font(weight=QFont.Weight.DemiBold))
            item.setForeground(QColor(theme.tokens().text_muted))
            return
        item.setIcon(swatch(shown.colour))
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        item.setFlags(flags | Qt.ItemFlag.ItemIsDragEnabled if self._ordered else flags)
        muted = QColor(theme.tokens().text_muted) if shown.is_archived else None
        item.setData(Qt.ItemDataRole.ForegroundRole, muted)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.count():
            place = self.currentRow()
            self._fill()
            self.blockSignals(True)
            self.setCurrentRow(place)
            self.blockSignals(False)

    def _id(self, number: int) -> str:
        return str(self.item(number).data(_ID) or "")

    def _chosen(self, current: QListWidgetItem | None) -> None:
        if current is not None and current.data(_ID):
            self.rowChosen.emit(str(current.data(_ID)))

    # The order

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if self._ordered and step and event.modifiers() == Qt.KeyboardModifier.AltModifier:
            self._move(step)
        else:
            super().keyPressEvent(event)

    def _move(self, step: int) -> None:
        """Move the chosen entry past its neighbour; over a heading it does not go."""
        here = self.currentRow()
        there = here + step
        if here < 0 or not 0 <= there < self.count() or not self._id(there):
            return
        order = [self._id(number) for number in range(self.count())]
        order[here], order[there] = order[there], order[here]
        self.orderChanged.emit(tuple(filter(None, order)))

    def dropEvent(self, event: QDropEvent) -> None:
        super().dropEvent(event)
        order = tuple(filter(None, (self._id(number) for number in range(self.count()))))
        # Whoever knows the rows says what becomes of it; until then they stand as they were.
        self._fill()
        self.orderChanged.emit(order)
