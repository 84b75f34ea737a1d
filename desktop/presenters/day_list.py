"""The day list: who comes, who waits and who is late, minute by minute, and the answers to requests."""

from datetime import datetime
from typing import Final

from PySide6.QtCore import QObject

from desktop.models.day_rows import DayRow, RequestRow
from desktop.models.rows import Choice
from desktop.presenters.book import BookPresenter
from desktop.presenters.card import CardPresenter
from desktop.presenters.link import Latest, Link
from desktop.presenters.money_words import due_words
from desktop.presenters.stepped_day import SteppedDay
from desktop.presenters.visit_deeds import VisitDeeds
from desktop.presenters.words import STATUS, Words
from desktop.queries.day_list import DayLine, DayList, Request, day_list
from desktop.runtime.ticker import Ticker
from desktop.views.main_window import MainWindow
from shared import clock
from shared.model.appointment import Appointment, Status
from shared.model.base import ResourceId, Span
from shared.model.business import Location
from shared.rules import status
from shared.rules.visit_times import late_by, reached_at, waited

_TABLES: Final = frozenset({"appointment", "customer", "resource", "payment", "outbox", "business"})
_MINUTE: Final = 60_000
_LATE_FROM: Final = 1
"""Minutes from which somebody is late."""


class DayListPresenter(QObject):
    """Shows today, or the day that was stepped to, of the location that the book shows."""

    def __init__(
        self, link: Link, window: MainWindow, book: BookPresenter, card: CardPresenter, deeds: VisitDeeds,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._window, self._view, self._book, self._card, self._deeds = window, window.day_list, book, card, deeds
        self._questions = Latest(link)
        self._told: DayList | None = None
        self._stepped = SteppedDay(window.day_list.stepper, book, self)
        self._person: ResourceId | None = None
        self._minute = Ticker(self, _MINUTE, self._tick)
        self._minute.start()
        view = self._view
        link.changed.connect(self._changed)
        book.locationChanged.connect(self._moved)
        window.pageShown.connect(self._shown)
        self._stepped.changed.connect(self.refresh)
        view.personChosen.connect(self._choose_person)
        view.chosen.connect(self._chose)
        view.opened.connect(self._open)
        view.answered.connect(self._answer)

    # Whose

    def _choose_person(self, resource: str) -> None:
        self._person = ResourceId(resource) if resource else None
        self.refresh()

    def _moved(self, _: Location) -> None:
        self._person = None
        self.refresh()

    def _shown(self, page: str) -> None:
        if page == "day":
            self.refresh()
            self._chose(self._view.chosen_id)
        elif page == "book":
            # The keys act on what is chosen in the page that is shown.
            self._card.choose(self._window.book_page.book.selected_id)

    def _open(self, appointment_id: str) -> None:
        self._book.open_day(self._stepped.day)
        self._window.show_page("book")
        self._card.open(appointment_id)

    # What the desk answers

    def _changed(self, tables: frozenset[str]) -> None:
        if tables & _TABLES:
            self.refresh()

    def refresh(self) -> None:
        """Ask for the list again."""
        location, day, person = self._book.location, self._stepped.day, self._person
        if location is not None:
            self._questions.ask(lambda replica: day_list(replica, day, location, person), self._took)

    def _took(self, told: DayList) -> None:
        self._told = told
        choices = tuple(Choice(id=one.id, text=one.name) for one in told.people)
        self._view.show_people(choices, self._person or "")
        self._stepped.show(told.day)
        why_not = self._deeds.why_no_answer
        self._view.show_requests(tuple(self._request(one, why_not) for one in told.requests))
        self._window.navigation.show_requests(len(told.requests))
        self._show_rows()

    def _show_rows(self) -> None:
        """Word the list as it reads now; cells that say the same are left alone."""
        told = self._told
        if told is None:
            return
        now = clock.now()
        rows = tuple(_row(one, self._words, now) for one in told.lines)
        if rows:
            self._view.show_rows(rows, summary_of([one.visit for one in told.lines], now))
        else:
            self._view.show_nothing("Nobody comes on this day.")

    def _tick(self) -> None:
        told = self._told
        if told is not None and told.day != self._stepped.day:
            self.refresh()
        else:
            self._show_rows()

    @property
    def _words(self) -> Words:
        return self._book.words

    def _request(self, one: Request, why_not: str) -> RequestRow:
        visit = one.visit
        when = self._words.when(Span(visit.starts_at, visit.ends_at))
        detail = (visit.service_names, ", ".join(one.people), f"answer until {self._words.moment(one.expires_at)}")
        return RequestRow(
            id=visit.id,
            title=f"{one.customer_name or 'Somebody'}, {when}",
            detail=" · ".join(part for part in detail if part),
            why_not=why_not,
        )

    # What a person does

    def _chose(self, appointment_id: str | None) -> None:
        if self._window.page == "day":
            self._card.choose(appointment_id)

    def _answer(self, answer: str, appointment_id: str) -> None:
        asked = (
            next((one for one in self._told.requests if one.visit.id == appointment_id), None) if self._told else None
        )
        if asked is not None:
            self._deeds.answer(answer, asked.visit, asked.customer_name or "The customer")


def waits_words(visit: Appointment, words: Words, now: datetime) -> str:
    """Who waits and since when, who is late and by how much, and since when somebody is in service."""
    late, wait = late_by(visit, now), waited(visit, now)
    arrived, begun = reached_at(visit, Status.ARRIVED), reached_at(visit, Status.IN_SERVICE)
    if visit.status is Status.ARRIVED and arrived is not None:
        said = f"Waits {minutes_words(wait or 0)}, since {words.time(arrived)}"
        return f"{said}; came {minutes_words(late)} late" if late >= _LATE_FROM else said
    if visit.status is Status.IN_SERVICE and begun is not None:
        return f"Since {words.time(begun)}"
    if visit.status in status.TO_COME and late >= _LATE_FROM:
        return f"{minutes_words(late)} late"
    return ""


def minutes_words(minutes: int) -> str:
    """`12 min`, `1 h 05 min`."""
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left:02} min" if hours else f"{left} min"


