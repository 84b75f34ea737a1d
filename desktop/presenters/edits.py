"""Edits with the toast that says what was done and the button that takes it back."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from desktop.operations import appointments
from desktop.operations.operation import Operation
from desktop.presenters.link import Link
from desktop.store.replica import Edited, Replica
from desktop.views.actions import Actions
from desktop.widgets.toast import Toast
from shared.dates import Dates
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.texts import sentence

SAVED = " Saved on this computer."
"""Ends what is said of an edit whose place a person fears for; of no use once it is undone."""

Back = Callable[[Replica], Operation | None]
"""Makes the edit that takes another one back, from the book as it is then."""


class Edits(QObject):
    """Runs edits and says what came of them; what it says last can be taken back with the toast's button or its key."""

    def __init__(self, link: Link, toast: Toast, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.link = link
        self._toast = toast
        self._back: Back | None = None
        self._said = ""
        self._undo = actions["undo"]
        self._undo.setEnabled(False)
        toast.undoRequested.connect(self._take_back)
        toast.dismissed.connect(self._settle)
        self._undo.triggered.connect(self._take_back)
        self.dates = Dates()

    def run(
        self,
        operation: Operation,
        said: str,
        *,
        back: Back | None = None,
        then: Callable[[Edited], None] = lambda edited: None,
        refused: Callable[[Refusal], None] | None = None,
    ) -> None:
        """Make an edit; say `said` once it is saved, or why it was refused."""

        def done(edited: Edited) -> None:
            self.say(said, back=back)
            then(edited)

        self.link.run(operation, done, refused or self.say_refusal)

    def run_from(self, make: Back, said: str, *, back: Back | None = None) -> None:
        """Make the edit that `make` draws from the book when its turn comes; say `said`, or why there is none."""

        def done(edited: Edited | None) -> None:
            if edited is None:
                self.say("It is not in the book any more.")
            else:
                self.say(said, back=back)

        self.link.run_from(make, done, self.say_refusal)

    def say(self, words: str, *, back: Back | None = None) -> None:
        """Say something just done."""
        self._toast.show_message(words, "Undo" if back else "")
        self._back, self._said = back, words
        self._undo.setEnabled(back is not None)

    def say_refusal(self, refusal: Refusal) -> None:
        """Say which rule was in the way; nothing was changed."""
        self.say(sentence(refusal.code, refusal.details, self.dates))

    def _take_back(self) -> None:
        back, self._back = self._back, None
        self._undo.setEnabled(False)
        if back is None:
            return
        self._toast.dismiss()
        self.run_from(back, f"Undone: {self._said.removesuffix(SAVED)}")

    def _settle(self) -> None:
        # The toast says `dismissed` just before its button says `undoRequested`: the way back stays for that one.
        self._undo.setEnabled(False)


def seen(replica: Replica, appointment_id: str) -> Appointment | None:
    """The appointment as this desk shows it."""
    return replica.tx().find(Appointment, appointment_id)


def back_to(before: Appointment) -> Back:
    """Moves an appointment back to where it was."""

    def back(replica: Replica) -> Operation | None:
        now = seen(replica, before.id)
        if now is None:
            return None
        segments = tuple(
            appointments.wish(segment.service_id, segment.resources, segment.minutes) for segment in before.segments
        )
        return appointments.reschedule(now, start=before.starts_at, segments=segments)

    return back


def without(appointment_id: str) -> Back:
    """Cancels what was just booked."""

    def back(replica: Replica) -> Operation | None:
        now = seen(replica, appointment_id)
        return None if now is None else appointments.cancel(now, reason="Undone at the desk", by_business=True)

    return back


def a_step_back(appointment_id: str) -> Back:
    """Takes the last step back."""

    def back(replica: Replica) -> Operation | None:
        now = seen(replica, appointment_id)
        return None if now is None else appointments.step(now, "undo_step")

    return back
