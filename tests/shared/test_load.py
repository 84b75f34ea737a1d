"""Booked over open minutes, against counting every minute by itself."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.model.base import Span
from shared.rules.hours import join
from shared.rules.load import Load, booked_minutes, open_minutes

TOP = datetime(2026, 11, 23, tzinfo=UTC)
SPANS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 90)).map(
        lambda one: Span(TOP + timedelta(minutes=one[0]), TOP + timedelta(minutes=one[0] + one[1]))
    ),
    max_size=6,
)
DAY = Span(TOP + timedelta(minutes=30), TOP + timedelta(minutes=200))


def minutes(spans: list[Span]) -> list[int]:
    """How many of the spans hold each minute of the day."""
    count = (DAY.end - DAY.start) // timedelta(minutes=1)
    instants = (DAY.start + timedelta(minutes=number) for number in range(count))
    return [sum(span.start <= at < span.end for span in spans) for at in instants]


@given(SPANS, SPANS, st.integers(1, 3))
def test_open_is_each_open_minute_that_is_not_blocked(opening: list[Span], blocked: list[Span], places: int) -> None:
    counted = sum(bool(one) and not shut for one, shut in zip(minutes(opening), minutes(blocked), strict=True))
    assert open_minutes(join(opening), blocked, DAY, places=places) == counted * places


@given(SPANS, st.integers(1, 3))
def test_booked_is_each_minute_of_each_place(held: list[Span], units: int) -> None:
    assert booked_minutes([(span, units) for span in held], DAY) == sum(minutes(held)) * units


def test_a_day_on_which_nothing_is_open_has_no_load() -> None:
    assert Load(visits=1, booked=30).share == 0
    assert Load(booked=30).is_closed
    assert Load(booked=90, open=60).share == 1.5
