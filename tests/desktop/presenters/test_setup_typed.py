"""What an owner may type for times, amounts and lengths, and what is said of the rest."""

from random import Random

import pytest

from desktop.presenters.setup import typed
from desktop.presenters.words import Words

GERMAN, AMERICAN = Words(locale="de_DE"), Words(locale="en_US", currency="USD")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9-18", (540, 1080)), ("9:00–12:30", (540, 750)), ("9.15 – 17.45", (555, 1065)), ("0900-1730", (540, 1050)),
        ("9 am to 5:30 pm", (540, 1050)), ("12 AM–12 PM", (0, 720)), ("8pm-2am", (1200, 1560)),
        ("18–24", (1080, 1440)), ("18-0", (1080, 1440)), ("0-24", (0, 1440)), ("22:00–30:00", (1320, 1800)),
    ],
)  # fmt: skip
def test_an_opening_is_read_as_people_write_it(text: str, found: tuple[int, int]) -> None:
    assert typed.opening(text) == found


@pytest.mark.parametrize("text", ["9", "9-", "-", "nine to five", "9-12-15", "9:60–10", "13pm-14pm", "25-26", "9–49"])
def test_what_is_no_opening_is_told(text: str) -> None:
    with pytest.raises(typed.Mistyped, match=r"Write it like|on the day itself"):
        typed.opening(text)


def test_several_openings_come_in_order_and_may_touch() -> None:
    assert typed.openings("14-18; 9–12, 12-13") == ((540, 720), (720, 780), (840, 1080))
    assert typed.openings(" ") == ()
    with pytest.raises(typed.Mistyped, match="overlap"):
        typed.openings("9-12, 11:59-13")


@pytest.mark.parametrize("words", [GERMAN, AMERICAN, Words(locale="fi_FI"), Words(locale="en_CA")])
def test_every_opening_is_read_as_it_was_written(words: Words) -> None:
    seed = Random().randrange(10**9)
    print("seed", seed)
    dice = Random(seed)
    for _ in range(2000):
        opens = dice.randrange(0, 1441)
        closes = dice.choice((1440, opens + dice.randrange(1, 1441), dice.randrange(1, 2881)))
        if closes > opens:
            assert typed.opening(typed.opening_text(opens, closes, words)) == (opens, closes)


@pytest.mark.parametrize(
    ("text", "words", "minor"),
    [
        ("45", GERMAN, 4500), ("45,5", GERMAN, 4550), ("1.234,50", GERMAN, 123450), ("1,234.50", AMERICAN, 123450),
        ("", GERMAN, 0), ("4500", Words(currency="JPY"), 4500),
    ],
)  # fmt: skip
def test_an_amount_is_read_in_the_currency_of_the_business(text: str, words: Words, minor: int) -> None:
    assert typed.amount(text, words, 10**12) == minor


def test_an_amount_is_shown_as_it_is_typed() -> None:
    assert (typed.amount_text(4550, GERMAN), typed.amount_text(4550, AMERICAN)) == ("45,50", "45.50")
    with pytest.raises(typed.Mistyped, match="Write it like 45,50"):
        typed.amount("a lot", GERMAN, 10**12)


@pytest.mark.parametrize(("text", "minutes"), [("90", 90), ("90 min", 90), ("2 hours", 120), ("1 day", 1440), ("", 0)])
def test_a_length_is_read_and_written_in_the_largest_unit(text: str, minutes: int) -> None:
    assert typed.duration(text, 10**6) == minutes
    assert typed.duration(typed.duration_text(minutes), 10**6) == minutes


@pytest.mark.parametrize("text", ["soon", "-1", "1 week", "999999 days"])
def test_what_is_no_length_is_told(text: str) -> None:
    with pytest.raises(typed.Mistyped):
        typed.duration(text, 366 * 1440)
