"""Two visits that change places: the chosen one, another that is picked in the book, and one question before it."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from desktop.models.book_deeds import SwapRow
from desktop.operations import appointments
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter
from desktop.presenters.card import CardPresenter
from desktop.presenters.edits import GONE, Edits, seen
from desktop.presenters.link import Link
from desktop.presenters.overriding import NOT_OVERRIDABLE_HERE, OVERRIDABLE
from desktop.presenters.words import Words
from desktop.queries.swap import Side, SwapShown, swap_shown
from desktop.store.replica import Replica
from desktop.views.actions import Actions
from desktop.views.main_window import MainWindow
from desktop.views.swap_dialog import SwapDialog
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.base import Span


class SwapPresenter(QObject):
    """Has the other visit picked, shows where both would go, and carries the exchange to the desk."""

    def __init__(
        self,
        link: Link,
        window: MainWindow,
        book: BookPresenter,
        card: CardPresenter,
        edits: Edits,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._link, self._window, self._book, self._card, self._edits = link, window, book, card, edits
        self._page = window.book_page
        self._first = ""
        self._action = actions["swap"]
        self._action.triggered.connect(self.begin)
        self._page.appointmentPicked.connect(self._picked)
        card.shownChanged.connect(self._set_action)
        self._set_action()

    def begin(self) -> None:
        """Let the other visit be picked, on whatever day it stands."""
        shown = self._card.shown
        if shown is None or not self._action.isEnabled():
            return
        visit = shown.appointment
        self._first = visit.id
        whose = shown.customer.name if shown.customer else _services(visit)
        when = self._book.words.when(_span(visit))
        self._page.close_panel()
        self._page.pick(
            f"Swap {whose}, {when}, with which visit? Click it, or go there with the arrows and press Enter. Esc stops."
        )

    def _set_action(self) -> None:
        shown = self._card.shown
        self._action.setEnabled(shown is not None and shown.is_changeable)

    def _picked(self, other_id: str) -> None:
        if other_id == self._first:
            return
        first = self._first

        def question(replica: Replica) -> SwapShown | Refusal | None:
            operation = _swap(replica, first, other_id)
            if operation is None:
                return None
            try:
                return swap_shown(replica, operation.args)
            except Refusal as refusal:
                return refusal

        def told(found: SwapShown | Refusal | None) -> None:
            self._page.stop_picking()
            if isinstance(found, SwapShown):
                self._ask(found, lambda reason: self._swap(found, reason))
            elif found is None:
                self._edits.say(GONE)
            else:
                self._edits.say_refusal(found)

        self._link.ask(question, told)

    def _ask(self, shown: SwapShown, then: Callable[[str | None], None]) -> None:
        # One for each question: whoever comes next finds nothing of it.
        dialog = SwapDialog(self._window)
        dialog.finished.connect(self._window.activateWindow)
        dialog.finished.connect(dialog.deleteLater)
        rows = [swap_row(one, self._book.words) for one in shown.sides]
        dialog.ask(rows, shown.verdict.why_not, then, anyway_why_not=_anyway_why_not(shown))

    def _swap(self, shown: SwapShown, reason: str | None) -> None:
        """As both were shown: where one has been changed since, that is said, and neither is moved."""
        one, other = (side.was for side in shown.sides)
        self._edits.run(appointments.swap(one, other, override=reason), "The two visits have changed places.")


def _anyway_why_not(shown: SwapShown) -> str | None:
    """None where no reason helps, empty where this person's would, else why theirs does not."""
    if shown.verdict.is_free or shown.verdict.code not in OVERRIDABLE:
        return None
    if shown.with_reason.is_free:
        return ""
    return NOT_OVERRIDABLE_HERE if shown.with_reason.code == Code.NOT_ALLOWED.value else None


def _swap(replica: Replica, first: str, other: str) -> Operation | None:
    one, two = seen(replica, first), seen(replica, other)
    return None if one is None or two is None else appointments.swap(one, two)


def swap_row(side: Side, words: Words) -> SwapRow:
    """One of the two in words."""
    return SwapRow(
        title=" · ".join(part for part in (side.customer, _services(side.was)) if part),
        was=_place(side.was, side.resources_before, words),
        now=_place(side.now, side.resources, words),
    )


def _place(visit: Appointment, resources: tuple[str, ...], words: Words) -> str:
    return f"{words.when(_span(visit))} with {', '.join(resources)}"


def _services(visit: Appointment) -> str:
    return visit.service_names or "Visit"


def _span(visit: Appointment) -> Span:
    return Span(visit.starts_at, visit.ends_at)
