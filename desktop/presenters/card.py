"""The card of an appointment: its details, its steps, and cancelling."""

from datetime import datetime
from functools import partial

from PySide6.QtCore import QObject, Signal

from desktop.models.rows import CardRow, Choice, Fact, NoteRow, StepChoice
from desktop.operations import appointments, notes
from desktop.operations import series as series_operations
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter
from desktop.presenters.edits import Edits, seen
from desktop.presenters.link import Latest, Link
from desktop.presenters.money_words import due_words
from desktop.presenters.series import SeriesPresenter
from desktop.presenters.series_words import rule_words
from desktop.presenters.words import NOT_ACCEPTED, STATUS, Words, words_of
from desktop.queries.appointment_card import AppointmentCard, appointment_card
from desktop.queries.notes import NoteLine
from desktop.queries.verdict import Verdict
from desktop.store.replica import Replica
from desktop.views.actions import Actions
from desktop.views.book_page import BookPage
from shared import clock
from shared.errors import Refusal
from shared.model.appointment import Appointment, Source, Status
from shared.model.base import Span
from shared.model.member import Role
from shared.model.note import NoteAbout
from shared.rules import series, wall_time
from shared.rules.permissions import Capability, may

STEPS = ("arrive", "start", "complete", "confirm", "decline", "no_show", "undo_step", "cancel")
MAIN = {-1: ("complete",), 0: ("arrive", "start", "complete", "confirm"), 1: ("confirm",)}
"""The steps that come next for a visit of an earlier day, of today and of a later day, the first that is open."""
LOCKED = "Paid and closed. A manager can unlock it."
SAID = {
    "confirm": "{name}: confirmed.",
    "arrive": "{name} has arrived.",
    "start": "{name}: started.",
    "complete": "{name}: completed.",
    "no_show": "{name} did not come.",
    "undo_step": "{name}: one step back.",
}
_SOURCES = {
    Source.PHONE: "by phone", Source.WALK_IN: "walked in", Source.ONLINE: "online", Source.IMPORT: "imported",
}  # fmt: skip
_CANCELLED_BY = {"customer": "The customer", "business": "The business"}
_TABLES = frozenset({"appointment", "customer", "resource", "outbox", "member", "note", "payment"})


