"""Visits that repeat: making a series of one, asking which of it is meant, and showing its dates."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Protocol

from PySide6.QtCore import QDate, QObject
from PySide6.QtWidgets import QWidget

from desktop.models.rows import DateRow, RepeatForm
from desktop.operations import series
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter, Move
from desktop.presenters.edits import GONE, Edits, seen
from desktop.presenters.link import Latest, Link
from desktop.presenters.series_words import form_of, rule_of, rule_words
from desktop.presenters.words import STATUS, Words, words_of
from desktop.queries.series import Preview, SeriesShown, preview, series_of
from desktop.store.replica import Edited, Replica
from desktop.views.repeat_dialog import RepeatDialog
from desktop.views.series_dialogs import DatesDialog, ScopeDialog
from shared import clock
from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.base import Span
from shared.model.series import Series
from shared.rules import series as rules
from shared.rules import wall_time

_TABLES = frozenset(
    {"appointment", "allocation", "series", "service", "resource", "time_block", "hours_rule", "hours_exception"}
)
_TIMES = 10
"""How often it repeats where nobody says otherwise."""


class End(Protocol):
    """How a series is ended from an original start on."""

    def __call__(self, series: Series, *, since: str) -> Operation: ...


class SeriesPresenter(QObject):
    """Carries what concerns more than one visit to the desk."""

    def __init__(
        self, link: Link, window: QWidget, book: BookPresenter, edits: Edits, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._book, self._edits = link, book, edits
        self._previews = Latest(link)
        self._draws: Callable[[Replica, str], Operation | None] = lambda replica, rrule: None
        self._clashing = 0
        """Of the dates that were shown last those that cannot be had."""
        self._sending = False
        self._shown: SeriesShown | None = None
        self.repeating = RepeatDialog(window)
        self.scope = ScopeDialog(window)
        self.dates = DatesDialog(window)
        for dialog in (self.repeating, self.scope, self.dates):
            self.destroyed.connect(dialog.deleteLater)
        self.repeating.formChanged.connect(self._look_ahead)
        self.repeating.bookRequested.connect(self._book_series)
        self.dates.extendRequested.connect(self._extend)
        self.dates.changeRequested.connect(self._ask_rule)
        book.seriesMoved.connect(self.ask_move)
        link.changed.connect(self._changed)

    # Making one of a visit

    def ask_repeat(self, visit: Appointment, name: str) -> None:
        """Ask how a visit is to repeat."""

        def draws(replica: Replica, rrule: str) -> Operation | None:
            now = seen(replica, visit.id)
            return None if now is None else series.repeat(now, rrule, before=self._horizon())

        self._draws = draws
        weekday = rules.wall_of(visit.wall_start).weekday()
        self._ask(
            f"Repeat the visit of {name}",
            f"{self._words(visit).when(_span(visit))} is the first of them.",
            RepeatForm(weekdays=(weekday,), count=_TIMES),
            visit,
            "Book the series",
        )

    def _ask(self, title: str, about: str, form: RepeatForm, first: Appointment, book: str) -> None:
        day = rules.wall_of(first.wall_start).date()
        self.repeating.set_latest(_day(day), _day(self._horizon().date()))
        self.repeating.ask(title, about, form, book=book)

    def _changed(self, tables: frozenset[str]) -> None:
        """What others do meanwhile may take a date of it, or make another series of it."""
        if not self._sending and tables & _TABLES:
            self._look_ahead()

    def _look_ahead(self) -> None:
        if not self.repeating.isVisible():
            return
        draws, rrule = self._draws, rule_of(self.repeating.form)

        def question(replica: Replica) -> Preview:
            operation = draws(replica, rrule)
            return Preview(why_not=GONE) if operation is None else preview(replica, operation.name, operation.args)

        self._previews.ask(question, self._took_preview)

    def _took_preview(self, told: Preview) -> None:
        words = self._book.words
        rows = tuple(
            DateRow(text=words.moment(one.start), note=one.why_not, is_clash=bool(one.why_not)) for one in told.dates
        )
        free = sum(not one.why_not for one in told.dates)
        self._clashing = len(told.dates) - free
        self.repeating.show_dates(rows, told.why_not or _told(free, len(told.dates) - free), may_book=not told.why_not)

    def _book_series(self) -> None:
        if self._sending:
            return
        draws, rrule = self._draws, rule_of(self.repeating.form)
        rule, waits = rule_words(rrule, self._book.words), _waits(self._clashing)
        became = f"booked; {waits} under Needs attention" if waits else "booked"
        self._send(sending=True)
        self._edits.run_from(
            lambda replica: draws(replica, rrule),
            f"{rule}: {became}.{self._edits.saved}",
            then=self._booked,
            refused=self._not_booked,
            lost=lambda: self._send(sending=False),
        )

    def _send(self, *, sending: bool) -> None:
        """Take nothing more while it is being saved: it would be of nothing that is sent."""
        self._sending = sending
        self.repeating.fields.setEnabled(not sending)

    def _booked(self, _: Edited) -> None:
        self._send(sending=False)
        self.repeating.accept()

    def _not_booked(self, refusal: Refusal) -> None:
        self._send(sending=False)
        self._edits.say_refusal(refusal)
        self._look_ahead()

    # Which of them

    def ask_cancel(self, visit: Appointment, end: End, this_one: Callable[[], None]) -> None:
        """Ask which visits are cancelled, and cancel them; `end` is how several are."""

        def others(scope: str) -> None:
            since = visit.original_start if scope == "following" else ""

            def make(replica: Replica) -> Operation | None:
                now = series_of(replica, visit.id)
                return None if now is None else end(now.series, since=since)

            self._edits.run_from(make, "Cancelled what is ahead of the series.")

        self._which(visit, ("Cancel which visits?", "What is over or has begun stays as it is."), this_one, others)

    def ask_move(self, move: Move) -> None:
        """Ask which visits are moved, and move them."""
        said = "Of the others those move along that nobody has moved or changed by themselves."

        def others(scope: str) -> None:
            self._move(move, whole=scope == "all")

        self._which(move.visit, (move.asks, said), move.this_one, others, move.left)

    def _which(
        self,
        visit: Appointment,
        said: tuple[str, str],
        this_one: Callable[[], None],
        others: Callable[[str], None],
        left: Callable[[], None] = lambda: None,
    ) -> None:
        """Ask which visits are meant; one of an imported calendar stands by itself."""

        def found(told: SeriesShown | None) -> None:
            if told is None:
                this_one()
                return
            title, text = said
            text = f"{text}{_closed_words(told, self._words(visit))}"
            rule = rule_words(told.series.rrule, self._words(visit))
            self.scope.ask(
                title, f"{rule}. {text}", lambda scope: this_one() if scope == "one" else others(scope), left=left
            )

        self._link.ask(lambda replica: series_of(replica, visit.id), found, left)

    def _move(self, move: Move, *, whole: bool) -> None:
        wall = rules.wall_of(wall_time.wall_text(move.start, move.visit.zone))
        shift = wall - rules.wall_of(move.visit.original_start)

        def make(replica: Replica) -> Operation | None:
            told = series_of(replica, move.visit.id)
            if told is None:
                return None
            _require_as_seen(move.visit, told)
            since = _since(told, move.visit, whole=whole)
            first = rules.wall_of(since) + shift
            rest = rules.rest(told.series, since)
            days = (first.date() - rules.wall_of(since).date()).days
            return series.change(
                told.series,
                since=since,
                first=first.isoformat(),
                rrule=rules.moved_days(rest, days),
                before=_as_far(told, self._horizon()),
                wishes=move.segments,
                party=move.party,
            )

        self._edits.run_from(make, move.done, then=lambda _: move.made(), refused=move.refused, lost=move.left)

    # All of them

    def show_dates(self, visit: Appointment) -> None:
        """Show the dates of a visit's series."""
        self._link.ask(lambda replica: series_of(replica, visit.id), self._took_series)

    def _took_series(self, told: SeriesShown | None) -> None:
        self._shown = told
        if told is None:
            self._edits.say("This visit stands by itself.")
            return
        words = words_of(self._book.setup.business, told.series.zone) if self._book.setup else self._book.words
        rows = tuple(DateRow(text=words.when(_span(one)), note=_became(one, told.series)) for one in told.visits)
        title = f"Visits of {told.customer}" if told.customer else "Visits of the series"
        goes_on = not told.series.archived and bool(told.visits)
        self.dates.show_series(title, f"{rule_words(told.series.rrule, words)}.", rows, may_go_on=goes_on)
        self.dates.open()

    def _extend(self) -> None:
        told = self._shown
        if told is None:
            return

        def done(edited: Edited) -> None:
            self.show_dates(told.visits[-1])

        before = told.visits[-1].starts_at + timedelta(days=self._ahead())
        self._edits.run(series.extend(told.series, before=before), "Booked further dates.", then=done)

    def _ask_rule(self) -> None:
        told = self._shown
        ahead = told.ahead(clock.now()) if told else ()
        if told is None or not ahead:
            self._edits.say("Nothing of the series is ahead.")
            return
        visit = ahead[0]

        def draws(replica: Replica, rrule: str) -> Operation | None:
            if series_of(replica, visit.id) is None:
                return None
            first, before = rules.wall_of(visit.original_start).isoformat(), self._horizon()
            # As it was shown: one that has been changed or ended since is not changed in silence.
            return series.change(told.series, since=visit.original_start, first=first, rrule=rrule, before=before)

        self._draws = draws
        self.dates.accept()
        form = form_of(rules.rest(told.series, visit.original_start)) or RepeatForm(count=_TIMES)
        about = f"From {self._words(visit).moment(visit.starts_at)} on; what is over or was moved by itself stays."
        self._ask("Change how it repeats", about, form, visit, "Change the series")

    # What it goes by

    def _horizon(self) -> datetime:
        return (clock.now() + timedelta(days=self._ahead())).replace(microsecond=0)

    def _ahead(self) -> int:
        return self._book.setup.business.max_advance if self._book.setup else 0

    def _words(self, visit: Appointment) -> Words:
        return words_of(self._book.setup.business, visit.zone) if self._book.setup else self._book.words