_OVER: Final = frozenset({Status.COMPLETED, Status.NO_SHOW})


def _row(line: DayLine, words: Words, now: datetime) -> DayRow:
    visit = line.visit
    when = words.span(Span(visit.starts_at, visit.ends_at))
    waits, due = waits_words(visit, words, now), due_words(line.balance, words, paid=line.paid)
    stands = f"{STATUS[visit.status]}{', locked' if visit.locked else ''}"
    people = ", ".join(line.people)
    parts = (
        when, line.customer_name or "no customer", visit.service_names, people and f"with {people}", stands, waits,
        due and f"to pay: {due}", line.alert, "not yet accepted" if line.pending else "",
    )  # fmt: skip
    waiting = visit.status is Status.ARRIVED or (visit.status in status.TO_COME and bool(waits))
    return DayRow(
        id=visit.id,
        time=when,
        customer=line.customer_name,
        service=visit.service_names,
        people=people,
        status=f"{stands} · not yet accepted" if line.pending else stands,
        waits=waits,
        due=due,
        urgent=waiting,
        over=visit.status in _OVER,
        spoken=", ".join(part for part in parts if part),
    )


def summary_of(visits: list[Appointment], now: datetime) -> str:
    """How many are to come, late, waiting, in service and done."""
    late = sum(one.status in status.TO_COME and late_by(one, now) >= _LATE_FROM for one in visits)
    counts = (
        (sum(one.status in status.TO_COME for one in visits), "to come"),
        (late, "late"),
        (sum(one.status is Status.ARRIVED for one in visits), "waiting"),
        (sum(one.status is Status.IN_SERVICE for one in visits), "in service"),
        (sum(one.status is Status.COMPLETED for one in visits), "done"),
        (sum(one.status is Status.NO_SHOW for one in visits), "did not come"),
    )
    return " · ".join(f"{count} {what}" for count, what in counts if count)