class CardPresenter(QObject):
    """Shows the chosen appointment and carries its steps to the desk."""

    shownChanged = Signal()
    """Another appointment is chosen, or the same one has changed."""

    def __init__(
        self,
        link: Link,
        page: BookPage,
        book: BookPresenter,
        edits: Edits,
        actions: Actions,
        parent: QObject | None = None,
        *,
        series: SeriesPresenter,
    ) -> None:
        super().__init__(parent)
        self._link, self._page, self._book, self._edits = link, page, book, edits
        self._series = series
        self._questions = Latest(link)
        self._shown: AppointmentCard | None = None
        self._chosen: str | None = None
        """The visit that is chosen; its card may be on its way yet."""
        self._opening = False
        """Whether the card is to be opened as soon as it has come."""
        self._wanted = ""
        """A step whose key was faster than the card."""
        self._may_unlock = False
        self._actions = actions
        page.card.stepRequested.connect(self._step)
        page.card.cancelRequested.connect(self._cancel)
        page.card.repeatRequested.connect(self._repeat)
        page.card.notes.addRequested.connect(self._add_note)
        actions["note"].triggered.connect(self._write_note)
        actions["repeat"].triggered.connect(self._repeat)
        page.book.selected.connect(self.choose)
        page.panelClosed.connect(self._set_actions)
        actions.pressed.connect(self._pressed)
        actions["cancel"].triggered.connect(self._ask_reason)
        book.cardWanted.connect(self.open)
        link.changed.connect(self._changed)
        self._set_actions()

    @property
    def customer(self) -> Choice | None:
        """Whose visit is chosen; nobody of whom nothing is known any more."""
        found = self._shown.customer if self._shown is not None else None
        return None if found is None or found.is_erased else Choice(id=found.id, text=found.name)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: it decides whether they can open what is closed."""
        self._may_unlock = may(role, Capability.UNLOCK)

    @property
    def shown(self) -> AppointmentCard | None:
        """The chosen appointment, which the keys act on; None while another than the one on the card is on its way."""
        return None if self._is_behind else self._shown

    @property
    def _is_behind(self) -> bool:
        return self._shown is not None and self._shown.appointment.id != self._chosen

    def open(self, appointment_id: str) -> None:
        """Show the card of an appointment beside the book."""
        self._opening = True
        self._ask(appointment_id)

    def choose(self, appointment_id: str | None) -> None:
        """Let the keys act on an appointment, or on none."""
        if appointment_id is None:
            # An answer that is on its way is about what was chosen before.
            self._questions.forget()
            self._shown = self._chosen = None
            self._opening, self._wanted = False, ""
            self._set_actions()
        else:
            self._opening = self._opening and appointment_id == self._chosen
            self._ask(appointment_id)

    def _changed(self, tables: frozenset[str]) -> None:
        if self._chosen is not None and tables & _TABLES:
            self._ask(self._chosen)

    def _ask(self, appointment_id: str) -> None:
        if appointment_id != self._chosen:
            self._chosen, self._wanted = appointment_id, ""

        def took(card: AppointmentCard | None) -> None:
            if appointment_id != self._chosen:
                # Another, or none, was chosen while it was on its way.
                return
            opening, self._opening = self._opening, False
            self._show(card)
            if card is not None and opening:
                self._page.open_card()

        self._questions.ask(lambda replica: appointment_card(replica, appointment_id), took)

    def _show(self, card: AppointmentCard | None) -> None:
        self._shown = card
        if card is None:
            self._chosen = None
        if card is not None and self._book.setup is not None:
            words = words_of(self._book.setup.business, card.appointment.zone)
            self._page.card.show_row(card_row(card, words, clock.now(), may_unlock=self._may_unlock))
        elif self._page.open_panel == "card":
            self._page.close_panel()
        self._set_actions()
        wanted, self._wanted = self._wanted, ""
        if card is not None and wanted and dict(card.steps)[wanted].is_free:
            self._step(wanted)

    def _set_actions(self) -> None:
        offered = dict(self._shown.steps) if self._shown else {}
        for name in STEPS:
            told = offered.get(name)
            self._actions[name].setEnabled(told is not None and told.is_free)
        self._actions["note"].setEnabled(self._shown is not None)
        self._actions["repeat"].setEnabled(self._shown is not None and _may_repeat(self._shown))
        self.shownChanged.emit()

    # What a person does

    def _pressed(self, name: str) -> None:
        if name not in appointments.STEPS:
            return
        if self._is_behind:
            # What the card shows is not what the eye sees chosen.
            self._wanted = name
        else:
            self._step(name)

    def _step(self, step: str) -> None:
        card = self._shown
        if card is None:
            return

        def make(replica: Replica) -> Operation | None:
            now = seen(replica, card.appointment.id)
            return None if now is None else appointments.step(now, step)

        self._edits.run_from(make, SAID[step].format(name=_name(card)))

    def _ask_reason(self) -> None:
        if self.shown is not None:
            self._page.open_card()
            self._page.card.ask_reason()

    def _write_note(self) -> None:
        if self.shown is not None:
            self._page.open_card()
            self._page.card.notes.focus_text()

    def _add_note(self, about: str, text: str) -> None:
        card = self._shown
        if card is None:
            return
        customer = card.customer if about == NoteAbout.CUSTOMER else None
        subject = customer.id if customer else card.appointment.id
        operation = notes.add(NoteAbout(about), subject, text)
        said = f"Noted about {_name(card) if customer else 'the visit'}.{self._edits.saved}"
        written, part = self._page.card.notes.take_text(), self._page.card.notes

        def lost() -> None:
            part.give_back(card.appointment.id, written)

        def refused(refusal: Refusal) -> None:
            lost()
            self._edits.say_refusal(refusal)

        self._edits.run(operation, said, refused=refused, lost=lost)

    def _repeat(self) -> None:
        """Show the dates of a visit that repeats; ask how another one is to."""
        card = self.shown
        if card is None:
            return
        if card.series is None:
            self._series.ask_repeat(card.appointment, _name(card))
        else:
            self._series.show_dates(card.appointment)

    def _cancel(self, reason: str, by_business: bool) -> None:  # noqa: FBT001 - a signal of Qt
        card = self._shown
        if card is None:
            return

        def make(replica: Replica) -> Operation | None:
            now = seen(replica, card.appointment.id)
            return None if now is None else appointments.cancel(now, reason=reason, by_business=by_business)

        def this_one() -> None:
            self._edits.run_from(make, f"Cancelled the booking of {_name(card)}.")

        if card.series is None:
            this_one()
        else:
            end = partial(series_operations.end, reason=reason, by_business=by_business)
            self._series.ask_cancel(card.appointment, end, this_one)
        self._page.card.stop_asking()
        self._page.close_panel()


def _name(card: AppointmentCard) -> str:
    return card.customer.name if card.customer else card.appointment.service_names or "The visit"


def _may_repeat(card: AppointmentCard) -> bool:
    """Whether it has a series to be shown, or can become the first of one."""
    one = card.appointment
    return card.series is not None or (one.status in series.CHANGEABLE and one.series_id is None)


def _lateness(one: Appointment, words: Words) -> str:
    if one.fee:
        return f"Fee of {words.money(one.fee)}"
    return "Late" if one.cancelled_late and one.cancelled_by == "customer" else ""


def card_row(card: AppointmentCard, words: Words, now: datetime, *, may_unlock: bool = False) -> CardRow:
    """The card in words, as it reads at `now`; `may_unlock` says whether who reads it can open what is closed."""
    one = card.appointment
    span = Span(one.starts_at, one.ends_at)
    price = words.money(one.price) if one.price else ""
    service = " · ".join(part for part in (one.service_names, f"{span.minutes} min", price) if part)
    reach = " · ".join((*card.phones, *card.customer.emails)) if card.customer else ""
    made = f"{f'by {card.made_by}, ' if card.made_by else ''}{words.moment(one.steps[0].at)}" if one.steps else ""
    made = " · ".join(part for part in (made, _SOURCES.get(one.source, "")) if part)
    facts = (
        ("Service", service),
        ("With", ", ".join(resource.name for resource in card.resources)),
        ("Phone and e-mail", reach),
        ("Repeats", rule_words(card.series.rrule, words) if card.series else ""),
        ("Where", card.location.name if card.location else ""),
        ("Booked", made),
        ("To pay", due_words(card.balance, words, paid=card.paid)),
        ("Cancelled by", _CANCELLED_BY.get(one.cancelled_by, "") if one.status is Status.CANCELLED else ""),
        ("Late cancellation", _lateness(one, words)),
        ("Declined because" if one.status is Status.DECLINED else "Cancelled because", one.cancel_reason),
        ("Booked over a rule because", one.override_reason),
    )
    return CardRow(
        appointment_id=one.id,
        title=_name(card),
        status=one.status.value,
        status_text=STATUS[one.status],
        when=f"{words.when(span)}",
        facts=tuple(Fact(label=label, text=text) for label, text in facts if text),
        alert=card.customer.alert if card.customer else "",
        notes=tuple(_note(line, words) for line in card.notes),
        has_customer=card.customer is not None,
        has_data=card.customer is not None and not card.customer.is_erased,
        mark=NOT_ACCEPTED if card.pending else "",
        refused=card.refused,
        repeats=card.series is not None,
        may_repeat=_may_repeat(card),
        steps=tuple(_steps(dict(card.steps), one.status)),
        locked=LOCKED if one.locked else "",
        may_unlock=may_unlock,
        main=_main_step(card, now),
    )


def _note(line: NoteLine, words: Words) -> NoteRow:
    about = "Visit" if line.about is NoteAbout.APPOINTMENT else "Customer"
    parts = (about, line.author, words.moment(line.at) if line.at else "", "not yet accepted" if line.pending else "")
    return NoteRow(text=line.text, made=" · ".join(part for part in parts if part))


def _main_step(card: AppointmentCard, now: datetime) -> str:
    """Nobody arrives days ahead: what is offered first depends on whether the visit is today, earlier or later."""
    zone = card.appointment.zone
    day, today = (wall_time.local(one, zone).date() for one in (card.appointment.starts_at, now))
    told = dict(card.steps)
    return next((step for step in MAIN[(day > today) - (day < today)] if told[step].is_free), "")


def _steps(told: dict[str, Verdict], status: Status) -> list[StepChoice]:
    """What is open, and what is worth saying why it is not; what the flow has left behind is not shown."""
    shown = []
    for name in STEPS:
        one = told.get(name)
        # Why all of them are closed is said once, above.
        if one is not None and one.code not in ("reached", "wrong_status", "locked"):
            text = "Accept" if name == "confirm" and status is Status.REQUESTED else ""
            shown.append(StepChoice(action=name, why_not=one.why_not, text=text))
    return shown
