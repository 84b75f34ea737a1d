"""The booking panel: judging each change of the form, saving."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from PySide6.QtCore import QObject

from desktop.models.rows import BookingForm, Choice, NewCustomer
from desktop.operations import customers
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter
from desktop.presenters.booking_wish import as_shown, booking_of, chosen_of, minutes_of, services_of, takes_part
from desktop.presenters.booking_words import (
    begun_words,
    called,
    coming_words,
    length_words,
    missing_words,
    names_of,
    nobody_words,
    resource_choices,
    slot_choice,
)
from desktop.presenters.callers import Begun, Callers, Person, Sent, is_another, of_person, person_of
from desktop.presenters.customer_search import CustomerSearch
from desktop.presenters.edits import Edits, seen
from desktop.presenters.link import Latest, Link
from desktop.presenters.overriding import why_not_over
from desktop.presenters.words import Words
from desktop.queries.coming_already import coming_already
from desktop.queries.free_slots import FreeSlot, free_slots, in_the_way
from desktop.queries.setup import Setup
from desktop.queries.verdict import Verdict, verdict
from desktop.queries.wishes import wished
from desktop.store.replica import Edited, Replica
from desktop.views.actions import BOOK_SLOTS, Actions
from desktop.views.book_page import BookPage
from desktop.widgets.book import overlay_painting
from shared import clock, ids
from shared.clock import instant_text, parse_instant
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.model.base import CustomerId, Span
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.rules import wall_time
from shared.rules.permissions import Capability, may
from shared.texts import sentence

_TABLES = frozenset(
    {"appointment", "allocation", "customer", "service", "resource", "time_block", "hours_rule", "hours_exception"}
)
TYPED_ON = "It is booked. What was entered since stands here and is not saved."


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the desk says of a form: whether it fits, as what, every rule against it, and the next free starts."""

    verdict: Verdict
    visit: Appointment | None = None
    against: tuple[str, ...] = ()
    slots: tuple[FreeSlot, ...] = ()


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
        self._link, self._page, self._book, self._edits = link, page, book, edits
        self._panel = page.booking
        self._judging, self._looking = Latest(link), Latest(link)
        self._search = CustomerSearch(link, page, self)
        self._form = BookingForm()
        self._callers = Callers()
        self._setup: Setup | None = None
        self._role = Role.TENANT_STAFF
        self._appointment_id = ids.new_id()
        self._typed_on: BookingForm | None = None
        """What stood in the panel when the one before it was booked."""
        self._sent: Sent | None = None
        """What is being saved; what is entered meanwhile is not of it."""
        self._save_wanted = False
        self._lacking: BookingForm | None = None
        """The form that somebody wanted to save and that lacked something."""
        self._judged: tuple[BookingForm, bool] | None = None
        """The form that was judged last, and whether it can be saved."""
        self._planned: Appointment | None = None
        """What that form comes to, with whom and what was found for it."""
        self._against: tuple[str, ...] = ()
        """What was said last to be in the way."""
        self._slots: tuple[FreeSlot, ...] = ()
        self._connect(actions)

    def _connect(self, actions: Actions) -> None:
        panel, bar = self._panel, self._page.bar
        self._link.changed.connect(self._rows_changed)
        panel.changed.connect(self._changed)
        panel.serviceChosen.connect(self._service_chosen)
        panel.serviceAdded.connect(self._service_added)
        panel.serviceDropped.connect(self._service_dropped)
        panel.slotChosen.connect(self._take_slot)
        panel.begunChosen.connect(self._choose_begun)
        panel.saveRequested.connect(self._save)
        bar.newBookingRequested.connect(self.open_new)
        self._search.personChosen.connect(self.book_for)
        actions["new_booking"].triggered.connect(self.open_new)
        actions["save_booking"].triggered.connect(self._save_open)
        actions.pressed.connect(self._pressed)
        self._book.setupChanged.connect(self._took_setup)
        self._book.locationChanged.connect(lambda location: self._offer())
        self._book.spanDrawn.connect(self._drawn)

    def set_role(self, role: Role) -> None:
        """Whose rights decide what is offered."""
        self._role = role

    def let_go(self) -> Begun:
        """Empty the panel for another person; what stood in it and what was put aside, to be given back."""
        form = BookingForm() if self._form.is_empty else self._panel.form()
        begun = Begun(form=form, whose=self._callers.whose, aside=self._callers.aside, sent=self._sent)
        self._callers, self._sent = Callers(), None
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
        self._sent, self._appointment_id = sent, sent.visit

        def settled() -> None:
            self._settled()
            if open_it:
                self.open_new()

        def question(replica: Replica) -> tuple[bool, bool]:
            is_added = sent.adding is not None and replica.tx().find(Customer, sent.adding.id) is not None
            return seen(replica, sent.visit) is not None, is_added

        def answered(told: tuple[bool, bool]) -> None:
            is_booked, is_added = told
            if is_added:
                self._now_known()
            if not is_booked:
                settled()
                person = called(person_of(sent.form))
                self._edits.say(f"{person}: not booked when another took the desk. It is kept in the panel.")
                return
            self._saved(self._page.book.selected_id, sent.visit)
            if open_it and (self._panel.is_typing or not self._form.is_empty):
                self.open_new()

        self._link.ask(question, answered, settled)

    def half_typed_about(self) -> frozenset[str]:
        """Whom the booking that is half typed is for."""
        people = [one.customer for one in self._callers.aside]
        return frozenset(one.id for one in people if one is not None) | self._shown_about()

    def _shown_about(self) -> frozenset[str]:
        sent = self._sent_here
        # Of what was given back it is not known.
        whose = (self._form.customer, self._callers.whose) if sent is None or sent.is_back else ()
        return frozenset(one.id for one in whose if isinstance(one, Choice))

    @property
    def _sent_here(self) -> Sent | None:
        """What is being saved, where the form is of that still, and not of another who was looked up since."""
        return None if self._sent is None or self._sent.behind is not None else self._sent

    def forget_about(self, erased: frozenset[str]) -> None:
        """Empty the panel where the booking was for one of these: what else stands in it was meant for them."""
        self._callers.drop_about(erased)
        if not self._shown_about().isdisjoint(erased):
            self._callers.forget()
            self._begin(BookingForm())
        self._judge()

    @property
    def _words(self) -> Words:
        return self._book.words

    @property
    def customer(self) -> Choice | None:
        """Whom the form is for; nobody who is not in the book yet."""
        return self._form.customer

    # Opening

    def open_new(self) -> None:
        """Open the panel; a form that was begun is still in it, and says for whom."""
        self._open(self._timed(self._form), again=self._left())

    def _left(self) -> BookingForm | None:
        """What was begun before the panel is opened again; None where it is gone on with in it, or saved."""
        is_left = self._page.open_panel != "booking" or self._callers.reopened is not None
        return self._form if is_left and self._sent is None and not self._form.is_empty else None

    def _open(self, form: BookingForm, *, again: BookingForm | None, fresh: BookingForm | None = None) -> None:
        """Open the panel with a form; `again` was begun before, and `fresh` is what is meant without it."""
        if again is not None:
            self._callers.reopen(left=again, shown=form, fresh=fresh or self._timed(BookingForm()))
        self._show(form)
        self._page.open_booking()
        self._judge()

    def _timed(self, form: BookingForm) -> BookingForm:
        """The form with the next start, where nobody has given it one."""
        return self._with_time(form, self._next_step()) if form.is_empty or form.start is None else form

    def _drawn(self, resource_id: str, start: datetime, end: datetime) -> None:
        resource = self._resource(resource_id)

        def drawn(form: BookingForm) -> BookingForm:
            form = self._with_time(form, start)
            if resource is not None:
                form = form.with_resource(resource.kind, resource.id)
            services = services_of(form, self._setup) if self._setup else ()
            if form.own_length:
                return form
            return replace(form, minutes=minutes_of(services) or (end - start) // timedelta(minutes=1))

        self._open(drawn(self._form), again=self._left(), fresh=drawn(BookingForm()))

    def book_for(self, person: Choice | NewCustomer) -> None:
        """Open the panel for somebody who was looked up; what was begun for another is put aside."""
        sent = self._sent_here
        if sent is None:
            is_open = self._page.open_panel == "booking"
            form, is_begun = self._callers.form_for(self._form, person, is_open=is_open)
        else:
            form, is_begun = self._while_sent(sent, of_person(self._form, person), before=None), False
        self._begin(form)
        self._open(self._timed(form), again=form if is_begun else None)

    def _with_time(self, form: BookingForm, start: datetime) -> BookingForm:
        local = wall_time.local(start, self._words.zone)
        location = self._book.location
        return replace(
            form,
            day=local.date(),
            start=time(local.hour, local.minute, fold=local.fold),
            location_id=location.id if location else "",
            minutes=form.minutes or (self._setup.business.slot_step if self._setup else 30),
            override=None,
        )

    def _next_step(self) -> datetime:
        """The next start that the book offers: from now on today, from the opening on another day."""
        shown, now = self._book.shown, clock.now()
        if shown is None or not shown.span.start <= now < shown.span.end:
            opens = [span.start for spans in (shown.open_spans.values() if shown else ()) for span in spans]
            return min(opens, default=wall_time.minute_of(self._book.day, 9 * 60, self._words.zone))
        step = timedelta(minutes=shown.slot_step)
        return shown.span.start + -(-(now - shown.span.start) // step) * step

    # What there is to choose

    def _took_setup(self, told: Setup) -> None:
        self._setup = told
        services = tuple(
            Choice(id=one.id, text=one.name, detail=self._words.service(one), colour=one.colour)
            for one in told.services
        )
        self._panel.set_locale(self._words.locale)
        self._panel.show_choices(services=services)
        self._offer()

    def _offer(self) -> None:
        if self._setup is None or self._book.location is None:
            return
        here = [one for one in self._setup.resources if one.location_id == self._book.location.id]
        services = services_of(self._form, self._setup)
        self._panel.show_resources(
            staff=resource_choices(here, ResourceKind.STAFF, services),
            rooms=resource_choices(here, ResourceKind.ROOM, services),
            equipment=resource_choices(here, ResourceKind.EQUIPMENT, services),
            nothing=tuple(nobody_words(kind, services) for kind in ResourceKind),
        )
        self._panel.show_largest_party(min((one.capacity for one in services), default=1))

    def _resource(self, resource_id: str) -> Resource | None:
        return next((one for one in self._setup.resources if one.id == resource_id), None) if self._setup else None

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
        """The form with the length of its services, and with what may take part in them."""
        if self._setup is None:
            return
        services = services_of(form, self._setup)
        # While another is being looked for, who was chosen stays, and how long it takes.
        if services:
            form = _fitting(form, services, chosen_of(form, self._setup))
        self._form = form
        self._offer()
        self._show(form)
        self._judge()

    # Whose it is

    def _tell_begun(self) -> None:
        names = {str(one.id): one.name for one in self._setup.services} if self._setup else {}
        self._panel.show_begun(*begun_words(self._callers, names))

    def _choose_begun(self, choice: str) -> None:
        """Do what the panel offers of what was begun before."""
        if self._sent is not None:
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
        self._form = form
        self._offer()
        self._panel.begin(form)

    def _show(self, form: BookingForm) -> None:
        self._form = form
        self._panel.show_form(form)

    def _changed(self, form: BookingForm) -> None:
        sent = self._sent_here
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
        self._sent, begun = self._callers.go_on(sent, form, now)
        return begun

    def _rows_changed(self, tables: frozenset[str]) -> None:
        """Others may have taken what was free by now, or freed what was taken."""
        if tables & _TABLES and self._page.open_panel == "booking" and self._sent is None:
            self._judge()

    def _judge(self) -> None:
        form, missing, new = self._form, missing_words(self._form), self._form.new_customer
        services = services_of(form, self._setup) if self._setup else ()
        self._panel.show_length_note(length_words(form, services))
        self._look_for_others(form)
        self._tell_begun()
        wish = self._booking_of(form)
        if wish is None:
            # An answer that is on its way is about what stood here before.
            self._judging.forget()
            # Said until something else is typed: rows that come meanwhile ask this again.
            self._panel.show_verdict(TYPED_ON if form == self._typed_on else "", ok=True)
            self._panel.show_against(())
            self._panel.show_slots(())
            self._panel.set_saveable(ok=False, why_not=missing)
            self._save_wanted = False
            if not self._page.book.ghost_is_live:
                self._page.book.clear_ghost()
            return

        def question(replica: Replica) -> Judged:
            told = verdict(replica, wish.name, wish.args)
            if told.is_free and new is not None:
                # One who has no name yet gets one before they are added.
                adding = customers.create(name=new.name or "?", phones=[new.phone] if new.phone else [])
                told = verdict(replica, adding.name, adding.args)
            by_rule = replace(wish.args, override=None)
            return Judged(
                verdict=told,
                visit=wished(replica.tx(), replica.context(), wish.args),
                against=() if told.is_free and form.override is None else in_the_way(replica, by_rule),
                slots=free_slots(replica, by_rule),
            )

        self._judging.ask(question, lambda judged: self._say(form, judged))

    def _look_for_others(self, form: BookingForm) -> None:
        """Say what the customer has booked that day already: a colleague may have, or another of that name is meant."""
        customer, day, but = form.customer, form.day, self._appointment_id
        if customer is None or day is None:
            self._looking.forget()
            self._panel.show_coming("")
            return
        whose, span = CustomerId(customer.id), wall_time.day_span(day, self._words.zone)
        self._looking.ask(
            lambda replica: coming_already(replica, whose, span, but=but),
            lambda found: self._panel.show_coming(coming_words(customer.text, found, self._words)),
        )

    def _say(self, form: BookingForm, judged: Judged) -> None:
        told, missing = judged.verdict, missing_words(form)
        self._judged, self._planned = (form, told.is_free and not missing), judged.visit
        is_seen, self._against = set(judged.against) <= set(self._against), judged.against
        self._slots = tuple(one for one in judged.slots if one.start != self._start_of(form))
        self._show_plan(form, judged)
        # An answer that comes after it was said what is missing does not say that all is well.
        lacks = missing if form == self._lacking else ""
        self._panel.show_verdict(
            told.why_not or lacks or self._free_words(form, judged),
            ok=told.is_free and not lacks,
            override_why_not=why_not_over(told.code, may_override=may(self._role, Capability.OVERRIDE)),
        )
        self._panel.show_against(() if told.is_free else judged.against)
        self._panel.show_slots(tuple(self._slot(one) for one in self._slots))
        self._panel.set_saveable(ok=self._judged[1] and self._sent is None, why_not=told.why_not or missing)
        wanted, self._save_wanted = self._save_wanted, False
        # Who has pressed Save has not seen over what else their reason goes by now.
        if wanted and (is_seen or form.override is None):
            self._save(self._panel.form())

    def _free_words(self, form: BookingForm, judged: Judged) -> str:
        visit = judged.visit
        if form == self._typed_on:
            return TYPED_ON
        if form.override is not None:
            return " ".join(("Booked over the rule, with your reason.", *judged.against))
        if visit is None:
            return "Free."
        names = names_of([one for one in map(self._resource, visit.resources) if one is not None])
        return f"Free: {names}, {self._words.when(Span(visit.starts_at, visit.ends_at))}."

    def _show_plan(self, form: BookingForm, judged: Judged) -> None:
        """Let the shape in the book be what the form comes to: as long as the service, not as it was drawn."""
        visit, told = judged.visit, judged.verdict
        span = Span(visit.starts_at, visit.ends_at) if visit else self._span_of(form)
        chosen = [one for kind in ResourceKind if (one := form.resource(kind))]
        resource = next(iter(visit.resources if visit else chosen), "")
        if span is not None and self._page.open_panel == "booking":
            words = overlay_painting.Verdict(text=told.why_not or "Free", ok=told.is_free)
            self._page.book.show_plan(resource, span.start, span.end, words)

    def _slot(self, slot: FreeSlot) -> Choice:
        offered = slot_choice(slot, self._form.day, self._words)
        return replace(offered, text=f"{offered.text}   {names_of(slot.resources)}")

    def _take_slot(self, slot: str) -> None:
        self._show(self._with_time(self._form, parse_instant(slot)))
        day = self._form.day
        if day is not None and day not in self._book.days:
            self._book.open_day(day)
        self._judge()

    def _pressed(self, action: str) -> None:
        place = BOOK_SLOTS.index(action) if action in BOOK_SLOTS else len(self._slots)
        if self._page.open_panel == "booking" and place < len(self._slots):
            self._take_slot(instant_text(self._slots[place].start))

    def _start_of(self, form: BookingForm) -> datetime | None:
        if form.day is None or form.start is None:
            return None
        return wall_time.resolve(datetime.combine(form.day, form.start), self._words.zone, fold=form.start.fold)

    def _span_of(self, form: BookingForm) -> Span | None:
        start = self._start_of(form)
        return Span(start, start + timedelta(minutes=form.minutes)) if start and form.minutes else None

    def _booking_of(self, form: BookingForm) -> Operation | None:
        if self._setup is None:
            return None
        return booking_of(form, self._setup, start=self._start_of(form), appointment_id=self._appointment_id)

    def _save_open(self) -> None:
        if self._page.open_panel == "booking":
            self._panel.save()

    def _save(self, form: BookingForm) -> None:
        missing = missing_words(form)
        if missing:
            self._lacking = form
            self._panel.show_verdict(missing, ok=False)
            self._panel.focus_first()
        if self._sent is not None or missing:
            return
        if self._judged is None or self._judged[0] != form:
            # Enter was faster than the answer: it is saved as soon as it is known to fit.
            self._save_wanted = True
            return
        if not self._judged[1]:
            return
        self._form, self._sent = form, Sent(form=form, visit=self._appointment_id)
        if form.new_customer is not None:
            self._add_customer(form, form.new_customer, self._planned)
        else:
            self._book_now(form, self._planned)

    def _add_customer(self, form: BookingForm, new: NewCustomer, planned: Appointment | None) -> None:
        customer_id = ids.new_id()
        wish = customers.create(name=new.name, phones=[new.phone] if new.phone else [], customer_id=customer_id)
        chosen = Choice(id=customer_id, text=new.name, detail=new.phone)
        self._sent = Sent(form=form, visit=self._appointment_id, adding=chosen)

        def added(_: Edited) -> None:
            self._now_known()
            self._book_now(of_person(form, chosen), planned)

        # One step with the visit that they are added for.
        self._link.run(replace(wish, macro=self._appointment_id), added, self._not_saved, self._settled)

    def _now_known(self) -> None:
        """Who was to be added is in the book."""
        sent = self._sent
        if sent is None:
            return
        self._sent = sent.known()
        if self._form.new_customer is not None and self._form.new_customer == sent.form.new_customer:
            self._show(of_person(self._form, sent.adding))

    def _book_now(self, form: BookingForm, planned: Appointment | None) -> None:
        wish = self._booking_of(form)
        if wish is None:
            self._sent = None
            return
        if planned is not None:
            wish = as_shown(wish, planned)
        start, name = self._start_of(form), form.customer.text if form.customer else ""
        chosen = self._page.book.selected_id
        said = f"Booked {name}, {self._words.moment(start) if start else ''}.{self._edits.saved}"
        self._edits.run(
            replace(wish, macro=self._appointment_id),
            said,
            then=lambda edited: self._saved(chosen, edited.subject),
            refused=self._not_saved,
            lost=self._settled,
        )

    def _saved(self, chosen: str | None, made: str) -> None:
        """Clear the panel but for what was entered since; who has chosen another visit meanwhile keeps that one."""
        sent, form = self._sent, self._panel.form()
        if sent is None:
            return
        self._sent = self._judged = self._planned = None
        self._appointment_id = ids.new_id()
        begun, is_open = self._begun_since(sent, form), self._page.open_panel == "booking"
        self._book.refresh()
        if begun == BookingForm() and not self._panel.is_typing:
            self._show(BookingForm())
            if is_open:
                self._page.close_panel()
                if self._page.book.selected_id == chosen:
                    self._page.book.select(made)
            return
        self._show(begun.at_time_of(form))
        if is_open:
            self._typed_on = self._form
            self._judge()
            self._panel.show_verdict(TYPED_ON, ok=True)

    def _begun_since(self, sent: Sent, form: BookingForm) -> BookingForm:
        """What stands in the form and was not saved."""
        if sent.behind is not None:
            self._callers.take_saved(sent)
            return form
        begun = form.entered_since(sent.form)
        # A note that is gone on with is of whom it was begun for.
        self._callers.forget(person_of(begun) or (person_of(sent.form) if begun.notes else None))
        return begun

    def _settled(self) -> None:
        """It was not saved: it can be tried again."""
        self._take_up()
        self._judge()

    def _take_up(self) -> None:
        """What was sent is half typed again, and for whom it was."""
        sent, self._sent = self._sent, None
        if sent is not None:
            self._callers.take_refused(sent, self._form)

    def _not_saved(self, refusal: Refusal) -> None:
        sent, is_open = self._sent, self._page.open_panel == "booking"
        self._take_up()
        why = sentence(refusal.code, refusal.details, self._words.dates)
        if sent is not None and sent.behind is not None:
            self._edits.say(f"{called(person_of(sent.form))}: not booked, and kept in the panel. {why}")
            self._judge()
        elif is_open:
            self._panel.show_verdict(why, ok=False)
            self._judge()
        else:
            self._edits.say(f"Not booked: it still stands in the panel. {why}")


def _fitting(form: BookingForm, services: Sequence[Service], chosen: Sequence[Resource]) -> BookingForm:
    """The form as long as its services, and of what was chosen by hand what may take part in them."""
    if not form.own_length or len(services) > 1:
        form = replace(form, minutes=minutes_of(services))
    fits = {one.id for one in chosen if any(takes_part(one, each) for each in services)}
    for kind in ResourceKind:
        if form.resource(kind) not in fits:
            form = form.with_resource(kind, "")
    return form
