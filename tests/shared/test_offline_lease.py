"""Lengths for which a desk works without its server: their bounds and their words."""

from datetime import timedelta

import pytest

from shared.rules.offline_lease import LONGEST, MINUTE, SHORTEST, USUAL, is_within, length_words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (SHORTEST, "1 hour"), (LONGEST, "30 days"), (USUAL, "7 days"), (timedelta(days=1), "1 day"),
        (timedelta(hours=36), "36 hours"), (timedelta(minutes=90), "90 minutes"), (timedelta(minutes=61), "61 minutes"),
    ],
)  # fmt: skip
def test_a_length_is_told_by_the_largest_unit_that_fits(length: timedelta, words: str) -> None:
    assert length_words(length) == words


@pytest.mark.parametrize(("minutes", "fits"), [(59, False), (60, True), (43200, True), (43201, False), (-60, False)])
def test_an_hour_and_thirty_days_are_the_bounds(minutes: int, *, fits: bool) -> None:
    assert is_within(minutes) is fits
    assert (SHORTEST <= minutes * MINUTE <= LONGEST) is fits
