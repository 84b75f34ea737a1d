"""Needs attention: what the server could not take, in words, and the ways to settle it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.models.rows import AttentionDetail, AttentionRow, Choice, Fact
from desktop.operations import attention
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter
from desktop.presenters.booking_words import customer_choice, names_of
from desktop.presenters.edits import Edits
from desktop.presenters.link import Latest, Link
from desktop.presenters.money_words import KINDS
from desktop.presenters.words import STATUS, Words, words_of
from desktop.queries.attention_items import (
    Attention,
    Target,
    Visit,
    attention_items,
    visits_to_attach_to,
)
from desktop.queries.find_customer import FoundCustomer, find_customer
from desktop.queries.free_slots import FreeSlot, free_slots_for_item
from desktop.store.replica import Edited, Replica
from desktop.views.attention_view import AttentionView
from desktop.views.payment_dialog import METHODS
from desktop.views.setup.week import DAYS
from shared.clock import instant_text, parse_instant
from shared.errors import Code, Refusal
from shared.model.base import Span
from shared.model.note import NoteAbout
from shared.texts import openings_text

EDITS = {
    "appointment.book": "Booking",
    "appointment.reschedule": "Moving",
    "appointment.swap": "Changing places",
    "appointment.cancel": "Cancelling",
    "appointment.confirm": "Confirming",
    "appointment.arrive": "Arrival",
    "appointment.start": "Start",
    "appointment.complete": "Completing",
    "appointment.no_show": "No-show",
    "appointment.undo_step": "Step back",
    "customer.create": "New customer",
    "customer.restore": "Adding a customer again",
    "customer.update": "Change of a customer",
    "customer.withdraw": "Taking back a new customer",
    "customer.erase": "Erasing a customer",
    "appointment.decline": "Declining",
    "appointment.lock": "Locking",
    "appointment.unlock": "Unlocking",
    "appointment.expire": "Expiry",
    "payment.take": "Payment",
    "payment.refund": "Refund",
    "customer.keep_apart": "Keeping two customers apart",
    "customer.merge": "Merging two customers",
    "customer.suggest_again": "Suggesting two customers again",
    "customer.consent": "What a customer agreed to",
    "waitlist.add": "New wish on the waitlist",
    "waitlist.change": "Change of a wish",
    "waitlist.withdraw": "Taking from the waitlist",
    "waitlist.offer": "Offer to somebody who waits",
    "waitlist.accept": "Booking from the waitlist",
    "waitlist.put_back": "Taking back a step of the waitlist",
    "waitlist.lapse": "End of an offer",
    "attention.reopen": "Taking back what was settled",
    "attention.close": "Settling again",
    "block.put": "Blocked time",
    "block.remove": "Freeing blocked time",
    "block.repeat": "Blocked time that repeats",
    "block.end_repeat": "Freeing blocked time that repeats",
    "block.rule_back": "Taking back blocked time that repeats",
    "note.add": "Note",
    "attention.resolve": "Settling",
    "business.update": "Change of the business",
    "hours.set": "Opening hours",
    "hours.except": "Hours of a day",
    "hours.clear": "Hours of a day",
    "location.create": "New location",
    "location.update": "Change of a location",
    "location.rezone": "Clock of a location",
    "resource.create": "New person, room or equipment",
    "resource.update": "Change of a person, room or equipment",
    "plan.set": "Plan of the business",
    "series.book": "Series",
    "series.extend": "Further dates of a series",
    "series.change": "Change of a series",
    "series.end": "End of a series",
    "series.turn_back": "Taking back a change of a series",
    "service.create": "New service",
    "service.update": "Change of a service",
}
CHOICES = {
    "move": "Another time",
    "keep": "Keep it",
    "restore": "Bring it back",
    "attach": "Attach it",
    "drop": "Drop it",
}
_TABLES = frozenset(
    {
        "attention_item",
        "appointment",
        "allocation",
        "outbox",
        "customer",
        "plan",
        "resource",
        "payment",
        "kept_apart",
        "series",
        "time_block",
    }
)
_FIELDS = {
    "name": "Name",
    "phones": "Phones",
    "emails": "E-mails",
    "title": "Title",
    "reason": "Reason",
    "notes": "Notes",
    "text": "Note",
}
NOTHING_LEFT = "Nothing stands in the way any more, as far as this computer knows."
_OTHERS = "Another person has settled it already."
_LEADERS = "Only a manager or the owner decides what was set aside."


class AttentionPresenter(QObject):
    """Lists the open items and carries a person's choice to the desk."""

    countChanged = Signal(int)

    def __init__(
        self, link: Link, view: AttentionView, book: BookPresenter, edits: Edits, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._view, self._book, self._edits = link, view, book, edits
        self._lists, self._slots, self._finding = Latest(link), Latest(link), Latest(link)
        self._items: dict[str, Attention] = {}
        self._found: dict[str, tuple[FreeSlot, ...]] = {}
        self._chosen = ""
        link.changed.connect(self._changed)
        view.itemChosen.connect(self.choose)
        view.slotChosen.connect(self._move)
        view.keepRequested.connect(self._keep)
        view.dropRequested.connect(self._drop)
        view.restoreRequested.connect(self._restore)
        view.attachRequested.connect(self._attach)
        view.customerQueried.connect(self._find)
        book.setupChanged.connect(lambda told: self.refresh())

    def refresh(self) -> None:
        """Ask for the open items again."""
        self._lists.ask(attention_items, self._took)

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

    def _changed(self, tables: frozenset[str]) -> None:
        if tables & _TABLES:
            self.refresh()

    def _took(self, items: tuple[Attention, ...]) -> None:
        # One that is being settled has left a person's hands already; refused again, it comes back.
        open_items = [one for one in items if not one.settling]
        self._items = {one.id: one for one in open_items}
        if self._chosen not in self._items:
            self._chosen = ""
        self._view.show_items(tuple(self._row(one) for one in open_items))
        self.countChanged.emit(len(open_items))
        if self._chosen:
            self.choose(self._chosen)

    def _words(self, item: Attention) -> Words:
        setup = self._book.setup
        return words_of(setup.business, item.zone) if setup else Words(zone=item.zone)

    def _row(self, item: Attention) -> AttentionRow:
        return AttentionRow(item_id=item.id, title=title_of(item), rule=item.why, made=self._made(item))

    def _made(self, item: Attention) -> str:
        return ", ".join(part for part in (item.author, self._words(item).moment(item.made_at)) if part)

    def _show(self, item: Attention) -> None:
        words = self._words(item)
        slots = self._found.get(item.id)
        keep_why_not = _keep_why_not(item)
        self._view.show_detail(
            AttentionDetail(
                item_id=item.id,
                title=title_of(item),
                made=f"Entered by {self._made(item)}" if item.author else f"Entered {self._made(item)}",
                rule=item.why,
                yours=_yours(item, words),
                now=_now(item, words),
                slots=_targets(item, words) if item.never_dropped else _slots(item, slots or (), words),
                slots_wanted=_may_move(item) and item.mine is not None,
                slots_known=slots is not None or item.mine is None,
                keep_why_not=keep_why_not,
                keep_needs_reason=_is_over_a_rule(item) and not item.set_aside and not item.by_plan,
                drop_why_not=_drop_why_not(item),
                restore=f"Bring back {item.restorable.name} and apply" if item.restorable else "",
                restore_why_not=_restore_why_not(item),
                attach=item.never_dropped and item.may_settle,
                also=tuple(": ".join(filter(None, (EDITS.get(one.name, one.name), one.text))) for one in item.gathered),
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
        self._settle(
            item_id, attention.keep(item_id, reason=reason or None, seen=self._seen(item_id)), "Kept as it was entered."
        )

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
        self._settle(item_id, attention.drop(item_id, seen=self._seen(item_id)), "Dropped.")

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
    if item.restorable is not None and item.restorable.is_archived:
        return "By itself it cannot be kept: bring back what it needs."
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


def title_of(item: Attention) -> str:
    """What was wanted, and for whom."""
    edit = EDITS.get(item.name, "A change")
    return f"{edit}: {item.customer}" if item.customer else edit


def _yours(item: Attention, words: Words) -> tuple[Fact, ...]:
    return (*_entered(item, words), *_tried(item, words))


def _tried(item: Attention, words: Words) -> tuple[Fact, ...]:
    """What a person chose that could not be had either."""
    chosen = item.args if item.name == "attention.resolve" else item.tried
    said = (
        ("Chosen", CHOICES.get(str(chosen.get("choice") or ""), "")),
        ("Chosen time", words.moment(parse_instant(str(chosen["start"]))) if chosen.get("start") else ""),
        ("Reason given", str(chosen.get("override") or "")),
    )
    return tuple(Fact(label=label, text=text) for label, text in said if text)


def _entered(item: Attention, words: Words) -> tuple[Fact, ...]:
    if item.mine is not None:
        notes = str(item.args.get("notes") or "")
        return (
            *_visit(item.mine, words, party=_are_several(item)),
            *((Fact(label="Notes", text=notes),) if notes else ()),
        )
    if item.conflict is not None:
        return (Fact(label=_FIELDS.get(item.conflict.field, item.conflict.field), text=_plain(item.conflict.wanted)),)
    if item.is_payment:
        return _money(item, words)
    if item.name == "hours.set":
        return _hours(item, words)
    told = [
        Fact(label=_FIELDS[name], text=_plain(value)) for name, value in item.args.items() if name in _FIELDS and value
    ]
    if item.args.get("end"):
        told += [Fact(label="Whose", text=item.whose or "–"), Fact(label="When", text=_span(item.args, words))]
    was = item.args.get("was")
    if isinstance(was, dict) and was.get("end"):
        told.append(Fact(label="Seen as", text=_span(was, words)))
    elif isinstance(was, dict) and "start" in was:
        told.append(
            Fact(label="Seen as", text=f"{STATUS.get(was['status'], '')}, {words.moment(parse_instant(was['start']))}")
        )
    return (Fact(label="What", text=EDITS.get(item.name, "A change")), *told)


def _hours(item: Attention, words: Words) -> tuple[Fact, ...]:
    """Whose hours, of which day of the week, as they were seen and as they were wanted."""
    was = item.args.get("was")
    sides = (("Seen as", was), ("Hours", item.args["openings"]))
    return (
        Fact(label="What", text=EDITS[item.name]),
        Fact(label="Whose", text=item.whose or "–"),
        Fact(label="Day", text=DAYS[item.args["weekday"]]),
        *(Fact(label=label, text=openings_text(side, words.dates)) for label, side in sides if side is not None),
    )


def _span(told: Mapping[str, Any], words: Words) -> str:
    return words.when(Span(parse_instant(told["start"]), parse_instant(told["end"])))


def _money(item: Attention, words: Words) -> tuple[Fact, ...]:
    kind, method = (str(item.args.get(name) or "") for name in ("kind", "method"))
    amount = words.in_currency(str(item.args["currency"])).money(item.args["amount"])
    return (
        Fact(label="What", text=KINDS.get(kind, "Refund")),
        Fact(label="Amount", text=amount),
        Fact(label="How", text=METHODS.get(method, method)),
    )


def _now(item: Attention, words: Words) -> tuple[Fact, ...]:
    if item.conflict is not None:
        return (Fact(label=_FIELDS.get(item.conflict.field, item.conflict.field), text=_plain(item.conflict.now)),)
    if item.by_plan:
        return (Fact(label="Plan", text=item.still or "There is room for it now: keep it."),)
    if item.now is None and item.never_dropped:
        there = f"{item.customer}, archived." if item.code == Code.ARCHIVED else "What it belongs to is not there."
        return (Fact(label="In the book", text=there),)
    if item.code == Code.CHANGED_MEANWHILE and item.name in ("customer.merge", "customer.keep_apart"):
        return (Fact(label="In the book", text=item.why),)
    if item.now is None:
        return (Fact(label="In the book", text=item.still or NOTHING_LEFT),)
    return _visit(item.now, words, party=_are_several(item), status=True)


def _are_several(item: Attention) -> bool:
    """Whether more than one come, by either side."""
    return any(one is not None and one.appointment.party > 1 for one in (item.mine, item.now))


def _visit(visit: Visit, words: Words, *, party: bool, status: bool = False) -> tuple[Fact, ...]:
    one = visit.appointment
    facts = (
        ("Customer", visit.customer),
        ("When", words.when(Span(one.starts_at, one.ends_at))),
        ("Service", visit.service),
        ("With", visit.with_whom),
        ("How many come", f"{one.party:,}" if party else ""),
        ("Status", STATUS[one.status] if status else ""),
    )
    return tuple(Fact(label=label, text=text) for label, text in facts if text)


def _plain(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value or "–")
