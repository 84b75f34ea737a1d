"""The customers: searching, and everything that is done about one of them."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication

from desktop.models.people_rows import CustomerForm
from desktop.models.rows import Choice
from desktop.operations import customers, notes
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter
from desktop.presenters.booking import BookingPresenter
from desktop.presenters.customer_words import customer_detail, customer_form, found_row, merge_side
from desktop.presenters.drafts import NOT_SAVED, Draft, Drafts, marked
from desktop.presenters.edits import Edits
from desktop.presenters.link import Latest, Link
from desktop.queries.customer_page import CustomerPage, customer_page, lately_here
from desktop.queries.duplicates import Compared, compared
from desktop.queries.find_customer import FoundCustomer, archived_customers, find_customer
from desktop.store.replica import Edited, Replica
from desktop.views.main_window import MainWindow
from desktop.widgets.search_rows import SearchRow
from shared import clock, ids
from shared.errors import Refusal
from shared.model.customer import Customer
from shared.model.note import NoteAbout
from shared.model.resource import ResourceKind
from shared.texts import sentence

_TABLES = frozenset(
    {
        "customer",
        "kept_apart",
        "appointment",
        "note",
        "payment",
        "waitlist_entry",
        "resource",
        "member",
        "outbox",
        "business",
    }
)
_SHOWN = 50
_NEW = ""
_NOBODY = "Choose a customer, or search for a name, phone or e-mail."
_MERGED = "There is no way back: nothing says any more which visits and notes were whose."


CustomerDraft = Draft[CustomerForm, CustomerPage]


class CustomersPresenter(QObject):
    """Shows the page, and carries what is done there to the desk."""

    waitWanted = Signal(object)
    """The `Choice` of a customer who wants to wait for something."""

    def __init__(
        self,
        link: Link,
        window: MainWindow,
        book: BookPresenter,
        booking: BookingPresenter,
        edits: Edits,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._link, self._window, self._view = link, window, window.customers
        self._book, self._booking, self._edits = book, booking, edits
        self._finding, self._asking = Latest(link), Latest(link)
        self._chosen = ""
        self._opening = False
        """Whether the page is to be shown as soon as it is known, in place of a form."""
        self._found: tuple[str, tuple[SearchRow, ...]] = ("", ())
        """Who is listed, and what the list is of."""
        self._shown: CustomerPage | None = None
        self._drafts: Drafts[CustomerForm, CustomerPage] = Drafts(self._view.form, self._show_form, self._show_unsaved)
        self._compared: Compared | None = None
        self.lead_on: Callable[[str, str, str], bool] = lambda one, other, merged: False
        """Shows the pair after these two, where there is a list of pairs that has another.

        The third says which of them is merged into the other; it is empty where they are kept apart.
        """
        self._connect()
        link.changed.connect(self._changed)

    def _connect(self) -> None:
        view = self._view
        self._window.pageShown.connect(self._page_shown)
        view.queryChanged.connect(self._typed)
        view.duplicatesWanted.connect(self._find)
        view.archived.toggled.connect(self._find)
        view.customerChosen.connect(self.show_customer)
        view.newRequested.connect(self._enter_new)
        page, form, merge = view.page, view.form, view.merge
        page.bookRequested.connect(self._rebook)
        page.editRequested.connect(self._edit)
        page.waitRequested.connect(self._wait)
        page.deedRequested.connect(self._do)
        page.noteAdded.connect(self._note)
        page.consentSaid.connect(self._say_consent)
        page.compareRequested.connect(self._compare)
        page.linkOpened.connect(self._open_link)
        page.copied.connect(self._copy)
        form.saveRequested.connect(self._save)
        form.cancelled.connect(self._give_up)
        merge.cancelled.connect(self._back)
        merge.mergeRequested.connect(self._ask_merge)
        merge.apartRequested.connect(self._keep_apart)
        merge.suggestRequested.connect(self._suggest_again)

    def let_go(self) -> tuple[CustomerDraft, ...]:
        """Clear away what the person looked at, before another comes; the forms that are half typed."""
        drafts = self._drafts.take()
        self._chosen, self._shown, self._compared, self._found = "", None, None, ("", ())
        self._view.take_query()
        self._view.duplicates.setChecked(False)
        self._view.archived.setChecked(False)
        self._view.show_found("", (), "")
        self._view.show_nobody(_NOBODY)
        return drafts

    def give_back(self, drafts: Iterable[CustomerDraft]) -> None:
        """Let the person go on with the forms that were half typed."""
        self._drafts.give(drafts)

    def half_typed_about(self) -> frozenset[str]:
        """The customers of forms and notes that are half typed."""
        return self._drafts.of(_whose) | self._view.page.noted

    def forget_about(self, erased: frozenset[str]) -> None:
        """Keep no form and no note about these."""
        self._view.page.forget_notes(erased)
        if self._drafts.drop(_whose, erased):
            self._chosen, self._shown = "", None
            self._view.show_nobody(_NOBODY)

    # Finding

    def _page_shown(self, page: str) -> None:
        if page == "customers":
            self._find()

    def _changed(self, tables: frozenset[str]) -> None:
        if self._window.page != "customers" or not tables & _TABLES:
            return
        if tables & {"customer", "appointment"}:
            self._find()
        if self._chosen:
            self._ask(self._chosen)

    def _typed(self, text: str) -> None:
        self._find()

    def _find(self) -> None:
        if self._view.is_of_pairs:
            return
        text, now, archived = self._view.search.text().strip(), clock.now(), self._view.archived.isChecked()

        def question(replica: Replica) -> tuple[FoundCustomer, ...]:
            if archived:
                return archived_customers(replica, text, limit=_SHOWN)
            found = find_customer(replica, text, limit=_SHOWN) if text else lately_here(replica, at=now, limit=_SHOWN)
            return found or find_customer(replica, text, limit=_SHOWN)

        def took(found: tuple[FoundCustomer, ...]) -> None:
            nothing = "Archived" if archived else "Lately here"
            heading = f"{len(found)}{'+' if len(found) == _SHOWN else ''} found" if text else nothing
            self._found = heading, tuple(found_row(one) for one in found)
            self._list()
            if text and not found and self._view.part == "empty":
                self._view.show_nobody(f"Nobody is found by “{text}”.")

        self._finding.ask(question, took)

    def _list(self) -> None:
        """Say who was found, and at whom something is typed and not saved."""
        heading, rows = self._found
        draft = self._drafts.shown
        chosen = "" if draft is not None and draft.seen is None else self._chosen
        self._view.show_found(heading, marked(rows, self._drafts.unsaved), chosen)

    def show_customer(self, customer_id: str) -> None:
        """Show one customer in full."""
        self._chosen, self._opening = customer_id, True
        self._ask(customer_id)

    def _ask(self, customer_id: str) -> None:
        now = clock.now()

        def took(told: CustomerPage | None) -> None:
            if customer_id != self._chosen:
                return
            if told is None:
                self._opening = False
                return
            # Merged meanwhile, here or elsewhere: the one that was kept is shown.
            self._chosen, self._shown = told.customer.id, told
            if self._opening:
                self._opening = False
                self._drafts.leave()
                self._show_detail()
                self._view.show_part("page")
            else:
                self._show_detail()

        self._asking.ask(lambda replica: customer_page(replica, customer_id, at=now), took)

    def _show_detail(self) -> None:
        if self._shown is None:
            return
        shown = customer_detail(self._shown, self._book.words, clock.now())
        if shown.id in self._drafts.unsaved:
            shown = replace(shown, mark=" ".join(filter(None, (shown.mark, NOT_SAVED))))
        self._view.page.show_detail(shown)

    def _back(self) -> None:
        self._drafts.leave()
        if self._shown is None:
            self._view.show_nobody(_NOBODY)
        else:
            self._show_detail()
            self._view.show_part("page")

    # Entering

    def _people(self) -> tuple[Choice, ...]:
        setup = self._book.setup
        staff = (one for one in setup.resources if one.kind is ResourceKind.STAFF) if setup else ()
        return tuple(Choice(id=one.id, text=one.name) for one in staff)

    def _enter_new(self) -> None:
        """Show the form of somebody new; one that is half typed is as it was left."""
        self._opening = False
        typed = self._view.search.text().strip()
        is_phone = sum(letter.isdigit() for letter in typed) >= max(3, len(typed.replace(" ", "")) - 3)
        form = CustomerForm(phones=(typed,)) if is_phone else CustomerForm(name=typed)
        self._drafts.open(_NEW, "New customer", form)

    def _edit(self) -> None:
        if self._shown is not None:
            one = self._shown.customer
            self._drafts.open(one.id, f"Edit {one.name}", customer_form(one), self._shown)

    def _show_form(self, draft: CustomerDraft) -> None:
        self._view.show_part("form")
        self._view.form.show_form(draft.title, draft.typed, self._people())

    def _show_unsaved(self) -> None:
        """Say anew what is half typed."""
        self._view.mark_new(begun=self._drafts.last_new is not None)
        if self._view.part == "page":
            self._show_detail()
        if not self._view.is_of_pairs:
            self._list()

    def _give_up(self) -> None:
        self._drafts.give_up()
        self._back()

    def _save(self, form: CustomerForm) -> None:
        draft = self._drafts.shown
        if draft is None or self._drafts.is_sent:
            return
        told = draft.seen
        operation = _created(form) if told is None else _corrected(told, draft.first, form)
        if operation is None:
            self._give_up()
            return

        def done(edited: Edited) -> None:
            self._find()
            # Whoever has gone on to somebody else meanwhile stays there.
            if self._drafts.take_saved(draft) and not self._opening:
                self.show_customer(edited.subject)
            if told is None and form.preferred_id:
                self._prefer(operation, form.preferred_id)

        def refused(refusal: Refusal) -> None:
            why = sentence(refusal.code, refusal.details, self._book.words.dates)
            if not self._drafts.take_refused(draft, why):
                self._edits.say(f"{form.name}: not saved, and kept under Customers. {why}")

        self._drafts.send()
        self._edits.run(
            operation,
            f"{form.name} {'added' if told is None else 'changed'}.{self._edits.saved}",
            then=done,
            refused=refused,
            lost=lambda: self._drafts.take_refused(draft),
        )

    def _prefer(self, created: Operation, person_id: str) -> None:
        """Say of somebody new by whom they like to be served; one step with the adding."""

        def make(replica: Replica) -> Operation | None:
            one = replica.tx().find(Customer, created.args.customer_id)
            if one is None or one.archived:
                # The adding was taken back before it was answered.
                return None
            preferred = customers.update(one, {"preferred_id": person_id})
            return replace(preferred, macro=created.macro)

        self._edits.run_from(make, f"{created.args.name} added.{self._edits.saved}")

    # What is done about one

    def _run(self, operation: Operation, said: str, then: Callable[[Edited], None] = lambda edited: None) -> None:
        self._edits.run(operation, said, then=then)

    def _do(self, action: str) -> None:
        if self._shown is None:
            return
        one = self._shown.customer
        if action == "bring_back":
            self._run(customers.restore(one.id), f"{one.name} is back.")
            return
        field, value, said = {
            "block": ("blocked", True, "is blocked from booking."),
            "unblock": ("blocked", False, "can be booked again."),
            "archive": ("archived", True, "is archived."),
        }[action]
        self._run(customers.update(one, {field: value}), f"{one.name} {said}")

    def _note(self, text: str) -> None:
        if self._shown is None:
            return
        one, page = self._shown.customer, self._view.page
        written = page.take_note()

        def lost() -> None:
            page.give_back_note(one.id, written)

        def refused(refusal: Refusal) -> None:
            lost()
            self._edits.say_refusal(refusal)

        said = f"Noted about {one.name}.{self._edits.saved}"
        self._edits.run(notes.add(NoteAbout.CUSTOMER, one.id, text), said, refused=refused, lost=lost)

    def _say_consent(self, purpose: str, given: bool) -> None:  # noqa: FBT001 - it comes from a signal
        if self._shown is not None:
            one = self._shown.customer
            said = f"{one.name} {'agrees' if given else 'declines'}."
            self._run(customers.consent(one.id, purpose, given=given), f"{said}{self._edits.saved}")

    def _open_link(self, link: str) -> None:
        QDesktopServices.openUrl(QUrl(link))

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._edits.say(f"Copied {text}.")

    def _choice(self) -> Choice | None:
        if self._shown is None:
            return None
        one = self._shown.customer
        detail = " · ".join((*self._shown.phones[:2], *one.emails[:1]))
        return Choice(id=one.id, text=one.name, detail=detail, alert=one.alert)

    def _rebook(self) -> None:
        chosen = self._choice()
        if chosen is not None:
            self._window.show_page("book")
            self._booking.book_for(chosen)

    def _wait(self) -> None:
        chosen = self._choice()
        if chosen is not None:
            self.waitWanted.emit(chosen)

    # Merging

    def _compare(self, other_id: str) -> None:
        if self._shown is not None:
            self.compare(self._shown.customer.id, other_id)

    def compare(self, one_id: str, other_id: str) -> None:
        """Show two records beside one another; the first is kept unless a person says otherwise."""
        self._opening, now = False, clock.now()

        def took(told: Compared | None) -> None:
            if told is None:
                # Another desk has made one of them meanwhile.
                self._back()
                return
            self._compared, words = told, self._book.words
            sides = merge_side(told.one, words), merge_side(told.other, words)
            self._drafts.leave()
            self._view.merge.show_sides(*sides, are_apart=told.are_apart)
            self._view.show_part("merge")

        self._link.ask(lambda replica: compared(replica, one_id, other_id, at=now), took)

    def _ask_merge(self, kept_id: str, merged_id: str) -> None:
        told = self._compared
        if told is None:
            return

        def sure(_: str) -> None:
            merging = customers.merge(kept_id=kept_id, merged_id=merged_id, though_apart=told.are_apart)
            self._edits.run(merging, "Both are one customer now.", then=done, refused=refused)

        def done(_: Edited) -> None:
            self._find()
            self._go_on_from(told, merged_id, otherwise=lambda: self.show_customer(kept_id))

        def refused(why: Refusal) -> None:
            self._edits.say_refusal(why)
            if self._is_at(told):
                # What is in the way was not seen: it came from another desk meanwhile.
                self.compare(kept_id, merged_id)

        self._view.question.ask(
            "Make one customer of both?", _MERGED, yes="Merge for good", no="Do not merge", then=sure
        )

    def _keep_apart(self, one_id: str, other_id: str) -> None:
        told, apart = self._compared, customers.keep_apart(one_id, other_id)
        self._settle(apart, "are kept apart.", lambda: self._go_on_from(told, "", otherwise=self._back))

    def _suggest_again(self, one_id: str, other_id: str) -> None:
        told, again = self._compared, customers.suggest_again(one_id, other_id)
        self._settle(again, "are suggested again.", lambda: self._back() if self._is_at(told) else None)

    def _settle(self, operation: Operation, said: str, then: Callable[[], None]) -> None:
        told = self._compared
        if told is not None:
            names = f"{told.one.customer.name} and {told.other.customer.name}"
            self._run(operation, f"{names} {said}{self._edits.saved}", lambda _: then())

    def _is_at(self, told: Compared | None) -> bool:
        """Whether these two are still compared: whoever has gone on to others meanwhile stays with them."""
        is_shown = self._view.part == "merge" and not self._opening
        return told is not None and self._compared is told and is_shown

    def _go_on_from(self, told: Compared | None, merged_id: str, *, otherwise: Callable[[], None]) -> None:
        """The two are settled: show the next pair of the list of pairs, else what there is to see then."""
        if told is not None and self._is_at(told):
            self._compared = None
            if not self.lead_on(told.one.customer.id, told.other.customer.id, merged_id):
                otherwise()


def _whose(draft: CustomerDraft, _: CustomerForm) -> str:
    return draft.about


def _created(form: CustomerForm) -> Operation:
    made = customers.create(
        name=form.name, phones=form.phones, emails=form.emails, tags=form.tags, alert=form.alert
    )  # fmt: skip
    return replace(made, macro=ids.new_id()) if form.preferred_id else made


def _corrected(told: CustomerPage, before: CustomerForm, form: CustomerForm) -> Operation | None:
    """The fields that are others than before in the form, against what the person saw; None where none is."""
    one = told.customer
    values = {
        name: list(value) if isinstance(value, tuple) else value
        for name in ("name", "phones", "emails", "alert")
        if (value := getattr(form, name)) != getattr(before, name)
    }
    if form.preferred_id != before.preferred_id:
        values["preferred_id"] = form.preferred_id or None
    added = [tag for tag in form.tags if tag not in before.tags]
    removed = [tag for tag in before.tags if tag not in form.tags]
    if not values and not added and not removed:
        return None
    return customers.retag(customers.update(one, values), added=added, removed=removed)
