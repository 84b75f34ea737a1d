"""Taking payments and giving them back, for the visit that is chosen in the book or in the day list."""

from PySide6.QtCore import QObject

from desktop.operations import payments
from desktop.presenters.book import BookPresenter
from desktop.presenters.card import CardPresenter
from desktop.presenters.edits import Edits
from desktop.presenters.link import Latest, Link
from desktop.presenters.money_words import payment_row
from desktop.presenters.words import words_of
from desktop.queries.visit_payments import VisitPayments, visit_payments
from desktop.store.replica import Edited
from desktop.views.actions import Actions
from desktop.views.main_window import MainWindow
from desktop.views.payment_dialog import PaymentDialog
from shared.errors import Refusal
from shared.money import typed_amount
from shared.mutations.fields import DEAREST
from shared.mutations.payment import Kind, Method
from shared.texts import sentence

NO_AMOUNT = "Enter an amount, such as 45.00."
_TABLES = frozenset({"appointment", "payment", "customer", "outbox", "plan", "member"})


class TillPresenter(QObject):
    """Opens the dialog, keeps it at what the book says, and carries what is typed to the desk."""

    def __init__(
        self, link: Link, window: MainWindow, book: BookPresenter, card: CardPresenter, edits: Edits, actions: Actions,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._window, self._book, self._card, self._edits = window, book, card, edits
        self._questions = Latest(link)
        self._told: VisitPayments | None = None
        self._dialog: PaymentDialog | None = None
        self._sending = False
        """Whether a payment is being saved: who presses twice pays once."""
        self._action = actions["take_payment"]
        self._action.triggered.connect(self.open)
        card.shownChanged.connect(self._set_action)
        link.changed.connect(self._changed)
        window.book_page.card.paymentRequested.connect(self.open)
        self._set_action()

    def _set_action(self) -> None:
        self._action.setEnabled(self._card.shown is not None)

    def open(self) -> None:
        """Open the dialog for the chosen visit."""
        shown = self._card.shown
        if shown is not None and self._dialog is None:
            visit = shown.appointment.id
            self._questions.ask(lambda replica: visit_payments(replica, visit), self._begin)

    def _changed(self, tables: frozenset[str]) -> None:
        if self._told is not None and tables & _TABLES:
            visit = self._told.visit.id
            self._questions.ask(lambda replica: visit_payments(replica, visit), self._follow)

    def _begin(self, told: VisitPayments | None) -> None:
        if told is not None and self._dialog is None:
            self._dialog = self._opened()
            self._show(told)
            self._dialog.open()
            self._dialog.focus_first()

    def _follow(self, told: VisitPayments | None) -> None:
        # Where it says what it said, what somebody is typing stays as it is; it may be closed by now.
        if told is not None and self._dialog is not None and told != self._told:
            self._show(told)

    def _show(self, told: VisitPayments) -> None:
        setup = self._book.setup
        if self._dialog is not None and setup is not None:
            self._told = told
            self._dialog.show_row(payment_row(told, words_of(setup.business, told.visit.zone)))

    def _opened(self) -> PaymentDialog:
        # One for each visit: whoever comes next finds nothing of it.
        dialog = PaymentDialog(self._window)
        dialog.takeRequested.connect(self._take)
        dialog.refundRequested.connect(self._refund)
        dialog.finished.connect(self._closed)
        return dialog

    def _closed(self) -> None:
        dialog, self._dialog, self._told = self._dialog, None, None
        if dialog is not None:
            dialog.deleteLater()
        self._window.activateWindow()

    # What a person does

    def _take(self, typed: str, tip: str, kind: Kind, method: Method) -> None:
        told = self._told
        if told is None or self._sending:
            return
        currency = told.visit.currency
        amount, extra = (0 if not text.strip() else typed_amount(text, currency) for text in (typed, tip))
        if amount is None or extra is None or not amount + extra > 0 or max(amount, extra) > DEAREST:
            self._say(NO_AMOUNT)
            return
        visit, till = told.visit.id, self._till(told)
        made = [
            payments.take(visit, till, kind=what, method=method, amount=sum_, currency=currency)
            for what, sum_ in ((kind, amount), ("tip", extra))
            if sum_
        ]
        words = self._book.words
        said = f"Took {words.money(amount + extra)}{' with a tip' if amount and extra else ''}.{self._edits.saved}"
        self._sending = True
        # Both are one act of the person.
        self._edits.run_all(made, said, then=self._done, refused=self._refused, lost=self._settled)

    def _refund(self, payment_id: str, typed: str, method: Method) -> None:
        told = self._told
        found = next((one for one in told.lines if one.payment.id == payment_id), None) if told else None
        if told is None or found is None or self._sending:
            return
        amount = typed_amount(typed, found.payment.currency)
        if not amount or amount > DEAREST:
            self._say(NO_AMOUNT)
            return
        made = payments.refund(found.payment, self._till(told), method=method, amount=amount)
        said = f"Gave back {self._book.words.money(amount)}.{self._edits.saved}"
        self._sending = True
        self._edits.run(made, said, then=lambda _: self._settled(), refused=self._refused, lost=self._settled)

    def _till(self, told: VisitPayments) -> str:
        """Where the money is: at the location that this desk shows, wherever the visit was."""
        return self._book.location.id if self._book.location else told.visit.location_id

    def _settled(self) -> None:
        self._sending = False

    def _done(self, _: Edited) -> None:
        self._settled()
        told, dialog = self._told, self._dialog
        if dialog is not None and told is not None:
            dialog.accept()

    def _refused(self, refusal: Refusal) -> None:
        self._settled()
        self._say(sentence(refusal.code, refusal.details, self._book.words.dates))

    def _say(self, words: str) -> None:
        if self._dialog is not None:
            self._dialog.show_message(words)
        else:
            self._edits.say(words)
