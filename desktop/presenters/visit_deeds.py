"""What is done to a visit beside its plain steps: answering a request, and opening what is closed."""

from PySide6.QtCore import QObject

from desktop.operations import appointments
from desktop.operations.operation import Operation
from desktop.presenters.card import CardPresenter
from desktop.presenters.edits import Edits, Make, seen
from desktop.store.replica import Replica
from desktop.views.actions import Actions
from desktop.views.ask_reason import AskReason
from desktop.views.main_window import MainWindow
from shared.model.appointment import Appointment
from shared.model.member import Role
from shared.rules.permissions import Capability, Scope, scope


class VisitDeeds(QObject):
    """Asks for the reason where one belongs to it, and carries the edit to the desk."""

    def __init__(
        self, window: MainWindow, card: CardPresenter, edits: Edits, actions: Actions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window, self._card, self._edits = window, card, edits
        self._may_unlock = False
        self.why_no_answer = ""
        """Why the person at the desk answers no requests; empty where they do."""
        self._unlock = actions["unlock_visit"]
        actions["decline"].triggered.connect(self._decline_chosen)
        self._unlock.triggered.connect(self._ask_unlock)
        card.shownChanged.connect(self._set_actions)
        window.book_page.card.unlockRequested.connect(self._ask_unlock)
        window.book_page.card.declineRequested.connect(self._decline_chosen)
        self._set_actions()

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is."""
        self._may_unlock = scope(role, Capability.UNLOCK) is Scope.ALL
        self.why_no_answer = "" if scope(role, Capability.PROGRESS) is Scope.ALL else "Requests are answered by others."
        self._set_actions()

    def answer(self, answer: str, request: Appointment, name: str) -> None:
        """Accept or decline a request: `confirm` or `decline`."""
        if answer == "decline":
            self._ask_decline(request, name)
        else:
            self._edits.run_from(_stepping(request.id), f"{name}: accepted.")

    def _set_actions(self) -> None:
        shown = self._card.shown
        self._unlock.setEnabled(shown is not None and shown.appointment.locked and self._may_unlock)

    def _decline_chosen(self) -> None:
        shown = self._card.shown
        if shown is not None:
            self._ask_decline(shown.appointment, shown.customer.name if shown.customer else "The customer")

    def _ask_decline(self, request: Appointment, name: str) -> None:
        def sure(reason: str) -> None:
            def make(replica: Replica) -> Operation | None:
                now = seen(replica, request.id)
                return None if now is None else appointments.decline(now, reason=reason)

            self._edits.run_from(make, f"Declined the request of {name}.")

        self._ask().ask(
            f"Decline the request of {name}?", "It holds nothing any more. What you write stays with the request.",
            yes="Decline request", no="Keep", needed=False, then=sure,
        )  # fmt: skip

    def _ask_unlock(self) -> None:
        shown = self._card.shown
        if shown is None or not self._unlock.isEnabled():
            return
        visit = shown.appointment.id

        def sure(reason: str) -> None:
            def make(replica: Replica) -> Operation | None:
                now = seen(replica, visit)
                return None if now is None else appointments.unlock(now, reason=reason)

            self._edits.run_from(make, "Unlocked. It closes again when it is completed or paid.")

        self._ask().ask(
            "Unlock the visit?", "It is paid and closed. The reason is kept as a note of the visit, with your name.",
            yes="Unlock", no="Leave it closed", needed=True, then=sure,
        )  # fmt: skip

    def _ask(self) -> AskReason:
        # One for each question: whoever comes next finds nothing of it.
        dialog = AskReason(self._window)
        dialog.finished.connect(self._window.activateWindow)
        dialog.finished.connect(dialog.deleteLater)
        return dialog


def _stepping(appointment_id: str) -> Make:
    def make(replica: Replica) -> Operation | None:
        now = seen(replica, appointment_id)
        return None if now is None else appointments.step(now, "confirm")

    return make
