"""Changing what is booked in a visit: its services, who does each and where, how many come, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from desktop.models.book_deeds import ChangeForm, Part
from desktop.models.rows import Choice
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter, Move
from desktop.presenters.booking_wish import as_shown
from desktop.presenters.booking_words import coming_words, names_of, nobody_words, resource_choices, slot_choice
from desktop.presenters.card import CardPresenter
from desktop.presenters.change_meeting import Standing, contests, is_open, meet, with_mine, with_theirs
from desktop.presenters.change_wish import at, change_of, form_of
from desktop.presenters.change_words import (
    CHOOSE,
    SAME,
    Telling,
    about_words,
    comes_to,
    contest_row,
    entered_text,
    meanwhile,
    over_words,
)
from desktop.presenters.edits import Edits
from desktop.presenters.link import Latest, Link
from desktop.presenters.overriding import why_not_over
from desktop.presenters.words import Words, words_of
from desktop.queries.coming_already import Coming, coming_with
from desktop.queries.free_slots import FreeSlot, free_slots, in_the_way
from desktop.queries.setup import Setup
from desktop.queries.verdict import Verdict, verdict
from desktop.queries.visit_now import VisitNow, visit_now
from desktop.queries.wishes import wished
from desktop.store.replica import Edited, Replica
from desktop.views.actions import Actions
from desktop.views.change_dialog import ChangeDialog
from desktop.views.main_window import MainWindow
from shared.clock import parse_instant
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.model.base import Span
from shared.model.member import Role
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.rules.permissions import Capability, may
from shared.texts import sentence

_TABLES = frozenset(
    {"appointment", "allocation", "customer", "note", "service", "resource", "time_block", "hours_rule",
     "hours_exception"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the desk says of a change: the visit as it is, what stands in the form over it, and whether that fits."""

    now: VisitNow | None
    """None where it is not in the book any more."""
    standing: Standing
    people: tuple[Resource, ...]
    """All who take or took part in it, and whoever else is there."""
    operation: Operation | None = None
    """The one edit that makes the visit what the form says; None where that is what it is."""
    verdict: Verdict = field(default_factory=Verdict)
    visit: Appointment | None = None
    against: tuple[str, ...] = ()
    """Every rule that is in the way, in a sentence; also of a change that a reason is given for."""
    slots: tuple[FreeSlot, ...] = ()
    coming: tuple[Coming, ...] = ()
    """What else the customer has booked at that time."""


