"""Changing what is booked in a visit: its services, who does each and where, how many come, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from PySide6.QtCore import QObject

from desktop.models.book_deeds import ChangeForm, ChangeLine
from desktop.models.rows import Choice
from desktop.operations import appointments
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter, Move
from desktop.presenters.booking_wish import as_shown
from desktop.presenters.booking_words import names_of, nobody_words, resource_choices, slot_choice
from desktop.presenters.card import CardPresenter
from desktop.presenters.edits import GONE, Edits, seen
from desktop.presenters.link import Latest, Link
from desktop.presenters.overriding import why_not_over
from desktop.presenters.words import Words, words_of
from desktop.queries.appointment_card import AppointmentCard
from desktop.queries.free_slots import FreeSlot, free_slots, in_the_way
from desktop.queries.setup import Setup
from desktop.queries.verdict import Verdict, verdict
from desktop.queries.wishes import wished
from desktop.store.replica import Replica
from desktop.views.actions import Actions
from desktop.views.change_dialog import ChangeDialog
from desktop.views.main_window import MainWindow
from shared.clock import parse_instant
from shared.errors import Refusal
from shared.model.appointment import Appointment, Segment
from shared.model.base import Span
from shared.model.member import Role
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.mutations.appointment.arguments import SegmentWish
from shared.rules import wall_time
from shared.rules.permissions import Capability, may
from shared.texts import sentence

SAME = "Nothing is changed yet."
MEANWHILE = "It has been changed meanwhile. Leave it and begin again, so that you see what is booked now."
OF_A_SERIES = "It repeats: you are asked which visits are meant. Over a rule it is this one alone."
_TABLES = frozenset(
    {"appointment", "allocation", "customer", "service", "resource", "time_block", "hours_rule", "hours_exception"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the desk says of a change: whether it fits, as what, every rule against it, and the next free starts."""

    verdict: Verdict
    visit: Appointment | None = None
    against: tuple[str, ...] = ()
    slots: tuple[FreeSlot, ...] = ()