def _closed_words(told: SeriesShown, words: Words) -> str:
    """Which visits stay, whatever is done to all of them, because they are paid and closed."""
    closed = [one for one in told.visits if one.locked and one.starts_at >= clock.now()]
    if not closed:
        return ""
    them = "is" if len(closed) == 1 else "are"
    return f" Paid and closed {them} {'; '.join(words.moment(one.starts_at) for one in closed)}: that stays, too."


def _span(visit: Appointment) -> Span:
    return Span(visit.starts_at, visit.ends_at)


def _day(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)


def _told(free: int, clashes: int) -> str:
    """What the dates come to, in a sentence."""
    booked = f"{free} visits are booked" if free != 1 else "1 visit is booked"
    if not clashes:
        return f"{booked}."
    return f"{booked}; {_waits(clashes)} under Needs attention for another time."


def _waits(clashes: int) -> str:
    return f"{clashes} dates wait" if clashes > 1 else "1 date waits" if clashes else ""


def _require_as_seen(visit: Appointment, told: SeriesShown) -> None:
    """Refuse where the visit that is changed with others is not any more what somebody saw who was asked which."""
    now = next((one for one in told.visits if one.id == visit.id), None)
    if now is not None and _what_is_seen(now) != _what_is_seen(visit):
        was, there = ({"status": one.status.value, "start": instant_text(one.starts_at)} for one in (visit, now))
        raise Refusal(Code.CHANGED_MEANWHILE, subject=now.id, was=was, now=there)


def _what_is_seen(visit: Appointment) -> tuple[object, ...]:
    return visit.status, visit.starts_at, visit.segments, visit.party, visit.locked


def _since(told: SeriesShown, visit: Appointment, *, whole: bool) -> str:
    """The original start from which it is changed: of all the first that is ahead."""
    ahead = [one.original_start for one in told.ahead(clock.now())] if whole else []
    return min([*ahead, visit.original_start])


def _as_far(told: SeriesShown, horizon: datetime) -> datetime:
    """Until when a series that is moved is booked: as far as it was."""
    last = max((one.starts_at for one in told.visits), default=horizon)
    return min(horizon, last + timedelta(days=1))


def _became(visit: Appointment, series: Series) -> str:
    """What became of one of the visits, or that it was changed by itself."""
    if visit.status not in rules.CHANGEABLE:
        return STATUS[visit.status]
    return "" if rules.is_untouched(visit, series) else "moved or changed"
