"""Opening hours: the week of each location and resource, single dates, blocked times, and who stands outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from PySide6.QtCore import QObject, Signal

from desktop.models.rows import Choice
from desktop.models.setup_rows import DatedRow, SetupRow, WeekRow
from desktop.operations import setup
from desktop.operations.operation import Operation
from desktop.presenters.concerned_words import concerned_row
from desktop.presenters.drafts import marked
from desktop.presenters.edits import Edits
from desktop.presenters.link import Link
from desktop.presenters.setup import typed
from desktop.presenters.setup.part import Part
from desktop.presenters.words import Words
from desktop.queries.business_setup import BusinessSetup
from desktop.queries.consequences import Concerned, standing_outside
from desktop.store.pieces import InPieces
from desktop.store.replica import Edited, Replica
from desktop.views.setup.page import SetupView
from desktop.views.setup.week import DAYS, OTHER_DATES
from shared.dates import date_text
from shared.model.base import Span
from shared.model.business import Location
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.resource import Resource
from shared.rules import wall_time

Day = Sequence[tuple[int, int]]
"""The openings of a day, in its minutes."""
ALWAYS = "always"
NONE_OF_ITS_OWN = "No hours of its own: it keeps those of its location."
NONE_YET = "No hours yet: it is open at any time."
BESIDE = "These hold on their dates beside the hours that hold always."
ALL_WELL = "Every visit from now on stands within the hours."


@dataclass(frozen=True, slots=True)
class Season:
    """From which day to which hours hold, both included; None is without a beginning or an end."""

    since: date | None = None
    until: date | None = None

    @property
    def id(self) -> str:
        """What a choice of it is called."""
        ends = (self.since, self.until)
        return ALWAYS if ends == (None, None) else "/".join("" if one is None else one.isoformat() for one in ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saving:
    """A week on its way to the book: whose it is by name and by id, with its season, and how often it was touched."""

    name: str
    touched: int
    week: tuple[str, str]
    days: dict[int, Day]


class HoursPresenter(Part):
    """Shows the hours of one owner at a time, and carries what is typed to the desk."""

    visitWanted = Signal(str)
    """A visit that is to be opened."""
    blockWanted = Signal(str, object)
    """resource_id and `Span` of a time that is to be blocked."""
    blockChangeWanted = Signal(str)
    blockFreeWanted = Signal(str)

    def __init__(self, link: Link, page: SetupView, edits: Edits, parent: QObject) -> None:
        super().__init__(link, edits, page.consequences, parent)
        self._view = page.hours
        self._looking = self._looks_again = False
        self._chosen = ""
        self._season = ALWAYS
        self._sent: dict[tuple[str, str], dict[int, Day]] = {}
        """By owner and season the days that were saved and are not told yet."""
        self._view.rowChosen.connect(self._choose)
        self._view.week.seasonChosen.connect(self._choose_season)
        self._view.week.saveRequested.connect(self._save_week)
        self._view.week.putBack.connect(self._put_back)
        self._view.closeRequested.connect(self._close_day)
        self._view.otherHoursRequested.connect(self._other_hours)
        self._view.blockRequested.connect(self._block)
        self._view.dates.removed.connect(self._clear_date)
        self._view.blocks.removed.connect(self.blockFreeWanted)
        self._view.blocks.changeRequested.connect(self.blockChangeWanted)
        for lines in (self._view.outside, page.consequences):
            lines.opened.connect(self.visitWanted)

    def _put_back(self) -> None:
        self._show(anew=True)

    def take(self, told: BusinessSetup) -> None:
        """Show the book as it is told."""
        self._told = told
        owners = self._owners()
        if self._chosen not in {one.id for one in owners}:
            self._chosen = owners[0].id if owners else ""
        self._view.show_calendar(told.business.locale.replace("-", "_"), told.business.first_day_of_week)
        self._show()

    def look_outside(self) -> None:
        """Ask again which visits stand outside."""
        # A sync changes something again and again: each reading comes to its end first.
        self._looks_again = self._looking
        if not self._looking:
            self._looking = True
            self._link.ask_in_pieces(InPieces(standing_outside), self._took_outside, self._lost)

    def _lost(self) -> None:
        self._looking = False

    def _took_outside(self, found: tuple[Concerned, ...]) -> None:
        self._looking = False
        if self._looks_again:
            self.look_outside()
        rows = [concerned_row(one, self.words_in(one.visit.zone)) for one in found]
        them = "One visit stands" if len(found) == 1 else f"{len(found):,} visits stand"
        note = f"{them} outside the hours or in blocked time. Nothing is deleted: open and move each, or leave it."
        self._view.show_outside(rows, note if found else ALL_WELL)

    # Showing

    def _owners(self) -> tuple[Location | Resource, ...]:
        told = self._told
        if told is None:
            return ()
        shown: list[Location | Resource] = []
        for location in told.locations:
            if not location.archived:
                here = (one for one in told.resources if one.location_id == location.id and not one.archived)
                shown += [location, *here]
        return tuple(shown)

    def _owner(self) -> Location | Resource | None:
        return next((one for one in self._owners() if one.id == self._chosen), None)

    def _rules(self) -> list[HoursRule]:
        return [one for one in (self._told.rules if self._told else ()) if one.owner_id == self._chosen]

    def _show(self, *, anew: bool = False) -> None:
        told, owner = self._told, self._owner()
        if told is None or owner is None:
            self._list()
            return
        self._view.show_owner(owner.id, owner.name, may_be_blocked=isinstance(owner, Resource))
        seasons = tuple(dict.fromkeys((Season(), *sorted(map(season_of, self._rules()), key=lambda one: one.id))))
        if self._season != OTHER_DATES and self._season not in {one.id for one in seasons}:
            self._season = ALWAYS
        choices = (
            *(Choice(id=one.id, text=season_words(one, self.words)) for one in seasons),
            Choice(id=OTHER_DATES, text="On other dates…"),
        )
        first = told.business.first_day_of_week
        week = self._week(owner)
        self._view.week.show_week(week, choices, self._season, first, anew=anew)
        self._meet(week)
        self._list()
        self._view.show_dates([dated_row(one, self.words) for one in told.dates if one.owner_id == self._chosen])
        words = self.words_in(self._zone(owner))
        self._view.show_blocks([block_row(one, words) for one in told.blocks if one.resource_id == owner.id])

    def _list(self) -> None:
        rows = tuple(self._row(one) for one in self._owners())
        self._view.show_rows(marked(rows, self._view.unsaved), self._chosen)

    def _row(self, one: Location | Resource) -> SetupRow:
        own = one.id in {str(rule.owner_id) for rule in (self._told.rules if self._told else ())}
        if isinstance(one, Location):
            return SetupRow(id=one.id, title=one.name, detail="Location" if own else "Location · no hours yet")
        return SetupRow(id=one.id, title=one.name, detail="Own hours" if own else "As its location", colour=one.colour)

    def _week(self, owner: Location | Resource) -> WeekRow:
        rules = [one for one in self._rules() if season_of(one).id == self._season]
        days = tuple(
            typed.openings_text([(one.opens, one.closes) for one in rules if one.weekday == day], self.words)
            for day in range(7)
        )
        note = "" if self._season == ALWAYS else BESIDE
        if not self._rules():
            note = NONE_YET if isinstance(owner, Location) else NONE_OF_ITS_OWN
        return WeekRow(owner_id=owner.id, days=days, note=note)

    def _zone(self, owner: Location | Resource) -> str:
        if isinstance(owner, Location):
            return owner.zone
        places = self._told.locations if self._told else ()
        return next((one.zone for one in places if one.id == owner.location_id), self.words.zone)

    # The week

    def _choose(self, owner_id: str) -> None:
        self._chosen, self._season = owner_id, self._view.week.unsaved.get(owner_id, ALWAYS)
        self._view.show_errors({})
        self._show()

    def _choose_season(self, season: str) -> None:
        self._season = season
        self._show()

    def _save_week(self) -> None:
        week, form = self._view.week, typed.Form()
        if not week.is_changed:
            return
        season = self._season_typed(form)
        days: dict[int, Day] = {
            day: form.read(str(day), partial(typed.openings, text), ()) for day, text in week.days().items()
        }
        week.show_errors(form.errors)
        if form.errors:
            return
        owner, touched, seen = self._chosen, week.touched, self._seen()

        def drawn(replica: Replica) -> Sequence[Operation]:
            return setup.set_week(replica.tx(), owner, days, (season.since, season.until), seen)

        # From the book as it is now: what was saved a moment ago may not be told here yet.
        shown = self._owner()
        saving = _Saving(name=shown.name if shown else "", touched=touched, week=(owner, self._season), days=days)
        self._link.ask(drawn, lambda operations: self._save_days(operations, season, saving))

    def _save_days(self, operations: Sequence[Operation], season: Season, saving: _Saving) -> None:
        def save() -> None:
            # What comes back of it was made by nobody else.
            self._sent[saving.week] = self._sent.get(saving.week, {}) | saving.days
            said = "The hours are saved."
            self._save_all(
                operations,
                said,
                lambda edited: self._week_saved(season, saving.touched),
                lambda why: self._week_refused(saving, why),
            )

        if operations:
            self._ask_first(operations, "Visits outside the new hours", save)
        else:
            self._week_saved(season, saving.touched)
            self._show(anew=not self._view.week.is_changed)

    def _seen(self) -> dict[int, Day]:
        """What a person knows of the week in the book; of dates that are typed too, nothing."""
        if self._season == OTHER_DATES:
            return {}
        read = {day: _read(text) for day, text in enumerate(self._view.week.seen)}
        # What overlaps, as others may have it, is no text that is read: whatever stands there is replaced.
        told = {day: found for day, found in read.items() if not isinstance(found, str)}
        return told | self._sent.get((self._chosen, self._season), {})

    def _meet(self, now: WeekRow) -> None:
        """Take over what others make of a week that is half typed, and tell what they make of days that were typed in.

        Whoever has been told saves over that, and over nothing that comes later.
        """
        week, told = self._view.week, []
        sent = self._sent.get((now.owner_id, self._season), {})
        theirs, days = dict[int, str](), week.days()
        for day, (seen, text) in enumerate(zip(week.seen, now.days, strict=True)):
            mine, there, before = _read(days[day]), _read(text), _read(seen)
            own = sent.pop(day, None) if there != before or there == sent.get(day) else None
            if mine == before:
                theirs[day] = text
            elif there not in (mine, before, own):
                told.append(f"{DAYS[day]} is {text or 'closed'}")
        if week.is_changed:
            week.take_theirs(theirs, now.days)
        if told:
            said = "Changed meanwhile: {}. Saving puts what stands here in its place."
            week.show_errors({"": said.format(", ".join(told))})

    def _season_typed(self, form: typed.Form) -> Season:
        if self._season != OTHER_DATES:
            return next((one for one in map(season_of, self._rules()) if one.id == self._season), Season())
        week = self._view.week
        since = form.read("season", lambda: typed.day(week.since.text()), None)
        until = form.read("season", lambda: typed.day(week.until.text()), None)
        if since and until and until < since:
            form.errors["season"] = "The last day must be on or after the first."
        return Season(since, until)

    def _week_saved(self, season: Season, touched: int) -> None:
        """What was typed on, and another week that was chosen meanwhile, stay."""
        if self._view.week.take_saved(touched):
            self._season = season.id

    def _week_refused(self, saving: _Saving, why: str) -> None:
        self._sent.pop(saving.week, None)
        if not self._view.week.take_refused(saving.touched, why) or not self._view.isVisible():
            self._edits.say(f"Hours of {saving.name}: not saved, and kept in the set-up. {why}")

    # Dates

    def _close_day(self) -> None:
        self._set_date(None)

    def _other_hours(self) -> None:
        form = typed.Form()
        found = form.read("hours", lambda: typed.opening(self._view.hours.text()), (0, 0))
        self._view.show_errors(form.errors)
        if not form.errors:
            self._set_date(found)

    def _set_date(self, opening: tuple[int, int] | None) -> None:
        form = typed.Form()
        reason = form.read("hours", lambda: typed.text(self._view.reason.text(), "a reason"), "")
        self._view.show_errors(form.errors)
        if form.errors or not self._chosen:
            return
        operation = setup.set_date(self._chosen, self._view.day, opening, reason)
        said = f"{self.words.short_day(self._view.day)}: {'closed' if opening is None else 'other hours'}."
        self._put(operation, said)

    def _clear_date(self, exception_id: str) -> None:
        found = next((one for one in (self._told.dates if self._told else ()) if one.id == exception_id), None)
        if found is not None:
            operation = setup.clear_date(found.owner_id, found.day)
            self._put(operation, "The date keeps the hours of the week.")

    # Blocked time

    def _block(self) -> None:
        owner = self._owner()
        if isinstance(owner, Resource):
            noon = wall_time.minute_of(self._view.day, 12 * 60, self._zone(owner))
            self.blockWanted.emit(owner.id, Span(noon, noon + timedelta(hours=1)))

    def _put(self, operation: Operation, said: str) -> None:
        """Make an edit of a date, after a person has seen which visits it leaves outside."""
        owner, typed_in = self._chosen, self._view.typed

        def done(_: Edited) -> None:
            self._view.take_saved(owner, typed_in)

        def failed(why: str) -> None:
            if self._chosen == owner:
                self._view.show_errors({"hours": why})
            if self._chosen != owner or not self._view.isVisible():
                self._edits.say(f"{why} Nothing was changed.")

        def save() -> None:
            self._save(operation, said, done, failed)

        self._ask_first([operation], "Visits on this day", save)


def _read(text: str) -> Day | str:
    """The openings of a day as they are typed; the text where it is none."""
    try:
        return typed.openings(text)
    except typed.Mistyped:
        return text


def season_of(rule: HoursRule) -> Season:
    """On which dates a rule holds."""
    return Season(rule.valid_from, rule.valid_to)


def season_words(season: Season, words: Words) -> str:
    """`Always`, `1 Jun 2026 to 31 Aug 2026`, `From 1 Jun 2026`, `Until 31 Aug 2026`."""
    since, until = (None if one is None else date_text(one, words.locale) for one in (season.since, season.until))
    if since and until:
        return f"{since} to {until}"
    return f"From {since}" if since else f"Until {until}" if until else "Always"


def dated_row(one: HoursException, words: Words) -> DatedRow:
    """A date in words."""
    day = f"{words.short_day(one.day)} {one.day.year}"
    if one.opens is None or one.closes is None:
        return DatedRow(id=one.id, text=f"{day}: closed", detail=one.reason, day=one.day, is_closed=True)
    hours = typed.opening_text(one.opens, one.closes, words)
    return DatedRow(id=one.id, text=f"{day}: {hours}", detail=one.reason, day=one.day)


def block_row(one: TimeBlock, words: Words) -> DatedRow:
    """A blocked time in words."""
    return DatedRow(id=one.id, text=words.when(Span(one.starts_at, one.ends_at)), detail=one.reason)
