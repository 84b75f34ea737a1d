"""Visits that repeat, at the desk: made from a card, shown, moved and cancelled as one, as those to follow, as all."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtWidgets import QPushButton

from desktop.models.rows import RepeatForm
from desktop.operations import appointments, series
from desktop.presenters.book_day import painted
from desktop.presenters.series_words import form_of, rule_of, rule_words
from desktop.presenters.words import Words
from desktop.queries.series import series_of
from desktop.store.replica import Replica
from desktop.views.repeat_dialog import RepeatDialog
from shared.model.appointment import Appointment, Status
from shared.model.member import Role
from shared.model.series import Series
from shared.rules import wall_time
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.replicas import patch
from tests.support.salon import ANA, CUT, LOCATION, MEMBER, MIRA

WEEK = timedelta(days=7)


def starts(place: Place) -> list[datetime]:
    """When visits stand that were not cancelled."""
    return [one.starts_at for one in place.appointments() if one.status is not Status.CANCELLED]


def open_card(place: Place, appointment_id: str) -> None:
    place.work.card.open(appointment_id)
    place.until(lambda: place.window.book_page.open_panel == "card")


def at(weeks: int, hour: int = 10) -> datetime:
    """The hour of the weekday of tomorrow, by the clock on the wall."""
    day = wall_time.local(tomorrow(10), LOCATION.zone).date() + weeks * WEEK
    return wall_time.minute_of(day, hour * 60, LOCATION.zone)


@pytest.fixture
def repeated(place: Place) -> str:
    """A visit of tomorrow that repeats for four weeks."""
    made = place.book(tomorrow(10))
    open_card(place, made)
    place.act("repeat")
    dialog = place.work.series.repeating
    place.until(lambda: dialog.book.isEnabled())
    dialog.fields.count.setValue(4)
    place.until(lambda: dialog.dates.count() == 4)
    dialog.book.click()
    place.until(lambda: len(starts(place)) == 4)
    return made


def test_a_visit_becomes_the_first_of_a_series(place: Place, repeated: str) -> None:
    assert starts(place) == [at(week) for week in range(4)]
    assert repeated in {one.id for one in place.appointments()}
    assert place.said.startswith("Every week on ")


def test_the_preview_names_the_dates_that_clash_and_why(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.work.book.step(7)
    place.until(lambda: place.work.book.shown is not None and place.work.book.shown.day == place.work.book.day)
    place.book(at(1))
    open_card(place, made)
    place.act("repeat")
    dialog = place.work.series.repeating
    place.until(lambda: dialog.book.isEnabled())
    clash = dialog.dates.item(1)
    assert clash is not None
    assert "— Ana is taken" in clash.text()
    assert dialog._told.text() == "9 visits are booked; 1 date waits under Needs attention for another time."
    dialog.book.click()
    place.until(lambda: "10 times: booked; 1 date waits under Needs attention." in place.said)


def test_an_occurrence_says_that_it_repeats(place: Place, repeated: str) -> None:
    place.until(lambda: bool(place.work.book.shown and place.work.book.shown.bookings[0].repeats))
    open_card(place, repeated)
    card = place.window.book_page.card
    place.until(lambda: card._repeat.text() == "All its dates…")
    assert place.work.book.shown is not None
    (box,) = painted(place.work.book.shown, Words()).boxes
    assert "repeats" in box.spoken
    assert box.subtitle == "Cut ↻"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("one", [0, 0, 1, 0]), ("following", [0, 1, 1, 1]), ("all", [1, 1, 1, 1])],
)
def test_moving_one_asks_which_are_meant(place: Place, repeated: str, scope: str, expected: list[int]) -> None:
    visits = place.appointments()
    which = 2 if scope == "one" else 1
    moved = visits[which]
    place.drop(moved.id, moved.starts_at + timedelta(hours=1), 45)
    dialog = place.work.series.scope
    place.until(dialog.isVisible)
    dialog.buttons[scope].click()
    wanted = [at(week, 10 + hours) for week, hours in enumerate(expected)]
    place.until(lambda: starts(place) == wanted)
    place.act("undo")
    place.until(lambda: starts(place) == [at(week) for week in range(4)])


def test_a_visit_that_is_put_back_where_it_is_asks_nothing(place: Place, repeated: str) -> None:
    place.drop(place.appointments()[0].id, place.appointments()[0].starts_at, 45)
    place.until(lambda: place.work.book._moves == 0)
    assert not place.work.series.scope.isVisible()


def test_moving_can_be_left(place: Place, repeated: str) -> None:
    moved = place.appointments()[1]
    place.drop(moved.id, moved.starts_at + timedelta(hours=1), 45)
    dialog = place.work.series.scope
    place.until(dialog.isVisible)
    dialog.keep.click()
    place.until(lambda: not dialog.isVisible())
    assert starts(place) == [at(week) for week in range(4)]


@pytest.mark.parametrize(("scope", "left"), [("one", [0, 2, 3]), ("following", [0]), ("all", [])])
def test_cancelling_one_asks_which_are_meant(place: Place, repeated: str, scope: str, left: list[int]) -> None:
    second = place.appointments()[1].id
    open_card(place, second)
    place.until(lambda: place.work.card._shown is not None and place.work.card._shown.appointment.id == second)
    place.window.book_page.card.cancelRequested.emit("Moves away", True)
    dialog = place.work.series.scope
    place.until(dialog.isVisible)
    dialog.buttons[scope].click()
    place.until(lambda: starts(place) == [at(week) for week in left])
    assert {one.cancelled_by for one in place.appointments() if one.status is Status.CANCELLED} == {"business"}
    place.act("undo")
    place.until(lambda: len(starts(place)) == 4)


def test_the_dates_are_listed_with_what_became_of_them(place: Place, repeated: str) -> None:
    second: Appointment = place.appointments()[1]
    place.drop(second.id, second.starts_at + timedelta(hours=2), 45)
    place.until(place.work.series.scope.isVisible)
    place.work.series.scope.buttons["one"].click()
    place.until(lambda: at(1, 12) in starts(place))
    open_card(place, repeated)
    place.until(lambda: place.window.book_page.card._repeat.text() == "All its dates…")
    place.window.book_page.card._repeat.click()
    dialog = place.work.series.dates
    place.until(dialog.isVisible)
    texts = [dialog.dates.item(row).text() for row in range(dialog.dates.count())]
    assert len(texts) == 4
    assert [text.endswith("moved or changed") for text in texts] == [False, True, False, False]
    dialog.change.click()
    asked = place.work.series.repeating
    place.until(asked.isVisible)
    asked.fields.every.setValue(2)
    asked.fields.ends.setCurrentIndex(0)
    asked.fields.count.setValue(2)
    place.until(lambda: asked.book.isEnabled() and asked.dates.count() == 2)
    asked.book.click()
    place.until(lambda: starts(place) == [at(0), at(1, 12), at(2)])


@pytest.mark.parametrize(
    ("form", "rule", "said"),
    [
        (RepeatForm(weekdays=(1,), count=10), "FREQ=WEEKLY;BYDAY=TU;COUNT=10", "Every week on Tue, 10 times"),
        (RepeatForm(every=2, unit="DAILY"), "FREQ=DAILY;INTERVAL=2", "Every 2 days"),
        (
            RepeatForm(every=2, weekdays=(0, 3), week_starts=3),
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=TH",
            "Every 2 weeks on Mon and Thu",
        ),
        (
            RepeatForm(unit="MONTHLY", until=date(2026, 12, 24)),
            "FREQ=MONTHLY;UNTIL=20261224",
            "Every month, until Thu 24 Dec 2026",
        ),
    ],
)
def test_a_rule_is_written_and_said(form: RepeatForm, rule: str, said: str) -> None:
    assert rule_of(form) == rule
    assert form_of(rule) == form
    assert rule_words(rule, Words()) == said


def test_a_rule_that_says_more_than_the_form_is_kept_as_it_is() -> None:
    assert form_of("FREQ=MONTHLY;BYDAY=2TU") is None
    assert rule_words("FREQ=MONTHLY;BYDAY=2TU", Words()) == "By a rule of its own"


def test_every_button_of_the_dialogs_has_a_name(place: Place) -> None:
    dialogs = (place.work.series.repeating, place.work.series.scope, place.work.series.dates)
    assert all(button.accessibleName() for dialog in dialogs for button in dialog.findChildren(QPushButton))


def loses_the_right(replica: Replica, made: str) -> None:
    """The server takes the visit, and tells that the person at the desk may do no more."""
    visit = replica.tx().find(Appointment, made)
    assert visit is not None
    held = replica.tx().allocations_of(visit.id)
    sales = replace(MEMBER, role=Role.PLATFORM_SALES)
    replica.apply_lines(patch(2, *held, visit, sales, last_seq=1, of=replica))


def test_a_series_that_is_refused_leaves_its_form(place: Place) -> None:
    made = place.book(tomorrow(10))
    open_card(place, made)
    place.act("repeat")
    dialog = place.work.series.repeating
    dialog.fields.count.setValue(7)
    place.until(lambda: dialog.book.isEnabled() and dialog.dates.count() == 7)
    place.desk.do(lambda replica: loses_the_right(replica, made))
    dialog.book.click()
    place.until(lambda: "may not" in dialog._told.text())
    assert dialog.isVisible()
    assert (dialog.form.count, dialog.fields.isEnabled()) == (7, True)
    dialog.reject()


def test_booking_a_series_twice_at_once_books_it_once(place: Place) -> None:
    open_card(place, place.book(tomorrow(10)))
    place.act("repeat")
    dialog = place.work.series.repeating
    dialog.fields.count.setValue(3)
    place.until(lambda: dialog.book.isEnabled() and dialog.dates.count() == 3)
    dialog.book.click()
    dialog.book.click()
    place.until(lambda: not dialog.isVisible() and "booked" in place.said)
    assert starts(place) == [at(week) for week in range(3)]
    assert place.desk.do(lambda replica: replica.outbox.count()) == 2


def asked_how(place: Place, appointment_id: str) -> RepeatDialog:
    """The form in which it is changed how a visit repeats, once it is judged."""
    open_card(place, appointment_id)
    place.work.series.show_dates(next(one for one in place.appointments() if one.id == appointment_id))
    place.until(place.work.series.dates.isVisible)
    place.work.series.dates.changeRequested.emit()
    dialog = place.work.series.repeating
    place.until(lambda: dialog.isVisible() and dialog.book.isEnabled())
    return dialog


def test_one_that_is_to_repeat_more_often_is_booked_to_its_new_end(place: Place, repeated: str) -> None:
    dialog = asked_how(place, repeated)
    dialog.fields.count.setValue(6)
    place.until(lambda: dialog.dates.count() == 6 and dialog.book.isEnabled())
    assert dialog._told.text() == "6 visits are booked."
    dialog.book.click()
    place.until(lambda: not dialog.isVisible())
    assert starts(place) == [at(week) for week in range(6)]


def test_a_series_that_others_have_ended_is_not_changed_in_silence(place: Place, repeated: str) -> None:
    dialog = asked_how(place, repeated)
    dialog.fields.count.setValue(3)
    place.until(lambda: dialog.dates.count() == 3)
    place.desk.edit(series.end(series_shown(place, repeated)))
    place.until(lambda: dialog._told.text() == "The series was changed or ended meanwhile.")
    assert not dialog.book.isEnabled()
    assert dialog.fields.form.count == 3, "what was entered stays"
    assert starts(place) == []


def test_a_series_that_others_have_changed_is_not_changed_over_theirs(place: Place, repeated: str) -> None:
    dialog = asked_how(place, repeated)
    told = series_shown(place, repeated)
    first = place.appointments()[0]
    place.desk.edit(
        series.change(
            told, since=first.original_start, first=at(0, 12).astimezone(ZoneInfo(LOCATION.zone)).replace(
                tzinfo=None).isoformat(), rrule="FREQ=WEEKLY;COUNT=3", before=at(20),
        )
    )  # fmt: skip
    place.until(lambda: "meanwhile" in dialog._told.text())
    assert not dialog.book.isEnabled()
    assert starts(place) == [at(week, 12) for week in range(3)]


def test_a_date_that_others_take_is_told_while_the_form_is_open(place: Place) -> None:
    made = place.book(tomorrow(10))
    open_card(place, made)
    place.act("repeat")
    dialog = place.work.series.repeating
    place.until(lambda: dialog.book.isEnabled())
    wish = appointments.wish(CUT.id, [ANA.id])
    place.desk.edit(appointments.book(location_id=LOCATION.id, start=at(1), segments=[wish], customer_id=MIRA.id))
    place.until(lambda: "1 date waits" in dialog._told.text())
    dialog.reject()


def series_shown(place: Place, appointment_id: str) -> Series:
    found = place.desk.do(lambda replica: series_of(replica, appointment_id))
    assert found is not None
    return found.series
