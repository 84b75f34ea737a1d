"""Needs attention: what the server could not take, in words, and the ways to settle it."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Final

from PySide6.QtCore import QObject, Signal

from desktop.models.rows import AttentionDetail, AttentionRow, Choice, Fact, GatheredRow
from desktop.operations import attention
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter
from desktop.presenters.booking_words import customer_choice, names_of
from desktop.presenters.edit_names import EDITS
from desktop.presenters.edits import Edits
from desktop.presenters.ending_words import ENDINGS, dropped_words, kept_words
from desktop.presenters.entered_words import entered, standing_there
from desktop.presenters.field_words import NOTHING, Telling, exchangeable, lengths, say
from desktop.presenters.link import Latest, Link
from desktop.presenters.words import STATUS, Words, words_of
from desktop.queries.attention_items import (
    Attention,
    Target,
    Visit,
    attention_items,
    count_attention,
    visits_to_attach_to,
)
from desktop.queries.find_customer import FoundCustomer, find_customer
from desktop.queries.free_slots import FreeSlot, free_slots_for_item
from desktop.store.replica import Edited, Replica
from desktop.views.main_window import MainWindow
from shared.clock import instant_text, parse_instant
from shared.errors import Code, Refusal
from shared.model.base import Span
from shared.model.note import NoteAbout
from shared.model.registry import ENTITIES
from shared.mutations.attention import RESOLVE
from shared.mutations.registry import MUTATIONS

_TABLES: Final = frozenset(ENTITIES) | {"outbox"}
"""What an edit may name and set: whatever changes, what is shown of it may be another."""
_COUNTED: Final = frozenset({"attention_item", "outbox"})
"""How many there are is told by these alone."""
NOTHING_LEFT = "Nothing stands in the way any more, as far as this computer knows."
_OTHERS = "Another person has settled it already."
_LEADERS = "Only a manager or the owner decides what was set aside."


class AttentionPresenter(QObject):
    """Lists the open items while their page is shown, else counts them, and carries a person's choice to the desk."""

    countChanged = Signal(int)

    def __init__(
        self, link: Link, window: MainWindow, book: BookPresenter, edits: Edits, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._window, self._book, self._edits = link, window, book, edits
        self._view = view = window.attention
        self._lists, self._slots, self._finding = Latest(link), Latest(link), Latest(link)
        self._items: dict[str, Attention] = {}
        self._found: dict[str, tuple[FreeSlot, ...]] = {}
        self._chosen = self._wanted = ""
        link.changed.connect(self._changed)
        window.pageShown.connect(self._page_shown)
        view.itemChosen.connect(self.choose)
        view.slotChosen.connect(self._move)
        view.keepRequested.connect(self._keep)
        view.dropRequested.connect(self._drop)
        view.restoreRequested.connect(self._restore)
        view.attachRequested.connect(self._attach)
        view.customerQueried.connect(self._find)
        book.setupChanged.connect(lambda told: self.refresh())
        # What was listed for whoever was here before is not theirs.
        view.forget()

    @property
    def _is_shown(self) -> bool:
        return self._window.page == "attention"

    def refresh(self) -> None:
        """Ask for the open items again; only how many there are, where nobody looks at them."""
        if self._is_shown:
            self._lists.ask(attention_items, self._took)
        else:
            self._lists.ask(count_attention, self._took_count)

    def open(self, item_id: str) -> None:
        """Show the page, and an item there as soon as it is listed."""
        self._wanted = item_id
        if item_id in self._items:
            self._view.choose(item_id)
        else:
            # A key that is pressed at once would settle another one.
            self._view.stop_asking()
            self._view.await_items()
        self._window.show_page("attention")

    def choose(self, item_id: str) -> None:
        """Show an item in full and look for its next free slots."""
        item = self._items.get(item_id)
        if item is None:
            return
        self._chosen = item_id
        self._show(item)

        def found(slots: tuple[FreeSlot, ...]) -> None:
            self._found[item_id] = slots
            if self._chosen == item_id and item_id in self._items:
                self._show(self._items[item_id])

        def question(replica: Replica) -> tuple[FreeSlot, ...]:
            return free_slots_for_item(replica, item_id)

        self._slots.ask(question, found)

    def _page_shown(self, page: str) -> None:
        if page == "attention":
            self.refresh()

    def _changed(self, tables: frozenset[str]) -> None:
        if tables & (_TABLES if self._is_shown else _COUNTED):
            self.refresh()

    def _took_count(self, count: int) -> None:
        if not count:
            self._took(())
            return
        if not self._items:
            self._view.await_items()
        self.countChanged.emit(count)

    def _took(self, items: tuple[Attention, ...]) -> None:
        # One that is being settled has left a person's hands already; refused again, it comes back.
        open_items = [one for one in items if not one.settling]
        self._items = {one.id: one for one in open_items}
        if self._chosen not in self._items:
            self._chosen = ""
        self._view.show_items(tuple(self._row(one) for one in open_items))
        wanted, self._wanted = self._wanted, ""
        self._view.choose(wanted)
        self.countChanged.emit(len(open_items))
        if self._chosen:
            self.choose(self._chosen)

    def _words(self, item: Attention) -> Words:
        setup = self._book.setup
        return words_of(setup.business, item.zone) if setup else Words(zone=item.zone)

    def _telling(self, item: Attention) -> Telling:
        setup = self._book.setup
        return telling_of(item, self._words(item), one_place=setup is not None and len(setup.locations) < 2)

    def _row(self, item: Attention) -> AttentionRow:
        return AttentionRow(item_id=item.id, title=title_of(item), rule=item.why, made=self._made(item))

    def _made(self, item: Attention) -> str:
        return ", ".join(part for part in (item.author, self._words(item).moment(item.made_at)) if part)

    def _show(self, item: Attention) -> None:
        words, told = self._words(item), self._telling(item)
        slots, ending = self._found.get(item.id), ENDINGS.get(item.name)
        self._view.show_detail(
            AttentionDetail(
                item_id=item.id,
                title=title_of(item),
                made=f"Entered by {self._made(item)}" if item.author else f"Entered {self._made(item)}",
                rule=item.why,
                yours=_yours(item, told),
                now=_now(item, told),
                slots=_targets(item, words) if item.never_dropped else _slots(item, slots or (), words),
                slots_wanted=_may_move(item) and item.mine is not None,
                slots_known=slots is not None or item.mine is None,
                keep_why_not=_keep_why_not(item),
                keep_needs_reason=_is_over_a_rule(item) and not item.set_aside and not item.by_plan,
                keep=ending.keep if ending else "",
                drop_why_not=_drop_why_not(item),
                drop=ending.drop if ending else "",
                restore=f"Bring back {item.restorable.name} and apply" if item.restorable else "",
                restore_why_not=_restore_why_not(item),
                attach=item.never_dropped and item.may_settle,
                also=tuple(
                    GatheredRow(title=EDITS.get(one.name, one.name), facts=entered(one.name, one.args, told))
                    for one in item.gathered
                ),
            )
        )

    # What a person does

    def _move(self, item_id: str, slot: str) -> None:
        item = self._items.get(item_id)
        if item is not None:
            start = parse_instant(slot)
            said = f"{item.customer or 'It'} has {self._words(item).moment(start)} now."
            self._settle(item_id, attention.move(item_id, start=start, seen=item.seen), said)

    def _keep(self, item_id: str, reason: str) -> None:
        choice = attention.keep(item_id, reason=reason or None, seen=self._seen(item_id))
        self._settle(item_id, choice, self._kept(item_id))

    def _kept(self, item_id: str) -> str:
        item = self._items.get(item_id)
        if item is None:
            return kept_words("")
        when = "" if item.now is None else self._words(item).moment(item.now.appointment.starts_at)
        return kept_words(item.name, item.customer, when)

    def _restore(self, item_id: str) -> None:
        self._settle(item_id, attention.restore(item_id, seen=self._seen(item_id)), "Brought back and applied.")

    def _attach(self, item_id: str, target: str) -> None:
        about, _, subject = target.partition(":")
        choice = attention.attach(item_id, NoteAbout(about), subject, seen=self._seen(item_id))
        self._settle(item_id, choice, "Attached.")

    def _find(self, text: str) -> None:
        item = self._items.get(self._chosen)
        if item is not None and item.is_payment:
            self._find_visits(text, self._words(item))
            return

        def found(customers: tuple[FoundCustomer, ...]) -> None:
            offered = (customer_choice(one) for one in customers)
            self._view.show_customers(tuple(replace(one, id=f"customer:{one.id}") for one in offered))

        self._finding.ask(lambda replica: find_customer(replica, text), found)

    def _find_visits(self, text: str, words: Words) -> None:
        def found(visits: tuple[Target, ...]) -> None:
            self._view.show_customers(tuple(_target(one, words) for one in visits))

        self._finding.ask(lambda replica: visits_to_attach_to(replica, text), found)

    def _drop(self, item_id: str) -> None:
        item = self._items.get(item_id)
        said = dropped_words(item.name if item else "")
        self._settle(item_id, attention.drop(item_id, seen=self._seen(item_id)), said)

    def _seen(self, item_id: str) -> str | None:
        """What the page shows of an item when somebody chooses."""
        shown = self._items.get(item_id)
        return None if shown is None else shown.seen

    def _settle(self, item_id: str, choice: Operation, said: str) -> None:
        def done(edited: Edited) -> None:
            self._found.pop(item_id, None)
            self.refresh()

        def refused(refusal: Refusal) -> None:
            # It may be another by now than the page shows.
            self._view.take_back(item_id)
            self.refresh()
            self._edits.say_refusal(refusal)

        self._edits.run(choice, f"{said}{self._edits.saved}", then=done, refused=refused)


def _keep_why_not(item: Attention) -> str:
    """Why it cannot be kept as it was entered; empty where it can."""
    if not item.may_settle:
        return _LEADERS
    if item.name == "attention.resolve":
        return _OTHERS
    if item.never_dropped and item.code == Code.NOT_FOUND:
        return "What it belongs to is not there. Attach it to something else."
    if item.name == "customer.keep_apart" and item.code == Code.CHANGED_MEANWHILE:
        return item.why
    if item.restorable is not None and (item.restorable.is_archived or item.not_open):
        return f"By itself it cannot be kept: bring back {item.restorable.name} first."
    if item.not_open or item.not_allowed:
        return item.not_open or item.not_allowed
    if item.may_override or item.set_aside or item.by_plan or not _is_over_a_rule(item):
        return ""
    return "Only a manager or the owner can keep it over the rule."


def _is_over_a_rule(item: Attention) -> bool:
    """Whether whoever keeps it passes over a rule: where two have changed one visit, no rule is in the way."""
    return "segments" in item.args and item.code != Code.CHANGED_MEANWHILE


def _drop_why_not(item: Attention) -> str:
    if not item.may_settle:
        return _LEADERS
    if item.never_dropped and not item.set_aside and item.code != Code.INVALID:
        return "What was written down is never dropped: attach it."
    return ""


def _restore_why_not(item: Attention) -> str:
    if item.restorable is None or item.restorable.may:
        return ""
    return f"Only a manager or the owner can bring {item.restorable.name} back."


def _may_move(item: Attention) -> bool:
    return item.may_settle and item.restorable is None and not item.by_plan


def _slots(item: Attention, slots: tuple[FreeSlot, ...], words: Words) -> tuple[Choice, ...]:
    if not _may_move(item):
        return ()
    return tuple(
        Choice(id=instant_text(one.start), text=words.moment(one.start), detail=names_of(one.resources))
        for one in slots
    )


def _targets(item: Attention, words: Words) -> tuple[Choice, ...]:
    """What it can be attached to with one key."""
    if not item.may_settle:
        return ()
    return tuple(_target(one, words) for one in item.attach_to)


def _target(one: Target, words: Words) -> Choice:
    return Choice(
        id=f"{one.about}:{one.id}",
        text=one.name if one.start is None else f"{one.name}, {words.moment(one.start)}",
        detail="Customer" if one.start is None else "Visit",
    )


_NEW: Final = frozenset({"customer.create", "service.create", "resource.create", "location.create", "appointment.book"})


def telling_of(item: Attention, words: Words, *, one_place: bool = False) -> Telling:
    """How an item is told: what is not in the book yet has the name that was entered for it."""
    kept = [(item.name, item.args), *((one.name, one.args) for one in item.gathered)]
    new = {str(args.get(fields(MUTATIONS[name].arguments)[0].name)): args for name, args in kept if name in _NEW}
    return Telling(words=words, rows=item.rows, new=new, one_place=one_place)


def title_of(item: Attention) -> str:
    """What was wanted, and for whom."""
    edit = EDITS.get(item.name, "A change")
    return f"{edit}: {item.customer}" if item.customer else edit


def _yours(item: Attention, told: Telling) -> tuple[Fact, ...]:
    return (*_entered(item, told), *_tried(item, told))


def _tried(item: Attention, told: Telling) -> tuple[Fact, ...]:
    """What a person chose that could not be had either."""
    return entered(RESOLVE.name, item.tried, told, but=("item_id",))


_DRAWN: Final = frozenset({"appointment_id", "customer_id", "start", "segments", "party"})
"""What of a booking or a move is said by the visit that it wishes for."""


def _entered(item: Attention, told: Telling) -> tuple[Fact, ...]:
    if item.mine is not None:
        visit = _visit(item.mine, told.words, party=_are_several(item))
        return (*visit, *_parts(item, told), *entered(item.name, item.args, told, but=_DRAWN))
    facts = entered(item.name, item.args, told)
    # Whom it is about stands in the title.
    facts = tuple(one for one in facts if one.label != "Customer" or one.text != item.customer)
    return facts or (Fact(label="What", text=EDITS.get(item.name, "A change")),)


def _parts(item: Attention, told: Telling) -> tuple[Fact, ...]:
    """What was entered of the services one by one, and does not show in the visit."""
    said = (("Length", lengths), ("May be another", exchangeable))
    facts = (Fact(label=label, text=say(how, item.args.get("segments") or (), told)) for label, how in said)
    return tuple(one for one in facts if one.text != NOTHING)


def _now(item: Attention, told: Telling) -> tuple[Fact, ...]:
    there = standing_there(item.name, item.args, item.there, told)
    if item.is_contested and there:
        return there
    if item.by_plan:
        return (Fact(label="Plan", text=item.still or "There is room for it now: keep it."),)
    if item.now is None and item.never_dropped:
        said = f"{item.customer}, archived." if item.code == Code.ARCHIVED else "What it belongs to is not there."
        return (Fact(label="In the book", text=said),)
    if item.code == Code.CHANGED_MEANWHILE and item.name in ("customer.merge", "customer.keep_apart"):
        return (Fact(label="In the book", text=item.why),)
    if item.now is None:
        return (Fact(label="In the book", text=item.still or NOTHING_LEFT), *there)
    return (*_visit(item.now, told.words, party=_are_several(item), status=True), *_who(item, told.words), *there)


def _who(item: Attention, words: Words) -> tuple[Fact, ...]:
    """Who brought the visit that is there to its status, and when, where whoever entered this had not seen that."""
    seen = item.args.get("was")
    status = seen.get("status") if isinstance(seen, Mapping) else None
    if item.now is None or not item.now.by:
        return ()
    visit = item.now.appointment
    if visit.id == item.subject_id and visit.status == status:
        return ()
    return (Fact(label="By", text=f"{item.now.by}, {words.moment(visit.steps[-1].at)}"),)


def _are_several(item: Attention) -> bool:
    """Whether more than one come, by either side."""
    return any(one is not None and one.appointment.party > 1 for one in (item.mine, item.now))


def _visit(visit: Visit, words: Words, *, party: bool, status: bool = False) -> tuple[Fact, ...]:
    one = visit.appointment
    facts = (
        ("Customer", visit.customer),
        ("Phone and e-mail", " · ".join(visit.reach)),
        ("When", words.when(Span(one.starts_at, one.ends_at))),
        ("Service", visit.service),
        ("With", visit.with_whom),
        ("How many come", f"{one.party:,}" if party else ""),
        ("Status", STATUS[one.status] if status else ""),
    )
    return tuple(Fact(label=label, text=text) for label, text in facts if text)
