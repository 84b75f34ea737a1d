"""Which people, rooms and equipment are columns of the day, and in which order."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDropEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QCheckBox, QDialog, QListWidget, QListWidgetItem, QRadioButton, QWidget

from desktop.models.book_views import ColumnRow
from desktop.views.build import Button, column, label, named, row

_ID: Final = int(Qt.ItemDataRole.UserRole)
_KINDS: Final = {"STAFF": "People", "ROOM": "Rooms", "EQUIPMENT": "Equipment"}
_WIDTH: Final = 420


class _ByHand(QListWidget):
    """Resources that can be ticked and moved."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "Columns chosen by hand", "Space ticks an entry, Alt and the arrows move it")
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)

    def show_rows(self, rows: tuple[ColumnRow, ...], chosen: tuple[str, ...]) -> None:
        self.clear()
        order = {one: place for place, one in enumerate(chosen)}
        for one in sorted(rows, key=lambda one: order.get(one.id, len(order))):
            item = QListWidgetItem(one.title)
            item.setData(_ID, one.id)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{one.title}, {_KINDS[one.kind]}")
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
            item.setFlags(flags | Qt.ItemFlag.ItemIsDragEnabled)
            item.setCheckState(Qt.CheckState.Checked if one.id in order else Qt.CheckState.Unchecked)
            self.addItem(item)
        self.setCurrentRow(0)

    def chosen(self) -> tuple[str, ...]:
        """The ids of what is ticked, in order."""
        items = (self.item(place) for place in range(self.count()))
        return tuple(str(one.data(_ID)) for one in items if one.checkState() is Qt.CheckState.Checked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step and event.modifiers() == Qt.KeyboardModifier.AltModifier:
            self.move_current(step)
        else:
            super().keyPressEvent(event)

    def move_current(self, step: int) -> None:
        """Move the entry on which the keyboard stands."""
        here = self.currentRow()
        if 0 <= here + step < self.count():
            self.insertItem(here + step, self.takeItem(here))
            self.setCurrentRow(here + step)

    def dropEvent(self, event: QDropEvent) -> None:
        super().dropEvent(event)
        self.setFocus()


class ColumnsDialog(QDialog):
    """Asks for kinds, or for resources by hand; what was not changed stays as it was."""

    chosen = Signal(object, object)
    """The ids that were chosen by hand, in order, and the kinds: one of the two is empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self.setWindowTitle("Columns of the day")
        self.by_kind = named(QRadioButton("By type, as in Set-up"), "By type")
        self.by_hand = named(QRadioButton("By hand"), "By hand")
        self.kinds = {kind: named(QCheckBox(text), text) for kind, text in _KINDS.items()}
        self.list = _ByHand()
        self.up, self.down = Button("Move up"), Button("Move down")
        self.no, self.yes = Button("Cancel"), Button("Show these", kind="primary")
        self.setLayout(
            column(
                label("Columns of the day", "heading"),
                label("Kept for you on this computer, for each location.", "muted", wrap=True),
                self.by_kind, row(*self.kinds.values(), None, space=14, margins=(26, 0, 0, 6)),
                self.by_hand, self.list, row(self.up, self.down, None),
                row(None, self.no, self.yes),
                space=10, margins=(24, 22, 24, 20),
            )
        )  # fmt: skip
        self._connect()

    def _connect(self) -> None:
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self._take)
        self.up.clicked.connect(lambda: self.list.move_current(-1))
        self.down.clicked.connect(lambda: self.list.move_current(1))
        self.by_kind.toggled.connect(self._look)
        self.list.itemChanged.connect(lambda _: self._look())
        for box in self.kinds.values():
            box.toggled.connect(self._look)

    def ask(self, rows: tuple[ColumnRow, ...], ids: tuple[str, ...], kinds: tuple[str, ...]) -> None:
        """Ask, with what holds now; without `ids` it goes by type, and without `kinds` all of them are shown."""
        self.list.show_rows(rows, ids or tuple(one.id for one in rows))
        for kind, box in self.kinds.items():
            box.setChecked(kind in kinds or not kinds)
            box.setVisible(any(one.kind == kind for one in rows))
        (self.by_hand if ids else self.by_kind).setChecked(True)
        self._look()
        self.open()
        (self.list if ids else self.by_kind).setFocus()

    def _kinds(self) -> tuple[str, ...]:
        return tuple(kind for kind, box in self.kinds.items() if box.isChecked() and not box.isHidden())

    def _look(self) -> None:
        """Allow what has a meaning now."""
        by_hand = self.by_hand.isChecked()
        for one in (self.list, self.up, self.down):
            one.setEnabled(by_hand)
        for box in self.kinds.values():
            box.setEnabled(not by_hand)
        some = self.list.chosen() if by_hand else self._kinds()
        self.yes.setEnabled(bool(some))
        self.yes.setToolTip("" if some else "Choose at least one column")

    def _take(self) -> None:
        by_hand = self.by_hand.isChecked()
        self.accept()
        self.chosen.emit(self.list.chosen() if by_hand else (), () if by_hand else self._kinds())
