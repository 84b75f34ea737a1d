"""What the desk says of the form of the booking panel: whether it fits, what is in the way, and what is free next."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from desktop.models.rows import BookingForm, Choice
from desktop.operations import customers
from desktop.presenters.book import BookPresenter
from desktop.presenters.booking_forms import BookingForms
from desktop.presenters.booking_submission import BookingSubmission
from desktop.presenters.booking_words import TYPED_ON, coming_words, length_words, missing_words, names_of, slot_choice
from desktop.presenters.link import Latest, Link
from desktop.presenters.overriding import why_not_over
from desktop.queries.coming_already import coming_already
from desktop.queries.free_slots import FreeSlot, free_slots, in_the_way
from desktop.queries.verdict import Verdict, verdict
from desktop.queries.wishes import wished
from desktop.store.replica import Replica
from desktop.views.book_page import BookPage
from desktop.widgets.book import overlay_painting
from shared.model.appointment import Appointment
from shared.model.base import CustomerId, Span
from shared.model.member import Role
from shared.model.resource import ResourceKind
from shared.rules import wall_time
from shared.rules.permissions import Capability, may


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the desk says of a form: whether it fits, as what, every rule against it, and the next free starts."""

    verdict: Verdict
    visit: Appointment | None = None
    against: tuple[str, ...] = ()
    slots: tuple[FreeSlot, ...] = ()


