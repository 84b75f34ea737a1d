"""The book: which days and which location are shown, dragging, and what a drag would come to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from PySide6.QtCore import QObject, Signal

from desktop.models.book_views import View
from desktop.models.rows import Choice
from desktop.operations import appointments
from desktop.operations.operation import Operation
from desktop.presenters.book_day import painted
from desktop.presenters.book_span import WEEK, days_of, stepped, title_of
from desktop.presenters.booking_words import coming_words
from desktop.presenters.edits import Edits, seen
from desktop.presenters.link import Latest, Link
from desktop.presenters.words import Words, words_of
from desktop.queries.coming_already import coming_with
from desktop.queries.day_book import Booking, DayBook, day_book, week_book
from desktop.queries.setup import Setup, setup
from desktop.queries.shown_columns import EVERYTHING, Shown, shown_of
from desktop.queries.verdict import Verdict, verdict
from desktop.queries.wishes import wished
from desktop.runtime.ticker import Ticker
from desktop.store.replica import Edited, Replica
from desktop.views.actions import Actions
from desktop.views.book_page import BookPage
from desktop.widgets.book_rows import BookBox
from shared import clock, ids
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Segment
from shared.model.base import ResourceId
from shared.model.business import Location
from shared.model.resource import Resource
from shared.mutations.appointment.arguments import SegmentWish
from shared.rules import wall_time
from shared.texts import sentence

SETUP = frozenset({"business", "location", "resource", "service"})
SHOWN = SETUP | {
    "appointment", "allocation", "customer", "hours_rule", "hours_exception", "time_block", "attention_item", "outbox",
}  # fmt: skip
_MINUTE = 60_000
KEPT_TO = "Today and tomorrow can be read until the server is reached."


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A visit of a series that was dropped or changed: its new start, its segments and party where they change."""

    visit: Appointment
    start: datetime
    segments: tuple[SegmentWish, ...] | None
    this_one: Callable[[], None]
    """Moves it and no other."""
    party: int | None = None
    asks: str = "Move which visits?"
    done: str = "Moved what is ahead of the series."
    made: Callable[[], None] = lambda: None
    """Called once others are moved, too."""
    refused: Callable[[Refusal], None] | None = None
    """Told why the others are not moved; None says it to the person."""
    left: Callable[[], None] = lambda: None
    """Called where nobody says which are meant, and where none of them can be moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Where a box of an appointment was let go, and the box as it was taken."""

    box: BookBox
    resource: str
    start: datetime
    end: datetime

    def operation(self, now: Appointment) -> Operation | None:
        """The edit that puts it there, and with it what else belongs to the visit; None where it is there already."""
        part, taking, longer = self.box.segments, self._taking(now), self._longer(now)
        start = self.start - timedelta(minutes=sum(one.minutes for one in now.segments[: part[0]]))
        if longer or self.resource not in taking or self.box.resource_id in taking - {self.resource}:
            segments = appointments.moved_segments(
                now, part, from_resource=self.box.resource_id, to_resource=self.resource, longer=longer
            )
            return appointments.reschedule(now, start=start, segments=segments)
        return None if start == now.starts_at else appointments.reschedule(now, start=start)

    def drawn(self, replica: Replica) -> Iterator[Operation | None]:
        """The same from the book as it is: of two drops in a row the second stands on the first.

        Nothing at all of what is gone. Raises Refusal where it was taken from somebody who does not have it any more.
        """
        now = seen(replica, self.box.appointment_id)
        if now is None:
            return
        made = self.operation(now)
        if made is not None and self.box.resource_id not in self._taking(now):
            raise Refusal(Code.CHANGED_MEANWHILE, subject=now.id)
        yield made

    def words(self, words: Words) -> str:
        """What is said once it is there."""
        if (self.box.starts, self.box.resource_id) == (self.start, self.resource):
            return f"Now until {words.time(self.end)}."
        return f"Moved to {words.moment(self.start)}."

    def _longer(self, now: Appointment) -> int:
        length = self.end - self.start
        if length == self.box.ends - self.box.starts:
            # Who moves it has not touched its length, whatever became of that meanwhile.
            return 0
        return length // timedelta(minutes=1) - sum(one.minutes for one in self._part(now))

    def _taking(self, now: Appointment) -> set[str]:
        return {one for segment in self._part(now) for one in segment.resources}

    def _part(self, now: Appointment) -> Sequence[Segment]:
        return now.segments[self.box.segments[0] : self.box.segments[-1] + 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMove:
    """A move that a rule is in the way of, why, and what is said and done once it is made."""

    operation: Operation | None
    """None where it could not even be said what was meant."""
    code: str
    why: str
    said: str
    then: Callable[[Edited], None]


class BookPresenter(QObject):
    """Shows a day, or a week of one resource, follows its changes, and carries drags to the desk.

    Under a month and an agenda it goes on to show the day that these are about.
    """

    setupChanged = Signal(object)
    """The `Setup`, when it was read first or anew."""
    locationChanged = Signal(object)
    dayShown = Signal(object)
    """The `DayBook` that is on the screen."""
    spanChanged = Signal()
    """Other days, another view, location or resource are to be shown."""
    spanDrawn = Signal(object, object, object)
    """resource_id, start, end of a booking that is to be made."""
    seriesMoved = Signal(object)
    """A `Move` of which it has to be asked which visits are meant."""
    moveRefused = Signal(object)
    """A `RefusedMove`: nothing was changed, and nobody has been told of it yet."""
    cardWanted = Signal(str)
    attentionWanted = Signal(str)

    def __init__(
        self, link: Link, page: BookPage, edits: Edits, actions: Actions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._page, self._edits = link, page, edits
        self._days, self._verdicts, self._setups = Latest(link), Latest(link), Latest(link)
        self._moves = 0
        self.setup: Setup | None = None
        self.location: Location | None = None
        self.shown: DayBook | None = None
        self.listed: tuple[Booking, ...] = ()
        """What an agenda lists, of other days too."""
        self.words = Words()
        self.view = View.DAY
        self.length = WEEK
        """How many days an agenda has."""
        self.columns: dict[str, Shown] = {}
        """What was chosen to be columns, by location."""
        self.chosen_resource = ""
        """Whose week was chosen."""
        self._day: date | None = None
        self._follows_today = True
        self._marked: date | None = None
        """Which day was today when the rows were shown."""
        self._kept_to: tuple[date, ...] = ()
        self._begins_at = ""
        """The location that is shown first, where there is no other reason to."""
        self._minute = Ticker(self, _MINUTE, self._next_minute)
        link.changed.connect(self._changed)
        bar, book = page.bar, page.book
        bar.todayRequested.connect(self.show_today)
        bar.dayStepRequested.connect(self.step)
        bar.dayChosen.connect(self.show_day)
        bar.locationChosen.connect(self.choose_location)
        book.dayStepRequested.connect(self.step)
        book.spanDragged.connect(self.spanDrawn)
        book.ghostMoved.connect(self._judge)
        book.rescheduleRequested.connect(self._reschedule)
        page.appointmentChosen.connect(self._open)
        actions["today"].triggered.connect(self.show_today)
        actions["previous_day"].triggered.connect(self.show_previous)
        actions["next_day"].triggered.connect(self.show_next)

    def begin_with(self, *, view: View, resource: str, length: int, columns: Mapping[str, Shown]) -> None:
        """Take up how somebody has seen the book last, before anything of it is shown."""
        self.view = View.DAY if self._kept_to else view
        self.chosen_resource, self.length, self.columns = resource, length, dict(columns)

    def begin_at(self, location_id: str, day: date | None) -> None:
        """Begin where somebody was, before anything is shown; without a day at today."""
        self._begins_at, self._day, self._follows_today = location_id, day, day is None

    def start(self) -> None:
        """Read how the business is set up, and show today."""
        self._minute.start()
        self._setups.ask(setup, self._took_setup)

    # Which day

    @property
    def day(self) -> date:
        """The day shown; today where none was chosen."""
        return self._day or self.today

    @property
    def first_weekday(self) -> int:
        """0 for Monday, 6 for Sunday."""
        return self.setup.business.first_day_of_week if self.setup else 0

    @property
    def days(self) -> tuple[date, ...]:
        """The days that the view shows."""
        return days_of(self.day, self.view, self.first_weekday, self.length)

    @property
    def today(self) -> date:
        """Today where the location is."""
        return wall_time.local(clock.now(), self.words.zone).date()

    def show_day(self, day: date) -> None:
        """Show a day in the view that is chosen, where it may be read."""
        if self._kept_to and day not in self._kept_to:
            self._edits.say(KEPT_TO)
            return
        self._day = day
        self._follows_today = day == self.today
        self._show_span()

    def open_day(self, day: date) -> None:
        """Show a day so that its visits can be worked with."""
        if self.view in (View.MONTH, View.AGENDA):
            self.show_view(View.DAY)
        self.show_day(day)

    def show_view(self, view: View) -> None:
        """Show the days around the day in another way, where more than two may be read."""
        if self._kept_to and view is not View.DAY:
            self._edits.say(KEPT_TO)
            return
        self.view = view
        self._show_span()

    def show_length(self, days: int) -> None:
        """Let an agenda have so many days."""
        self.length = days
        self._show_span()

    def _show_span(self) -> None:
        self._say_day()
        self.refresh()
        self.spanChanged.emit()

    def show_today(self) -> None:
        self.show_day(self.today)

    def show_previous(self) -> None:
        self.step(-1)

    def show_next(self) -> None:
        self.step(1)

    def step(self, spans: int) -> None:
        """Show what is so many days on, or weeks, months or pages, as the view has them."""
        self.show_day(stepped(self.day, self.view, spans, self.length))

    def keep_to(self, days: tuple[date, ...]) -> None:
        """Show these days and no others; any, where none is named."""
        self._kept_to = days
        if days and self.view is not View.DAY:
            self.view = View.DAY
            self._show_span()
        if days and self.day not in days:
            self.show_day(days[0])

    def refresh(self) -> None:
        """Ask for the rows of the day, or of the week, again."""
        location, resource = self.location, self.resource
        if location is None:
            return
        day, days, shown = self.day, self.days, self.shown_columns
        if self.view is View.WEEK and resource is not None:
            self._days.ask(lambda replica: week_book(replica, days, location, resource.id), self._took_day)
        else:
            self._days.ask(lambda replica: day_book(replica, day, location, shown), self._took_day)

    @property
    def shown_columns(self) -> Shown:
        """What was chosen to be columns at the location."""
        return self.columns.get(self.location.id, EVERYTHING) if self.location else EVERYTHING

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What can be booked at the location."""
        here = self.location.id if self.location else ""
        return tuple(one for one in self.setup.resources if one.location_id == here) if self.setup else ()

    @property
    def resource(self) -> Resource | None:
        """Whose week is shown: who was chosen, or else the first column."""
        found = next((one for one in self.resources if one.id == self.chosen_resource), None)
        return found or next(iter(shown_of(self.resources, self.shown_columns)), None)

    def choose_resource(self, resource_id: str) -> None:
        """Show the week of a resource."""
        self.chosen_resource = resource_id
        self._show_span()

    def turn_to(self, day: date, resources: Sequence[ResourceId]) -> None:
        """Let what is shown next be about a day, and about one of some resources where it is about one."""
        self._day = day
        self._follows_today = day == self.today
        here = {one.id for one in self.resources}
        if resources and (self.resource is None or self.resource.id not in resources):
            self.chosen_resource = next((one for one in resources if one in here), self.chosen_resource)

    def choose_columns(self, shown: Shown) -> None:
        """Let these be the columns of the location."""
        if self.location is not None:
            self.columns[self.location.id] = shown
            self._show_span()

    def _say_day(self) -> None:
        long, short = title_of(self.days, self.view, self.words)
        self._page.bar.show_day(self.day, long, short, is_today=self.today in self.days, view=self.view)

    def _next_minute(self) -> None:
        if self._follows_today and self._day is not None and self._day != self.today:
            self.show_today()
        elif self.shown is not None and self._marked != self.today:
            # Another of the days that are shown is today now.
            self.refresh()
        elif self.shown is not None:
            now = clock.now()
            self._page.book.set_now(now if self.shown.span.start <= now < self.shown.span.end else None)
            self._say_day()

    # What the desk answers

    def _changed(self, tables: frozenset[str]) -> None:
        if tables & SETUP or self.setup is None:
            self._setups.ask(setup, self._took_setup)
        elif tables & SHOWN:
            self.refresh()

    def _took_setup(self, told: Setup) -> None:
        self.setup = told
        held = self.location.id if self.location else self._begins_at
        self.location = next((one for one in told.locations if one.id == held), next(iter(told.locations), None))
        if self.location is not None:
            self._take_location()
        self._page.bar.set_first_weekday(told.business.first_day_of_week)
        self._page.bar.show_locations(
            tuple(Choice(id=one.id, text=one.name) for one in told.locations), self.location.id if self.location else ""
        )
        self.setupChanged.emit(told)
        self._say_day()
        self.refresh()

    def _take_location(self) -> None:
        if self.setup is not None and self.location is not None:
            self.words = words_of(self.setup.business, self.location.zone)
            self._edits.dates = self.words.dates
            self.locationChanged.emit(self.location)

    def choose_location(self, location_id: str) -> None:
        """Show another location, here and wherever the pages follow the book."""
        if self.setup is not None:
            self.location = next((one for one in self.setup.locations if one.id == location_id), self.location)
            self._take_location()
            self._page.bar.show_locations(
                tuple(Choice(id=one.id, text=one.name) for one in self.setup.locations), location_id
            )
            self.show_day(self.day)

    def _took_day(self, told: DayBook) -> None:
        if told.days != (self.days if self.view is View.WEEK and self.resource else (self.day,)):
            return
        self.shown, self._marked = told, self.today
        self._page.book.show_day(painted(told, self.words))
        self._page.show_columns(any_there=bool(told.resources))
        self.dayShown.emit(told)

    def booking(self, appointment_id: str) -> Booking | None:
        """What the book, or the agenda over it, shows of an appointment."""
        shown = self.shown.bookings if self.shown else ()
        return next((one for one in (*shown, *self.listed) if one.id == appointment_id), None)

    # Dragging

    def _open(self, appointment_id: str) -> None:
        booking = self.booking(appointment_id)
        if booking is not None and booking.item_id:
            self.attentionWanted.emit(booking.item_id)
        else:
            self.cardWanted.emit(appointment_id)

    def _judge(self, resource: str, start: datetime, end: datetime, box: BookBox | None) -> None:
        self._verdicts.ask(self._question(resource, start, end, box), lambda told: self._say_verdict(*told))

    def _question(
        self, resource: str, start: datetime, end: datetime, box: BookBox | None
    ) -> Callable[[Replica], tuple[Verdict, str]]:
        """Whether it fits there, and what else the customer has booked at that time."""
        location, words = self.location, self.words

        def question(replica: Replica) -> tuple[Verdict, str]:
            if box is None:
                minutes = (end - start) // timedelta(minutes=1)
                made = appointments.book(
                    location_id=location.id if location else "",
                    start=start,
                    segments=[appointments.wish(None, [resource], minutes)],
                    appointment_id=ids.new_id(),
                )
                return verdict(replica, made.name, made.args), ""
            now = seen(replica, box.appointment_id)
            if now is None:
                return Verdict(code="gone", why_not="It is only wished for, and not in the book."), ""
            move = Drop(box=box, resource=resource, start=start, end=end).operation(now)
            if move is None:
                return Verdict(), ""
            coming = coming_with(replica, wished(replica.tx(), replica.context(), move.args))
            return verdict(replica, move.name, move.args), coming_words(box.title, coming, words)

        return question

    def _say_verdict(self, told: Verdict, also: str) -> None:
        self._page.book.set_verdict(told.why_not or (f"Free. {also}" if also else "Free"), told.is_free)

    def _reschedule(self, resource: str, start: datetime, end: datetime, box: BookBox) -> None:
        drop = Drop(box=box, resource=resource, start=start, end=end)

        def found(now: Appointment | None) -> None:
            if now is not None and now.series_id is None:
                self._drop(drop)
            elif now is None:
                self._edits.say("It is only wished for, and not in the book.")
            else:
                self._ask_which(drop, now)
            self._ended()

        self._verdicts.forget()
        self._under_way(1)
        self._link.ask(lambda replica: seen(replica, box.appointment_id), found, self._ended)

    def _ask_which(self, drop: Drop, now: Appointment) -> None:
        """Of a visit of a series: which of its visits are meant."""
        self._page.book.clear_ghost()
        made = drop.operation(now)
        if made is not None:
            start, this_one = made.args.start or now.starts_at, partial(self._drop, drop)
            self.seriesMoved.emit(Move(visit=now, start=start, segments=made.args.segments, this_one=this_one))

    def _drop(self, drop: Drop) -> None:
        said = drop.words(self.words)
        drawn: list[Operation | None] = []

        def make(replica: Replica) -> Operation | None:
            drawn.extend(drop.drawn(replica))
            return next(iter(drawn), None)

        def refused(refusal: Refusal) -> None:
            self._ended()
            why = sentence(refusal.code, refusal.details, self.words.dates)
            made = next(iter(drawn), None)
            self.moveRefused.emit(
                RefusedMove(operation=made, code=refusal.code, why=why, said=said, then=lambda _: self.refresh())
            )

        def none() -> None:
            # Where it stands there already, as where the move was refused that it would have taken back, that is all.
            if not drawn:
                self._edits.say_gone()

        self._under_way(1)
        self._edits.moving.emit(drop.box.appointment_id)
        self._edits.run_from(make, said, then=lambda _: self._ended(), refused=refused, lost=self._ended, none=none)

    def _under_way(self, more: int) -> None:
        """Count the moves that are being made: until the last one is, the eye keeps what it was sent to."""
        self._moves += more
        self._page.book.hold_ghost(held=self._moves > 0)

    def _ended(self) -> None:
        """Let the book follow, whatever came of a move: a gesture that was begun since goes on over its rows."""
        self._under_way(-1)
        if not self._moves:
            self.refresh()