class ChangePresenter(QObject):
    """Opens the dialog over the chosen visit, judges each change, and carries one edit to the desk."""

    def __init__(
        self,
        link: Link,
        window: MainWindow,
        book: BookPresenter,
        card: CardPresenter,
        edits: Edits,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._book, self._card, self._edits = window, book, card, edits
        self._judging = Latest(link)
        self._may_override = False
        self._dialog: ChangeDialog | None = None
        self._seen: AppointmentCard | None = None
        """The visit as it was when the dialog was opened."""
        self._judged: tuple[Operation, Judged] | None = None
        """What was judged last; None while the answer is on its way."""
        self._save_wanted = self._saving = False
        self._action = actions["change_visit"]
        self._action.triggered.connect(self.begin)
        card.shownChanged.connect(self._set_action)
        link.changed.connect(self._changed)
        self._set_action()

    def set_role(self, role: Role) -> None:
        """Whose rights decide whether a reason is taken."""
        self._may_override = may(role, Capability.OVERRIDE)

    def _set_action(self) -> None:
        shown = self._card.shown
        self._action.setEnabled(shown is not None and shown.is_changeable)

    def begin(self) -> None:
        """Show the chosen visit as it is booked."""
        shown, setup = self._card.shown, self._book.setup
        if shown is None or setup is None or not self._action.isEnabled():
            return
        self._seen, self._judged = shown, None
        self._save_wanted = self._saving = False
        visit, words = shown.appointment, self._words(setup, shown.appointment)
        # One for each visit: whoever comes next finds nothing of it.
        dialog = self._dialog = ChangeDialog(self._window)
        dialog.changed.connect(self._judge)
        dialog.slotChosen.connect(self._take_slot)
        dialog.saveRequested.connect(self._save)
        dialog.finished.connect(self._closed)
        services = tuple(Choice(id=one.id, text=one.name, detail=words.service(one)) for one in setup.services)
        people = (*(one for one in setup.resources if one.location_id == visit.location_id), *shown.resources)
        dialog.show_choices(
            services=services,
            staff=_choices(people, ResourceKind.STAFF, setup.services),
            rooms=_choices(people, ResourceKind.ROOM, setup.services),
        )
        whose = shown.customer.name if shown.customer and not shown.customer.is_erased else "The visit"
        about = f"{whose}, {words.when(Span(visit.starts_at, visit.ends_at))}."
        if shown.series is not None:
            about = f"{about} {OF_A_SERIES}"
        form = form_of(visit, people)
        largest = max((one.capacity for one in setup.services), default=1)
        dialog.ask(about, form, locale=words.locale, largest_party=largest)
        self._judge(form)

    def _closed(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
        self._dialog = self._seen = self._judged = None
        self._judging.forget()
        self._window.activateWindow()

    def _words(self, setup: Setup, visit: Appointment) -> Words:
        return words_of(setup.business, visit.zone)

    # Judging

    def _changed(self, tables: frozenset[str]) -> None:
        if self._dialog is not None and not self._saving and tables & _TABLES:
            self._judge(self._dialog.form)

    def _operation(self, form: ChangeForm) -> Operation | None:
        """The one edit that makes the visit what the form says; None where that is what it is."""
        shown, setup = self._seen, self._book.setup
        if shown is None or setup is None:
            return None
        return change_of(shown.appointment, form, (*setup.resources, *shown.resources))

    def _judge(self, form: ChangeForm) -> None:
        shown, dialog, operation = self._seen, self._dialog, self._operation(form)
        if shown is None or dialog is None:
            return
        before, self._judged = shown.appointment, None

        def question(replica: Replica) -> Judged:
            now = seen(replica, before.id)
            if now is None:
                return Judged(verdict=Verdict(code="gone", why_not=GONE))
            if _what_counts(now) != _what_counts(before):
                return Judged(verdict=Verdict(code="meanwhile", why_not=MEANWHILE))
            if operation is None:
                return Judged(verdict=Verdict(), visit=before)
            told = verdict(replica, operation.name, operation.args)
            return Judged(
                verdict=told,
                visit=wished(replica.tx(), replica.context(), operation.args),
                against=() if told.is_free else in_the_way(replica, operation.args),
                slots=() if told.is_free else free_slots(replica, replace(operation.args, override=None)),
            )

        dialog.yes.setEnabled(False)
        self._judging.ask(question, lambda judged: self._say(form, operation, judged))

    def _say(self, form: ChangeForm, operation: Operation | None, judged: Judged) -> None:
        dialog, shown, setup = self._dialog, self._seen, self._book.setup
        if dialog is None or shown is None or setup is None:
            return
        words, told = self._words(setup, shown.appointment), judged.verdict
        dialog.show_becomes(_comes_to(judged.visit, words))
        dialog.show_against(judged.against)
        dialog.show_slots([slot_choice(one, form.day, words) for one in judged.slots])
        if told.is_free and operation is None:
            dialog.show_verdict(SAME, kind="info", saveable=False)
        elif told.is_free:
            dialog.show_verdict(_free_words(form, judged, setup, words), kind="success", saveable=True)
        else:
            why_not = why_not_over(told.code, may_override=self._may_override)
            dialog.show_verdict(told.why_not, kind="danger", saveable=False, anyway_why_not=why_not)
        wanted, self._save_wanted = self._save_wanted, False
        if operation is not None:
            self._judged = (operation, judged)
            if wanted:
                self._save(form)

    def _take_slot(self, slot: str) -> None:
        dialog, shown = self._dialog, self._seen
        if dialog is not None and shown is not None:
            form = _at(dialog.form, parse_instant(slot), shown.appointment.zone)
            dialog.show_form(form)
            self._judge(form)

    # Saving

    def _save(self, form: ChangeForm) -> None:
        dialog, shown, setup, wish = self._dialog, self._seen, self._book.setup, self._operation(form)
        if dialog is None or shown is None or setup is None or wish is None or self._saving:
            return
        if self._judged is None or self._judged[0] != wish:
            # Enter was faster than the answer: it is saved as soon as it is known to fit.
            self._save_wanted = True
            return
        judged = self._judged[1]
        if not judged.verdict.is_free:
            return
        if judged.visit is not None and wish.args.segments is not None:
            wish = as_shown(wish, judged.visit)
        visit, words = judged.visit or shown.appointment, self._words(setup, shown.appointment)
        said = f"Changed: {_comes_to(visit, words)}, {words.moment(visit.starts_at)}.{self._edits.saved}"

        def this_one() -> None:
            self._edits.run(
                wish, said, then=lambda _: self._made(dialog), refused=lambda why: self._refused(dialog, words, why),
                lost=lambda: self._left(dialog),
            )  # fmt: skip

        self._saving = True
        # What is typed now would be of nothing that is sent.
        dialog.show_sending(sending=True)
        if shown.series is None or form.override is not None:
            this_one()
        else:
            args = wish.args
            move = Move(
                visit=shown.appointment, start=args.start or shown.appointment.starts_at, segments=args.segments,
                party=args.party, this_one=this_one, asks="Change which visits?",
                done="Changed what is ahead of the series.", made=lambda: self._made(dialog),
                refused=lambda why: self._refused(dialog, words, why), left=lambda: self._left(dialog),
            )  # fmt: skip
            self._book.seriesMoved.emit(move)

    def _made(self, dialog: ChangeDialog) -> None:
        if self._dialog is dialog:
            self._saving = False
            dialog.accept()
        self._book.refresh()

    def _left(self, dialog: ChangeDialog) -> None:
        """Nothing is sent: what was entered stands there to be gone on with."""
        if self._dialog is dialog:
            self._saving = False
            dialog.show_sending(sending=False)
            self._judge(dialog.form)

    def _refused(self, dialog: ChangeDialog, words: Words, refusal: Refusal) -> None:
        why = sentence(refusal.code, refusal.details, words.dates)
        if self._dialog is dialog:
            self._left(dialog)
            dialog.show_verdict(why, kind="danger", saveable=False)
        else:
            self._edits.say_refusal(refusal)


def form_of(visit: Appointment, resources: Sequence[Resource]) -> ChangeForm:
    """A visit as it is booked."""
    lines = tuple(
        ChangeLine(
            service_id=segment.service_id or "",
            title=segment.name or "Visit",
            staff_id=_first(segment, ResourceKind.STAFF, resources),
            room_id=_first(segment, ResourceKind.ROOM, resources),
            place=place,
        )
        for place, segment in enumerate(visit.segments)
    )
    empty = ChangeForm(lines=lines, day=visit.starts_at.date(), start=time(), party=visit.party)
    return _at(empty, visit.starts_at, visit.zone)


def change_of(visit: Appointment, form: ChangeForm, resources: Sequence[Resource]) -> Operation | None:
    """The edit that makes a visit what a form says; None where it is that already.

    A service that is booked keeps its length and price, and whoever else takes part in it.
    """
    local = datetime.combine(form.day, form.start)
    start = wall_time.resolve(local, visit.zone, fold=form.start.fold)
    was = form_of(visit, resources)
    if (start, form.lines, form.party) == (visit.starts_at, was.lines, visit.party):
        return None
    segments = [_wish(line, was, visit, resources) for line in form.lines]
    return appointments.reschedule(
        visit,
        start=start,
        segments=None if form.lines == was.lines else segments,
        party=None if form.party == visit.party else form.party,
        override=None if form.override is None else form.override.strip(),
        label="change of what is booked",
    )


def _wish(line: ChangeLine, was: ChangeForm, visit: Appointment, resources: Sequence[Resource]) -> SegmentWish:
    if line.place is None:
        chosen = [one for one in (line.staff_id, line.room_id) if one]
        return appointments.wish(line.service_id, chosen, fill=True)
    segment, before = visit.segments[line.place], was.lines[line.place]
    if line == before:
        return appointments.wish(segment.service_id, segment.resources, segment.minutes)
    taking: list[str] = list(segment.resources)
    for old, new in ((before.staff_id, line.staff_id), (before.room_id, line.room_id)):
        if old != new:
            taking = [new if one == old else one for one in taking] if old else [*taking, new]
    unlike = list(dict.fromkeys(one for one in taking if one))
    return appointments.wish(segment.service_id, unlike, segment.minutes, fill=segment.service_id is not None)


def _first(segment: Segment, kind: ResourceKind, resources: Sequence[Resource]) -> str:
    kinds = {one.id: one.kind for one in resources}
    return next((one for one in segment.resources if kinds.get(one) is kind), "")


def _choices(
    resources: Sequence[Resource], kind: ResourceKind, services: Sequence[Service]
) -> dict[str, tuple[Choice, ...]]:
    """Whom or what of a kind each service may have; under an empty text whatever there is."""
    unlike = tuple({one.id: one for one in resources}.values())
    asked: list[tuple[Service, ...]] = [(), *((one,) for one in services)]
    return {
        (of[0].id if of else ""): (Choice(id="", text=nobody_words(kind, of)), *resource_choices(unlike, kind, of))
        for of in asked
    }


def _at(form: ChangeForm, start: datetime, zone: str) -> ChangeForm:
    local = wall_time.local(start, zone)
    return replace(form, day=local.date(), start=time(local.hour, local.minute, fold=local.fold))


def _what_counts(visit: Appointment) -> tuple[object, ...]:
    """What somebody sees of a visit who changes it: another of these, and they decide anew."""
    return visit.status, visit.starts_at, visit.segments, visit.party, visit.locked


def _comes_to(visit: Appointment | None, words: Words) -> str:
    if visit is None:
        return ""
    services = visit.service_names or "Visit"
    length = f"{Span(visit.starts_at, visit.ends_at).minutes} min"
    return " · ".join(part for part in (services, length, words.money(visit.price) if visit.price else "") if part)


def _free_words(form: ChangeForm, judged: Judged, setup: Setup, words: Words) -> str:
    if form.override is not None:
        return "Changed over the rule, with your reason."
    if judged.visit is None:
        return "Free."
    names = names_of([one for one in setup.resources if one.id in judged.visit.resources])
    return f"Free: {names}, {words.when(Span(judged.visit.starts_at, judged.visit.ends_at))}."