class BookingVerdict(QObject):
    """Judges each form that stands in the panel, and says there what came of it."""

    awaited = Signal()
    """A form was judged for which *Save* had been pressed before."""

    def __init__(
        self,
        link: Link,
        page: BookPage,
        book: BookPresenter,
        forms: BookingForms,
        submission: BookingSubmission,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page, self._panel, self._book = page, page.booking, book
        self._forms, self._submission = forms, submission
        self._judging, self._looking = Latest(link), Latest(link)
        self._role = Role.TENANT_STAFF
        self._save_wanted = False
        self._lacking: BookingForm | None = None
        """The form that somebody wanted to save and that lacked something."""
        self._typed_on: BookingForm | None = None
        """What stood in the panel when the one before it was booked."""
        self._judged: tuple[BookingForm, bool] | None = None
        """The form that was judged last, and whether it can be saved."""
        self.planned: Appointment | None = None
        """What that form comes to, with whom and what was found for it."""
        self._against: tuple[str, ...] = ()
        """What was said last to be in the way."""
        self.slots: tuple[FreeSlot, ...] = ()
        """The next free starts that are offered."""

    def set_role(self, role: Role) -> None:
        """Whose rights decide what is offered."""
        self._role = role

    def knows(self, form: BookingForm) -> bool:
        """Whether it is this form that was judged last."""
        return self._judged is not None and self._judged[0] == form

    def can_save(self, form: BookingForm) -> bool:
        """Whether it is known that this form can be saved."""
        return self._judged == (form, True)

    def await_save(self) -> None:
        """Say when the form is judged: it is to be saved as soon as it is known to fit."""
        self._save_wanted = True

    def give_up_save(self) -> None:
        """Let nothing be saved for which somebody waits: another form is shown, and that one they have not seen."""
        self._save_wanted = False

    def say_missing(self, form: BookingForm) -> None:
        """Say what a form lacks that somebody wants to save."""
        self._lacking = form
        self._panel.show_verdict(missing_words(form), ok=False)

    def forget(self) -> None:
        """Know nothing of the form any more: it is saved."""
        self._judged = self.planned = None

    def say_typed_on(self, form: BookingForm) -> None:
        """Say that the one before is booked, and that this is not: for as long as nothing else is typed."""
        self._typed_on = form
        self.judge(form)
        self._panel.show_verdict(TYPED_ON, ok=True)

    def judge(self, form: BookingForm) -> None:
        """Look whether the form fits, and say so."""
        new = form.new_customer
        self._panel.show_length_note(length_words(form, self._forms.services(form)))
        self._look_for_others(form)
        wish = self._forms.booking(form, self._submission.visit)
        if wish is None:
            self._say_nothing(form)
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

    def _say_nothing(self, form: BookingForm) -> None:
        """Leave open whether it fits: it does not say enough yet."""
        # An answer that is on its way is about what stood here before.
        self._judging.forget()
        # Said until something else is typed: rows that come meanwhile ask this again.
        self._panel.show_verdict(TYPED_ON if form == self._typed_on else "", ok=True)
        self._panel.show_against(())
        self._panel.show_slots(())
        self._panel.set_saveable(ok=False, why_not=missing_words(form))
        self._save_wanted = False
        if not self._page.book.ghost_is_live:
            self._page.book.clear_ghost()

    def _look_for_others(self, form: BookingForm) -> None:
        """Say what the customer has booked that day already: a colleague may have, or another of that name is meant."""
        customer, day, but, words = form.customer, form.day, self._submission.visit, self._book.words
        if customer is None or day is None:
            self._looking.forget()
            self._panel.show_coming("")
            return
        whose, span = CustomerId(customer.id), wall_time.day_span(day, words.zone)
        self._looking.ask(
            lambda replica: coming_already(replica, whose, span, but=but),
            lambda found: self._panel.show_coming(coming_words(customer.text, found, self._book.words)),
        )

    def _say(self, form: BookingForm, judged: Judged) -> None:
        told, missing = judged.verdict, missing_words(form)
        can_save = told.is_free and not missing
        self._judged, self.planned = (form, can_save), judged.visit
        is_seen, self._against = set(judged.against) <= set(self._against), judged.against
        self.slots = tuple(one for one in judged.slots if one.start != self._forms.start(form))
        self._show_plan(form, judged)
        # An answer that comes after it was said what is missing does not say that all is well.
        lacks = missing if form == self._lacking else ""
        self._panel.show_verdict(
            told.why_not or lacks or self._free_words(form, judged),
            ok=told.is_free and not lacks,
            override_why_not=why_not_over(told.code, may_override=may(self._role, Capability.OVERRIDE)),
        )
        self._panel.show_against(() if told.is_free else judged.against)
        self._panel.show_slots(tuple(self._slot(one, form) for one in self.slots))
        self._panel.set_saveable(ok=can_save and self._submission.sent is None, why_not=told.why_not or missing)
        wanted, self._save_wanted = self._save_wanted, False
        # Who has pressed Save has not seen over what else their reason goes by now.
        if wanted and (is_seen or form.override is None):
            self.awaited.emit()

    def _free_words(self, form: BookingForm, judged: Judged) -> str:
        visit = judged.visit
        if form == self._typed_on:
            return TYPED_ON
        if form.override is not None:
            return " ".join(("Booked over the rule, with your reason.", *judged.against))
        if visit is None:
            return "Free."
        names = names_of([one for one in map(self._forms.resource, visit.resources) if one is not None])
        return f"Free: {names}, {self._book.words.when(Span(visit.starts_at, visit.ends_at))}."

    def _show_plan(self, form: BookingForm, judged: Judged) -> None:
        """Let the shape in the book be what the form comes to: as long as the service, not as it was drawn."""
        visit, told = judged.visit, judged.verdict
        span = Span(visit.starts_at, visit.ends_at) if visit else self._forms.span(form)
        chosen = [one for kind in ResourceKind if (one := form.resource(kind))]
        resource = next(iter(visit.resources if visit else chosen), "")
        if span is not None and self._page.open_panel == "booking":
            words = overlay_painting.Verdict(text=told.why_not or "Free", ok=told.is_free)
            self._page.book.show_plan(resource, span.start, span.end, words)

    def _slot(self, slot: FreeSlot, form: BookingForm) -> Choice:
        offered = slot_choice(slot, form.day, self._book.words)
        return replace(offered, text=f"{offered.text}   {names_of(slot.resources)}")
