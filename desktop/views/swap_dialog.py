"""Two visits that are to change places: where each stands, where each goes, and whether both fit."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QWidget

from desktop.models.book_deeds import SwapRow
from desktop.views.build import Button, clear, column, frame, label, marked, named, row
from desktop.widgets.banner import Banner

_WIDTH = 520


class SwapDialog(QDialog):
    """Shows both, and asks; where they do not fit it says why and leaves nothing to do but to leave it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Swap two visits")
        self.setAccessibleName("Swap two visits")
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self._then: Callable[[], None] = lambda: None
        self._sides = column(space=10)
        self.verdict = marked(Banner(), "Whether both fit")
        self.no, self.yes = named(Button("Leave as it is"), "Leave as it is"), Button("Swap", kind="primary")
        for button in (self.no, self.yes):
            # Whoever picked the other one with Enter goes on with Enter.
            button.setAutoDefault(True)
        answers = row(None, self.no, self.yes)
        parts = (label("Swap two visits", "heading"), self._sides, self.verdict, None, answers)
        self.setLayout(column(*parts, space=14, margins=(24, 22, 24, 20)))
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self._sure)

    def ask(self, sides: Sequence[SwapRow], why_not: str, then: Callable[[], None]) -> None:
        """Show where both go; `then` is called where somebody wants it. `why_not` is empty where both fit."""
        self._then = then
        clear(self._sides)
        for one in sides:
            self._sides.addWidget(_side(one))
        self.verdict.show_message(why_not or "Both fit.", kind="danger" if why_not else "success")
        self.yes.setVisible(not why_not)
        self.open()
        (self.no if why_not else self.yes).setFocus(Qt.FocusReason.OtherFocusReason)

    def _sure(self) -> None:
        self.accept()
        self._then()


def _side(one: SwapRow) -> QFrame:
    made = named(frame("line"), f"{one.title}: from {one.was} to {one.now}")
    made.setLayout(
        column(
            label(one.title, "strong", wrap=True), label(f"From {one.was}", "caption", wrap=True),
            label(f"To {one.now}", wrap=True), space=2, margins=(12, 8, 12, 10),
        )
    )  # fmt: skip
    return made
