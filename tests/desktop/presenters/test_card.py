"""The card offers what is next, on the day of the visit and on others."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from desktop.presenters.card import card_row
from desktop.presenters.words import Words, zone_words
from desktop.queries.appointment_card import appointment_card
from shared.model.appointment import Status
from shared.model.member import Role
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.replicas import patch
from tests.support.salon import MEMBER


@pytest.mark.parametrize(("days", "main"), [(-1, "complete"), (0, "arrive"), (1, "confirm"), (10, "confirm")])
def test_the_main_step_is_that_of_the_day(place: Place, days: int, main: str) -> None:
    made = place.book(tomorrow(10))
    card = place.desk.do(lambda replica: appointment_card(replica, made))
    assert card is not None
    assert card_row(card, Words(), tomorrow(9) - timedelta(days=days)).main == main


def test_a_confirmed_visit_of_a_later_day_has_no_main_step(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.work.book.show_day(tomorrow(10).date())
    place.work.card.open(made)
    place.until(lambda: place.window.book_page.open_panel == "card")
    place.act("confirm")
    place.until(lambda: place.appointments()[0].status == "confirmed")
    card = place.desk.do(lambda replica: appointment_card(replica, made))
    assert card is not None
    assert card_row(card, Words(), tomorrow(9) - timedelta(days=3)).main == ""


@pytest.mark.parametrize(
    ("zone", "words"),
    [("America/New_York", "New York time"), ("America/Argentina/Salta", "Salta time"), ("UTC", "UTC")],
)
def test_a_zone_is_named_by_its_place(zone: str, words: str) -> None:
    assert zone_words(zone) == words


def opened(place: Place) -> str:
    """A visit of tomorrow whose card is open."""
    made = place.book(tomorrow(10))
    place.work.card.open(made)
    place.until(lambda: place.window.book_page.open_panel == "card" and place.work.card.shown is not None)
    return made


def notes(place: Place) -> list[str]:
    return [row[0] for row in place.desk.do(lambda replica: replica.database.rows("SELECT text FROM note"))]


def test_a_note_is_added_once_and_what_is_written_meanwhile_is_another(place: Place) -> None:
    opened(place)
    text = place.window.book_page.card.notes.text
    QTest.keyClicks(text, "Likes tea")
    for _ in range(2):
        QTest.keyClick(text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(text, "No sugar")
    place.until(lambda: place.said.startswith("Noted about the visit"))
    assert (notes(place), text.toPlainText()) == (["Likes tea"], "No sugar")


def test_a_note_that_is_refused_comes_back_to_where_it_was_written(place: Place) -> None:
    opened(place)
    text = place.window.book_page.card.notes.text
    QTest.keyClicks(text, "Likes tea")
    place.desk.do(lambda replica: replica.apply_lines(patch(2, replace(MEMBER, role=Role.PLATFORM_SALES))))
    QTest.keyClick(text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(text, "No sugar")
    place.until(lambda: "may not" in place.said)
    assert text.toPlainText() == "Likes tea\nNo sugar"
    assert notes(place) == []


def step(place: Place, name: str) -> QPushButton:
    """The button of a step on the card, once it is there."""

    def shown() -> list[QPushButton]:
        buttons = place.window.book_page.card.findChildren(QPushButton)
        return [one for one in buttons if one.accessibleName() == name and one.isVisible()]

    place.until(lambda: bool(shown()))
    return shown()[0]


def test_two_steps_that_are_pressed_at_once_are_taken_one_after_the_other(place: Place) -> None:
    made = opened(place)
    place.act("arrive")
    place.act("start")
    place.until(lambda: place.appointments()[0].status is Status.IN_SERVICE)
    assert place.appointments()[0].id == made
    place.act("undo")
    place.act("undo")
    place.until(lambda: place.appointments()[0].status is Status.BOOKED)


def test_a_double_click_on_a_step_takes_one_step(place: Place) -> None:
    opened(place)
    QTest.mouseClick(step(place, "Arrive"), Qt.MouseButton.LeftButton)
    place.until(lambda: place.work.card.shown is not None and place.work.card.shown.appointment.status == "arrived")
    # The second press of the double click meets whatever stands there by now.
    QTest.mouseDClick(step(place, "Start"), Qt.MouseButton.LeftButton)
    place.desk.do(lambda replica: None)
    assert place.appointments()[0].status is Status.ARRIVED
