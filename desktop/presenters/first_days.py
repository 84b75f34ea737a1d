"""The days around today while the first book is on its way: they can be read, and nothing can be changed."""

from datetime import date
from typing import Final

from PySide6.QtCore import QObject

from desktop.desk import Desk
from desktop.models.rows import Choice
from desktop.presenters.book_day import painted
from desktop.presenters.jobs import Jobs
from desktop.presenters.words import Words, words_of
from desktop.presenters.words_of_errors import words_of as words_of_error
from desktop.queries.first_days import FirstDays, read_first_days
from desktop.runtime.ticker import Ticker
from desktop.store.meta import Identity
from desktop.sync.status import SyncStatus
from desktop.views.first_sync import FirstSyncView
from shared import clock
from shared.errors import AppError, NotSignedIn, Unreachable
from shared.rules import wall_time

_MINUTE: Final = 60_000
_TODAY: Final = 1
"""Its place among the days."""
READ_ONLY: Final = (
    "Yesterday, today and tomorrow can be read already, as they were at {at}. "
    "Changes can be made once the book is fetched."
)


class FirstDaysPresenter(QObject):
    """Asks the server once for these days, and shows them under the progress until the book is there.

    What cannot be had is not missed: the progress is shown as without it, and the next round asks again.
    """

    def __init__(self, jobs: Jobs, page: FirstSyncView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._page, self._view = jobs, page, page.days
        self._desk: Desk | None = None
        self._identity: Identity | None = None
        self._turn = 0
        """Counts who has been shown these days: an answer to one is not another's."""
        self._told: FirstDays | None = None
        self._words, self._note = Words(), ""
        self._shown = _TODAY
        """Which of the days is shown."""
        self._asking = self._given_up = self._syncing = False
        self._minute = Ticker(self, _MINUTE, self._next_minute)
        self._view.stepRequested.connect(self._step)
        self._view.todayRequested.connect(self._show_today)
        self._view.locationChosen.connect(self._ask)

    def begin(self, desk: Desk, identity: Identity) -> None:
        """The first book of a desk begins to be loaded, for somebody; again it does nothing."""
        if self._desk is None:
            self._desk, self._identity = desk, identity
            self._ask()

    def look(self, status: SyncStatus) -> None:
        """Ask with each round that begins, until there was an answer."""
        begins, self._syncing = status.syncing and not self._syncing, status.syncing
        if begins and self._told is None:
            self._ask()

    def end(self) -> None:
        """The book is there, or may not be shown: nothing of these days is shown or kept."""
        self._turn += 1
        self._desk = self._identity = self._told = None
        self._shown = _TODAY
        self._asking = self._given_up = self._syncing = False
        self._minute.stop()
        self._page.show_days(shown=False)

    @property
    def place(self) -> tuple[str, date | None] | None:
        """The id of the location and the day that are shown, no day for today; None where none are."""
        if self._told is None:
            return None
        day = self._told.days[self._shown].day
        return self._told.location.id, None if day == self._told.today else day

    def _ask(self, location: str = "") -> None:
        desk, identity, turn = self._desk, self._identity, self._turn
        if desk is None or identity is None or self._asking or self._given_up:
            return
        self._asking = True

        def job() -> FirstDays:
            told = desk.days_around_today(location)
            return read_first_days(told.tables, identity, location=told.location, today=told.today)

        def took(told: FirstDays) -> None:
            if turn == self._turn:
                self._took(told)

        def failed(error: AppError) -> None:
            if turn == self._turn:
                self._failed(error)

        self._jobs.submit(job, took, failed)

    def _took(self, told: FirstDays) -> None:
        before, self._told, self._asking = self._told, told, False
        days = [one.day for one in told.days]
        held = before.days[self._shown].day if before and self._shown != _TODAY else told.today
        self._shown = days.index(held) if held in days else _TODAY
        self._words = words_of(told.business, told.location.zone)
        self._note = READ_ONLY.format(at=self._words.time(clock.now()))
        self._view.say(self._note)
        self._show_locations(told)
        self._show(told)
        self._page.show_days(shown=True)
        self._minute.start()

    def _failed(self, error: AppError) -> None:
        self._asking = False
        if self._told is None:
            # Where the server has no such question, or refuses it, the load goes on as ever, or says why it does not.
            self._given_up = not isinstance(error, (Unreachable, NotSignedIn))
            return
        self._show_locations(self._told)
        self._view.say(f"{self._note} {words_of_error(error)}", kind="warning")

    def _show_locations(self, told: FirstDays) -> None:
        choices = tuple(Choice(id=one.id, text=one.name) for one in told.locations)
        self._view.show_locations(choices, told.location.id)

    def _show_today(self) -> None:
        self._step(_TODAY - self._shown)

    def _step(self, days: int) -> None:
        if self._told is not None:
            self._shown = min(len(self._told.days) - 1, max(0, self._shown + days))
            self._show(self._told)

    def _show(self, told: FirstDays) -> None:
        day, last = told.days[self._shown], len(told.days) - 1
        words = self._words.day(day.day)
        self._view.show_day(painted(day, self._words), words, back=self._shown > 0, on=self._shown < last)
        self._mark_now(told)

    def _mark_now(self, told: FirstDays) -> None:
        now, span = clock.now(), told.days[self._shown].span
        self._view.set_now(now if span.start <= now < span.end else None)

    def _next_minute(self) -> None:
        told = self._told
        if told is not None:
            self._mark_now(told)
            if wall_time.local(clock.now(), told.location.zone).date() > told.today:
                # Another day has begun: of the one after it nothing was told.
                self._ask(told.location.id)