class ChangePresenter(QObject):
    """Opens the dialog over the chosen visit, judges each change, and carries one edit to the desk.

    What others make of the visit meanwhile is taken over where it goes together with what was entered.
    """

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
        self._link, self._window, self._book, self._card, self._edits = link, window, book, card, edits
        self._judging = Latest(link)
        self._may_override = False
        self._dialog: ChangeDialog | None = None
        self._opened: VisitNow | None = None
        """The visit as it was when the dialog was opened."""
        self._repeats = False
        self._standing: Standing | None = None
        self._people: tuple[Resource, ...] = ()
        self._judged: Judged | None = None
        """What was judged last; None while the answer is on its way."""
        self._against: tuple[str, ...] = ()
        """What was said last to be in the way."""
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
        visit = shown.appointment
        opened = self._opened = VisitNow(
            appointment=visit, customer=shown.customer, resources=shown.resources, notes=shown.notes, by=""
        )
        self._repeats, self._judged = shown.series is not None, None
        self._save_wanted, self._saving, self._against = False, False, ()
        self._people = _everybody(setup.resources, shown.resources)
        form = form_of(visit, self._people)
        self._standing = Standing(visit=visit, form=form)
        words = words_of(setup.business, visit.zone)
        # One for each visit: whoever comes next finds nothing of it.
        dialog = self._dialog = ChangeDialog(self._window)
        dialog.changed.connect(self._judge)
        dialog.slotChosen.connect(self._take_slot)
        dialog.mineChosen.connect(self._keep_mine)
        dialog.theirsChosen.connect(self._take_theirs)
        dialog.copyRequested.connect(self._copy)
        dialog.saveRequested.connect(self._save)
        dialog.finished.connect(self._closed)
        self._show_choices(dialog, setup, visit)
        largest = max((one.capacity for one in setup.services), default=1)
        about = about_words(opened, words, repeats=self._repeats)
        dialog.ask(about, form, locale=words.locale, largest_party=largest)
        self._judge(form)

    def _show_choices(self, dialog: ChangeDialog, setup: Setup, visit: Appointment) -> None:
        words, taking = words_of(setup.business, visit.zone), set(visit.resources)
        people = [one for one in self._people if one.location_id == visit.location_id or one.id in taking]
        dialog.show_choices(
            services=tuple(Choice(id=one.id, text=one.name, detail=words.service(one)) for one in setup.services),
            staff=_choices(people, ResourceKind.STAFF, setup.services),
            rooms=_choices(people, ResourceKind.ROOM, setup.services),
        )

    def _closed(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
        self._dialog = self._opened = self._standing = self._judged = None
        self._judging.forget()
        self._window.activateWindow()

    # Judging

    def _changed(self, tables: frozenset[str]) -> None:
        if self._dialog is not None and not self._saving and tables & _TABLES:
            self._judge(self._dialog.form)

    def _judge(self, form: ChangeForm) -> None:
        setup, opened, standing = self._book.setup, self._opened, self._standing
        if setup is None or opened is None or standing is None:
            return
        entered, known = replace(standing, form=form), _everybody(setup.resources, self._people)
        self._judged = None

        def question(replica: Replica) -> Judged:
            now = visit_now(replica, standing.visit.id)
            if now is None or over_words(opened, now):
                return Judged(now=now, standing=entered, people=known)
            people = _everybody(known, now.resources)
            met = meet(entered, now.appointment, people)
            operation = change_of(now.appointment, met.form, people)
            about = Judged(now=now, standing=met, people=people, operation=operation, visit=now.appointment)
            return about if operation is None else _with_verdict(replica, operation, about)

        # Save stays as it was: pressed by now, it waits for the answer, and the focus is thrown nowhere.
        self._judging.ask(question, lambda judged: self._say(form, judged))

    def _say(self, form: ChangeForm, judged: Judged) -> None:
        dialog, opened, before, setup = self._dialog, self._opened, self._standing, self._book.setup
        if dialog is None or opened is None or before is None or setup is None:
            return
        now, standing, wanted = judged.now, judged.standing, self._save_wanted
        known, self._people = self._people, judged.people
        self._standing, self._judged, self._save_wanted = standing, judged, False
        telling = Telling(words=words_of(setup.business, standing.visit.zone), people=judged.people)
        over = over_words(opened, now)
        dialog.show_over(over)
        if now is None or over:
            dialog.show_about(about_words(now or opened, telling.words, repeats=self._repeats))
            return
        waiting = contests(standing, judged.people)
        dialog.show_about(about_words(now, telling.words, repeats=self._repeats))
        dialog.show_meanwhile(meanwhile(opened, now, telling, but=[one.part for one in waiting]))
        dialog.show_contests([contest_row(one, standing.visit, telling) for one in waiting])
        if {one.id for one in known} != {one.id for one in judged.people}:
            self._show_choices(dialog, setup, standing.visit)
        if standing.form != form:
            dialog.show_form(standing.form)
        is_seen = before.visit.status is standing.visit.status and set(judged.against) <= set(self._against)
        self._say_verdict(dialog, judged, setup, telling)
        # Who has pressed Save has not seen that the visit has begun since, nor over what else their reason goes by now.
        if wanted and is_seen:
            self._save(standing.form)

    def _say_verdict(self, dialog: ChangeDialog, judged: Judged, setup: Setup, telling: Telling) -> None:
        told, form, words = judged.verdict, judged.standing.form, telling.words
        dialog.show_becomes(comes_to(judged.visit, words))
        is_asked = is_open(judged.standing, judged.people)
        self._against = () if is_asked else judged.against
        if is_asked:
            dialog.show_against(())
            dialog.show_slots(())
            dialog.show_verdict(CHOOSE, kind="warning", saveable=False)
            return
        dialog.show_against(() if told.is_free else judged.against)
        dialog.show_slots([slot_choice(one, form.day, words) for one in judged.slots])
        if judged.operation is None:
            dialog.show_verdict(SAME, kind="info", saveable=False)
        elif told.is_free:
            also = _also_words(judged, words)
            kind = "success" if form.override is None and not also else "warning"
            said = " ".join(filter(None, (_free_words(form, judged, setup, words), also)))
            dialog.show_verdict(said, kind=kind, saveable=True)
        else:
            why_not = why_not_over(told.code, may_override=self._may_override)
            dialog.show_verdict(told.why_not, kind="danger", saveable=False, anyway_why_not=why_not)

    def _take_slot(self, slot: str) -> None:
        dialog, standing = self._dialog, self._standing
        if dialog is not None and standing is not None:
            self._put(replace(standing, form=at(dialog.form, parse_instant(slot), standing.visit.zone)))

    def _keep_mine(self, part: Part) -> None:
        if self._dialog is not None and self._standing is not None:
            self._put(with_mine(replace(self._standing, form=self._dialog.form), part))

    def _take_theirs(self, part: Part) -> None:
        if self._dialog is not None and self._standing is not None:
            self._put(with_theirs(replace(self._standing, form=self._dialog.form), part, self._people))

    def _put(self, standing: Standing) -> None:
        """Let another form stand in the dialog, and judge it."""
        self._standing = standing
        if self._dialog is not None:
            self._dialog.show_form(standing.form)
        self._judge(standing.form)

    def _copy(self, form: ChangeForm) -> None:
        setup, standing, dialog = self._book.setup, self._standing, self._dialog
        if setup is not None and standing is not None and dialog is not None:
            telling = Telling(words=words_of(setup.business, standing.visit.zone), people=self._people)
            QGuiApplication.clipboard().setText(entered_text(form, dialog.about, standing.visit.zone, telling))

    # Saving

    def _save(self, form: ChangeForm) -> None:
        dialog, standing, setup, judged = self._dialog, self._standing, self._book.setup, self._judged
        if dialog is None or standing is None or setup is None or self._saving:
            return
        if judged is None or judged.standing.form != form:
            # Enter was faster than the answer: it is saved as soon as it is known to fit.
            self._save_wanted = self._judged is None
            return
        wish = judged.operation
        if wish is None or not judged.verdict.is_free or is_open(standing, self._people):
            return
        seen, visit = standing.visit, judged.visit or standing.visit
        if judged.visit is not None and wish.args.segments is not None:
            wish = as_shown(wish, visit)
        words = words_of(setup.business, seen.zone)
        said = _changed_words(visit, words)

        def this_one() -> None:
            self._edits.run(
                wish, f"{said}{self._edits.saved}", then=lambda edited: self._saved(dialog, visit, edited),
                refused=lambda why: self._refused(dialog, words, why), lost=lambda: self._left(dialog),
            )  # fmt: skip

        self._saving = True
        # What is typed now would be of nothing that is sent.
        dialog.show_sending(sending=True)
        if not self._repeats or form.override is not None:
            this_one()
        else:
            args = wish.args
            move = Move(
                visit=seen, start=args.start or seen.starts_at, segments=args.segments,
                party=args.party, this_one=this_one, asks="Change which visits?",
                done="Changed what is ahead of the series.", made=lambda: self._made(dialog),
                refused=lambda why: self._refused(dialog, words, why), left=lambda: self._left(dialog),
            )  # fmt: skip
            self._book.seriesMoved.emit(move)

    def _saved(self, dialog: ChangeDialog, promised: Appointment, edited: Edited) -> None:
        """Say what it is now where others had changed it, too, while it was on its way."""

        def found(now: VisitNow | None) -> None:
            if now is not None and _what_shows(now.appointment) != _what_shows(promised) and self._book.setup:
                words = words_of(self._book.setup.business, now.appointment.zone)
                also = f"{_changed_words(now.appointment, words)} Others had changed it meanwhile, too."
                self._edits.say(f"{also}{self._edits.saved}", step=edited.step)

        self._link.ask(lambda replica: visit_now(replica, promised.id), found)
        self._made(dialog)

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


def _with_verdict(replica: Replica, operation: Operation, about: Judged) -> Judged:
    told, by_rule = verdict(replica, operation.name, operation.args), replace(operation.args, override=None)
    is_within = told.is_free and operation.args.override is None
    visit = wished(replica.tx(), replica.context(), operation.args)
    return replace(
        about,
        verdict=told,
        visit=visit,
        coming=coming_with(replica, visit),
        against=() if is_within else in_the_way(replica, by_rule),
        slots=() if told.is_free else free_slots(replica, by_rule),
    )


def _also_words(judged: Judged, words: Words) -> str:
    customer = judged.now.customer if judged.now else None
    return coming_words(customer.name, judged.coming, words) if customer else ""


def _everybody(*of: Sequence[Resource]) -> tuple[Resource, ...]:
    """Each once, as it was said first."""
    found: dict[str, Resource] = {}
    for one in (one for some in of for one in some):
        found.setdefault(one.id, one)
    return tuple(found.values())


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


def _free_words(form: ChangeForm, judged: Judged, setup: Setup, words: Words) -> str:
    if form.override is not None:
        return " ".join(("Changed over the rule, with your reason.", *judged.against))
    if judged.visit is None:
        return "Free."
    names = names_of([one for one in setup.resources if one.id in judged.visit.resources])
    return f"Free: {names}, {words.when(Span(judged.visit.starts_at, judged.visit.ends_at))}."


def _changed_words(visit: Appointment, words: Words) -> str:
    return f"Changed: {comes_to(visit, words)}, {words.moment(visit.starts_at)}."


def _what_shows(visit: Appointment) -> tuple[object, ...]:
    """What is said and seen of a visit that was changed."""
    return visit.starts_at, visit.party, [(one.name, one.resources, one.minutes) for one in visit.segments]
