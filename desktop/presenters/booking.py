"""The booking panel: finding the customer, judging each change of the form, saving."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from PySide6.QtCore import QObject

from desktop.models.rows import BookingForm, Choice, NewCustomer
from desktop.operations import appointments, customers
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter
from desktop.presenters.booking_words import customer_choice, length_words, missing_words, resource_choices
from desktop.presenters.edits import Edits
from desktop.presenters.link import Latest, Link
from desktop.presenters.words import Words
from desktop.queries.find_customer import FoundCustomer, find_customer
from desktop.queries.free_slots import free_slots
from desktop.queries.setup import Setup
from desktop.queries.verdict import Verdict, verdict
from desktop.store.replica import Edited, Replica
from desktop.views.actions import Actions
from desktop.views.book_page import BookPage
from desktop.widgets.book import overlay_painting
from shared import clock, ids
from shared.clock import instant_text, parse_instant
from shared.dates import weekday_text
from shared.errors import Code, Refusal
from shared.model.base import Span
from shared.model.member import Role
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.rules import wall_time
from shared.rules.permissions import Capability, may
from shared.texts import sentence

OVERRIDABLE = frozenset({Code.SLOT_TAKEN.value, Code.OUTSIDE_HOURS.value, Code.BLOCKED.value})
NOT_OVERRIDABLE_HERE = "Only a manager or the owner can book over a rule."


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the desk says of a form: whether it fits, and the next starts where it does not."""

    verdict: Verdict
    slots: tuple[datetime, ...] = ()


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
        self._judging, self._finding, self._searching = Latest(link), Latest(link), Latest(link)
        self._form = BookingForm()
        self._setup: Setup | None = None
        self._role = Role.TENANT_STAFF
        self._appointment_id = ids.new_id()
        self._saving = False
        self._save_wanted = False
        self._judged: tuple[BookingForm, bool] | None = None
        """The form that was judged last, and whether it can be saved."""
        self._offered: dict[str, Choice] = {}
        self._connect(actions)

    def _connect(self, actions: Actions) -> None:
        panel, bar = self._panel, self._page.bar
        panel.changed.connect(self._changed)
        panel.serviceChosen.connect(self._service_chosen)
        panel.customerQueried.connect(self._find)
        panel.slotChosen.connect(self._take_slot)
        panel.saveRequested.connect(self._save)
        bar.newBookingRequested.connect(self.open_new)
        bar.customerQueried.connect(self._search)
        bar.customerChosen.connect(self._book_for)
        bar.newCustomerRequested.connect(self._book_for_new)
        actions["new_booking"].triggered.connect(self.open_new)
        actions["save_booking"].triggered.connect(self._save_open)
        self._book.setupChanged.connect(self._took_setup)
        self._book.locationChanged.connect(lambda location: self._offer())
        self._book.spanDrawn.connect(self._drawn)

    def set_role(self, role: Role) -> None:
        """Whose rights decide what is offered."""
        self._role = role

    def let_go(self) -> BookingForm:
        """Empty the panel for another person; what stood in it, so that it can be given back."""
        begun = BookingForm() if self._form.is_empty else self._panel.form()
        self._form = BookingForm()
        self._panel.show_form(self._form)
        return begun

    def give_back(self, form: BookingForm, *, open_it: bool) -> None:
        """Let what the person had begun stand in the panel again."""
        self._show(form)
        if open_it:
            self.open_new()

    @property
    def _words(self) -> Words:
        return self._book.words

    @property
    def customer(self) -> Choice | None:
        """Whom the form is for; nobody who is not in the book yet."""
        return self._form.customer

    # Opening

    def open_new(self) -> None:
        """Open the panel; a form that was begun is still in it."""
        if self._form.is_empty or self._form.start is None:
            self._show(self._with_time(self._form, self._next_step()))
        self._page.open_booking()
        self._judge()

    def _drawn(self, resource_id: str, start: datetime, end: datetime) -> None:
        resource = self._resource(resource_id)
        form = self._with_time(self._form, start)
        if resource is not None:
            form = form.with_resource(resource.kind, resource.id)
        service = self._service(form.service_id)
        if not form.own_length:
            drawn = (end - start) // timedelta(minutes=1)
            form = replace(form, minutes=service.minutes if service else drawn)
        self._show(form)
        self._page.open_booking()
        self._judge()

    def _book_for(self, customer_id: str) -> None:
        chosen = self._offered.get(customer_id)
        if chosen is not None:
            self._show(replace(self._form, customer=chosen, new_customer=None))
            self.open_new()

    def _book_for_new(self, typed: str) -> None:
        is_phone = sum(letter.isdigit() for letter in typed) >= 3 and not any(letter.isalpha() for letter in typed)
        new = NewCustomer(name="" if is_phone else typed, phone=typed if is_phone else "")
        self._show(replace(self._form, customer=None, new_customer=new))
        self.open_new()

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
        service = self._service(self._form.service_id)
        self._panel.show_resources(
            staff=resource_choices(here, ResourceKind.STAFF, service),
            rooms=resource_choices(here, ResourceKind.ROOM, service),
            equipment=resource_choices(here, ResourceKind.EQUIPMENT, service),
        )

    def _service(self, service_id: str) -> Service | None:
        return next((one for one in self._setup.services if one.id == service_id), None) if self._setup else None

    def _resource(self, resource_id: str) -> Resource | None:
        return next((one for one in self._setup.resources if one.id == resource_id), None) if self._setup else None

    def _service_chosen(self, service_id: str) -> None:
        service = self._service(service_id)
        if service is None or self._setup is None:
            return
        form = replace(self._panel.form(), service_id=service_id)
        if not form.own_length:
            form = replace(form, minutes=service.minutes)
        self._form = form
        self._offer()
        self._show(form)
        candidates = self._candidates(form, service)
        if candidates:
            self._finding.ask(lambda replica: self._first_that_fits(replica, candidates), self._show_and_judge)
        self._judge()

    def _candidates(self, form: BookingForm, service: Service) -> tuple[BookingForm, ...]:
        """The form with each of what the service needs and nobody has chosen yet."""
        forms: tuple[BookingForm, ...] = (form,)
        here = [one for one in (self._setup.resources if self._setup else ()) if one.location_id == form.location_id]
        for kind in ResourceKind:
            needed = any(need.kind is kind for need in service.needs) or kind is ResourceKind.STAFF
            offered = [choice.id for choice in resource_choices(here, kind, service)]
            if needed and offered and form.resource(kind) not in offered:
                forms = tuple(one.with_resource(kind, choice) for one in forms for choice in offered)
        return () if forms == (form,) else forms[:60]

    def _first_that_fits(self, replica: Replica, forms: Sequence[BookingForm]) -> BookingForm:
        for form in forms:
            args = self._booking_of(form, customer_id=None)
            if args is not None and verdict(replica, args.name, args.args).is_free:
                return form
        return forms[0]

    def _show_and_judge(self, form: BookingForm) -> None:
        now = self._panel.form()
        for kind in ResourceKind:
            now = now.with_resource(kind, now.resource(kind) or form.resource(kind))
        self._show(now)
        self._judge()

    # Finding the customer

    def _find(self, text: str) -> None:
        self._searching.ask(lambda replica: find_customer(replica, text, limit=8), self._found)

    def _found(self, found: tuple[FoundCustomer, ...]) -> None:
        self._panel.show_found(tuple(customer_choice(one) for one in found))

    def _search(self, text: str) -> None:
        if text.strip():
            self._searching.ask(lambda replica: find_customer(replica, text, limit=8), self._found_above)

    def _found_above(self, found: tuple[FoundCustomer, ...]) -> None:
        self._offered = {one.id: customer_choice(one) for one in found}
        self._page.bar.show_found(tuple(self._offered.values()))

    # Judging and saving

    def _show(self, form: BookingForm) -> None:
        self._form = form
        self._panel.show_form(form)

    def _changed(self, form: BookingForm) -> None:
        self._form = form
        self._judge()

    def _judge(self) -> None:
        form, missing, new = self._form, missing_words(self._form), self._form.new_customer
        self._panel.show_length_note(length_words(form, self._service(form.service_id)))
        wish = self._booking_of(form, customer_id=None)
        if wish is None:
            self._panel.show_verdict("", ok=True)
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
            slots = free_slots(replica, wish.args) if told.code in OVERRIDABLE else ()
            return Judged(verdict=told, slots=slots)

        self._judging.ask(question, lambda judged: self._say(form, judged))

    def _say(self, form: BookingForm, judged: Judged) -> None:
        told, missing = judged.verdict, missing_words(form)
        self._judged = (form, told.is_free and not missing)
        self._show_plan(form, told)
        helps = told.code in OVERRIDABLE
        why_not = "" if may(self._role, Capability.OVERRIDE) else NOT_OVERRIDABLE_HERE
        self._panel.show_verdict(
            told.why_not or self._free_words(), ok=told.is_free, override_why_not=why_not if helps else None
        )
        self._panel.show_slots(tuple(self._slot(one) for one in judged.slots))
        self._panel.set_saveable(ok=self._judged[1] and not self._saving, why_not=told.why_not or missing)
        if self._save_wanted:
            self._save_wanted = False
            self._save(self._panel.form())

    def _free_words(self) -> str:
        names = [one.name for kind in ResourceKind if (one := self._resource(self._form.resource(kind)))]
        span = self._span_of(self._form)
        if self._form.override is not None:
            return "Booked over the rule, with your reason."
        return f"Free: {', '.join(names)}, {self._words.when(span)}." if span else "Free."

    def _show_plan(self, form: BookingForm, told: Verdict) -> None:
        """Let the shape in the book be what the form says: its length is the service's, not the one drawn."""
        span = self._span_of(form)
        resource = next((one for kind in ResourceKind if (one := form.resource(kind))), "")
        if span is not None and self._page.open_panel == "booking":
            words = overlay_painting.Verdict(text=told.why_not or "Free", ok=told.is_free)
            self._page.book.show_plan(resource, span.start, span.end, words)

    def _slot(self, start: datetime) -> Choice:
        local = wall_time.local(start, self._words.zone)
        same = local.date() == self._form.day
        said = self._words.moment(start)
        short = self._words.time(start) if same else f"{weekday_text(local.date())} {self._words.time(start)}"
        return Choice(id=instant_text(start), text=short, detail=said)

    def _take_slot(self, slot: str) -> None:
        self._show(self._with_time(self._form, parse_instant(slot)))
        self._judge()

    def _start_of(self, form: BookingForm) -> datetime | None:
        if form.day is None or form.start is None:
            return None
        return wall_time.resolve(datetime.combine(form.day, form.start), self._words.zone, fold=form.start.fold)

    def _span_of(self, form: BookingForm) -> Span | None:
        start = self._start_of(form)
        return Span(start, start + timedelta(minutes=form.minutes)) if start and form.minutes else None

    def _booking_of(self, form: BookingForm, *, customer_id: str | None) -> Operation | None:
        start, resources = self._start_of(form), [one for kind in ResourceKind if (one := form.resource(kind))]
        service = self._service(form.service_id)
        if start is None or not resources or not form.location_id:
            return None
        minutes = form.minutes if service is None or form.minutes != service.minutes else None
        return appointments.book(
            location_id=form.location_id,
            start=start,
            segments=[appointments.wish(service.id if service else None, resources, minutes)],
            customer_id=customer_id or (form.customer.id if form.customer else None),
            notes=form.notes.strip(),
            override=form.override,
            appointment_id=self._appointment_id,
        )

    def _save_open(self) -> None:
        if self._page.open_panel == "booking":
            self._panel.save()

    def _save(self, form: BookingForm) -> None:
        missing = missing_words(form)
        if missing:
            self._panel.show_verdict(missing, ok=False)
        if self._saving or missing:
            return
        if self._judged is None or self._judged[0] != form:
            # Enter was faster than the answer: it is saved as soon as it is known to fit.
            self._save_wanted = True
            return
        if not self._judged[1]:
            return
        self._form, self._saving = form, True
        if form.new_customer is not None:
            self._add_customer(form.new_customer)
        else:
            self._book_now()

    def _add_customer(self, new: NewCustomer) -> None:
        customer_id = ids.new_id()
        wish = customers.create(name=new.name, phones=[new.phone] if new.phone else [], customer_id=customer_id)
        chosen = Choice(id=customer_id, text=new.name, detail=new.phone)

        def added(_: Edited) -> None:
            self._show(replace(self._form, customer=chosen, new_customer=None))
            self._book_now()

        # One step with the visit that they are added for.
        self._link.run(replace(wish, macro=self._appointment_id), added, self._not_saved)

    def _book_now(self) -> None:
        wish = self._booking_of(self._form, customer_id=None)
        if wish is None:
            self._saving = False
            return
        start, name = self._start_of(self._form), self._form.customer.text if self._form.customer else ""
        said = f"Booked {name}, {self._words.moment(start) if start else ''}.{self._edits.saved}"
        self._edits.run(replace(wish, macro=self._appointment_id), said, then=self._saved, refused=self._not_saved)

    def _saved(self, edited: Edited) -> None:
        self._saving = False
        self._judged = None
        self._appointment_id = ids.new_id()
        made = edited.subject
        self._show(BookingForm())
        self._page.close_panel()
        self._book.refresh()
        self._page.book.select(made)

    def _not_saved(self, refusal: Refusal) -> None:
        self._saving = False
        self._panel.show_verdict(sentence(refusal.code, refusal.details, self._words.dates), ok=False)
        self._judge()
