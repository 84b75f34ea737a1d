"""A booking that is being saved: handed to the book, with a customer who is new, until it is answered."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from desktop.models.rows import BookingForm, Choice
from desktop.operations import customers
from desktop.presenters.book import BookPresenter
from desktop.presenters.booking_forms import BookingForms
from desktop.presenters.booking_wish import as_shown
from desktop.presenters.callers import Sent, of_person
from desktop.presenters.edits import Edits, seen
from desktop.presenters.link import Link
from desktop.store.replica import Edited, Replica
from desktop.views.book_page import BookPage
from shared import ids
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.model.customer import Customer


class BookingSubmission(QObject):
    """Saves one booking at a time, and says what came of it."""

    customerAdded = Signal(object)
    """The `Sent` as it was before: who is new in it is in the book by now."""
    saved = Signal(object, object)
    """The `Sent`, and the id of the visit that was chosen in the book as it was handed in, if one was."""
    refused = Signal(object, object)
    """The `Sent` and the `Refusal`."""
    lost = Signal(object)
    """The `Sent` that was not saved, and not refused either."""

    def __init__(
        self,
        link: Link,
        page: BookPage,
        book: BookPresenter,
        edits: Edits,
        forms: BookingForms,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._link, self._page, self._book, self._edits, self._forms = link, page, book, edits, forms
        self.visit = ids.new_id()
        """The id of the visit that is being saved, or is saved next."""
        self.sent: Sent | None = None
        """What is being saved; what is entered meanwhile is not of it."""

    @property
    def sent_here(self) -> Sent | None:
        """What is being saved, where the form is of that still, and not of another who was looked up since."""
        return None if self.sent is None or self.sent.behind is not None else self.sent

    def submit(self, form: BookingForm, planned: Appointment | None) -> None:
        """Save the form, with whom and what was found for it as it was judged."""
        new = form.new_customer
        if new is None:
            self.sent = Sent(form=form, visit=self.visit)
            self._book_now(form, planned)
        else:
            adding = Choice(id=ids.new_id(), text=new.name, detail=new.phone)
            self.sent = Sent(form=form, visit=self.visit, adding=adding)
            self._add_customer(form, adding, planned)

    def let_go(self) -> Sent | None:
        """Tell nobody of what is being saved; it can be taken up again."""
        sent, self.sent = self.sent, None
        return sent

    def take_up(self, sent: Sent, then: Callable[[bool], None], lost: Callable[[], None]) -> None:
        """Look whether what was being saved as somebody left is in the book: nobody was told.

        `then` hears whether it is, and `lost` is called where there is no answer, both once the signals have told.
        """
        self.sent, self.visit = sent, sent.visit

        def question(replica: Replica) -> tuple[bool, bool]:
            is_added = sent.adding is not None and replica.tx().find(Customer, sent.adding.id) is not None
            return seen(replica, sent.visit) is not None, is_added

        def answered(told: tuple[bool, bool]) -> None:
            is_booked, is_added = told
            if is_added:
                self._now_known()
            if is_booked:
                self._saved(self._page.book.selected_id)
            else:
                self._lost()
            then(is_booked)

        def unanswered() -> None:
            self._lost()
            lost()

        self._link.ask(question, answered, unanswered)

    def _add_customer(self, form: BookingForm, adding: Choice, planned: Appointment | None) -> None:
        phones = [adding.detail] if adding.detail else []
        wish = customers.create(name=adding.text, phones=phones, customer_id=adding.id)

        def added(_: Edited) -> None:
            self._now_known()
            self._book_now(of_person(form, adding), planned)

        # One step with the visit that they are added for.
        self._link.run(replace(wish, macro=self.visit), added, self._refused, self._lost)

    def _book_now(self, form: BookingForm, planned: Appointment | None) -> None:
        wish = self._forms.booking(form, self.visit)
        if wish is None:
            self.sent = None
            return
        if planned is not None:
            wish = as_shown(wish, planned)
        start, name = self._forms.start(form), form.customer.text if form.customer else ""
        chosen = self._page.book.selected_id
        self._edits.run(
            replace(wish, macro=self.visit),
            f"Booked {name}, {self._book.words.moment(start) if start else ''}.{self._edits.saved}",
            then=lambda edited: self._saved(chosen),
            refused=self._refused,
            lost=self._lost,
        )

    def _now_known(self) -> None:
        """Who was to be added is in the book."""
        sent = self.sent
        if sent is not None:
            self.sent = sent.known()
            self.customerAdded.emit(sent)

    def _saved(self, chosen: str | None) -> None:
        sent = self.let_go()
        if sent is not None:
            self.visit = ids.new_id()
            self.saved.emit(sent, chosen)

    def _refused(self, refusal: Refusal) -> None:
        sent = self.let_go()
        if sent is not None:
            self.refused.emit(sent, refusal)

    def _lost(self) -> None:
        sent = self.let_go()
        if sent is not None:
            self.lost.emit(sent)
