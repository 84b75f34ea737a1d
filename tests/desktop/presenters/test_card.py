"""The card offers what is next, on the day of the visit and on others."""

from datetime import timedelta

import pytest

from desktop.presenters.card import card_row
from desktop.presenters.words import Words, zone_words
from desktop.queries.appointment_card import appointment_card
from tests.desktop.presenters.conftest import Place, tomorrow


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
