"""Lines of visits that somebody has to see to, and of dates and blocked times that can be taken away."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QWidget

from desktop.models.setup_rows import ConcernedRow, DatedRow
from desktop.views.build import Button, clear, column, label, named
from desktop.widgets.elided_label import ElidedLabel

MOST = 50
"""Lines that are shown at once; the rest is told by its number."""


def _line(text: str, detail: str, *buttons: Button) -> QFrame:
    made = named(QFrame(), ", ".join(filter(None, (text, detail))))
    made.setProperty("role", "line")
    title, below = ElidedLabel(text), ElidedLabel(detail)
    title.setProperty("role", "strong")
    below.setProperty("role", "caption")
    below.setVisible(bool(detail))
    inside = QHBoxLayout(made)
    inside.setContentsMargins(12, 6, 8, 6)
    inside.addLayout(column(title, below, space=1), 1)
    for button in buttons:
        inside.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
    return made


class _Lines(QWidget):
    """A column of lines."""

    def __init__(self) -> None:
        super().__init__()
        self._inside = column(space=6)
        layout: QLayout = column(self._inside)
        self.setLayout(layout)

    def _tell_of_more(self, count: int) -> None:
        if count > MOST:
            self._inside.addWidget(label(f"And {count - MOST:,} more after these.", "muted"))


class VisitLines(_Lines):
    """Visits, each of which can be opened."""

    opened = Signal(str)

    def show_rows(self, rows: Sequence[ConcernedRow]) -> None:
        """Show these in place of those before."""
        clear(self._inside)
        for one in rows[:MOST]:
            self._inside.addWidget(_line(one.text, one.detail, *self._opening(one)))
        self._tell_of_more(len(rows))

    def _opening(self, one: ConcernedRow) -> tuple[Button, ...]:
        if not one.appointment_id:
            return ()
        button = named(Button("Open"), f"Open {one.text}")
        button.clicked.connect(lambda: self.opened.emit(one.appointment_id))
        return (button,)


class DatedLines(_Lines):
    """Dates or blocked times, each of which can be taken away, and changed where that is said."""

    removed = Signal(str)
    changeRequested = Signal(str)

    def __init__(self, *, may_change: bool = False) -> None:
        super().__init__()
        self._may_change = may_change

    def show_rows(self, rows: Sequence[DatedRow], nothing: str) -> None:
        """Show these in place of those before; `nothing` where there are none."""
        clear(self._inside)
        for one in rows[:MOST]:
            button = named(Button("Remove"), f"Remove {one.text}")
            button.clicked.connect(lambda _=False, chosen=one.id: self.removed.emit(chosen))
            self._inside.addWidget(_line(one.text, one.detail, *self._changing(one), button))
        if not rows:
            self._inside.addWidget(label(nothing, "muted", wrap=True))
        self._tell_of_more(len(rows))

    def _changing(self, one: DatedRow) -> tuple[Button, ...]:
        if not self._may_change:
            return ()
        button = named(Button("Change…"), f"Change {one.text}")
        button.clicked.connect(lambda: self.changeRequested.emit(one.id))
        return (button,)
