"""What each column of a file is taken for, as it was guessed and as a person says otherwise."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QScrollArea, QWidget

from desktop.models.rows import Choice, ImportColumn
from desktop.views.build import clear, column, label, named
from desktop.views.choosing import choose

_HEIGHT = 190
_SAMPLE = 40
LEAVE_OUT = "Leave out"


class ImportColumns(QScrollArea):
    """A line for each column: its heading, what stands first in it, and what it is."""

    changed = Signal(int, str)
    """The position of a column from 0, and the id of what it is; empty to leave it out."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "Columns of the file")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        page = QWidget()
        page.setLayout(column(self._grid, None, margins=(0, 0, 12, 0)))
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFixedHeight(_HEIGHT)
        self._shown: tuple[tuple[ImportColumn, ...], tuple[Choice, ...]] = ((), ())

    def show_columns(self, columns: tuple[ImportColumn, ...], roles: tuple[Choice, ...]) -> None:
        """Show these; what the person is choosing in stays as long as nothing has changed."""
        if (columns, roles) == self._shown:
            return
        self._shown = (columns, roles)
        clear(self._grid)
        for at, one in enumerate(columns):
            heading = label(one.heading or f"Column {at + 1}", "strong")
            sample = label(one.sample[:_SAMPLE].replace("\n", " "), "muted")
            combo = named(QComboBox(), f"{heading.text()} is")
            combo.addItem(LEAVE_OUT, "")
            for role in roles:
                combo.addItem(role.text, role.id)
            choose(combo, one.role)
            combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            combo.activated.connect(lambda _, at=at, combo=combo: self.changed.emit(at, combo.currentData()))
            heading.setBuddy(combo)
            for place, part in enumerate((heading, sample, combo)):
                self._grid.addWidget(part, at, place)
