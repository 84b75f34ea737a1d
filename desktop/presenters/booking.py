"""The booking panel: whose form stands in it, what is entered there, and what becomes of it."""

from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QObject

from desktop.models.rows import BookingForm, Choice, NewCustomer
from desktop.presenters.book import BookPresenter
from desktop.presenters.booking_forms import BookingForms
from desktop.presenters.booking_submission import BookingSubmission
from desktop.presenters.booking_verdict import BookingVerdict
from desktop.presenters.booking_words import begun_words, called, missing_words, nobody_words, resource_choices
from desktop.presenters.callers import Begun, Callers, Person, Sent, is_another, of_person, person_of
from desktop.presenters.customer_search import CustomerSearch
from desktop.presenters.edits import Edits
from desktop.presenters.link import Link
from desktop.queries.setup import Setup
from desktop.views.actions import BOOK_SLOTS, Actions
from desktop.views.book_page import BookPage
from shared.clock import instant_text, parse_instant
from shared.errors import Refusal
from shared.model.member import Role
from shared.model.resource import ResourceKind
from shared.texts import sentence

_TABLES = frozenset(
    {"appointment", "allocation", "customer", "service", "resource", "time_block", "hours_rule", "hours_exception"}
)


class BookingPresenter(QObject):
    """Keeps the form while the panel is closed, and carries it to the desk."""

    def __init__(
        self,
        link: Link,
        page: BookPage,
        book: BookPresenter,
        edits: Edits,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page, self._panel, self._book, self._edits = page, page.booking, book, edits
        self._forms = BookingForms(book)
        self._search = CustomerSearch(link, page, self)
        self._submission = BookingSubmission(link, page, book, edits, self._forms, self)
        self._verdict = BookingVerdict(link, page, book, self._forms, self._submission, self)
        self._form = BookingForm()
        self._callers = Callers()
        self._connect(link, actions)

    def _connect(self, link: Link, actions: Actions) -> None:
        panel, sent = self._panel, self._submission
        link.changed.connect(self._rows_changed)
        panel.changed.connect(self._changed)
        panel.serviceChosen.connect(self._service_chosen)
        panel.serviceAdded.connect(self._service_added)
        panel.serviceDropped.connect(self._service_dropped)
        panel.slotChosen.connect(self._take_slot)
        panel.begunChosen.connect(self._choose_begun)
        panel.saveRequested.connect(self._save)
        self._page.bar.newBookingRequested.connect(self.open_new)
        self._search.personChosen.connect(self.book_for)
        self._verdict.awaited.connect(self._save_shown)
        sent.customerAdded.connect(self._now_known)
        sent.saved.connect(self._saved)
        sent.refused.connect(self._not_saved)
        sent.lost.connect(self._settled)
        actions["new_booking"].triggered.connect(self.open_new)
        actions["save_booking"].triggered.connect(self._save_open)
        actions.pressed.connect(self._pressed)
        self._book.setupChanged.connect(self._took_setup)
        self._book.locationChanged.connect(lambda location: self._offer())
        self._book.spanDrawn.connect(self._drawn)

    def set_role(self, role: Role) -> None:
        """Whose rights decide what is offered."""
        self._verdict.set_role(role)

    def let_go(self) -> Begun:
        """Empty the panel for another person; what stood in it and what was put aside, to be given back."""
        form = BookingForm() if self._form.is_empty else self._panel.form()
        sent = self._submission.let_go()
        begun = Begun(form=form, whose=self._callers.whose, aside=self._callers.aside, sent=sent)
        self._callers = Callers()
        self._begin(BookingForm())
        self._judge()
        return begun

    def give_back(self, begun: Begun, *, open_it: bool) -> None:
        """Let what the person had begun stand in the panel again."""
        self._callers.aside = begun.aside
        self._callers.forget(begun.whose)
        self._show(begun.form)
        if begun.sent is not None:
            self._ask_after(replace(begun.sent, is_back=True), open_it=open_it)
        elif open_it:
            self.open_new()

    def _ask_after(self, sent: Sent, *, open_it: bool) -> None:
        """Look whether what was being saved as the person left is in the book: nobody was told."""

        def reopened() -> None:
            if open_it:
                self.open_new()

        def answered(is_booked: bool) -> None:  # noqa: FBT001 - the answer, and all of it
            if not is_booked:
                reopened()
                person = called(person_of(sent.form))
                self._edits.say(f"{person}: not booked when another took the desk. It is kept in the panel.")
            elif self._panel.is_typing or not self._form.is_empty:
                reopened()

        self._submission.take_up(sent, answered, reopened)

    def half_typed_about(self) -> frozenset[str]:
        """Whom the booking that is half typed is for."""
        people = [one.customer for one in self._callers.aside]
        return frozenset(one.id for one in people if one is not None) | self._shown_about()

    def _shown_about(self) -> frozenset[str]:
        sent = self._submission.sent_here
        # Of what was given back it is not known.
        whose = (self._form.customer, self._callers.whose) if sent is None or sent.is_back else ()
        return frozenset(one.id for one in whose if isinstance(one, Choice))

    def forget_about(self, erased: frozenset[str]) -> None:
        """Empty the panel where the booking was for one of these: what else stands in it was meant for them."""
        self._callers.drop_about(erased)
        if not self._shown_about().isdisjoint(erased):
            self._callers.forget()
            self._begin(BookingForm())
        self._judge()

    @property
    def customer(self) -> Choice | None:
        """Whom the form is for; nobody who is not in the book yet."""
        return self._form.customer

    # Opening

    def open_new(self) -> None:
        """Open the panel; a form that was begun is still in it, and says for whom."""
        self._open(self._forms.timed(self._form), again=self._left())

    def _left(self) -> BookingForm | None:
        """What was begun before the panel is opened again; None where it is gone on with in it, or saved."""
        is_left = self._page.open_panel != "booking" or self._callers.reopened is not None
        return self._form if is_left and self._submission.sent is None and not self._form.is_empty else None

    def _open(self, form: BookingForm, *, again: BookingForm | None, fresh: BookingForm | None = None) -> None:
        """Open the panel with a form; `again` was begun before, and `fresh` is what is meant without it."""
        if again is not None:
            self._callers.reopen(left=again, shown=form, fresh=fresh or self._forms.timed(BookingForm()))
        self._show(form)
        self._page.open_booking()
        self._judge()

    def _drawn(self, resource_id: str, start: datetime, end: datetime) -> None:
        drawn, fresh = (self._forms.drawn(one, resource_id, start, end) for one in (self._form, BookingForm()))
        self._open(drawn, again=self._left(), fresh=fresh)

    def book_for(self, person: Choice | NewCustomer) -> None:
        """Open the panel for somebody who was looked up; what was begun for another is put aside."""
        sent = self._submission.sent_here
        if sent is None:
            is_open = self._page.open_panel == "booking"
            form, is_begun = self._callers.form_for(self._form, person, is_open=is_open)
        else:
            form, is_begun = self._while_sent(sent, of_person(self._form, person), before=None), False
        self._begin(form)
        self._open(self._forms.timed(form), again=form if is_begun else None)

    # What there is to choose

    def _took_setup(self, told: Setup) -> None:
        services = tuple(
            Choice(id=one.id, text=one.name, detail=self._book.words.service(one), colour=one.colour)
            for one in told.services
        )
        self._panel.set_locale(self._book.words.locale)
        self._panel.show_choices(services=services)
        self._offer()

    def _offer(self) -> None:
        setup, location = self._book.setup, self._book.location
        if setup is None or location is None:
            return
        here = [one for one in setup.resources if one.location_id == location.id]
        services = self._forms.services(self._form)
        self._panel.show_resources(
            staff=resource_choices(here, ResourceKind.STAFF, services),
            rooms=resource_choices(here, ResourceKind.ROOM, services),
            equipment=resource_choices(here, ResourceKind.EQUIPMENT, services),
            nothing=tuple(nobody_words(kind, services) for kind in ResourceKind),
        )
        self._panel.show_largest_party(min((one.capacity for one in services), default=1))

    def _service_chosen(self, service_id: str) -> None:
        self._with_services(replace(self._panel.form(), service_id=service_id))

    def _service_added(self, service_id: str) -> None:
        form = self._panel.form()
        self._with_services(replace(form, more=(*form.more, service_id)))

    def _service_dropped(self, place: int) -> None:
        form = self._panel.form()
        left = (*form.more[:place], *form.more[place + 1 :])
        self._with_services(replace(form, more=left, own_length=False))

    def _with_services(self, form: BookingForm) -> None:
        """Show a form with other services, and what goes with them."""
        if self._book.setup is None:
            return
        self._form = form = self._forms.fitted(form)
        self._offer()
        self._show(form)
        self._judge()

    # Whose it is

    def _tell_begun(self) -> None:
        setup = self._book.setup
        names = {str(one.id): one.name for one in setup.services} if setup else {}
        self._panel.show_begun(*begun_words(self._callers, names))

    def _choose_begun(self, choice: str) -> None:
        """Do what the panel offers of what was begun before."""
        if self._submission.sent is not None:
            return
        form, callers = self._panel.form(), self._callers
        if choice == "afresh":
            form = callers.start_afresh(form)
        elif choice == "back":
            form = callers.take_back(form)
        elif choice == "note":
            form = callers.put_back(form)
        else:
            callers.drop_offered()
        self._begin(form)
        self._judge()
        self._panel.focus_first()

    # Judging and saving

    def _begin(self, form: BookingForm) -> None:
        """Show another form than the one that was shown."""
        self._verdict.give_up_save()
        self._form = form
        self._offer()
        self._panel.begin(form)

    def _show(self, form: BookingForm) -> None:
        self._form = form
        self._panel.show_form(form)

    def _changed(self, form: BookingForm) -> None:
        sent = self._submission.sent_here
        if sent is None:
            kept = self._callers.follow(self._form, form)
        else:
            kept = self._while_sent(sent, form, before=person_of(self._form))
        self._form = kept
        if kept != form:
            self._begin(kept)
        self._judge()

    def _while_sent(self, sent: Sent, form: BookingForm, *, before: Person | None) -> BookingForm:
        """What is to stand in the form after a change while it is saved: for another, nothing of what is saved."""
        now, was = person_of(form), person_of(sent.form)
        if now is None or was is None or not is_another(now, was, before=before):
            return form
        self._submission.sent, begun = self._callers.go_on(sent, form, now)
        return begun

    def _rows_changed(self, tables: frozenset[str]) -> None:
        """Others may have taken what was free by now, or freed what was taken."""
        if tables & _TABLES and self._page.open_panel == "booking" and self._submission.sent is None:
            self._judge()

    def _judge(self) -> None:
        self._tell_begun()
        self._verdict.judge(self._form)

    def _take_slot(self, slot: str) -> None:
        self._show(self._forms.at(self._form, parse_instant(slot)))
        day = self._form.day
        if day is not None and day not in self._book.days:
            self._book.open_day(day)
        self._judge()

    def _pressed(self, action: str) -> None:
        slots = self._verdict.slots
        place = BOOK_SLOTS.index(action) if action in BOOK_SLOTS else len(slots)
        if self._page.open_panel == "booking" and place < len(slots):
            self._take_slot(instant_text(slots[place].start))

    def _save_open(self) -> None:
        if self._page.open_panel == "booking":
            self._panel.save()

    def _save_shown(self) -> None:
        self._save(self._panel.form())

    def _save(self, form: BookingForm) -> None:
        missing = missing_words(form)
        if missing:
            self._verdict.say_missing(form)
            self._panel.focus_first()
        if self._submission.sent is not None or missing:
            return
        if not self._verdict.knows(form):
            # Enter was faster than the answer: it is saved as soon as it is known to fit.
            self._verdict.await_save()
        elif self._verdict.can_save(form):
            self._form = form
            self._submission.submit(form, self._verdict.planned)

    def _now_known(self, sent: Sent) -> None:
        """Who was to be added is in the book."""
        if self._form.new_customer is not None and self._form.new_customer == sent.form.new_customer:
            self._show(of_person(self._form, sent.adding))

    def _saved(self, sent: Sent, chosen: str | None) -> None:
        """Clear the panel but for what was entered since; who has chosen another visit meanwhile keeps that one."""
        form = self._panel.form()
        self._verdict.forget()
        begun, is_open = self._begun_since(sent, form), self._page.open_panel == "booking"
        self._book.refresh()
        if begun == BookingForm() and not self._panel.is_typing:
            self._show(BookingForm())
            if is_open:
                self._page.close_panel()
                if self._page.book.selected_id == chosen:
                    self._page.book.select(sent.visit)
            return
        self._show(begun.at_time_of(form))
        if is_open:
            self._tell_begun()
            self._verdict.say_typed_on(self._form)

    def _begun_since(self, sent: Sent, form: BookingForm) -> BookingForm:
        """What stands in the form and was not saved."""
        if sent.behind is not None:
            self._callers.take_saved(sent)
            return form
        begun = form.entered_since(sent.form)
        # A note that is gone on with is of whom it was begun for.
        self._callers.forget(person_of(begun) or (person_of(sent.form) if begun.notes else None))
        return begun

    def _settled(self, sent: Sent) -> None:
        """It was not saved: it can be tried again."""
        self._callers.take_refused(sent, self._form)
        self._judge()

    def _not_saved(self, sent: Sent, refusal: Refusal) -> None:
        is_open = self._page.open_panel == "booking"
        self._callers.take_refused(sent, self._form)
        why = sentence(refusal.code, refusal.details, self._book.words.dates)
        if sent.behind is not None:
            self._edits.say(f"{called(person_of(sent.form))}: not booked, and kept in the panel. {why}")
            self._judge()
        elif is_open:
            self._panel.show_verdict(why, ok=False)
            self._judge()
        else:
            self._edits.say(f"Not booked: it still stands in the panel. {why}")
