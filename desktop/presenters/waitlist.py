"""The waitlist: who waits, what is offered to them, and whom that fits which has just become free."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from PySide6.QtCore import QObject

from desktop.models.people_rows import WishForm
from desktop.models.rows import Choice, NewCustomer
from desktop.operations import customers, waitlist
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter
from desktop.presenters.booking_words import called, customer_choice
from desktop.presenters.callers import Person, is_another, of_person, person_of
from desktop.presenters.drafts import NOT_SAVED, Draft, Drafts, marked
from desktop.presenters.edits import Edits, seen
from desktop.presenters.link import Latest, Link
from desktop.presenters.waitlist_words import (
    hours_words,
    name_of,
    wait_detail,
    waiting_row,
    wish_form,
    wish_of_form,
)
from desktop.presenters.words import Words, words_of
from desktop.queries.find_customer import FoundCustomer, find_customer
from desktop.queries.setup import Setup
from desktop.queries.waiting import Slot, Waiting, fitting, freed_by, slots_for, waiting
from desktop.store.replica import Edited, Replica
from desktop.views.main_window import MainWindow
from shared import clock, ids
from shared.clock import instant_text
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.model.base import Span
from shared.model.business import Location
from shared.model.plan import Feature
from shared.model.resource import ResourceKind
from shared.mutations.waitlist import Wish, wishes_of
from shared.rules.waitlist import Freed
from shared.texts import sentence

_TABLES = frozenset(
    {"waitlist_entry", "customer", "service", "resource", "appointment", "allocation", "plan", "outbox"}
)
_ADD = "Add to waitlist"
_NOBODY = "Nobody waits. Whoever finds no time that suits can wait for one here."


WishDraft = Draft[WishForm, Waiting]


class WaitlistPresenter(QObject):
    """Shows who waits, carries what is done to the desk, and watches for what becomes free."""

    def __init__(
        self, link: Link, window: MainWindow, book: BookPresenter, edits: Edits, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._window, self._view, self._book, self._edits = link, window, window.waitlist, book, edits
        self._lists, self._slots_of, self._finding, self._plans = Latest(link), Latest(link), Latest(link), Latest(link)
        self._rows: dict[str, Waiting] = {}
        self._slots: dict[str, tuple[Slot, ...]] = {}
        self._chosen = ""
        self._freed: Freed | None = None
        """What the list is narrowed to; None lists everybody."""
        self._just_freed: Freed | None = None
        self._drafts: Drafts[WishForm, Waiting] = Drafts(self._view.form, self._show_form, self._list)
        self._entered: Person | None = None
        """Who stands in the form."""
        self._moving: Appointment | None = None
        """The visit that is being moved, as it stood before."""
        self._connect()

    def _connect(self) -> None:
        view, wish, form = self._view, self._view.wish, self._view.form
        self._window.pageShown.connect(self._page_shown)
        self._window.freed.actionRequested.connect(self._show_freed)
        view.entryChosen.connect(self.choose)
        view.addRequested.connect(self._add)
        view.everybodyRequested.connect(self._show_everybody)
        wish.editRequested.connect(self._edit)
        wish.withdrawRequested.connect(self._withdraw)
        wish.offerRequested.connect(self._offer)
        wish.bookRequested.connect(self._accept)
        form.customerQueried.connect(self._find)
        form.customerChanged.connect(self._follow)
        form.saveRequested.connect(self._save)
        form.cancelled.connect(self._give_up)
        self._link.changed.connect(self._changed)
        self._book.setupChanged.connect(self._took_setup)
        self._edits.moving.connect(self._freeing)
        self._edits.done.connect(self._became_free)

    def let_go(self) -> tuple[WishDraft, ...]:
        """Clear away what the person looked at, before another comes; the wishes that are half typed."""
        drafts = self._drafts.take()
        self._window.freed.clear()
        self._chosen, self._freed, self._just_freed = "", None, None
        self._rows, self._slots = {}, {}
        self._view.show_rows("", (), "", narrowed=False)
        self._view.show_nobody(_NOBODY)
        return drafts

    def give_back(self, drafts: Iterable[WishDraft]) -> None:
        """Let the person go on with the wishes that were half typed."""
        self._drafts.give(drafts)

    def half_typed_about(self) -> frozenset[str]:
        """The customers of wishes that are half typed."""
        return self._drafts.of(_whose)

    def forget_about(self, erased: frozenset[str]) -> None:
        """Keep no wish of these."""
        if self._drafts.drop(_whose, erased):
            self.refresh()
        elif self._drafts.shown is not None:
            # What was said of another's wish names them.
            self._view.form.show_message(self._drafts.shown.why)

    def _took_setup(self, told: Setup) -> None:
        self._view.form.show_setup(
            tuple(Choice(id=one.id, text=one.name) for one in told.services),
            tuple(Choice(id=one.id, text=one.name) for one in told.resources if one.kind is ResourceKind.STAFF),
            hours_words(self._book.words),
            locale=self._book.words.locale,
        )
        self._ask_plan()

    def _ask_plan(self) -> None:
        def took(features: tuple[str, ...]) -> None:
            offered = Feature.WAITLIST in features
            self._window.navigation.offer_waitlist(offered=offered)
            self._window.actions_by_name["go_waitlist"].setEnabled(offered)
            self._window.customers.page.wait.setEnabled(offered)
            if not offered and self._window.page == "waitlist":
                self._window.show_page("book")

        self._plans.ask(lambda replica: replica.tx().plan().features, took)

    # Listing

    def _page_shown(self, page: str) -> None:
        if page == "waitlist":
            self.refresh()

    def _changed(self, tables: frozenset[str]) -> None:
        if "plan" in tables:
            self._ask_plan()
        if self._window.page == "waitlist" and tables & _TABLES:
            self.refresh()

    def refresh(self) -> None:
        """Ask again who waits."""
        freed, now = self._freed, clock.now()

        def question(replica: Replica) -> tuple[Waiting, ...]:
            return waiting(replica, at=now) if freed is None else fitting(replica, freed, at=now)

        self._lists.ask(question, self._took)

    def _took(self, rows: tuple[Waiting, ...]) -> None:
        self._rows = {one.entry.id: one for one in rows}
        self._slots = {}
        if self._chosen not in self._rows:
            self._chosen = next(iter(self._rows), "")
        self._list()
        if self._drafts.shown is not None:
            return
        if self._chosen:
            self.choose(self._chosen)
        else:
            self._view.show_nobody(_NOBODY if self._freed is None else "Nobody on the waitlist fits it any more.")

    def _list(self) -> None:
        """Say who waits, and at whom something is typed and not saved."""
        rows, draft = self._rows.values(), self._drafts.shown
        heading = f"{len(rows)} waiting" if rows else ""
        if self._freed is not None:
            heading = f"Fits {self._freed_words(self._freed)}"
        shown = marked((waiting_row(one, self._words(one)) for one in rows), self._drafts.unsaved)
        chosen = "" if draft is not None and draft.seen is None else self._chosen
        self._view.show_rows(heading, shown, chosen, narrowed=self._freed is not None)
        self._view.mark_new(begun=self._drafts.last_new is not None)

    def _words(self, one: Waiting) -> Words:
        setup = self._book.setup
        return words_of(setup.business, one.zone) if setup else self._book.words

    def _freed_words(self, freed: Freed) -> str:
        return self._book.words.when(freed.span)

    def choose(self, entry_id: str) -> None:
        """Show a wish, and look for what suits it."""
        one, now = self._rows.get(entry_id), clock.now()
        if one is None:
            return
        self._chosen = entry_id
        self._drafts.leave()
        known = (one.slot,) if one.slot else self._slots.get(entry_id)
        shown = wait_detail(one, known, self._words(one), now)
        if entry_id in self._drafts.unsaved:
            shown = replace(shown, mark=" ".join(filter(None, (shown.mark, NOT_SAVED))))
        self._view.wish.show_detail(shown)
        self._view.show_part("wish")
        if known is None:
            found = partial(self._found_slots, entry_id)
            self._slots_of.ask(lambda replica: slots_for(replica, entry_id, at=now), found)

    def _found_slots(self, entry_id: str, slots: tuple[Slot, ...]) -> None:
        self._slots[entry_id] = slots
        if self._chosen == entry_id and self._drafts.shown is None:
            self.choose(entry_id)

    def _show_everybody(self) -> None:
        self._freed = None
        self.refresh()

    def _give_up(self) -> None:
        self._drafts.give_up()
        self.refresh()

    # Entering

    def _add(self) -> None:
        """Show the form of a new wish; the last one that is half typed is as it was left."""
        self._open_new(self._drafts.last_new or "", WishForm(), None)

    def enter_new(self, customer: Choice) -> None:
        """Show the form of a new wish of somebody who is known already."""
        self._window.show_page("waitlist")
        self._open_new(customer.id, WishForm(customer=customer), customer)

    def _open_new(self, about: str, first: WishForm, person: Person | None) -> None:
        self._drafts.open(about, _ADD, first, typed=of_person(first, person))
        if isinstance(person, Choice) and self._entered is None:
            # It was left while another was looked for.
            self._view.form.show_customer(person)
            self._entered = person

    def _follow(self) -> None:
        """Let the form be for whom was chosen in it: what was typed for another stays with that one."""
        draft, form, before = self._drafts.shown, self._view.form.form(), self._entered
        self._entered = now = person_of(form)
        if draft is None or now is None:
            return
        was = draft.whose
        if was is not None and is_another(now, was, before=before):
            self._begin_for(now, draft, of_person(form, was))
            return
        draft.whose = now
        if isinstance(now, Choice):
            draft.about = now.id

    def _begin_for(self, person: Person, draft: WishDraft, left: WishForm) -> None:
        """Show the wish of another than `left` was typed for: as it was begun before, or empty."""
        is_missed = left.new_customer is not None or of_person(left, None) != of_person(draft.first, None)
        self._drafts.leave(left if is_missed else draft.first)
        about = person.id if isinstance(person, Choice) else ids.new_id()
        self._open_new(about, WishForm(), person)
        shown = self._drafts.shown
        if shown is not None:
            # Whom it is for can be chosen anew.
            shown.first = of_person(shown.first, None)
        if is_missed:
            self._view.form.show_message(f"What was typed for {called(draft.whose)} is kept under {_ADD}.")

    def _edit(self) -> None:
        one = self._rows.get(self._chosen)
        if one is not None:
            self._drafts.open(one.entry.id, f"Wish of {name_of(one)}", wish_form(one), one)

    def _show_form(self, draft: WishDraft) -> None:
        self._view.show_part("form")
        self._entered = person_of(draft.typed)
        draft.whose = draft.whose or self._entered
        is_new = draft.first.customer is None
        self._view.form.show_form(draft.title, draft.typed, self._book.day, is_new=is_new)

    def _find(self, text: str) -> None:
        def found(told: tuple[FoundCustomer, ...]) -> None:
            self._view.form.show_customers(tuple(customer_choice(one) for one in told))

        self._finding.ask(lambda replica: find_customer(replica, text, limit=8), found)

    def _save(self, form: WishForm) -> None:
        location, draft = self._book.location, self._drafts.shown
        if location is None or draft is None or self._drafts.is_sent:
            return
        one, wish = draft.seen, wish_of_form(form)
        if one is not None:
            if form.person_id == draft.first.person_id:
                # Of several the form shows the first: they stay.
                wish = replace(wish, people=one.entry.people)
            name = name_of(one)
            self._send(draft, name, waitlist.change(one.entry, wish), f"Wish of {name} changed.")
        elif form.customer is not None:
            name = form.customer.text
            self._send(draft, name, waitlist.add(form.customer.id, location.id, wish), f"{name} waits.")
        elif form.new_customer is not None:
            self._add_customer(draft, form.new_customer, location, wish)

    def _add_customer(self, draft: WishDraft, new: NewCustomer, location: Location, wish: Wish) -> None:
        """Let somebody wait whom the book does not know: they are added first, as one step with their wish."""
        customer_id, macro = ids.new_id(), ids.new_id()
        adding = customers.create(name=new.name, phones=[new.phone] if new.phone else [], customer_id=customer_id)
        add = waitlist.add(customer_id, location.id, wish)
        chosen = Choice(id=customer_id, text=new.name, detail=new.phone)

        def added(_: Edited) -> None:
            # They are in the book, whatever becomes of the wish.
            draft.whose = chosen
            if self._drafts.shown is draft:
                self._view.form.show_customer(chosen)
                self._entered = chosen
            else:
                draft.typed = replace(draft.typed, customer=chosen, new_customer=None)
            self._run_sent(draft, new.name, replace(add, macro=macro), f"{new.name} waits.")

        self._drafts.send()
        self._link.run(
            replace(adding, macro=macro),
            added,
            lambda refusal: self._refused(draft, new.name, refusal),
            lambda: self._drafts.take_refused(draft),
        )

    def _send(self, draft: WishDraft, name: str, operation: Operation, said: str) -> None:
        self._drafts.send()
        self._run_sent(draft, name, operation, said)

    def _run_sent(self, draft: WishDraft, name: str, operation: Operation, said: str) -> None:
        def done(edited: Edited) -> None:
            # Whoever has gone on to another wish meanwhile stays there.
            if self._drafts.take_saved(draft):
                self._freed, self._chosen = None, edited.subject
            self.refresh()

        self._edits.run(
            operation,
            f"{said}{self._edits.saved}",
            then=done,
            refused=lambda refusal: self._refused(draft, name, refusal),
            lost=lambda: self._drafts.take_refused(draft),
        )

    def _refused(self, draft: WishDraft, name: str, refusal: Refusal) -> None:
        why = sentence(refusal.code, refusal.details, self._book.words.dates)
        if not self._drafts.take_refused(draft, why):
            self._edits.say(f"{name}: not saved, and kept under Waitlist. {why}")

    # What becomes of one

    def _withdraw(self) -> None:
        one = self._rows.get(self._chosen)
        if one is not None:
            self._run(waitlist.withdraw(one.entry.id), f"{name_of(one)} waits no more.")

    def _slot(self, one: Waiting, slot_id: str) -> Slot | None:
        offered = (one.slot,) if one.slot else self._slots.get(one.entry.id, ())
        return next((each for each in offered if instant_text(each.start) == slot_id), None)

    def _offer(self, slot_id: str, hours: int) -> None:
        one = self._rows.get(self._chosen)
        slot = None if one is None else self._slot(one, slot_id)
        if one is None or slot is None:
            return
        until = min(clock.now() + timedelta(hours=hours), slot.start)
        said = f"Offered to {name_of(one)} until {self._words(one).moment(until)}."
        self._run(waitlist.offer(one.entry.id, start=slot.start, resources=slot.resources, until=until), said)

    def _accept(self, slot_id: str) -> None:
        one = self._rows.get(self._chosen)
        if one is None:
            return
        slot, offer = self._slot(one, slot_id), one.entry.offer
        start = slot.start if slot else offer.start if offer else None
        if start is None:
            return

        def make(replica: Replica) -> Operation | None:
            if slot is not None:
                return waitlist.accept(one.entry.id, start=slot.start, segments=slot.segments)
            if offer is None:
                return None
            wishes = wishes_of(replica.tx(), one.entry, offer.resources)
            return waitlist.accept(one.entry.id, start=offer.start, segments=wishes)

        self._edits.run_from(make, f"{name_of(one)} has {self._words(one).moment(start)} now.")

    def _run(self, operation: Operation, said: str) -> None:
        self._edits.run(operation, said, then=lambda edited: self.refresh())

    # What becomes free

    def _freeing(self, visit: str) -> None:
        """Look at a visit before it leaves its place."""

        def took(before: Appointment | None) -> None:
            self._moving = before

        self._link.ask(lambda replica: seen(replica, visit), took)

    def _became_free(self, edited: Edited) -> None:
        moving, self._moving = self._moving, None
        if "appointment" not in edited.touched:
            return
        now = clock.now()

        def question(replica: Replica) -> tuple[Freed, int] | None:
            after = seen(replica, edited.subject)
            before = moving if moving is not None and moving.id == edited.subject else after
            freed = None if before is None else freed_by(before, after)
            if freed is None or freed.span.end <= now or Feature.WAITLIST not in replica.tx().plan().features:
                return None
            rest = replace(freed, span=Span(max(freed.span.start, now), freed.span.end))
            return rest, len(fitting(replica, rest, at=now))

        self._link.ask(question, self._say_freed)

    def _say_freed(self, told: tuple[Freed, int] | None) -> None:
        if told is None or not told[1]:
            self._window.freed.clear()
            return
        self._just_freed, count = told
        said = f"{self._freed_words(self._just_freed)} is free again."
        action = f"Fits {count} on the waitlist"
        self._window.freed.show_message(said, action=action, dismissible=True)

    def _show_freed(self) -> None:
        self._freed, self._chosen = self._just_freed, ""
        self._window.freed.clear()
        self._window.show_page("waitlist")


def _whose(draft: WishDraft, form: WishForm) -> str:
    person = form.customer or draft.whose
    return person.id if isinstance(person, Choice) else ""
