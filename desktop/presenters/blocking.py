"""Blocked time: made, changed and freed, once and where it repeats, with the visits that lie in it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from PySide6.QtCore import QDate, QObject

from desktop.models.book_deeds import BlockForm
from desktop.models.rows import Choice, RepeatForm
from desktop.operations import blocks
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter
from desktop.presenters.concerned_words import concerned_row
from desktop.presenters.edits import Edits
from desktop.presenters.link import Latest, Link
from desktop.presenters.series_words import form_of, rule_of, rule_words
from desktop.presenters.visits import VisitOpener
from desktop.presenters.words import Words
from desktop.queries.blocks import BlockOutcome, BlockShown, block_outcome, block_shown
from desktop.store.replica import Replica
from desktop.views.block_dialog import BlockDialog
from desktop.views.main_window import MainWindow
from desktop.views.series_dialogs import ScopeDialog
from shared import clock
from shared.errors import Refusal
from shared.model.base import Span
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.model.series import Series
from shared.rules import series as rules
from shared.rules import wall_time
from shared.texts import sentence

GONE = "It is not blocked any more."
_TABLES = frozenset({"time_block", "series", "resource", "appointment", "allocation", "hours_rule", "hours_exception"})
_TIMES = 10
"""How often it repeats where nobody says otherwise."""

Draws = Callable[[BlockForm], Sequence[Operation]]
"""The edits that a form asks for; raises Refusal for a time that there is not."""


class BlockPresenter(QObject):
    """Asks what is to be blocked, says what that comes to, and carries it to the desk."""

    def __init__(
        self, link: Link, window: MainWindow, book: BookPresenter, opener: VisitOpener, edits: Edits,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._link, self._window, self._book, self._edits = link, window, book, edits
        self._opener = opener
        self._outcomes = Latest(link)
        self._asking: BlockDialog | None = None
        self._sending: BlockDialog | None = None
        # The block that is being changed, as it was told last.
        self._told: TimeBlock | None = None
        self._look_again: Callable[[], None] = lambda: None
        link.changed.connect(self._changed)

    # What is asked

    def ask_new(self, resource_id: str, span: Span) -> None:
        """Ask what a span of a resource is to be blocked for."""
        resource = self._resource(resource_id)
        if resource is None:
            return
        zone = self._zone(resource)
        starts, ends = (_wall(one, zone) for one in (span.start, span.end))
        form = BlockForm(resource_id=resource_id, starts=starts, ends=ends)
        self._open("Block time", form, self._new, save="Block time", said="Blocked")

    def ask_change(self, block_id: str) -> None:
        """Ask what blocked time is to be instead; of one that repeats, for which of them."""
        self._which(block_id, "Change which?", self._change)

    def ask_free(self, block_id: str) -> None:
        """Free blocked time; of one that repeats it is asked which of them."""

        def free(told: BlockShown, scope: str) -> None:
            self._edits.run(_freed(told, scope), "The time is free again.")

        self._which(block_id, "Free which?", free)

    def _which(self, block_id: str, title: str, then: Callable[[BlockShown, str], None]) -> None:
        def found(told: BlockShown | None) -> None:
            if told is None:
                self._edits.say(GONE)
            elif told.series is None or told.series.archived or not told.original:
                then(told, "one")
            else:
                rule = rule_words(told.series.rrule, self._words(told.zone))
                dialog = ScopeDialog(self._window)
                self._let_go_of(dialog)
                text = f"{rule}. What is over or has begun stays as it is."
                dialog.ask(title, text, lambda scope: then(told, scope))

        self._link.ask(lambda replica: block_shown(replica, block_id), found)

    def _change(self, told: BlockShown, scope: str) -> None:
        block, series = told.block, told.series
        starts, ends = _wall(block.starts_at, told.zone), _wall(block.ends_at, told.zone)
        form = BlockForm(resource_id=block.resource_id, starts=starts, ends=ends, reason=block.reason)
        if scope == "one" or series is None:
            draws = lambda form: self._changed_one(told, form)  # noqa: E731
            self._open("Change blocked time", form, draws, save="Save", said="Changed for",
                       may_repeat=series is None, seen=told)  # fmt: skip
            return
        since, from_date = ("", told.ahead) if scope == "all" else (told.original, told.original)
        day = rules.wall_of(from_date).date()
        shift = datetime.combine(day, starts.time()) - starts
        rest = rules.rest(series, from_date)
        repeat = form_of(rest)
        form = replace(form, starts=starts + shift, ends=ends + shift, repeat=repeat)
        draws = lambda form: self._changed_rule(told, series, since, (rest, form))  # noqa: E731
        title = "Change this and following" if scope == "following" else "Change all that is ahead"
        self._open(title, form, draws, save="Save", said="Changed for",
                   may_repeat=repeat is not None)  # fmt: skip

    # What it comes to

    def _new(self, form: BlockForm) -> Sequence[Operation]:
        if form.repeat is not None:
            return self._repeated(form, rule_of(form.repeat))
        start, end = self._instants(form)
        return [blocks.put(resource_id=form.resource_id, start=start, end=end, reason=form.reason)]

    def _changed_one(self, told: BlockShown, form: BlockForm) -> Sequence[Operation]:
        if form.repeat is not None:
            return [blocks.remove(told.block.id), *self._repeated(form, rule_of(form.repeat))]
        start, end = self._instants(form)
        put = blocks.put(
            was=self._told or told.block, resource_id=form.resource_id, start=start, end=end, reason=form.reason,
            origin=told.block.origin,
        )  # fmt: skip
        return [replace(put, label="change of blocked time")]

    def _changed_rule(
        self, told: BlockShown, series: Series, since: str, wanted: tuple[str, BlockForm]
    ) -> Sequence[Operation]:
        """The rule ended from `since` on, and another from where the form begins: by its own rule, else by the rest."""
        rest, form = wanted
        rrule = rest if form.repeat is None else rule_of(form.repeat)
        end = blocks.end_repeat(series, resource_id=told.block.resource_id, since=since)
        return [replace(end, label="change of blocked time"), *self._repeated(form, rrule)]

    def _repeated(self, form: BlockForm, rrule: str) -> Sequence[Operation]:
        self._instants(form)
        return blocks.repeat(
            resource_id=form.resource_id, first=form.starts, minutes=blocks.length(form.starts, form.ends),
            rrule=rrule, before=self._horizon(), reason=form.reason, zone=self._zone(self._resource(form.resource_id)),
        )  # fmt: skip

    def _instants(self, form: BlockForm) -> tuple[datetime, datetime]:
        zone = self._zone(self._resource(form.resource_id))
        return wall_time.typed(form.starts, zone), wall_time.typed(form.ends, zone)

    # The dialog

    def _open(
        self, title: str, form: BlockForm, draws: Draws, *, save: str, said: str, may_repeat: bool = True,
        seen: BlockShown | None = None,
    ) -> None:  # fmt: skip
        # One for each question: whoever comes next finds nothing of it.
        dialog = BlockDialog(self._window)
        self._let_go_of(dialog)
        day, last = form.starts.date(), self._horizon().date()
        dialog.set_latest(QDate(day.year, day.month, day.day), QDate(last.year, last.month, last.day))
        self._look_again = lambda: self._look(dialog, draws, seen)
        dialog.formChanged.connect(self._look_again)
        dialog.saveRequested.connect(lambda: self._save(dialog, draws, said))
        dialog.opened.connect(self._opener.open)
        dialog.finished.connect(self._ended)
        self._asking = dialog
        repeat = RepeatForm(weekdays=(form.starts.weekday(),), count=_TIMES)
        dialog.ask(
            title, form, repeat, self._choices(form.resource_id), save=save, locale=self._book.words.locale,
            may_repeat=may_repeat,
        )  # fmt: skip

    def _ended(self) -> None:
        self._asking, self._look_again, self._told = None, lambda: None, None
        self._window.book_page.book.clear_ghost()

    def _let_go_of(self, dialog: BlockDialog | ScopeDialog) -> None:
        dialog.finished.connect(self._window.activateWindow)
        dialog.finished.connect(dialog.deleteLater)

    def _changed(self, tables: frozenset[str]) -> None:
        """What others do meanwhile may stand in it, or make another block of it."""
        if self._asking is not None and self._sending is not self._asking and tables & _TABLES:
            self._look_again()

    def _look(self, dialog: BlockDialog, draws: Draws, seen: BlockShown | None) -> None:
        operations = self._drawn(dialog, draws)
        if operations is None:
            return

        def question(replica: Replica) -> tuple[BlockOutcome, BlockShown | None]:
            now = None if seen is None else block_shown(replica, seen.block.id)
            if seen is not None and now is None:
                return BlockOutcome(why_not=GONE), None
            # Whoever is told what others have made of it saves over that, and over nothing that comes later.
            told = operations if now is None else [blocks.against(one, now.block) for one in operations]
            return block_outcome(replica, told), now

        def told(answer: tuple[BlockOutcome, BlockShown | None]) -> None:
            found, now = answer
            if self._asking is not dialog:
                return
            self._told = None if now is None else now.block
            words = self._words(self._zone(self._resource(dialog.form.resource_id)))
            rows = [concerned_row(one, replace(words, zone=one.visit.zone)) for one in found.concerned]
            said = found.why_not or outcome_words(found, dialog.form, words)
            dialog.show_outcome(f"{self._meanwhile(seen, now)}{said}", rows, may_save=not found.why_not)

        self._outcomes.ask(question, told)

    def _meanwhile(self, seen: BlockShown | None, now: BlockShown | None) -> str:
        """What others have made of a block that is being changed, before what that comes to."""
        if seen is None or now is None or now.block == seen.block:
            return ""
        block, words = now.block, self._words(now.zone)
        reason = f", {block.reason}" if block.reason else ""
        is_now = f"{now.resource.name}, {words.when(Span(block.starts_at, block.ends_at))}{reason}"
        return f"Changed meanwhile to: {is_now}. Saving puts what stands here in its place. "

    def _save(self, dialog: BlockDialog, draws: Draws, said: str) -> None:
        operations, resource = self._drawn(dialog, draws), self._resource(dialog.form.resource_id)
        if operations is not None and resource is not None and self._sending is not dialog:
            self._send(dialog)
            self._edits.run_all(
                operations,
                f"{said} {resource.name}.{self._edits.saved}",
                then=lambda _: dialog.accept() if self._asking is dialog else None,
                refused=lambda refusal: self._refused(dialog, refusal),
                lost=lambda: self._take_back(dialog),
            )

    def _send(self, dialog: BlockDialog) -> None:
        """Take nothing more while it is being saved: it would be of nothing that is sent."""
        self._sending = dialog
        dialog.show_sending(sending=True)

    def _take_back(self, dialog: BlockDialog) -> None:
        """Nothing was made of it: what was entered stands there to be gone on with."""
        self._sending = None
        if self._asking is dialog:
            dialog.show_sending(sending=False)
            self._look_again()

    def _refused(self, dialog: BlockDialog, refusal: Refusal) -> None:
        self._edits.say_refusal(refusal)
        self._take_back(dialog)

    def _drawn(self, dialog: BlockDialog, draws: Draws) -> Sequence[Operation] | None:
        """The edits of the form; None, and why, where it holds a time that there is not."""
        try:
            return draws(dialog.form)
        except Refusal as refusal:
            words = self._book.words
            dialog.show_outcome(sentence(refusal.code, refusal.details, words.dates), (), may_save=False)
            return None

    # What it goes by

    def _choices(self, resource_id: str) -> Sequence[Choice]:
        """Everybody and everything at the location of one of them."""
        mine, setup = self._resource(resource_id), self._book.setup
        found = setup.resources if setup else ()
        return [Choice(id=one.id, text=one.name) for one in found if mine and one.location_id == mine.location_id]

    def _resource(self, resource_id: str) -> Resource | None:
        setup = self._book.setup
        return next((one for one in setup.resources if one.id == resource_id), None) if setup else None

    def _zone(self, resource: Resource | None) -> str:
        locations = self._book.setup.locations if self._book.setup else ()
        found = (one.zone for one in locations if resource is not None and one.id == resource.location_id)
        return next(found, self._book.words.zone)

    def _words(self, zone: str) -> Words:
        return replace(self._book.words, zone=zone)

    def _horizon(self) -> datetime:
        days = self._book.setup.business.max_advance if self._book.setup else 0
        return (clock.now() + timedelta(days=days)).replace(microsecond=0)


def _wall(instant: datetime, zone: str) -> datetime:
    return wall_time.local(instant, zone).replace(tzinfo=None, fold=0)


def _freed(told: BlockShown, scope: str) -> Operation:
    if scope == "one" or told.series is None:
        return blocks.remove(told.block.id)
    since = told.original if scope == "following" else ""
    return blocks.end_repeat(told.series, resource_id=told.block.resource_id, since=since)


def outcome_words(found: BlockOutcome, form: BlockForm, words: Words) -> str:
    """How often and when it blocks, and what becomes of visits that lie in it."""
    often = ""
    if form.repeat is not None:
        times = "Once" if len(found.starts) == 1 else f"{len(found.starts):,} times"
        often = f"{times}, the last on {words.moment(found.starts[-1])}." if found.starts else "No date is ahead."
    if not found.concerned:
        return often or "Nothing stands in this time."
    count = len(found.concerned)
    them = "1 visit stands" if count == 1 else f"{count:,} visits stand"
    lies = f"{them} in this time. Nothing is deleted: open and move each, or leave it there."
    return " ".join(part for part in (often, lies) if part)
