"""What a service needs, line by line: whom or what, how many, and in which of its phases."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QListWidget, QListWidgetItem, QWidget

from desktop.models.setup_rows import NeedChoices, NeedRow, Texts
from desktop.views.build import Button, IconButton, clear, column, label, marked, named, row
from desktop.views.choosing import choose
from desktop.widgets import theme

_ROW_HEIGHT, _MOST_ROWS = 29, 6


class NeedLine(QFrame):
    """One need; the ones to tick stand below where it names certain ones."""

    edited = Signal()
    removed = Signal(object)

    def __init__(self, shown: NeedRow, choices: NeedChoices, number: int) -> None:
        super().__init__()
        self.setProperty("role", "line")
        self._choices = choices
        self.whom = named(QComboBox(), f"Need {number}: who or what")
        self.count = named(QLineEdit(shown.count), f"Need {number}: how many")
        self.count.setFixedWidth(52)
        self.during = named(QComboBox(), f"Need {number}: when")
        for combo, offered, chosen in (
            (self.whom, choices.whom, shown.whom), (self.during, choices.during, shown.during)
        ):  # fmt: skip
            combo.setMinimumWidth(72)
            for one in offered:
                combo.addItem(one.text, one.id)
            choose(combo, chosen)
            combo.currentIndexChanged.connect(self._touched)
        self.certain = named(QListWidget(), f"Need {number}: which ones")
        self._error = marked(label("", "error", wrap=True), f"What is wrong: need {number}")
        self._error.hide()
        away = IconButton("trash", f"Remove need {number}")
        away.clicked.connect(lambda: self.removed.emit(self))
        line = row(self.count, self.whom, self.during, away, space=8)
        line.setStretch(1, 1)
        line.setStretch(2, 1)
        self.setLayout(column(line, self._error, self.certain, space=6, margins=(10, 8, 8, 8)))
        self._offer(shown.chosen)
        self.whom.currentIndexChanged.connect(lambda: self._offer(()))
        self.count.textEdited.connect(self._touched)
        self.certain.itemChanged.connect(lambda _: self._touched())

    def _offer(self, chosen: Sequence[str]) -> None:
        offered = self._choices.certain.get(str(self.whom.currentData()), ())
        self.certain.blockSignals(True)
        self.certain.clear()
        for one in offered:
            item = QListWidgetItem(one.text)
            item.setData(Qt.ItemDataRole.UserRole, one.id)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked if one.id in chosen else Qt.CheckState.Unchecked)
            self.certain.addItem(item)
        self.certain.blockSignals(False)
        self.certain.setFixedHeight(_ROW_HEIGHT * min(_MOST_ROWS, max(1, len(offered))) + 10)
        self.certain.setVisible(bool(offered))

    def need(self) -> NeedRow:
        """What stands in the line."""
        items = (self.certain.item(number) for number in range(self.certain.count()))
        chosen = tuple(
            str(one.data(Qt.ItemDataRole.UserRole)) for one in items if one.checkState() is Qt.CheckState.Checked
        )
        return NeedRow(
            whom=str(self.whom.currentData()), chosen=chosen, count=self.count.text(),
            during=str(self.during.currentData()),
        )  # fmt: skip

    def show_error(self, sentence: str) -> None:
        """Say what is wrong with it."""
        theme.set_property(self.count, "invalid", bool(sentence))
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    def _touched(self) -> None:
        self.show_error("")
        self.edited.emit()


class NeedsEditor(QWidget):
    """The needs of a service."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._choices = NeedChoices()
        self._lines: list[NeedLine] = []
        self._inside = column(space=6)
        self._none = label("Nothing is needed: whoever books chooses by hand.", "muted", wrap=True)
        self.add = Button("Add a need", icon_name="plus")
        self.add.clicked.connect(self._add)
        self.setLayout(column(label("What it needs", "title"), self._none, self._inside, row(self.add, None), space=8))

    def show_needs(self, needs: Sequence[NeedRow], choices: NeedChoices) -> None:
        """Show these in place of those before."""
        self._choices, self._lines = choices, []
        clear(self._inside)
        for one in needs:
            self._put(one)
        self._none.setVisible(not self._lines)

    def _put(self, shown: NeedRow) -> NeedLine:
        line = NeedLine(shown, self._choices, len(self._lines) + 1)
        line.edited.connect(self.edited)
        line.removed.connect(self._remove)
        self._lines.append(line)
        self._inside.addWidget(line)
        return line

    def needs(self) -> tuple[NeedRow, ...]:
        """What stands there."""
        return tuple(one.need() for one in self._lines)

    def show_errors(self, errors: Texts) -> None:
        """Say what is wrong with each, by `needs.` and its place."""
        for number, line in enumerate(self._lines):
            line.show_error(errors.get(f"needs.{number}", ""))

    def _add(self) -> None:
        line = self._put(NeedRow(whom=self._choices.whom[0].id))
        self._none.hide()
        line.whom.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit()

    def _remove(self, line: object) -> None:
        left = tuple(one.need() for one in self._lines if one is not line)
        self.show_needs(left, self._choices)
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit()
