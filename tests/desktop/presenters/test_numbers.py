"""The page of figures: whom it is for, what it says of which days, and that it keeps up with the book."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from desktop.operations import appointments
from desktop.presenters.numbers_days import days_of
from desktop.presenters.numbers_words import ahead_words, days_words, length_words, numbers_page, share_words
from desktop.presenters.words import Words
from desktop.queries.numbers import material
from desktop.store.numbers import ReplicaSource
from desktop.store.replica import Replica
from desktop.views.figure_tables import BarTable
from desktop.views.numbers import NumbersView
from shared.ids import new_id
from shared.model.base import HoursRuleId, OwnerId
from shared.model.hours import HoursRule
from shared.model.member import Role
from shared.model.plan import boundless
from shared.model.registry import Entity
from shared.rules.numbers.material import Asked, Material
from shared.rules.numbers.report import Numbers, read_numbers
from shared.rules.numbers.stretches import HOUR, MINUTE
from shared.rules.pieces import Pieces
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.numbers_gallery import FIGURES
from tests.support.replicas import patch
from tests.support.salon import ANA, BUSINESS, CUT, LOCATION, MEMBER


@pytest.fixture
def role() -> Role:
    return Role.TENANT_MANAGER


def is_offered(place: Place) -> bool:
    button = place.window.navigation.findChild(type(place.window.navigation._buttons["numbers"]), "Numbers")
    return bool(button is not None and not button.isHidden())


def comes(place: Place, version: int, *rows: Entity) -> None:
    """Let a pull bring rows."""
    place.desk.do(lambda replica: replica.apply_lines(patch(version, *rows)))
    place.desk.changes.tell({row: frozenset() for row in ("plan", "member", "hours_rule", "appointment")})


def opened(place: Place) -> NumbersView:
    place.until(lambda: is_offered(place))
    place.act("go_numbers")
    return place.window.numbers


def choose(view: NumbersView, which: str) -> None:
    view.days.which.setCurrentIndex(view.days.which.findData(which))
    view.days.which.activated.emit(view.days.which.currentIndex())


def tile(view: NumbersView, name: str) -> str:
    """What a tile says, with its detail."""
    said = [one.accessibleName() for one in view.findChildren(QLabel) if one.accessibleName().startswith(f"{name}: ")]
    return said[-1].removeprefix(f"{name}: ") if said else ""


def days_around_tomorrow(place: Place) -> NumbersView:
    """The page of tomorrow alone."""
    view, day = opened(place), tomorrow(12).date()
    choose(view, "own")
    view.days.first.setDate(QDate(day.year, day.month, day.day))
    view.days.last.setDate(QDate(day.year, day.month, day.day))
    return view


@pytest.mark.parametrize("role", [Role.TENANT_OWNER, Role.TENANT_MANAGER])
def test_owner_and_manager_have_the_page(place: Place) -> None:
    place.until(lambda: is_offered(place))
    place.act("go_numbers")
    assert place.window.page == "numbers"
    assert place.window.numbers.days.which.hasFocus()


@pytest.mark.parametrize("role", [Role.TENANT_STAFF])
def test_staff_do_not(place: Place) -> None:
    place.until(lambda: place.work.numbers._in_plan)
    assert not is_offered(place)
    assert not place.window.actions_by_name["go_numbers"].isEnabled()


def test_whoever_becomes_staff_is_shown_the_book_and_no_figure_stays(place: Place) -> None:
    place.book(tomorrow(10))
    view = days_around_tomorrow(place)
    place.until(lambda: tile(view, "Visits") != "")
    comes(place, 2, replace(MEMBER, role=Role.TENANT_STAFF))
    place.until(lambda: place.window.page == "book")
    assert not is_offered(place)
    assert not view.copy.isEnabled()


def test_a_plan_without_reports_has_no_page(place: Place) -> None:
    opened(place)
    plan = boundless(BUSINESS.id)
    comes(place, 2, replace(plan, features=tuple(one for one in plan.features if one != "reports")))
    place.until(lambda: place.window.page == "book" and not is_offered(place))
    comes(place, 3, plan)
    place.until(lambda: is_offered(place))


def test_days_without_anything_say_so_and_lead_to_the_book(place: Place) -> None:
    view = opened(place)
    choose(view, "last_month")
    place.until(lambda: view._empty.isVisible())
    assert view._empty.accessibleName() == "Nothing was booked or paid in these days."
    view._empty.actionRequested.emit()
    assert place.window.page == "book"


def test_what_is_booked_shows_and_keeps_up_with_the_book(place: Place) -> None:
    weekly = [
        HoursRule(id=HoursRuleId(new_id()), owner_id=OwnerId(LOCATION.id), weekday=day, opens=540, closes=1020)
        for day in range(7)
    ]
    comes(place, 2, *weekly)
    place.book(tomorrow(10))
    view = days_around_tomorrow(place)
    place.until(lambda: tile(view, "Visits") == "1, 0 came · 1 to come or not marked")
    # Two people, eight hours each; the cut has five minutes behind it.
    assert tile(view, "Utilisation") == "5%, 50 min of 16 h"
    place.desk.edit(appointments.book(
        location_id=LOCATION.id, start=tomorrow(12), segments=[appointments.wish(CUT.id, [ANA.id])],
        customer_id=None,
    ))  # fmt: skip
    place.until(lambda: tile(view, "Visits").startswith("2, "))
    assert tile(view, "Utilisation") == "10%, 1 h 40 min of 16 h"
    spoken = [view.heat.rows_shown.item(0, column).data(int(Qt.ItemDataRole.AccessibleTextRole)) for column in (1, 3)]
    assert spoken == ["Ana, all day: 21%, 1 h 40 min of 8 h", "Ana, 10 to 11: 83%, 50 min of 1 h"]


def test_the_page_says_what_the_rule_says(place: Place) -> None:
    place.book(tomorrow(10))
    view, day = days_around_tomorrow(place), tomorrow(12).date()
    place.until(lambda: tile(view, "Visits") != "")
    asked = Asked(location_id=LOCATION.id, first=day, last=day)
    told = place.desk.do(lambda replica: read_numbers(ReplicaSource(replica), asked))
    assert place.work.numbers._told == told
    shown = numbers_page(told, place.work.book.words)
    for one in shown.tiles:
        assert tile(view, one.label) == f"{one.text}, {one.detail}"


def test_what_is_read_for_other_days_meanwhile_is_not_shown(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.book(tomorrow(10))
    view = opened(place)
    read: list[Asked] = []

    def noted(replica: Replica, asked: Asked) -> Pieces[Material]:
        pieces = material(replica, asked)
        while True:
            read.append(asked)
            try:
                next(pieces)
            except StopIteration as ended:
                found: Material = ended.value
                return found
            yield

    monkeypatch.setattr("desktop.presenters.numbers.material", noted)
    for which in ("this_month", "last_week", "today"):
        choose(view, which)
    place.until(lambda: place.work.numbers._reading is None)
    first, last = place.work.numbers.days
    assert place.work.numbers._told is not None
    assert (place.work.numbers._told.first, place.work.numbers._told.last) == (first, last)
    assert first == last
    # Of what nobody wants any more at most the piece that was asked for is read.
    assert sum(one.first != first for one in read) <= 2


def test_the_last_day_is_never_before_the_first_and_a_year_at_most(place: Place) -> None:
    view = opened(place)
    choose(view, "own")
    view.days.first.setDate(QDate(2026, 5, 1))
    view.days.last.setDate(QDate(2026, 4, 1))
    assert place.work.numbers.days == (date(2026, 5, 1), date(2026, 5, 1))
    view.days.last.setDate(QDate(2030, 1, 1))
    assert place.work.numbers.days == (date(2026, 5, 1), date(2027, 5, 1))
    assert view.days.last.date() == QDate(2027, 5, 1)


def test_what_is_shown_is_saved_and_copied(place: Place, tmp_path: Path) -> None:
    place.book(tomorrow(10))
    view = days_around_tomorrow(place)
    place.until(lambda: tile(view, "Visits") != "")
    file = tmp_path / "numbers.csv"
    view.saveRequested.emit(str(file))
    assert place.said.startswith("Saved as numbers.csv.")
    saved = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
    assert ["Booked", "", "visits", "1"] in saved
    assert ["Booked", "Ana", "minutes", "50"] in saved
    view.copy.click()
    copied = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text()), delimiter="\t"))
    assert copied == saved
    view.saveRequested.emit(str(tmp_path / "nowhere" / "numbers.csv"))
    assert place.said.startswith("The file cannot be written:")


def test_tables_can_be_walked_over_and_let_the_page_scroll(place: Place) -> None:
    place.book(tomorrow(10))
    view = days_around_tomorrow(place)
    place.until(lambda: tile(view, "Visits") != "")
    table = view.findChildren(BarTable)[0]
    table.setFocus()
    assert table.selectionModel().hasSelection()
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert table.currentIndex().row() == 1
    assert table.height() >= 30 * table.rows_shown.rowCount()
    # What is booked meanwhile takes nobody away from where they are.
    place.desk.edit(appointments.book(
        location_id=LOCATION.id, start=tomorrow(12), segments=[appointments.wish(CUT.id, [ANA.id])], customer_id=None
    ))  # fmt: skip
    place.until(lambda: tile(view, "Visits").startswith("2, "))
    assert table.hasFocus()
    assert table.currentIndex().row() == 1
    view.days.which.setFocus()
    assert not table.selectionModel().hasSelection()


# Words and days


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 0, "–"), (0, 5, "0%"), (1, 200, "1%"), (1, 201, "0%"), (2, 3, "67%"), (5, 5, "100%")],
)
def test_shares_are_rounded_half_up(part: int, whole: int, said: str) -> None:
    assert share_words(part, whole) == said


def test_lengths_and_lead_times_in_words() -> None:
    assert [length_words(one) for one in (0, 45 * MINUTE, HOUR, 150 * MINUTE)] == [
        "0 min",
        "45 min",
        "1 h",
        "2 h 30 min",
    ]
    said = [ahead_words(one) for one in (None, 0, 59, 60, 1440, 1500, 3 * 1440 + 61)]
    assert said == ["–", "0 min", "59 min", "1 h", "1 day", "1 day 1 h", "3 days 1 h"]


def test_days_in_words() -> None:
    words = Words()
    assert days_words(date(2026, 11, 23), date(2026, 11, 29), words) == "Mon 23 Nov – Sun 29 Nov 2026"
    assert days_words(date(2026, 12, 28), date(2027, 1, 3), words) == "Mon 28 Dec 2026 – Sun 3 Jan 2027"


@pytest.mark.parametrize("first_weekday", range(7))
@pytest.mark.parametrize("days", [0, 3, 100, 366])
def test_weeks_and_months_are_whole_and_follow_on_one_another(first_weekday: int, days: int) -> None:
    today = date(2026, 3, 1) + timedelta(days=days)
    for this, before in (("this_week", "last_week"), ("this_month", "last_month")):
        first, last = days_of(this, today, first_weekday)
        assert first <= today <= last
        assert days_of(before, today, first_weekday)[1] == first - timedelta(days=1)
    first, last = days_of("this_week", today, first_weekday)
    assert (first.weekday(), (last - first).days) == (first_weekday, 6)
    first, last = days_of("last_month", today, first_weekday)
    assert (first.day, (last + timedelta(days=1)).day) == (1, 1)


def test_all_of_a_month_in_words() -> None:
    page = numbers_page(FIGURES, Words())
    assert [one.title for one in page.charts] == [
        "Revenue by service", "Revenue by person", "What became of the visits", "How far ahead people book",
        "New and returning customers", "Received",
    ]  # fmt: skip
    assert all(0 <= bar.share <= 1 for chart in page.charts for bar in chart.bars)
    assert page.heat.columns[:2] == ("All", "09")
    assert page.heat.rows[0].detail == "3 h 20 min outside hours"
    assert page.heat.rows[-1].name == "All"


def test_two_currencies_are_never_added_up() -> None:
    (euros,) = FIGURES.revenue
    both: Numbers = replace(FIGURES, revenue=(euros, replace(euros, currency="JPY", earned=5000)))
    page = numbers_page(both, Words())
    assert "Revenue by service (JPY)" in [one.title for one in page.charts]
    assert next(one.text for one in page.tiles if one.label == "Revenue") == "€14,295.00 · ¥5,000"


def test_of_very_many_services_the_smallest_are_summed_up() -> None:
    (euros,) = FIGURES.revenue
    many = tuple(replace(euros.services[0], name=f"Service {number}", amount=100) for number in range(30))
    page = numbers_page(replace(FIGURES, revenue=(replace(euros, services=many),)), Words())
    bars = page.charts[0].bars
    assert (len(bars), bars[-1].name, bars[-1].text) == (13, "18 others", "€18.00")
