"""Two visits that are to change places: where each stands, where each goes, and whether both fit."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QLineEdit, QWidget

from desktop.models.book_deeds import SwapRow
from desktop.views.build import Button, clear, column, field, frame, label, marked, named, part, row, titled
from desktop.views.reading_order import InReadingOrder
from desktop.widgets.banner import Banner
from shared.model.base import LONGEST_LINE

_WIDTH = 520
"""Characters of a reason, as a line has them."""


class SwapDialog(InReadingOrder, QDialog):
    """Shows both, and asks; where they do not fit it says why, and goes on over the rule for a reason alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        titled(self, "Swap two visits")
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self._then: Callable[[str | None], None] = lambda _: None
        self._sides = column(space=10)
        self.verdict = marked(Banner(), "Whether both fit")
        self.no, self.yes = named(Button("Leave as it is"), "Leave as it is"), Button("Swap", kind="primary")
        self.anyway = named(Button("Swap anyway…"), "Swap anyway")
        self.reason = named(QLineEdit(), "Reason to swap anyway")
        self.reason.setMaxLength(LONGEST_LINE)
        self._reason_part = part(field("Reason to swap anyway", self.reason))
        for button in (self.no, self.anyway, self.yes):
            # Whoever picked the other one with Enter goes on with Enter.
            button.setAutoDefault(True)
        answers = row(None, self.no, self.anyway, self.yes)
        parts = (label("Swap two visits", "heading"), self._sides, self.verdict, self._reason_part, None, answers)
        self.setLayout(column(*parts, space=14, margins=(24, 22, 24, 20)))
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self._sure)
        self.anyway.clicked.connect(self._ask_reason)
        self.reason.textChanged.connect(self._allow)

    def ask(
        self,
        sides: Sequence[SwapRow],
        why_not: str,
        then: Callable[[str | None], None],
        *,
        anyway_why_not: str | None = None,
    ) -> None:
        """Show where both go; `then` is called where somebody wants it, with the reason to pass over a rule.

        `why_not` is empty where both fit. Where they do not, `anyway_why_not` is None where no reason helps, empty
        where this person may give one, else why they may not.
        """
        self._then = then
        clear(self._sides)
        for one in sides:
            self._sides.addWidget(_side(one))
        self.verdict.show_message(why_not or "Both fit.", kind="danger" if why_not else "success")
        self.yes.setVisible(not why_not)
        self._reason_part.hide()
        self.anyway.setVisible(bool(why_not) and anyway_why_not is not None)
        self.anyway.setEnabled(not anyway_why_not)
        self.anyway.setToolTip(anyway_why_not or "Swap over the rule, with a reason that is kept.")
        self.open()
        (self.no if why_not else self.yes).setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_reason(self) -> None:
        self.anyway.hide()
        self._reason_part.show()
        self.yes.setText("Swap anyway")
        self.yes.show()
        self.yes.setDefault(True)
        self._allow()
        self.adjustSize()
        self.reason.setFocus()

    def _allow(self) -> None:
        self.yes.setEnabled(bool(self.reason.text().strip()))

    def _sure(self) -> None:
        reason = None if self._reason_part.isHidden() else self.reason.text().strip()
        self.accept()
        self._then(reason)


def _side(one: SwapRow) -> QFrame:
    made = named(frame("line"), f"{one.title}: from {one.was} to {one.now}")
    made.setLayout(
        column(
            label(one.title, "strong", wrap=True), label(f"From {one.was}", "caption", wrap=True),
            label(f"To {one.now}", wrap=True), space=2, margins=(12, 8, 12, 10),
        )
    )  # fmt: skip
    return made
