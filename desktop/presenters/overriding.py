"""Moving a visit over a rule: who may gives a reason, everybody else is told what is in the way."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.presenters.book import BookPresenter, RefusedMove
from desktop.presenters.edits import Edits
from desktop.views.ask_reason import AskReason
from shared.errors import Code
from shared.model.member import Role
from shared.rules.permissions import Capability, may

OVERRIDABLE: Final = frozenset({Code.SLOT_TAKEN.value, Code.OUTSIDE_HOURS.value, Code.BLOCKED.value})
NOT_OVERRIDABLE_HERE: Final = "Only a manager or the owner can book over a rule."


def why_not_over(code: str, *, may_override: bool) -> str | None:
    """Why a reason does not help this person over a rule: empty where it does; None where it helps nobody."""
    if code not in OVERRIDABLE:
        return None
    return "" if may_override else NOT_OVERRIDABLE_HERE


class MovesOverRules(QObject):
    """Asks whether a move that a rule is in the way of is made all the same."""

    def __init__(self, window: QWidget, book: BookPresenter, edits: Edits, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._edits = window, edits
        self._may = False
        book.moveRefused.connect(self._refused)

    def set_role(self, role: Role) -> None:
        """Whose rights decide."""
        self._may = may(role, Capability.OVERRIDE)

    def _refused(self, move: RefusedMove) -> None:
        made = move.operation
        if made is None or not self._may or move.code not in OVERRIDABLE:
            self._edits.say(f"Not moved. {move.why}")
            return

        def sure(reason: str) -> None:
            over = replace(made, args=replace(made.args, override=reason))
            self._edits.run(over, move.said, then=move.then)

        # One for each question: whoever comes next finds nothing of it.
        dialog = AskReason(self._window)
        dialog.finished.connect(self._window.activateWindow)
        dialog.finished.connect(dialog.deleteLater)
        dialog.ask(
            "Move it anyway?", f"{move.why} The reason is kept with the visit.",
            yes="Move anyway", no="Leave it where it is", needed=True, then=sure,
        )  # fmt: skip
