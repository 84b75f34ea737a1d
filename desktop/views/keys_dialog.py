"""Every key, made from the table of actions."""

from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QWidget

from desktop.models.rows import KeyLine
from desktop.views.build import Button, column, label, row, titled


class KeysDialog(QDialog):
    """Lists the keys by where they act."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        titled(self, "Keys")
        self.resize(540, 640)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        page = QWidget()
        page.setLayout(column(self._grid, None, margins=(0, 0, 12, 0)))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(page)
        done = Button("Close", kind="primary")
        done.clicked.connect(self.accept)
        said = "Keys of one letter act in the book and in Needs attention, never while you type."
        note = label(said, "muted", wrap=True)
        parts = (label("Keys", "heading"), note, area, row(None, done))
        self.setLayout(column(*parts, space=12, margins=(24, 20, 24, 20)))

    def show_lines(self, lines: tuple[KeyLine, ...]) -> None:
        """Show these, grouped as they come."""
        at = 0
        for group, of_group in groupby(lines, key=lambda line: line.group):
            self._grid.addWidget(label(group, "strong"), at, 0)
            self._grid.setRowMinimumHeight(at, 30)
            for at, line in enumerate(of_group, at + 1):  # noqa: B020 - the group goes on where the last one ended
                self._grid.addWidget(label(line.text), at, 0)
                self._grid.addWidget(_key(line), at, 1, Qt.AlignmentFlag.AlignRight)
            at += 1


def _key(line: KeyLine) -> QLabel:
    made = label(line.keys, "chip")
    made.setAccessibleName(f"{line.text}: {line.keys}")
    return made
